"""Open, renew and cancel intentions, inside the transaction of whatever caused them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Select, or_, select

from app.domain.routing import Unroutable
from app.domain.states import (
    FINISHED,
    IN_LEDGER,
    ConnectionState,
    InvoiceStatus,
    Operation,
    PushState,
    SyncState,
)
from app.domain.undo import is_taken_back
from app.extensions import db
from app.models import Connection, CreditApplication, CreditNote, DocumentLink, Push, SalesDocument
from app.usecases.company.exclusive import in_turn
from app.usecases.push.claim import LOCK_ORDER, lock
from app.usecases.push.company_for import connection_for, unrouted
from app.usecases.push.linked import link_of
from app.usecases.push.order import only_waited, show_waiting, waits_for_others
from app.usecases.push.show_booked import show_as_booked
from app.usecases.push.start_date import comes_too_early, stay_in_billing
from app.usecases.push.stay_on import stays_as_it_was
from app.usecases.push.who_holds import stays_held, waited_for_a_person

# A change to what is booked waits so long for the next one, however many come; and in all.
QUIET = timedelta(seconds=1.5)
LONGEST_QUIET = timedelta(seconds=10)


def want_push(
    invoice: SalesDocument,
    operation: Operation,
    now: datetime,
    *,
    at_once: bool = False,
    though_early: bool = False,
) -> None:
    """Intend to bring a document's newest revision (or its void) into its ledger.

    at_once: also a change to what is booked, which otherwise waits a moment for the next one.
    though_early: a person wants it in the books though it is dated before the start date.

    Runs inside the caller's transaction; the caller commits, then wakes invoice.connection_id.
    The document must be locked by the caller when somebody else could change it meanwhile.
    What must wait for another document is intended by applying.go_on, once that is there or gone.
    """
    if is_taken_back(invoice.problem) and invoice.status != InvoiceStatus.VOID:
        return  # a person took it back: it goes again when a person says so
    try:
        connection = connection_for(invoice)
    except Unroutable as error:
        unrouted(invoice, error.code)
        return
    invoice.connection_id = connection.id
    if waits_for_others(invoice):
        show_waiting(invoice)
        return
    push = open_push(connection.id, invoice.kind, invoice.id)
    if push is not None and push.first_sent_at is not None:
        return  # perhaps booked already: it is brought to its end first, then followed up
    if push is not None and push.undoes_id is not None and invoice.status != InvoiceStatus.VOID:
        return  # being taken back: that is brought to its end first too
    wanted = needed_operation(invoice, link_of(connection.id, invoice))
    if wanted is None or (operation == Operation.VOID and wanted != Operation.VOID):
        _goes_nowhere(invoice, connection, push, wanted, now)
    elif invoice.push_policy == "never":
        _opted_out(invoice, push, wanted, now)
    elif push is not None and push.key_used and wanted == Operation.CREATE:
        return  # it left us once: the same bytes under the same key, then what changed since
    elif (
        though_early or wanted != Operation.CREATE or not comes_too_early(invoice, connection, push)
    ):
        held = push is None and not though_early and waited_for_a_person(invoice)
        _intend(invoice, connection, push, wanted, now, at_once=at_once, held=held)
    else:
        stay_in_billing(invoice, connection, push, now)


def follow_up(invoice: SalesDocument, now: datetime) -> None:
    """Intend the next step when billing changed an invoice while it was on its way."""
    if invoice.connection_id is None:
        return
    if needed_operation(invoice, link_of(invoice.connection_id, invoice)) is not None:
        want_push(invoice, Operation.UPDATE, now, at_once=True)


def take_off(one: CreditApplication, now: datetime) -> None:
    """Intend that a credit note comes off an invoice, whose own change may leave; no commit.

    Perhaps it is on its way there or back already: that is brought to its end first.
    """
    connection = one.connection
    if connection is not None and open_push(connection.id, one.kind, one.id) is None:
        _intend(one, connection, None, Operation.VOID, now)


def needed_operation(invoice: SalesDocument, link: DocumentLink | None) -> Operation | None:
    """Return what would make the ledger agree with billing; None when it does already."""
    if invoice.status == InvoiceStatus.VOID:
        return Operation.VOID if link and invoice.sync_state != SyncState.VOIDED else None
    if link is None:
        applied_by_others = (
            isinstance(invoice, CreditApplication) and invoice.sync_state in IN_LEDGER
        )
        return None if applied_by_others else Operation.CREATE
    return Operation.UPDATE if invoice.revision > link.revision else None


def open_push(connection_id: int, kind: str, document_id: int) -> Push | None:
    """Return the open push of a document, locked; None when nothing is intended."""
    return db.session.scalar(
        select(Push)
        .where(
            Push.connection_id == connection_id,
            Push.document_kind == kind,
            Push.document_id == document_id,
            Push.state.not_in(FINISHED),
        )
        .with_for_update()
    )


def was_deleted(connection_id: int, document: SalesDocument) -> bool:
    """Tell whether the document was taken out of the ledger by us at some time."""
    deletion = select(Push.id).where(
        Push.connection_id == connection_id,
        Push.document_kind == document.kind,
        Push.document_id == document.id,
        Push.operation == Operation.DELETE,
        Push.first_sent_at.is_not(None),
    )
    return db.session.scalar(deletion.limit(1)) is not None


def _perhaps_there(invoice: SalesDocument, push: Push | None) -> bool:
    """Tell whether the ledger may hold a void invoice that no link leads to.

    It is looked for like any other that a disconnect unlinked; found, it is voided there.
    """
    if invoice.status != InvoiceStatus.VOID or invoice.push_policy == "never":
        return False
    if is_taken_back(invoice.problem):
        return False
    if push is None:
        return invoice.sync_state == SyncState.UNLINKED
    return bool(push.look_first or push.key_used)


def _intend(
    invoice: SalesDocument,
    connection: Connection,
    push: Push | None,
    wanted: Operation,
    now: datetime,
    *,
    at_once: bool = False,
    held: bool = False,
) -> None:
    state, sync_state = first_state(invoice, connection)
    if held or stays_held(push, invoice):
        state, sync_state = PushState.HELD, SyncState.HELD  # whoever holds it lets it go
    if push is None:
        push = Push(
            workspace_id=invoice.workspace_id,
            connection_id=connection.id,
            document_kind=invoice.kind,
            document_id=invoice.id,
            look_first=invoice.sync_state == SyncState.UNLINKED
            or invoice.linked_before is not None
            or (wanted == Operation.CREATE and was_deleted(connection.id, invoice)),
        )
        db.session.add(push)
    if wanted != Operation.UPDATE or push.state != PushState.WAITING:
        push.quiet_since = None
    push.operation = wanted
    push.revision = invoice.revision
    push.state = state
    _set_due(push, quiet=wanted == Operation.UPDATE and not at_once, now=now)
    push.attempts = 0
    push.look_first = push.look_first or bool(push.key_used and wanted == Operation.CREATE)
    if isinstance(invoice, CreditNote) and wanted == Operation.VOID:
        push.look_first = True  # people may have put it on an invoice meanwhile
    push.body = push.key = push.problem = push.undoes_id = None
    push.key_used = False
    invoice.sync_state = sync_state
    invoice.problem = None


def _set_due(push: Push, *, quiet: bool, now: datetime) -> None:
    """Send at once, but let a burst of changes settle: the last of them is what counts."""
    push.due_at = now
    if quiet:
        push.quiet_since = push.quiet_since or now
        push.due_at = max(now, min(now + QUIET, push.quiet_since + LONGEST_QUIET))


def first_state(invoice: SalesDocument, connection: Connection) -> tuple[PushState, SyncState]:
    """Return how an intention begins: held where somebody wants to review it first."""
    if isinstance(invoice, CreditApplication):  # its credit note was looked at
        return PushState.WAITING, SyncState.WAITING
    recurring = invoice.recurring and connection.review_recurring
    if recurring or invoice.push_policy == "review" or connection.push_mode == "review":
        return PushState.HELD, SyncState.HELD
    return PushState.WAITING, SyncState.WAITING


def _opted_out(invoice: SalesDocument, push: Push | None, wanted: Operation, now: datetime) -> None:
    """Send nothing; what the ledger holds already is still there, and still shown so."""
    if push is not None:
        push.state = PushState.CANCELLED
        push.finished_at = now
    if wanted == Operation.CREATE:
        invoice.sync_state = SyncState.NOT_SENT
        invoice.problem = None
    elif push is not None:
        show_as_booked(invoice, link_of(push.connection_id, invoice))
    stays_as_it_was(invoice, now)


def _goes_nowhere(
    invoice: SalesDocument,
    connection: Connection,
    push: Push | None,
    wanted: Operation | None,
    now: datetime,
) -> None:
    """Cancel what was not sent: the ledger never hears of an invoice voided before."""
    if wanted is None and _perhaps_there(invoice, push):
        _intend(invoice, connection, push, Operation.CREATE, now)  # looked for, never created
    elif push is not None:
        push.state = PushState.CANCELLED
        push.finished_at = now
        invoice.sync_state = SyncState.NOT_SENT
        invoice.problem = None
    elif invoice.sync_state in (SyncState.BLOCKED, SyncState.HELD) or only_waited(invoice):
        invoice.sync_state = SyncState.NOT_SENT
        invoice.problem = None


# ------------------------------------------------------------------ what waited for something


def route_waiting(workspace_id: int, now: datetime) -> None:
    """Intend to push what no ledger was connected for, now that one is; the caller commits.

    What a disconnect unlinked is looked for in the ledger before anything is created.
    """
    db.session.flush()
    for invoice in db.session.scalars(_homeless(workspace_id)):
        want_push(invoice, Operation.CREATE, now)


def _homeless(workspace_id: int) -> Select[SalesDocument]:
    """Select what no ledger was connected for, and what a disconnect unlinked."""
    gone = select(Connection.id).where(Connection.state == ConnectionState.DISCONNECTED)
    nowhere = SalesDocument.connection_id.is_(None) | SalesDocument.connection_id.in_(gone)
    unconnected = SalesDocument.problem["code"].astext.in_(
        ("no_connection", "ambiguous_connection")
    )
    return (
        select(SalesDocument)
        .where(
            SalesDocument.workspace_id == workspace_id,
            or_(
                SalesDocument.sync_state == SyncState.UNLINKED,
                (SalesDocument.sync_state == SyncState.BLOCKED) & (nowhere | unconnected),
            ),
        )
        .order_by(*LOCK_ORDER)
        .with_for_update()
    )


def release_blocked(connection_id: int, now: datetime) -> int:
    """Let everything blocked of a connection be looked at again; returns how many invoices.

    Runs inside the caller's transaction; the caller commits, then wakes the connection. What is
    still missing something comes back to blocked without a call to the ledger.
    """
    # A drain that judges by what was mapped before must have blocked what it blocks.
    in_turn("judge_readiness", connection_id)
    blocked = db.session.scalars(
        select(Push.id)
        .where(Push.connection_id == connection_id, Push.state == PushState.BLOCKED)
        .order_by(Push.id)
    ).all()
    released = [pair for pair in lock(blocked) if pair[0].state == PushState.BLOCKED]
    for push, invoice in released:  # not what somebody held or opted out before we had the lock
        push.state = PushState.WAITING
        push.due_at = now
        if invoice is not None:
            invoice.sync_state = SyncState.WAITING
    return len(released)
