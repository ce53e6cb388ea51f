"""Keep a document back: hold it, opt it out, or let it go again; the caller locks and commits."""

from __future__ import annotations

from datetime import datetime

from app.domain.sample import is_left_out
from app.domain.states import IN_LEDGER, InvoiceStatus, Operation, PushState, SyncState
from app.models import Push, SalesDocument
from app.usecases.push.decide_there import remember_others
from app.usecases.push.intent import needed_operation, want_push
from app.usecases.push.linked import link_of
from app.usecases.push.show_booked import show_as_booked
from app.usecases.push.stay_on import stay_on, stays_as_it_was

# Where nothing was sent yet, or surely nothing was booked.
_UNSENT = frozenset(
    {
        SyncState.WAITING,
        SyncState.HELD,
        SyncState.BLOCKED,
        SyncState.RETRYING,
        SyncState.FAILED,
        SyncState.DEAD,
    }
)


def held(invoice: SalesDocument, push: Push | None, now: datetime) -> bool:
    """Keep a document here until somebody pushes it; tells whether it could be kept."""
    if push is None or not unsent(invoice, push):
        return False
    push.state = PushState.HELD
    invoice.sync_state = SyncState.HELD
    stay_on(invoice, now)
    return True


def opted_out(invoice: SalesDocument, push: Push | None, now: datetime) -> bool:
    """Opt a document, or a change of it, out of pushing; tells whether it could be."""
    if invoice.sync_state in IN_LEDGER or (push is not None and not unsent(invoice, push)):
        return False
    if push is not None:
        push.state = PushState.CANCELLED
        push.finished_at = now
    elif invoice.sync_state != SyncState.BLOCKED:
        return False
    invoice.push_policy = "never"
    stays_as_it_was(invoice, now)
    link = link_of(push.connection_id, invoice) if push is not None else None
    if link is not None:  # a change of it was opted out: it is in the ledger as before
        show_as_booked(invoice, link)
        return True
    invoice.sync_state = SyncState.NOT_SENT
    invoice.problem = None
    return True


def unsent(invoice: SalesDocument, push: Push) -> bool:
    """Tell whether nothing of an intention was sent, or surely nothing was booked."""
    if push.undoes_id is not None:
        return False  # what is on its way is the undo of a document that was sent
    return push.first_sent_at is None and invoice.sync_state in _UNSENT


def allowed(invoice: SalesDocument, now: datetime) -> bool:
    """Take an opt-out back: the document goes, or its newest change; False where it was none."""
    if not may_be_allowed(invoice):
        return False
    invoice.push_policy = "auto"
    remember_others(invoice)
    want_push(invoice, Operation.CREATE, now, though_early=True)
    return True


def may_be_allowed(invoice: SalesDocument) -> bool:
    """Tell whether a document was opted out, or what billing says of one in the ledger was."""
    if invoice.sync_state == SyncState.NOT_SENT:
        return invoice.status != InvoiceStatus.VOID and not is_left_out(invoice.problem)
    if invoice.push_policy != "never" or invoice.connection_id is None:
        return False
    link = link_of(invoice.connection_id, invoice)
    return link is not None and needed_operation(invoice, link) is not None
