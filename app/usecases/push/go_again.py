"""Have a push go again: made anew, or with another key."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.domain.backoff import delay_after
from app.domain.states import Operation, PushState, SyncState
from app.ledgers.interface import Written
from app.models import CreditNote, Push, SalesDocument
from app.usecases.push.agreed import agree_on
from app.usecases.push.linked import link_of
from app.usecases.push.readied import Ready, new_key
from app.usecases.push.verdict import Verdict


def rebuild(
    push: Push, invoice: SalesDocument | None, present: Written, now: datetime, chance: float
) -> None:
    """Write over the version somebody's harmless change made: new body, new key.

    At once; a document that is stale again is changed there all the time, or the ledger errs.
    """
    wait = delay_after(push.attempts, chance) if push.attempts else timedelta(0)
    push.state = PushState.WAITING
    push.due_at = now + wait
    push.attempts += 1
    push.body = push.key = push.first_sent_at = None
    # It was just looked at, and would be for ever; but people may put a credit note on an invoice.
    push.look_first = isinstance(invoice, CreditNote) and push.operation == Operation.VOID
    push.claimed_by = push.claimed_until = None
    if invoice is not None:
        invoice.sync_state = SyncState.WAITING
        link = link_of(push.connection_id, invoice)
        if link is not None:
            link.version = present.version
            agree_on(link, present)


def build_anew(push: Push, invoice: SalesDocument, now: datetime) -> None:
    """Send again what an old body refers to no more: a link or a mapping changed since its try."""
    push.state, push.due_at = PushState.WAITING, now
    push.claimed_by = push.claimed_until = None
    invoice.sync_state = SyncState.WAITING


def forget_key(push: Push, invoice: SalesDocument | None, ready: Ready, outcome: Verdict) -> None:
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
