"""Write down that a credit note is on an invoice, whoever put it there."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from app.domain.crediting import USED_ELSEWHERE
from app.domain.problem import Problem
from app.domain.states import InvoiceStatus, PushState, SyncState
from app.domain.wording import format_money
from app.extensions import db
from app.ledgers import LEDGERS
from app.models import Connection, CreditApplication, Push
from app.usecases.push.answer import Answer
from app.usecases.push.order import called


def show_applied(one: CreditApplication) -> None:
    """Show an application as done, unless it was just taken back; the caller commits."""
    if one.status != InvoiceStatus.VOID:
        one.status = InvoiceStatus.PAID
        one.balance = Decimal(0)


def applied_there(push: Push, one: CreditApplication, answer: Answer, now: datetime) -> None:
    """End an application that is none of ours: the ledger or a person did it; no commit.

    It has no link, so it is never taken back by us: whoever did it there must undo it there.
    """
    _end(push, now)
    push.note = answer.done_there
    one.sync_state, one.problem = SyncState.PUSHED, None
    show_applied(one)
    want_pull(push.connection_id, now)


def used_up_there(push: Push, one: CreditApplication, now: datetime) -> None:
    """End an application of a credit note that the ledger has used elsewhere; no commit.

    Nothing is on its way: it goes once billing or a person says so.
    """
    _end(push, now)
    one.sync_state, one.problem = SyncState.NOT_SENT, _used_up(push, one).as_json()
    want_pull(push.connection_id, now)


def _end(push: Push, now: datetime) -> None:
    push.attempts += 1
    push.state = PushState.DONE
    push.finished_at = now
    push.claimed_by = push.claimed_until = push.problem = None


def _used_up(push: Push, one: CreditApplication) -> Problem:
    connection = db.session.get_one(Connection, push.connection_id)
    ledger = LEDGERS[connection.provider].provider.name
    amount = format_money(one.total, one.currency)
    return Problem(
        USED_ELSEWHERE,
        f"{one.number} is used up in {ledger}, on something else than {called(one)}.",
        f"Billing counts {amount} of it on the invoice; the books do not.",
        f"Take it off in {ledger} where it is used and try again, or correct in billing what it is"
        " applied to.",
    )


def want_pull(connection_id: int, now: datetime) -> None:
    """Have read soon what is otherwise there than we know; the caller commits."""
    connection = db.session.get_one(Connection, connection_id)
    connection.pull_wanted_at = now
    connection.pull_wanted_since = connection.pull_wanted_since or now
