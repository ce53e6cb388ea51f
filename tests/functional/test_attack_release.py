"""What somebody decides while blocked invoices are looked at again stays decided."""

import threading

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Invoice
from app.usecases.push import intent, refused_customers
from app.usecases.push.actions import hold, never_push
from tests.connected import connect, now

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def northgate(app_context, simulator):
    return connect(simulator)


def invoice_id(number):
    found = db.session.scalars(select(Invoice.id).where(Invoice.number == number)).one()
    db.session.commit()
    return found


@pytest.fixture
def before_locking(monkeypatch, app):
    """Have somebody else do something, once, between a look and the lock that follows it."""

    def install(module, deed):
        real, left = module.lock, [deed]

        def locked(push_ids, **options):
            if push_ids and left:
                _elsewhere(app, left.pop())
            return real(push_ids, **options)

        monkeypatch.setattr(module, "lock", locked)

    return install


def _elsewhere(app, deed):
    def run():
        with app.app_context():
            deed()

    other = threading.Thread(target=run)
    other.start()
    other.join()


@pytest.mark.parametrize(("decide", "state"), [(never_push, "not_sent"), (hold, "held")])
def test_an_opt_out_that_crosses_a_saved_mapping_is_heeded(
    northgate, before_locking, decide, state
):
    northgate.bill("INV-0001")
    northgate.drain()
    assert northgate.states() == {"INV-0001": "blocked"}
    ids = [invoice_id("INV-0001")]
    before_locking(intent, lambda: decide(ids, "Priya Nair", None, now()))
    northgate.map_all()
    northgate.drain()
    assert northgate.states() == {"INV-0001": state}
    assert northgate.books() == {}


def test_an_opt_out_that_crosses_a_refused_customer_is_heeded(northgate, simulator, before_locking):
    northgate.map_all()
    simulator.inject("fault", entity="Customer", operation="create", code="2040")
    northgate.bill("INV-0001")
    before_locking(refused_customers, lambda: northgate.revise("INV-0001", "450.00", push="never"))
    northgate.drain()
    intent.release_blocked(northgate.connection_id, now())
    db.session.commit()
    northgate.drain()
    assert northgate.states() == {"INV-0001": "not_sent"}
    assert northgate.books() == {}
