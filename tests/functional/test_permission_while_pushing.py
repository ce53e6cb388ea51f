"""A permission that ends, or is refused, in the middle of a push: each invoice is booked once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Alert, Connection, Grant, Mail
from app.usecases.push.drain import drain
from simulator.client import NORTHGATE
from tests.builders import a_reader
from tests.connected import connect, now, numbers

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def northgate(app_context, simulator):
    """Northgate with six invoices to push, its customer known already."""
    made = connect(simulator)
    a_reader(made.workspace_id)
    made.map_all()
    made.bill("INV-0000")
    made.drain()
    for number in numbers(6):
        made.bill(number)
    simulator.reset_counters()
    return made


def state(northgate):
    connection = db.session.get_one(Connection, northgate.connection_id, populate_existing=True)
    return connection.state


def version():
    return db.session.scalars(select(Grant.version)).one()


def all_booked_once(northgate):
    wanted = ["INV-0000", *numbers(6)]
    return northgate.books() == dict.fromkeys(wanted, Decimal("540.00"))


def creates(simulator):
    """Return (key, status) of every invoice that was sent."""
    calls = simulator.requests(NORTHGATE)
    return [(call["requestid"], call["status"]) for call in calls if call["operation"] == "create"]


def when_booked(simulator, count, deed):
    """Return a clock that does a deed once, as soon as the ledger holds so many more invoices."""
    done = []

    def clock():
        if not done and simulator.counters(NORTHGATE)["free_writes"] >= count:
            done.append(deed())
        return now()

    return clock


@pytest.mark.parametrize("fault", ["expired_token", "forbidden"])
def test_a_token_refused_in_mid_push_is_renewed_once_and_the_write_repeated(
    northgate, simulator, fault
):
    before = version()
    simulator.inject(fault, entity="Invoice", operation="create", nth=3)
    northgate.drain()
    assert set(northgate.states().values()) == {"pushed"}
    assert all_booked_once(northgate)
    assert version() == before + 1
    sent = creates(simulator)
    [(refused, _)] = [each for each in sent if each[1] != 200]
    assert [status for key, status in sent if key == refused][-1] == 200
    assert sorted(status for _, status in sent)[:6] == [200] * 6


def test_tokens_that_end_in_mid_push_are_renewed(northgate, simulator):
    clock = when_booked(simulator, 2, lambda: simulator.expire_tokens(NORTHGATE))
    drain(northgate.connection_id, clock=clock)
    assert set(northgate.states().values()) == {"pushed"}
    assert all_booked_once(northgate)


def test_a_permission_taken_back_in_mid_push_loses_nothing(northgate, simulator):
    clock = when_booked(simulator, 2, lambda: simulator.revoke_tokens(NORTHGATE))
    drain(northgate.connection_id, clock=clock)
    assert state(northgate) == "broken"
    waiting = [number for number, word in northgate.states().items() if word == "waiting"]
    assert waiting
    assert len(waiting) + len(northgate.books()) == 7
    [mail] = db.session.scalars(select(Mail))
    worth = f"£{540 * len(waiting):,}.00"
    assert mail.subject == (
        f"QuickBooks disconnected: {len(waiting)} invoices, {worth} waiting"
        " (Northgate IT Services Ltd)"
    )
    northgate.drain()
    assert len(northgate.books()) == 7 - len(waiting)
    northgate.reconnect()
    northgate.make_due()
    northgate.drain()
    assert set(northgate.states().values()) == {"pushed"}
    assert all_booked_once(northgate)
    assert db.session.scalars(select(Alert.id).where(Alert.closed_at.is_(None))).all() == []


def test_a_new_token_refused_in_mid_push_costs_no_attempt_and_no_alarm(northgate, simulator):
    simulator.inject("expired_token", entity="Invoice", operation="create", nth=3, times=2)
    northgate.drain()
    assert state(northgate) == "active"
    assert db.session.scalars(select(Alert.id)).all() == []
    left = [push for push in northgate.pushes() if push.state != "done"]
    assert left
    assert {push.attempts for push in left} == {0}
    refused = [push for push in left if push.state == "retrying"]
    assert all(push.due_at > now() + timedelta(seconds=50) for push in refused)
    a_minute_passes()
    northgate.make_due()
    northgate.drain()
    assert set(northgate.states().values()) == {"pushed"}
    assert all_booked_once(northgate)


def test_nothing_is_sent_while_a_permission_is_in_doubt(northgate, simulator):
    simulator.inject("expired_token", entity="Invoice", operation="create", times=2)
    northgate.drain()
    northgate.make_due()
    simulator.reset_counters()
    northgate.drain()
    assert simulator.counters(NORTHGATE)["requests"] == 0
    assert "failed" not in northgate.states().values()


def test_a_refusal_that_stays_breaks_the_connection_and_all_goes_after_a_reconnect(
    northgate, simulator
):
    rule = simulator.inject("expired_token", realm=NORTHGATE, times=None)
    northgate.drain()
    assert state(northgate) == "active"
    a_minute_passes()
    northgate.make_due()
    northgate.drain()
    assert state(northgate) == "broken"
    assert len(db.session.scalars(select(Mail)).all()) == 1
    simulator.clear_faults(rule)
    northgate.reconnect()
    northgate.make_due()
    northgate.drain()
    assert set(northgate.states().values()) == {"pushed"}
    assert all_booked_once(northgate)


def a_minute_passes():
    """Let the first refusal have been a minute ago."""
    grant = db.session.scalars(select(Grant).execution_options(populate_existing=True)).one()
    grant.refused_at -= timedelta(minutes=1)
    db.session.commit()


@pytest.mark.parametrize("kind", ["reset", "html", "hang"])
def test_a_renewal_that_does_not_arrive_in_mid_push_is_no_unknown_outcome(
    northgate, simulator, kind
):
    """The write was refused with 401 and not booked, whatever became of the renewal."""
    simulator.inject("expired_token", entity="Invoice", operation="create", nth=3)
    simulator.inject(kind, entity="token", operation="refresh", when="after", seconds=0.1)
    northgate.drain()
    assert "unconfirmed" not in northgate.states().values()
    assert state(northgate) == "active"
    northgate.make_due()
    northgate.drain()
    assert set(northgate.states().values()) == {"pushed"}
    assert all_booked_once(northgate)


def test_our_mistake_in_mid_push_keeps_the_link_and_costs_no_attempt(northgate, simulator):
    def change_the_secret():
        simulator.expire_tokens(NORTHGATE)
        simulator.register_client("demo-client", "changed")

    drain(northgate.connection_id, clock=when_booked(simulator, 2, change_the_secret))
    assert state(northgate) == "active"
    kinds = db.session.scalars(select(Alert.kind).where(Alert.closed_at.is_(None))).all()
    assert kinds == ["connection.misconfigured"]
    assert {push.attempts for push in northgate.pushes() if push.state != "done"} == {0}
    simulator.register_client("demo-client", "demo-secret")
    northgate.make_due()
    northgate.drain()
    assert set(northgate.states().values()) == {"pushed"}
    assert all_booked_once(northgate)
    assert db.session.scalars(select(Alert.id).where(Alert.closed_at.is_(None))).all() == []
