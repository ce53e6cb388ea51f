"""Write down what came of a push: link, totals, invoice state, attempt, what billing must hear."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain.backoff import MOST_ATTEMPTS, delay_after
from app.domain.problem import Problem
from app.domain.states import (
    ConnectionState,
    DocumentKind,
    InvoiceStatus,
    Operation,
    PushState,
    SyncState,
)
from app.extensions import db
from app.ledgers.errors import CustomerGone, Gone, LedgerError, Stale
from app.ledgers.interface import LedgerKind, Written
from app.models import Connection, Invoice, Push
from app.usecases.catalogue import put_on_list
from app.usecases.documents import attached
from app.usecases.push import items
from app.usecases.push.change_customer import (
    customer_refused,
    customer_written,
    not_twice,
    renew_aim,
)
from app.usecases.push.claim import lock
from app.usecases.push.differs import show_figures
from app.usecases.push.gone_customers import customer_gone
from app.usecases.push.intent import follow_up, link_of
from app.usecases.push.keep_there import keep_there
from app.usecases.push.links import link_document
from app.usecases.push.look import Answer, written_gone
from app.usecases.push.ready import Ready, new_key
from app.usecases.push.taken_back import deleted_there, is_undo, voided_there
from app.usecases.push.tell import (
    deed_of,
    note,
    problem_of_failure,
    problem_of_undo,
    tell_billing,
)
from app.usecases.push.verdict import Verdict, once_more_only, verdict
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
    answer = items.judged(ready, answer)
    [(push, invoice)] = lock([ready.push_id])
    connection = db.session.get_one(Connection, push.connection_id)
    if answer.withdrawn:
        db.session.commit()
        return None
    outcome = None
    if ready.kind == DocumentKind.CUSTOMER and answer.adopted:
        answer = not_twice(push, answer)
    if _overtaken(push, answer):
        note(push, invoice, answer, this.started_at, kind)
        db.session.commit()
        return None
    if answer.rebuild is not None and push.attempts < MOST_ATTEMPTS:
        if answer.there is not None:
            renew_aim(push, answer.there)
        _rebuild(push, invoice, answer.rebuild, this)
    elif answer.absent:
        _nothing_there(push, invoice, this)
    elif _gone_already(push, answer):
        answer = replace(answer, error=None, written=written_gone(ready), adopted=True)
        _succeed(push, invoice, connection, ready, written_gone(ready), True, this)
    elif answer.written is not None:
        _succeed(push, invoice, connection, ready, answer.written, answer.adopted, this)
    else:
        error = answer.error or Stale("It is changed there again and again.", code="changed_there")
        error = once_more_only(error, (push.problem or {}).get("code"))
        outcome = _fail(push, invoice, ready, error, this, kind)
        put_on_list(connection, answer.same_name)
    if push.document_kind == DocumentKind.CUSTOMER and push.state == PushState.CANCELLED:
        customer_refused(push)
    note(push, invoice, answer, this.started_at, kind)
    _go_on(push, invoice, connection, ready, this.now)
    db.session.commit()
    return outcome


def _gone_already(push: Push, answer: Answer) -> bool:
    """Tell whether what was to be deleted is not there (any more): that is what was wanted."""
    return push.operation == Operation.DELETE and isinstance(answer.error, Gone)


def _overtaken(push: Push, answer: Answer) -> bool:
    """Tell whether somebody decided about the push while it was away: a failure changes nothing.

    A disconnect cancelled it, billing renewed it before anything was sent, or the worker that took
    it over brought it to its end. What was booked must be written down all the same, once.
    """
    if push.state == PushState.PUSHING:
        return False
    return answer.written is None or push.state == PushState.DONE


def _go_on(
    push: Push, invoice: Invoice | None, connection: Connection, ready: Ready, now: datetime
) -> None:
    """Intend the next step when billing changed the invoice while it was on its way.

    A void that was refused is no such change: it would be repeated without end.
    """
    if invoice is None or connection.state == ConnectionState.DISCONNECTED:
        return
    voided = invoice.status == InvoiceStatus.VOID and push.operation != Operation.VOID
    changed = invoice.revision > ready.revision or voided
    # What was surely not booked need not go as it was: billing may have opted it out meanwhile.
    settled = push.state in (PushState.DONE, PushState.FAILED) or push.first_sent_at is None
    if changed and settled:
        follow_up(invoice, now)


# ------------------------------------------------------------------ it is booked


def _succeed(
    push: Push,
    invoice: Invoice | None,
    connection: Connection,
    ready: Ready,
    written: Written,
    adopted: bool,
    this: Try,
) -> None:
    _finish(push, this.now)
    push.booked_total = written.total
    if push.operation == Operation.DELETE and invoice is not None:
        deleted_there(push, invoice, connection, this.now)
        return
    if connection.state == ConnectionState.DISCONNECTED:
        return  # links were cleared while it was on its way; a reconnect looks for it by number
    if push.document_kind == DocumentKind.ITEM:
        items.map_to(push, written, connection, this.now)
        return
    if push.document_kind == DocumentKind.ATTACHMENT:
        attached(push, written.ledger_id, this.now)
        return
    if invoice is None:
        customer_written(push, written, adopted, this.now)
        return
    link = link_document(push, invoice, written, ready, adopted, this.url, this.now)
    if is_undo(push, invoice):
        voided_there(push, invoice, connection, link, written)
        return
    _show_booked(push, invoice, written)
    db.session.flush()
    settle_from_mirror(connection.id, invoice.id)
    tell_billing(invoice, "invoice.pushed")


def _finish(push: Push, now: datetime) -> None:
    push.attempts += 1
    push.state = PushState.DONE
    push.finished_at = now
    push.claimed_by = push.claimed_until = push.problem = None
    db.session.flush()  # the next intention for this document needs the place


def _show_booked(push: Push, invoice: Invoice, written: Written) -> None:
    invoice.problem = None
    if push.operation == Operation.VOID:
        invoice.sync_state = SyncState.VOIDED
    else:
        show_figures(invoice, push.connection, written.total, written.tax_total, written.request_id)
    if invoice.status != InvoiceStatus.VOID and written.balance is not None:
        invoice.balance = written.balance


# ------------------------------------------------------------------ it is not


def _nothing_there(push: Push, invoice: Invoice | None, this: Try) -> None:
    """End the search for a void invoice: there is nothing to void."""
    push.state = PushState.CANCELLED
    push.finished_at = this.now
    push.claimed_by = push.claimed_until = push.problem = None
    if invoice is not None:
        invoice.sync_state = SyncState.NOT_SENT
        invoice.problem = None


def _rebuild(push: Push, invoice: Invoice | None, version: str, this: Try) -> None:
    """Write over the version somebody's harmless change made: new body, new key.

    At once; a document that is stale again is changed there all the time, or the ledger errs.
    """
    wait = delay_after(push.attempts, this.chance) if push.attempts else timedelta(0)
    push.state = PushState.WAITING
    push.due_at = this.now + wait
    push.attempts += 1
    push.body = push.key = push.first_sent_at = None
    push.look_first = False  # it was just looked at, and would be for ever
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
    undoes = push.undoes_id is not None
    if outcome.push_state == PushState.FAILED and undoes and invoice is not None:
        keep_there(push, invoice, problem_of_undo(error, kind, deed_of(push)), this.now)
        settle_from_mirror(push.connection_id, invoice.id)
        _want_pull(push.connection_id, this.now)
        return outcome
    if isinstance(error, Gone) and invoice is not None and ready.left_before:
        _forget_key(push, invoice, ready, outcome)
        _build_anew(push, invoice, this)
        return outcome
    if isinstance(error, CustomerGone) and invoice is not None:
        _forget_key(push, invoice, ready, outcome)
        customer_gone(push, invoice, error, ready.ours.customer_ledger_id, this.now)
        return outcome
    push.state = outcome.push_state
    push.due_at = this.now + (outcome.due_after or timedelta(0))
    push.claimed_by = push.claimed_until = None
    _forget_key(push, invoice, ready, outcome)
    problem = problem_of_failure(push, error, kind, outcome)
    push.problem = problem.as_json()
    if invoice is not None:
        _show_failure(push, invoice, error, outcome, problem)
    elif outcome.due_after is None:
        # Its invoices are blocked with these words; released, they look for the customer anew.
        push.state = PushState.CANCELLED
        push.finished_at = this.now
    return outcome


def _build_anew(push: Push, invoice: Invoice, this: Try) -> None:
    """Send again what an old body refers to no more: a link or a mapping changed since its try."""
    push.state, push.due_at = PushState.WAITING, this.now
    push.claimed_by = push.claimed_until = None
    invoice.sync_state = SyncState.WAITING


def _want_pull(connection_id: int, now: datetime) -> None:
    """Have read what we have not: a payment or an edit is why the ledger kept the document."""
    connection = db.session.get_one(Connection, connection_id)
    connection.pull_wanted_at = now
    connection.pull_wanted_since = connection.pull_wanted_since or now


def _forget_key(push: Push, invoice: Invoice | None, ready: Ready, outcome: Verdict) -> None:
    """Keep body and key while the ledger may have booked them; drop them after a plain no.

    A customer's body is made once, with the intention: only its key is another one.
    """
    sent_before = ready.first_sent_at is not None
    if outcome.renew:
        push.body, push.key = (None, None) if invoice is not None else (push.body, new_key())
        push.first_sent_at = None
        push.key_used = False
        push.look_first = push.look_first or sent_before
    elif outcome.answered and not sent_before:
        push.first_sent_at = None


def _show_failure(
    push: Push, invoice: Invoice, error: LedgerError, outcome: Verdict, problem: Problem
) -> None:
    invoice.sync_state = outcome.sync_state
    invoice.problem = problem.as_json()
    if error.code == "deleted_there":
        invoice.sync_state = SyncState.DELETED_THERE
    if outcome.due_after is None:
        link = link_of(push.connection_id, invoice.id)
        tell_billing(invoice, "invoice.push_failed", link.url if link else None)
