"""Trying again what was refused or given up: one, a selection, hundreds."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, func, select

from app.domain.problem import Problem
from app.domain.states import Lane, PushState, SyncState
from app.extensions import db, redis_client
from app.models import AuditEntry, Connection, Invoice, Push
from app.usecases.push import actions
from tests.builders import a_connection, a_push, a_workspace, an_invoice

pytestmark = pytest.mark.usefixtures("app_context")

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
GAVE_UP = Problem("no_answer", "QuickBooks did not answer.")


@pytest.fixture
def northgate(app_context) -> Connection:
    made = a_connection(a_workspace())
    db.session.commit()
    return made


def stopped(connection, count=1, state=SyncState.DEAD, **changes) -> list[int]:
    """Make invoices whose pushes stand still; returns their ids."""
    made = [an_invoice(connection, state=state, problem=GAVE_UP) for _ in range(count)]
    for invoice in made:
        a_push(invoice, attempts=8, **changes)
    db.session.commit()
    return [invoice.id for invoice in made]


def retry(ids) -> int:
    return actions.retry(ids, "Priya Nair", None, NOW)


def lanes() -> set[int]:
    return set(db.session.scalars(select(Push.lane)))


def states() -> set[str]:
    return {
        *db.session.scalars(select(Push.state)),
        *db.session.scalars(select(Invoice.sync_state)),
    }


def woken(connection) -> bool:
    return any(redis_client().scan_iter(f"lb:woken:*:{connection.id}"))


def test_one_invoice_goes_at_once_and_ahead_of_the_rest(northgate):
    assert retry(stopped(northgate)) == 1

    [push] = db.session.scalars(select(Push))
    assert (push.state, push.due_at, push.attempts) == (PushState.WAITING, NOW, 0)
    assert push.lane == Lane.EXPRESS
    assert push.problem is None
    assert woken(northgate)


def test_what_the_ledger_may_have_booked_goes_with_the_same_key(northgate):
    retry(stopped(northgate, key="k" * 32, body=b"{}", first_sent_at=NOW - timedelta(hours=2)))

    [push] = db.session.scalars(select(Push))
    assert (push.state, push.key, push.body) == (PushState.UNCONFIRMED, "k" * 32, b"{}")


def test_twenty_go_ahead_and_twenty_one_take_their_turn(northgate):
    retry(stopped(northgate, 20))
    assert lanes() == {Lane.EXPRESS}

    db.session.query(Push).update({"state": PushState.DEAD})
    db.session.query(Invoice).update({"sync_state": SyncState.DEAD})
    retry([*stopped(northgate), *db.session.scalars(select(Push.document_id))])

    assert lanes() == {Lane.NORMAL}


def test_hundreds_are_all_taken_up_with_who_did_it(northgate):
    ids = stopped(northgate, 450, SyncState.FAILED)

    assert retry(ids) == 450

    assert states() == {"waiting"}
    told = db.session.scalar(select(func.count()).where(AuditEntry.action == "invoice.retry"))
    assert told == 450


def test_those_that_moved_on_meanwhile_stop_none_of_the_others(northgate):
    booked = an_invoice(northgate, state=SyncState.PUSHED)
    pushing = an_invoice(northgate, state=SyncState.PUSHING)
    a_push(pushing)
    ids = [booked.id, *stopped(northgate, 3), pushing.id, 4711]

    assert retry(ids) == 3

    assert states() == {"waiting", "pushed", "pushing"}


def test_a_selection_costs_the_same_reads_whatever_its_size(northgate):
    def reads(ids) -> int:
        seen = []
        note = lambda *given: seen.append(given[2])  # noqa: E731
        event.listen(db.engine, "before_cursor_execute", note)
        retry(ids)
        event.remove(db.engine, "before_cursor_execute", note)
        return len([statement for statement in seen if statement.startswith("SELECT")])

    assert reads(stopped(northgate, 3)) == reads(stopped(northgate, 150))


def test_an_invoice_without_a_push_gets_one_that_goes_ahead(northgate):
    invoice = an_invoice(northgate, state=SyncState.BLOCKED)
    db.session.commit()

    assert retry([invoice.id]) == 1

    assert lanes() == {Lane.EXPRESS}


def test_pushing_a_held_invoice_now_lets_it_go_ahead(northgate):
    ids = stopped(northgate, state=SyncState.HELD)

    assert actions.push_now(ids, "Priya Nair", None, NOW) == 1

    assert (states(), lanes()) == ({"waiting"}, {Lane.EXPRESS})


def test_retrying_goes_on_without_redis(app, northgate):
    ids = stopped(northgate, 2)
    pool = redis_client().connection_pool
    pool.connection_kwargs["port"] = 1
    pool.disconnect()

    assert retry(ids) == 2

    assert states() == {"waiting"}
