"""Write down that a credit note is on an invoice, whoever put it there."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from app.domain.states import InvoiceStatus, PushState, SyncState
from app.extensions import db
from app.models import Connection, CreditApplication, Push
from app.usecases.push.answer import Answer


def show_applied(one: CreditApplication) -> None:
    """Show an application as done, unless it was just taken back; the caller commits."""
    if one.status != InvoiceStatus.VOID:
        one.status = InvoiceStatus.PAID
        one.balance = Decimal(0)


def applied_there(push: Push, one: CreditApplication, answer: Answer, now: datetime) -> None:
    """End an application that is none of ours: the ledger or a person did it; no commit.

    It has no link, so it is never taken back by us: whoever did it there must undo it there.
    """
    push.attempts += 1
    push.state = PushState.DONE
    push.finished_at = now
    push.claimed_by = push.claimed_until = push.problem = None
    push.note = answer.done_there
    one.sync_state, one.problem = SyncState.PUSHED, None
    show_applied(one)
    want_pull(push.connection_id, now)


def want_pull(connection_id: int, now: datetime) -> None:
    """Have read soon what is otherwise there than we know; the caller commits."""
    connection = db.session.get_one(Connection, connection_id)
    connection.pull_wanted_at = now
    connection.pull_wanted_since = connection.pull_wanted_since or now
