"""Tell what came of a push: the try for the sync log, the problem for people, a failure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.domain.problem import Problem
from app.domain.states import TAKES_OUT, DocumentKind, Operation, PushState
from app.domain.undo import TAKEN_BACK
from app.extensions import db
from app.ledgers.errors import LedgerError
from app.ledgers.interface import Deed, Explanation, LedgerKind
from app.models import (
    Attempt,
    CreditApplication,
    CreditNote,
    DocumentLink,
    Push,
    SalesDocument,
)
from app.usecases.documents import upload_problem
from app.usecases.events.tell_billing import tell_billing
from app.usecases.places import with_link
from app.usecases.push.answer import Answer
from app.usecases.push.found_there import found_there
from app.usecases.push.items import item_problem
from app.usecases.push.keep_there import NOT_TAKEN_BACK
from app.usecases.push.linked import link_of
from app.usecases.push.order import called
from app.usecases.push.own_steps import touched_by_us
from app.usecases.push.verdict import Verdict

# The outcome of an attempt that found what a person must decide about.
ASKED = "asked"
KIND_WORDS = {
    DocumentKind.CUSTOMER: "customer",
    DocumentKind.ITEM: "item",
    DocumentKind.INVOICE: "invoice",
    DocumentKind.CREDIT_NOTE: "credit note",
    DocumentKind.CREDIT_APPLICATION: "application of the credit note",
    DocumentKind.ATTACHMENT: "attachment",
}
_DONE = {
    Operation.CREATE: "Booked",
    Operation.UPDATE: "Updated",
    Operation.VOID: "Voided",
    Operation.DELETE: "Deleted",
}


# What is no document of the books is not booked either.
_MADE = {"item": "Created in {} and mapped.", "attachment": "Attached in {}."}


def note(
    push: Push,
    invoice: SalesDocument | None,
    answer: Answer,
    started_at: datetime,
    kind: LedgerKind,
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
            outcome=_outcome(push, invoice) if answer.asks is None else ASKED,
            words=_words(push, invoice, answer, kind),
            code=error.code if error else None,
            unexplained=error is not None and not _explained(error, kind, deed_of(push)).known,
            ledger_message=error.message if error else None,
            ledger_request_id=said.request_id if said else None,
        )
    )


def _outcome(push: Push, invoice: SalesDocument | None) -> str:
    """Return what the sync log calls it: the invoice's state, except where that says too little."""
    if invoice is None:
        return push.state
    if push.undoes_id is not None and push.state == PushState.CANCELLED:
        return NOT_TAKEN_BACK
    gone = push.operation == Operation.DELETE and push.state == PushState.DONE
    return TAKEN_BACK if gone else invoice.sync_state


def _again(push: Push, answer: Answer, ledger: str) -> str:
    if answer.there is not None:
        return f"Read in {ledger} before it is changed there."
    if touched_by_us(push):
        return f"Our own step before changed its version in {ledger}. We write again."
    return f"Touched in {ledger} meanwhile, nothing we write was changed. We write again."


def _words(push: Push, invoice: SalesDocument | None, answer: Answer, kind: LedgerKind) -> str:
    ledger = kind.provider.name
    what = KIND_WORDS[DocumentKind(push.document_kind)]
    if answer.rebuild is not None:
        return _again(push, answer, ledger)
    if answer.error is not None:
        kept = push.undoes_id is not None and push.state == PushState.CANCELLED
        happened = _explained(answer.error, kind, deed_of(push)).happened
        return f"{'Not taken back. ' if kept else ''}{happened}"
    if answer.absent and push.operation == Operation.VOID:
        return f"Voided in billing, and deleted in {ledger} before. Nothing was sent."
    if answer.done_there:
        return f"In {ledger} the credit note is {answer.done_there} already. Nothing is done twice."
    if answer.used_up:
        return f"In {ledger} the credit note is used up already. Nothing is done twice."
    if answer.absent:
        return f"Voided in billing, and {ledger} does not have it. Nothing was sent."
    if answer.adopted and push.operation in TAKES_OUT:
        return f"Looked for in {ledger}: {_DONE[Operation(push.operation)].lower()} there already."
    if isinstance(invoice, CreditApplication):
        deed = "Taken off" if push.operation in TAKES_OUT else "Applied to"
        found = " It was there already." if answer.adopted else ""
        less = f" {push.note}" if push.note else ""
        return f"{deed} {called(invoice)} in {ledger}.{found}{less}"
    gone = answer.written is not None and answer.written.deleted
    deed = Operation.DELETE if gone else Operation(push.operation)
    if answer.adopted:
        words = f"Found in {ledger} already and linked: it is ours."
    else:
        done = _MADE.get(what) or f"{_DONE[deed]} in {{}} ({what})."
        words = done.format(ledger)
    return f"{words} {push.note}" if push.note else words


def tell_failure(document: SalesDocument, link: DocumentLink | None) -> None:
    """Leave word for billing that a person must act; an application's is its credit note's.

    link: what the ledger has for the document.
    """
    if not isinstance(document, CreditApplication):
        tell_billing(document, f"{document.kind}.push_failed", link)
        return
    credit = db.session.get_one(CreditNote, document.credit_note_id)
    application = {"invoice": document.applied_to, "amount": f"{document.total:.2f}"}
    problem = with_link(document.problem, document, link.url if link else None)
    there = link_of(credit.connection_id, credit) if credit.connection_id else None
    tell_billing(credit, "credit_note.push_failed", there, problem=problem, application=application)


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
    said = found_there(error.code, kind.provider.name, error.message, KIND_WORDS[deed.kind])
    return said or kind.explain(error, deed)
