"""One document nobody anticipated, in a thread of its own, stops nobody else's."""

from decimal import Decimal

import pytest

from app.ledgers.quickbooks.company import QuickBooksCompany
from tests.connected import connect

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def northgate(app_context, simulator):
    made = connect(simulator)
    made.map_all()
    return made


def test_an_answer_nobody_anticipated_is_a_doubt_about_its_own_document(northgate, monkeypatch):
    real = QuickBooksCompany.send

    def send(company, package):
        outcomes = real(company, package)
        if b"INV-0001" in package[0].body:
            raise KeyError("TotalAmt")
        return outcomes

    monkeypatch.setattr(QuickBooksCompany, "send", send)
    northgate.bill("INV-0001")
    northgate.bill("INV-0002")
    northgate.drain()
    assert northgate.states() == {"INV-0001": "unconfirmed", "INV-0002": "pushed"}
    assert northgate.push_of("INV-0001").attempts == 1
    assert northgate.books()["INV-0002"] == Decimal("540.00")
