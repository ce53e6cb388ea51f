"""Write down what came of a push: link, totals, invoice state, attempt, what billing must hear."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.domain.backoff import MOST_ATTEMPTS
from app.domain.settlement import Booked, owed, status_of
from app.domain.states import (
    FINISHED,
    ConnectionState,
    DocumentKind,
    InvoiceStatus,
    Operation,
    PushState,
    SyncState,
)
from app.extensions import db
from app.ledgers.errors import Gone, Stale
from app.ledgers.interface import LedgerKind, Written
from app.models import Connection, CreditApplication, CreditNote, Push, SalesDocument
from app.usecases.company.catalogue import put_on_list
from app.usecases.documents import attached
from app.usecases.events.tell_billing import tell_billing
from app.usecases.push import items
from app.usecases.push.answer import Answer
from app.usecases.push.applied import applied_there, show_applied, used_up_there, want_pull
from app.usecases.push.applying import give_up, go_on, take_all_off, wait_until_off
from app.usecases.push.change_customer import (
    customer_refused,
    customer_written,
    not_twice,
    renew_aim,
)
from app.usecases.push.claim import lock
from app.usecases.push.differs import show_figures
from app.usecases.push.fail import Try, fail
from app.usecases.push.go_again import rebuild
from app.usecases.push.intent import follow_up
from app.usecases.push.linked import link_of
from app.usecases.push.links import link_document
from app.usecases.push.look import is_done_when_gone, written_gone
from app.usecases.push.question import ask
from app.usecases.push.readied import Ready
from app.usecases.push.taken_back import deleted_there, is_undo, voided_there
from app.usecases.push.tell import note
from app.usecases.push.verdict import Verdict, once_more_only
from app.usecases.settle import settle_from_mirror


def record(ready: Ready, answer: Answer, this: Try, kind: LedgerKind) -> Verdict | None:
    """Store the outcome of a try in one commit; returns what a failure did, None for a success."""
    answer = items.judged(ready, answer)
    [(push, invoice)] = lock([ready.push_id])
    connection = db.session.get_one(Connection, push.connection_id)
    if answer.withdrawn:
        db.session.commit()
        return None
    if ready.kind == DocumentKind.CUSTOMER and answer.adopted:
        answer = not_twice(push, answer)
    if _overtaken(push, answer):
        note(push, invoice, answer, this.started_at, kind)
        db.session.commit()
        return None
    if answer.comes_off and isinstance(invoice, CreditNote):
        wait_until_off(push, invoice, this.now)
        take_all_off(invoice, this.now)
        db.session.commit()
        return None
    if _gone_already(ready, answer):
        answer = replace(answer, error=None, written=written_gone(ready), adopted=True)
    outcome = _conclude(push, invoice, connection, ready, answer, this, kind)
    if push.document_kind == DocumentKind.CUSTOMER and push.state == PushState.CANCELLED:
        customer_refused(push)
    note(push, invoice, answer, this.started_at, kind)
    _go_on(push, invoice, connection, ready, this.now)
    db.session.commit()
    kept = push.undoes_id is not None and push.state == PushState.CANCELLED
    if outcome is not None and (kept or answer.asks is not None):
        want_pull(connection.id, this.now)
        db.session.commit()  # its own: whoever disconnects has the connection first
    return outcome


def _conclude(
    push: Push,
    invoice: SalesDocument | None,
    connection: Connection,
    ready: Ready,
    answer: Answer,
    this: Try,
    kind: LedgerKind,
) -> Verdict | None:
    if answer.rebuild is not None and push.attempts < MOST_ATTEMPTS:
        if answer.there is not None:
            renew_aim(push, answer.there)
        rebuild(push, invoice, answer.rebuild, this.now, this.chance)
    elif answer.absent:
        _nothing_there(push, invoice, this)
    elif answer.done_there and isinstance(invoice, CreditApplication):
        applied_there(push, invoice, answer, this.now)
    elif answer.used_up and isinstance(invoice, CreditApplication):
        used_up_there(push, invoice, this.now)
    elif answer.written is not None:
        _succeed(push, invoice, connection, ready, answer, this)
    else:
        error = answer.error or Stale("It is changed there again and again.", code="changed_there")
        error = once_more_only(error, (push.problem or {}).get("code"))
        outcome = fail(push, invoice, ready, error, this, kind)
        put_on_list(connection, answer.same_name)
        if answer.asks is not None and invoice is not None:
            ask(push, invoice, answer.asks, answer.edits)
        return outcome
    return None


def _gone_already(ready: Ready, answer: Answer) -> bool:
    """Tell whether what was to be deleted is not there (any more): that is what was wanted."""
    return is_done_when_gone(ready) and isinstance(answer.error, Gone)


def _overtaken(push: Push, answer: Answer) -> bool:
    """Tell whether somebody decided about the push while it was away: a failure changes nothing.

    A disconnect cancelled it, billing renewed it before anything was sent, or the worker that took
    it over brought it to its end. What was booked must be written down all the same, once.
    """
    if push.state == PushState.PUSHING:
        return False
    nothing_there = answer.written is None and not (answer.done_there or answer.used_up)
    return nothing_there or push.state == PushState.DONE


def _go_on(
    push: Push, invoice: SalesDocument | None, connection: Connection, ready: Ready, now: datetime
) -> None:
    """Intend the next step: what billing changed meanwhile, and what waited for this document.

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
    if voided and settled:
        give_up(push, invoice, now)
    if push.state in FINISHED:
        db.session.flush()
        go_on(invoice, now)


# ------------------------------------------------------------------ it is booked


def _succeed(
    push: Push,
    invoice: SalesDocument | None,
    connection: Connection,
    ready: Ready,
    answer: Answer,
    this: Try,
) -> None:
    written, adopted = answer.written, answer.adopted
    if written is None:
        raise ValueError(f"Push {push.id} succeeded without anything written.")
    _finish(push, this.now)
    push.booked_total = written.total
    if adopted and ready.linked_before is not None and ready.first_sent_at is None:
        push.body = None  # linked to what was there before; this was never sent
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
    link = link_document(push, invoice, written, ready, adopted, this.url, this.now, answer.left)
    if is_undo(push, invoice):
        voided_there(push, invoice, connection, link, written)
        return
    _show_booked(push, invoice, written)
    db.session.flush()
    settle_from_mirror(connection.id, invoice)
    if isinstance(invoice, CreditApplication):
        want_pull(connection.id, this.now)  # both documents' balances are other ones now
    else:
        tell_billing(invoice, f"{invoice.kind}.pushed", link)


def _finish(push: Push, now: datetime) -> None:
    push.attempts += 1
    push.state = PushState.DONE
    push.finished_at = now
    push.claimed_by = push.claimed_until = push.problem = None
    db.session.flush()  # the next intention for this document needs the place


def _show_booked(push: Push, invoice: SalesDocument, written: Written) -> None:
    invoice.problem = None
    if push.operation == Operation.VOID:
        invoice.sync_state = SyncState.VOIDED
    else:
        show_figures(invoice, push.connection, written.total, written.tax_total, written.request_id)
    if isinstance(invoice, CreditApplication):
        show_applied(invoice)
    elif invoice.status != InvoiceStatus.VOID and written.balance is not None:
        total = invoice.total if written.total is None else written.total
        invoice.balance = owed(invoice.total, Booked(total, written.balance))
        invoice.status = status_of(invoice.total, invoice.balance)


# ------------------------------------------------------------------ it is not


def _nothing_there(push: Push, invoice: SalesDocument | None, this: Try) -> None:
    """End the search for a void invoice: there is nothing to void."""
    push.state = PushState.CANCELLED
    push.finished_at = this.now
    push.claimed_by = push.claimed_until = push.problem = None
    if invoice is not None:
        known = link_of(push.connection_id, invoice) is not None
        # Deleted there by somebody: nothing is owed any more on either side.
        invoice.sync_state = SyncState.VOIDED if known else SyncState.NOT_SENT
        invoice.problem = None
