"""From the bookkeeper's payment to billing's event, through the ledger's own webhooks."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from rq import Queue
from sqlalchemy import func, select

from app.extensions import db, redis_client
from app.models import Connection, InboundEvent, Invoice, OutboundEvent
from app.usecases.book.pull import pull
from app.usecases.sweep import wake_wanted_pulls
from simulator.client import NORTHGATE, VERIFIER_TOKEN
from tests.back import brought_back, drained, in_turn
from tests.connected import connect, now


@pytest.fixture
def northgate(app, simulator, live_server):
    """Five booked invoices of Oak & Ash Ltd over 540.00; QuickBooks knows our address."""
    with app.app_context():
        made = connect(simulator)
        made.map_all()
        for number in range(2041, 2046):
            made.bill(f"INV-{number}")
        drained(made)
        brought_back(made)
    simulator.set_webhook(f"{live_server}/api/webhooks/quickbooks", VERIFIER_TOKEN)
    simulator.reset_counters()
    yield made
    simulator.set_webhook("", VERIFIER_TOKEN)


@pytest.fixture
def notices(app):
    """Return how many notices about payments were taken in."""

    def count():
        with app.app_context():
            payments = InboundEvent.subject.like("payment:%")
            return db.session.scalar(select(func.count()).where(payments))

    return count


def pay(northgate, number, amount="540.00"):
    booked = northgate.booked(number)
    customer = booked["CustomerRef"]["value"]
    return northgate.simulator.record_payment(NORTHGATE, customer, [(booked["Id"], amount)])


def statuses():
    return dict(db.session.execute(select(Invoice.number, Invoice.status)).all())


def told():
    types = select(OutboundEvent.type).where(OutboundEvent.type != "invoice.pushed")
    return sorted(db.session.scalars(types))


def test_a_burst_of_signed_notices_is_one_read(app, northgate, notices, wait_until, simulator):
    for number in range(2041, 2046):
        pay(northgate, f"INV-{number}")
    wait_until(lambda: notices() == 5)
    with app.app_context():
        for seconds in (2, 3):
            wake_wanted_pulls(now() + timedelta(seconds=seconds))
        jobs = Queue("pull", connection=redis_client()).jobs
        assert [job.func_name for job in jobs] == ["workers.jobs.pull"]
        assert db.session.get_one(Connection, northgate.connection_id).pull_wanted_at is not None
        in_turn(lambda: pull(northgate.connection_id, now() + timedelta(seconds=3)))
        assert set(statuses().values()) == {"paid"}
        assert told() == ["invoice.paid"] * 5
        db.session.expire_all()
        assert db.session.get_one(Connection, northgate.connection_id).pull_wanted_at is None
    assert simulator.counters(NORTHGATE)["metered"] == 1


def test_doubled_and_reordered_notices_change_nothing(
    app, northgate, notices, wait_until, simulator
):
    simulator.switch(webhook_duplicates=True, webhook_reordered=True)
    try:
        payment = pay(northgate, "INV-2041", "100.00")
        simulator.void(NORTHGATE, "payments", payment["Id"])
        pay(northgate, "INV-2041", "120.00")
        wait_until(lambda: notices() >= 3)
    finally:
        simulator.switch(webhook_duplicates=False, webhook_reordered=False)
    with app.app_context():
        for _ in range(3):
            brought_back(northgate)
        invoice = db.session.scalars(select(Invoice).where(Invoice.number == "INV-2041")).one()
        assert (invoice.status, invoice.balance) == ("part_paid", Decimal("420.00"))
        assert told() == ["invoice.part_paid"]
        ids = db.session.scalars(select(InboundEvent.event_id)).all()
        assert len(ids) == len(set(ids))


def test_lost_notices_cost_minutes_not_money(app, northgate, simulator):
    simulator.set_webhook("")
    pay(northgate, "INV-2041")
    with app.app_context():
        brought_back(northgate)  # as the clock does without any notice
        assert statuses()["INV-2041"] == "paid"


def test_a_wrong_token_is_refused_and_the_clock_still_brings_the_payment(
    app, northgate, wait_until, simulator, live_server
):
    simulator.set_webhook(f"{live_server}/api/webhooks/quickbooks", "rotated and not told us")
    pay(northgate, "INV-2041")

    def refused():
        with app.app_context():
            return db.session.scalar(select(func.count()).where(InboundEvent.status == "refused"))

    wait_until(refused)
    with app.app_context():
        assert db.session.get_one(Connection, northgate.connection_id).pull_wanted_at is None
        brought_back(northgate)
        assert statuses()["INV-2041"] == "paid"


def test_two_pulls_at_once_tell_billing_once(app, northgate, simulator):
    pay(northgate, "INV-2041")
    pay(northgate, "INV-2042", "100.00")

    def work(_):
        with app.app_context():
            pull(northgate.connection_id, datetime.now(UTC))

    with ThreadPoolExecutor(4) as crew:
        list(crew.map(work, range(4)))
    with app.app_context():
        assert told() == ["invoice.paid", "invoice.part_paid"]
        assert statuses()["INV-2042"] == "part_paid"
