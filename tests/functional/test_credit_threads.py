"""Credit notes come while their invoices are being booked: none waits for ever, none deadlocks."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import CreditApplication
from tests.back import brought_back
from tests.connected import connect, numbers
from tests.crediting import credit, credit_note, owed, told


@pytest.fixture
def northgate(app, simulator):
    with app.app_context():
        made = connect(simulator)
        made.map_all()
        for number in numbers(6):
            made.bill(number)
        return made


def test_credit_notes_that_come_while_their_invoices_are_booked_are_all_applied(app, northgate):
    def drain(_):
        with app.app_context():
            northgate.drain()

    def come(number):
        with app.app_context():
            name = number.replace("INV", "CN")
            credit(northgate, name, on={number: "60.00"})
            changed = credit_note(name, on={number: "120.00"}, revision=2)
            assert told(northgate, "credit_note.updated", changed).status == "accepted"

    with ThreadPoolExecutor(5) as crew:
        draining = [crew.submit(drain, n) for n in range(2)]
        list(crew.map(come, numbers(6)))
        for one in draining:
            one.result()
    with app.app_context():
        for _ in range(4):
            northgate.make_due()
            northgate.drain()
            brought_back(northgate)
        live = select(CreditApplication.sync_state).where(CreditApplication.status != "void")
        assert list(db.session.scalars(live)) == ["pushed"] * 6
        assert {owed(northgate, number) for number in numbers(6)} == {Decimal(420)}
