"""How far a company was read, where its feed is cut off again and again, or clocks differ."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app.domain.reading import BookKind, Reason, Step, Task
from app.extensions import db
from app.ledgers.quickbooks import changes as feed
from app.models import Connection, Invoice, Reading
from app.usecases.book.mirror import Book
from app.usecases.book.pull import pull
from app.usecases.book.reading import Progress, begin, keep
from simulator.client import NORTHGATE
from tests.back import drained, in_turn
from tests.connected import connect, now

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def northgate(app_context, simulator):
    return booked(simulator)


def booked(simulator):
    """Connect, and book one invoice over 540.00."""
    made = connect(simulator)
    made.map_all()
    made.bill("INV-0001")
    drained(made)
    return made


def there(northgate):
    """Return the time by the ledger's clock."""
    return datetime.fromisoformat(northgate.simulator.call("GET", "/clock")["now"])


def brought_back(northgate, then):
    return in_turn(lambda: pull(northgate.connection_id, then))


def pay(northgate, amount):
    booked = northgate.booked("INV-0001")
    customer = booked["CustomerRef"]["value"]
    northgate.simulator.record_payment(NORTHGATE, customer, [(booked["Id"], amount)])


def cursor(northgate):
    found = db.session.scalars(
        select(Connection.pull_cursor).where(Connection.id == northgate.connection_id)
    ).one()
    db.session.commit()
    return found


def status():
    found = db.session.scalars(select(Invoice.status)).one()
    db.session.commit()
    return found


def test_the_cursor_moves_on_while_a_look_for_deletions_waits(northgate, simulator, monkeypatch):
    monkeypatch.setattr(feed, "MOST", 1)
    pay(northgate, "1.00")
    brought_back(northgate, there(northgate))
    first = cursor(northgate)
    simulator.advance_clock(seconds=600)
    pay(northgate, "1.00")
    brought_back(northgate, there(northgate))
    assert cursor(northgate) > first + timedelta(seconds=500)


def test_a_ledger_whose_clock_is_behind_loses_nothing(app_context, simulator):
    simulator.set_clock(-3600)
    northgate = booked(simulator)
    brought_back(northgate, now())
    pay(northgate, "540.00")
    brought_back(northgate, now())
    assert status() == "paid"
    assert cursor(northgate) < now() - timedelta(minutes=50)


def test_a_look_put_off_while_it_is_made_is_made_again(northgate):
    connection = db.session.get_one(Connection, northgate.connection_id)
    first = Book(connection.workspace_id, connection.id, now())
    later = Book(connection.workspace_id, connection.id, now() + timedelta(minutes=16))
    look = [Step(BookKind.PAYMENT, Task.CHECK)]
    begin(first, Reason.CATCH_UP, look, first.read_at, first.read_at + timedelta(minutes=15))
    db.session.commit()
    step = db.session.scalars(select(Reading).where(Reading.task == Task.CHECK)).one()
    db.session.expunge(step)
    begin(later, Reason.CATCH_UP, look, later.read_at, later.read_at + timedelta(minutes=15))
    db.session.commit()
    keep(later, step, Progress(None, finished=True))
    db.session.commit()
    row = db.session.scalars(select(Reading).where(Reading.task == Task.CHECK)).one()
    assert (row.started_at, row.finished_at) == (later.read_at, None)
