"""Tell what came of a push: the try for the sync log, the problem for people, word for billing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.domain.problem import Problem
from app.domain.public_id import public_id
from app.domain.states import TAKES_OUT, DocumentKind, Operation, PushState
from app.domain.undo import TAKEN_BACK
from app.extensions import db
from app.ledgers.errors import LedgerError
from app.ledgers.interface import Explanation, LedgerKind
from app.models import Attempt, Invoice, OutboundEvent, Push
from app.usecases.push.found_there import found_there
from app.usecases.push.keep_there import NOT_TAKEN_BACK
from app.usecases.push.look import Answer

_DONE = {
    Operation.CREATE: "Booked",
    Operation.UPDATE: "Updated",
    Operation.VOID: "Voided",
    Operation.DELETE: "Deleted",
}


# What is no document of the books is not booked either.
_MADE = {"item": "Created in {} and mapped.", "attachment": "Attached in {}."}


def note(
    push: Push, invoice: Invoice | None, answer: Answer, started_at: datetime, kind: LedgerKind
) -> None:
    """Keep a try for the sync log; the caller commits."""
    error = answer.error
    said = answer.error or answer.written
    db.session.add(
        Attempt(
            workspace_id=push.workspace_id,
            push_id=push.id,
            connection_id=push.connection_id,
            started_at=started_at,
            milliseconds=answer.milliseconds,
            outcome=_outcome(push, invoice),
            words=_words(push, invoice, answer, kind),
            code=error.code if error else None,
            ledger_message=error.message if error else None,
            ledger_request_id=said.request_id if said else None,
        )
    )


def _outcome(push: Push, invoice: Invoice | None) -> str:
    """Return what the sync log calls it: the invoice's state, except where that says too little."""
    if invoice is None:
        return push.state
    if push.undoes_id is not None and push.state == PushState.CANCELLED:
        return NOT_TAKEN_BACK
    gone = push.operation == Operation.DELETE and push.state == PushState.DONE
    return TAKEN_BACK if gone else invoice.sync_state


def _words(push: Push, invoice: Invoice | None, answer: Answer, kind: LedgerKind) -> str:
    ledger = kind.provider.name
    what = DocumentKind(push.document_kind).replace("_", " ")
    if answer.rebuild is not None:
        return f"Changed in {ledger} meanwhile, its total untouched. We write again."
    if answer.error is not None:
        kept = push.undoes_id is not None and push.state == PushState.CANCELLED
        return f"{'Not taken back. ' if kept else ''}{_explained(answer.error, kind).happened}"
    if answer.absent:
        return f"Voided in billing, and {ledger} does not have it. Nothing was sent."
    if answer.adopted and push.operation in TAKES_OUT:
        return f"Looked for in {ledger}: {_DONE[Operation(push.operation)].lower()} there already."
    if answer.adopted:
        return f"Found in {ledger} already and linked: it is ours."
    done = _MADE.get(what) or f"{_DONE[Operation(push.operation)]} in {{}} ({what})."
    words = done.format(ledger)
    return f"{words} {push.note}" if push.note else words


def tell_billing(invoice: Invoice, event: str) -> None:
    """Leave word for billing, in the transaction under way."""
    db.session.add(
        OutboundEvent(
            workspace_id=invoice.workspace_id,
            type=event,
            subject=f"invoice:{invoice.id}",
            data={
                "id": public_id(invoice.id),
                "external_id": invoice.external_id,
                "number": invoice.number,
                "revision": invoice.revision,
                "sync_state": invoice.sync_state,
                "problem": invoice.problem,
            },
        )
    )


def problem_of_error(error: LedgerError, kind: LedgerKind) -> Problem:
    """Put a ledger's error into words for people, its own words beside."""
    words = _explained(error, kind)
    return Problem(
        code=error.code or type(error).__name__,
        title=words.happened,
        means=words.means,
        what_to_do=words.do,
        ledger_message=error.message or None,
        ledger_request_id=error.request_id,
    )


def problem_of_undo(error: LedgerError, kind: LedgerKind) -> Problem:
    """Say why the ledger kept a document that a person took back: it is there as before."""
    ledger = kind.provider.name
    problem = replace(problem_of_error(error, kind), means=f"It is in {ledger} as before.")
    if found_there(error.code, ledger) is not None:
        return problem
    return replace(
        problem,
        what_to_do=f"Look at it in {ledger}: a payment, a credit or a closed period is the usual"
        " reason. Take that away there first, or raise a credit note.",
    )


def _explained(error: LedgerError, kind: LedgerKind) -> Explanation:
    return found_there(error.code, kind.provider.name) or kind.explain(error)
