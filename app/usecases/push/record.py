"""Write down what came of a push: link, totals, invoice state, attempt, what billing must hear."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.problem import Problem
from app.domain.public_id import public_id
from app.domain.states import (
    ConnectionState,
    DocumentKind,
    InvoiceStatus,
    Operation,
    PushState,
    SyncState,
)
from app.domain.wording import format_money
from app.extensions import db
from app.ledgers.errors import LedgerError
from app.ledgers.interface import LedgerKind, Written
from app.models import Attempt, Connection, CustomerLink, DocumentLink, Invoice, OutboundEvent, Push
from app.usecases.push.claim import lock
from app.usecases.push.intent import follow_up, link_of
from app.usecases.push.look import Answer
from app.usecases.push.ready import Ready
from app.usecases.push.verdict import Verdict, verdict
from app.usecases.settle import settle_from_mirror


@dataclass(frozen=True, slots=True)
class Try:
    """When a try began and what it is judged by."""

    started_at: datetime
    now: datetime
    chance: float  # from 0 to 1, for the jitter of the next wait
    url: str | None = None


def record(ready: Ready, answer: Answer, this: Try, kind: LedgerKind) -> Verdict | None:
    """Store the outcome of a try in one commit; returns what a failure did, None for a success."""
    [(push, invoice)] = lock([ready.push_id])
    connection = db.session.get_one(Connection, push.connection_id)
    if answer.withdrawn:
        db.session.commit()
        return None
    outcome = None
    if answer.rebuild is not None:
        _rebuild(push, invoice, answer.rebuild, this)
    elif answer.written is not None:
        _succeed(push, invoice, connection, answer.written, answer.adopted, this)
    else:
        error = answer.error or LedgerError("The ledger gave no answer.")
        outcome = _fail(push, invoice, ready, error, this, kind)
    _note(push, invoice, answer, this, kind)
    _go_on(push, invoice, connection, this.now)
    db.session.commit()
    return outcome


def _go_on(push: Push, invoice: Invoice | None, connection: Connection, now: datetime) -> None:
    """Intend the next step when billing changed the invoice while it was on its way."""
    if invoice is None or connection.state == ConnectionState.DISCONNECTED:
        return
    changed = invoice.revision > push.revision or invoice.status == InvoiceStatus.VOID
    if changed and push.state in (PushState.DONE, PushState.FAILED):
        follow_up(invoice, now)


# ------------------------------------------------------------------ it is booked


def _succeed(
    push: Push,
    invoice: Invoice | None,
    connection: Connection,
    written: Written,
    adopted: bool,
    this: Try,
) -> None:
    _finish(push, this.now)
    if connection.state == ConnectionState.DISCONNECTED:
        return  # links were cleared while it was on its way; a reconnect looks for it by number
    if invoice is None:
        _link_customer(push, written, adopted)
        return
    _link_document(push, invoice, written, adopted, this)
    _show_booked(push, invoice, written)
    db.session.flush()
    settle_from_mirror(connection.id, invoice.id)
    _tell_billing(invoice, "invoice.pushed")


def _finish(push: Push, now: datetime) -> None:
    push.attempts += 1
    push.state = PushState.DONE
    push.finished_at = now
    push.claimed_by = push.claimed_until = push.problem = None
    db.session.flush()  # the next intention for this document needs the place


def _link_customer(push: Push, written: Written, adopted: bool) -> None:
    db.session.add(
        CustomerLink(
            workspace_id=push.workspace_id,
            connection_id=push.connection_id,
            customer_id=push.document_id,
            ledger_id=written.ledger_id,
            ledger_name=written.name or "",
            how="adopted" if adopted else "created",
        )
    )


def _link_document(
    push: Push, invoice: Invoice, written: Written, adopted: bool, this: Try
) -> None:
    link = link_of(push.connection_id, invoice.id)
    if link is None:
        link = DocumentLink(
            workspace_id=push.workspace_id,
            connection_id=push.connection_id,
            document_kind=DocumentKind.INVOICE,
            document_id=invoice.id,
            ledger_id=written.ledger_id,
            pushed_at=this.now,
            adopted=adopted,
        )
        db.session.add(link)
    link.version = written.version
    link.revision = push.revision
    link.number = written.number
    link.url = this.url
    link.sent_total = invoice.total
    link.ledger_total = written.total
    link.ledger_tax_total = written.tax_total


def _show_booked(push: Push, invoice: Invoice, written: Written) -> None:
    invoice.problem = None
    if push.operation == Operation.VOID:
        invoice.sync_state = SyncState.VOIDED
    elif written.total is not None and written.total != invoice.total:
        invoice.sync_state = SyncState.DIFFERS
        invoice.problem = _differs(invoice, written).as_json()
    else:
        invoice.sync_state = SyncState.PUSHED
    if push.operation != Operation.VOID and written.balance is not None:
        invoice.balance = written.balance


def _differs(invoice: Invoice, written: Written) -> Problem:
    theirs = format_money(written.total or invoice.total, invoice.currency)
    ours = format_money(invoice.total, invoice.currency)
    return Problem(
        code="differs",
        title=f"The ledger booked {theirs}, billing says {ours}.",
        means="It is in the ledger with another total than the customer was billed.",
        what_to_do="Compare the tax of both, then correct the invoice in billing or in the ledger.",
        ledger_request_id=written.request_id,
    )


# ------------------------------------------------------------------ it is not


def _rebuild(push: Push, invoice: Invoice | None, version: str, this: Try) -> None:
    """Write over the version somebody's harmless change made: new body, new key, at once."""
    push.state = PushState.WAITING
    push.due_at = this.now
    push.attempts += 1
    push.body = push.key = push.first_sent_at = None
    push.claimed_by = push.claimed_until = None
    if invoice is not None:
        invoice.sync_state = SyncState.WAITING
        link = link_of(push.connection_id, invoice.id)
        if link is not None:
            link.version = version


def _fail(
    push: Push,
    invoice: Invoice | None,
    ready: Ready,
    error: LedgerError,
    this: Try,
    kind: LedgerKind,
) -> Verdict:
    outcome = verdict(error, push.attempts + 1, this.chance)
    push.attempts += outcome.counts
    push.state = outcome.push_state
    push.due_at = this.now + (outcome.due_after or timedelta(0))
    push.claimed_by = push.claimed_until = None
    _forget_key(push, ready, outcome)
    problem = problem_of_error(error, kind)
    push.problem = problem.as_json()
    if invoice is not None:
        _show_failure(invoice, error, outcome, problem)
    elif outcome.due_after is None:
        # Its invoices are blocked with these words; released, they look for the customer anew.
        push.state = PushState.CANCELLED
        push.finished_at = this.now
    return outcome


def _forget_key(push: Push, ready: Ready, outcome: Verdict) -> None:
    """Keep body and key while the ledger may have booked them; drop them after a plain no."""
    sent_before = ready.first_sent_at is not None
    if outcome.renew:
        push.body = push.key = push.first_sent_at = None
        push.look_first = push.look_first or sent_before
    elif outcome.answered and not sent_before:
        push.first_sent_at = None


def _show_failure(invoice: Invoice, error: LedgerError, outcome: Verdict, problem: Problem) -> None:
    invoice.sync_state = outcome.sync_state
    invoice.problem = problem.as_json()
    if error.code == "deleted_there":
        invoice.sync_state = SyncState.DELETED_THERE
    if outcome.due_after is None:
        _tell_billing(invoice, "invoice.push_failed")


def problem_of_error(error: LedgerError, kind: LedgerKind) -> Problem:
    """Put a ledger's error into words for people, its own words beside."""
    words = kind.explain(error)
    return Problem(
        code=error.code or type(error).__name__,
        title=words.happened,
        means=words.means,
        what_to_do=words.do,
        ledger_message=error.message or None,
        ledger_request_id=error.request_id,
    )


# ------------------------------------------------------------------ what people and billing see


def _note(push: Push, invoice: Invoice | None, answer: Answer, this: Try, kind: LedgerKind) -> None:
    error = answer.error
    said = answer.error or answer.written
    db.session.add(
        Attempt(
            workspace_id=push.workspace_id,
            push_id=push.id,
            connection_id=push.connection_id,
            started_at=this.started_at,
            milliseconds=answer.milliseconds,
            outcome=invoice.sync_state if invoice is not None else push.state,
            words=_words(push, invoice, answer, kind),
            code=error.code if error else None,
            ledger_message=error.message if error else None,
            ledger_request_id=said.request_id if said else None,
        )
    )


def _words(push: Push, invoice: Invoice | None, answer: Answer, kind: LedgerKind) -> str:
    ledger = kind.provider.name
    what = "customer" if invoice is None else "invoice"
    if answer.rebuild is not None:
        return f"Changed in {ledger} meanwhile, its total untouched. We write again."
    if answer.error is not None:
        return kind.explain(answer.error).happened
    if answer.adopted:
        return f"Found in {ledger} already and linked: it is ours."
    done = {Operation.CREATE: "Booked", Operation.UPDATE: "Updated", Operation.VOID: "Voided"}
    words = f"{done[Operation(push.operation)]} in {ledger} ({what})."
    return f"{words} {push.note}" if push.note else words


def _tell_billing(invoice: Invoice, event: str) -> None:
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
