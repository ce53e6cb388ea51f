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
from app.ledgers.interface import Deed, Explanation, LedgerKind
from app.models import Attempt, Invoice, OutboundEvent, Push
from app.usecases.documents import upload_problem
from app.usecases.places import with_link
from app.usecases.push.found_there import found_there
from app.usecases.push.items import item_problem
from app.usecases.push.keep_there import NOT_TAKEN_BACK
from app.usecases.push.look import Answer
from app.usecases.push.verdict import Verdict

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
            unexplained=error is not None and not _explained(error, kind, deed_of(push)).known,
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
    if answer.rebuild is not None and answer.there is not None:
        return f"Read in {ledger} before it is changed there."
    if answer.rebuild is not None:
        return f"Changed in {ledger} meanwhile, its total untouched. We write again."
    if answer.error is not None:
        kept = push.undoes_id is not None and push.state == PushState.CANCELLED
        happened = _explained(answer.error, kind, deed_of(push)).happened
        return f"{'Not taken back. ' if kept else ''}{happened}"
    if answer.absent:
        return f"Voided in billing, and {ledger} does not have it. Nothing was sent."
    if answer.adopted and push.operation in TAKES_OUT:
        return f"Looked for in {ledger}: {_DONE[Operation(push.operation)].lower()} there already."
    if answer.adopted:
        words = f"Found in {ledger} already and linked: it is ours."
    else:
        done = _MADE.get(what) or f"{_DONE[Operation(push.operation)]} in {{}} ({what})."
        words = done.format(ledger)
    return f"{words} {push.note}" if push.note else words


def tell_billing(invoice: Invoice, event: str, document_url: str | None = None) -> None:
    """Leave word for billing, in the transaction under way; document_url: of it in the ledger."""
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
                "problem": with_link(invoice.problem, invoice, document_url),
            },
        )
    )


def deed_of(push: Push) -> Deed:
    """Return what a push does, for the words about its failure."""
    return Deed(DocumentKind(push.document_kind), Operation(push.operation))


def problem_of_error(error: LedgerError, kind: LedgerKind, deed: Deed) -> Problem:
    """Put a ledger's error into words for people, its own words beside."""
    words = _explained(error, kind, deed)
    return Problem(
        code=error.code or type(error).__name__,
        title=words.happened,
        means=words.means,
        what_to_do=words.do,
        ledger_message=error.message or None,
        ledger_request_id=error.request_id,
        where=words.where,
    )


def problem_of_failure(
    push: Push, error: LedgerError, kind: LedgerKind, outcome: Verdict
) -> Problem:
    """Say what a failure means for what was to be written, and whose turn it is; no commit."""
    problem = problem_of_error(error, kind, deed_of(push))
    if push.document_kind == DocumentKind.ITEM:
        problem = item_problem(problem)
    if outcome.push_state == PushState.DEAD:
        problem = problem_given_up(problem)
    if push.document_kind == DocumentKind.ATTACHMENT:
        return upload_problem(push, problem, kind, final=outcome.due_after is None)
    return problem


def problem_given_up(problem: Problem) -> Problem:
    """Say of what came to nothing for days that it is a person's turn."""
    do = "Try again once the ledger works as usual. It is looked for there first."
    return replace(problem, what_to_do=f"Nothing more happens by itself. {do}", where=None)


def problem_of_undo(error: LedgerError, kind: LedgerKind, deed: Deed) -> Problem:
    """Say why the ledger kept a document that a person took back: it is there as before."""
    ledger = kind.provider.name
    problem = replace(problem_of_error(error, kind, deed), means=f"It is in {ledger} as before.")
    if found_there(error.code, ledger) is not None:
        return problem
    return replace(
        problem,
        what_to_do=f"Look at it in {ledger}: a payment, a credit or a closed period is the usual"
        " reason. Take that away there first, or raise a credit note.",
    )


def _explained(error: LedgerError, kind: LedgerKind, deed: Deed) -> Explanation:
    said = found_there(error.code, kind.provider.name, error.message)
    return said or kind.explain(error, deed)
