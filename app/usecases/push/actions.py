"""What a person (or the billing application) may do about a document on its way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import select

from app import queue
from app.domain.states import (
    IN_LEDGER,
    DocumentKind,
    Operation,
    PushState,
    SyncState,
)
from app.domain.undo import is_taken_back
from app.extensions import db
from app.models import Invoice, Push
from app.usecases.audit import audit
from app.usecases.push.intent import open_push, want_push

# Where pressing "try again" or "push now" makes sense.
_PUSHABLE = frozenset(
    {
        SyncState.WAITING,
        SyncState.HELD,
        SyncState.BLOCKED,
        SyncState.RETRYING,
        SyncState.UNCONFIRMED,
        SyncState.FAILED,
        SyncState.DEAD,
        SyncState.UNLINKED,
    }
)
# Where nothing was sent yet, or surely nothing was booked.
_UNSENT = frozenset({SyncState.WAITING, SyncState.HELD, SyncState.BLOCKED, SyncState.FAILED})


def push_now(invoice_ids: Sequence[int], actor: str, user_id: int | None, now: datetime) -> int:
    """Make invoices due at once, held and failed ones too; returns how many; commits."""
    return _each(invoice_ids, actor, user_id, "invoice.push_now", lambda i: _pushed(i, now))


def retry(invoice_ids: Sequence[int], actor: str, user_id: int | None, now: datetime) -> int:
    """Try refused and given-up invoices again; returns how many; commits."""
    return _each(invoice_ids, actor, user_id, "invoice.retry", lambda i: _due_now(i, now))


def hold(invoice_ids: Sequence[int], actor: str, user_id: int | None, now: datetime) -> int:
    """Keep unsent invoices back until somebody pushes them; returns how many; commits."""
    return _each(invoice_ids, actor, user_id, "invoice.hold", _held)


def never_push(invoice_ids: Sequence[int], actor: str, user_id: int | None, now: datetime) -> int:
    """Opt unsent invoices out; returns how many; commits."""
    return _each(invoice_ids, actor, user_id, "invoice.never_push", lambda i: _opted_out(i, now))


def allow_push(invoice_ids: Sequence[int], actor: str, user_id: int | None, now: datetime) -> int:
    """Take an opt-out back: the invoices go; returns how many; commits."""
    return _each(invoice_ids, actor, user_id, "invoice.allow_push", lambda i: _allowed(i, now))


def _each(
    invoice_ids: Sequence[int],
    actor: str,
    user_id: int | None,
    action: str,
    deed: Callable[[Invoice], bool],
) -> int:
    invoices = db.session.scalars(
        select(Invoice).where(Invoice.id.in_(invoice_ids)).order_by(Invoice.id).with_for_update()
    ).all()
    changed = [invoice for invoice in invoices if deed(invoice)]
    for invoice in changed:
        audit(
            invoice.workspace_id,
            actor,
            action,
            f"invoice:{invoice.id}",
            user_id=user_id,
            number=invoice.number,
        )
    connections = {i.connection_id for i in changed if i.connection_id is not None}
    db.session.commit()
    for connection_id in connections:
        queue.wake(connection_id)
    return len(changed)


def _open(invoice: Invoice) -> Push | None:
    if invoice.connection_id is None:
        return None
    return open_push(invoice.connection_id, DocumentKind.INVOICE, invoice.id)


def _pushed(invoice: Invoice, now: datetime) -> bool:
    """Make it due, unless it is being taken back: that would not be what was asked for."""
    push = _open(invoice)
    return (push is None or push.undoes_id is None) and _due_now(invoice, now)


def _due_now(invoice: Invoice, now: datetime) -> bool:
    if invoice.sync_state not in _PUSHABLE:
        return False
    push = _open(invoice)
    if push is None:
        taken_back = is_taken_back(invoice.problem)
        if taken_back:
            invoice.problem = None  # a person says that it goes again
        want_push(invoice, Operation.CREATE, now)
        push = _open(invoice) if taken_back else None
        if push is None or push.state != PushState.HELD:
            return True
    if push.state == PushState.PUSHING:
        return False
    unknown = push.first_sent_at is not None
    push.state = PushState.UNCONFIRMED if unknown else PushState.WAITING
    push.due_at = now
    push.attempts = 0
    invoice.sync_state = SyncState(push.state)
    invoice.problem = push.problem = None
    return True


def _held(invoice: Invoice) -> bool:
    push = _open(invoice)
    if push is None or not _unsent(invoice, push):
        return False
    push.state = PushState.HELD
    invoice.sync_state = SyncState.HELD
    return True


def _opted_out(invoice: Invoice, now: datetime) -> bool:
    push = _open(invoice)
    if invoice.sync_state in IN_LEDGER or (push is not None and not _unsent(invoice, push)):
        return False
    if push is not None:
        push.state = PushState.CANCELLED
        push.finished_at = now
    elif invoice.sync_state != SyncState.BLOCKED:
        return False
    invoice.push_policy = "never"
    invoice.sync_state = SyncState.NOT_SENT
    invoice.problem = None
    return True


def _unsent(invoice: Invoice, push: Push) -> bool:
    if push.undoes_id is not None:
        return False  # what is on its way is the undo of a document that was sent
    return push.first_sent_at is None and invoice.sync_state in _UNSENT


def _allowed(invoice: Invoice, now: datetime) -> bool:
    if invoice.sync_state != SyncState.NOT_SENT or invoice.status == "void":
        return False
    invoice.push_policy = "auto"
    want_push(invoice, Operation.CREATE, now)
    return True
