"""Money given back out of what a payment has on no invoice is a refund of its own."""

import pytest

from app.queries.events import payments_after
from tests.back import brought_back, drained
from tests.connected import connect
from tests.keeper import Keeper

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def northgate(app_context, simulator):
    made = connect(simulator)
    made.map_all()
    made.bill("INV-oak-A", net="100.00")
    drained(made)
    brought_back(made)
    return made


@pytest.fixture
def keeper(northgate):
    booked = northgate.booked("INV-oak-A")
    return Keeper(northgate.simulator, "oak", booked["CustomerRef"]["value"], {"A": booked["Id"]})


def polled(northgate):
    rows = payments_after(northgate.workspace_id, None, 10).rows
    return [
        (row["kind"], row["ledger_id"].partition("/")[0], row["amount"], row["voided"])
        for row in rows
    ]


def test_a_refund_out_of_a_payment_comes_back_once_and_goes_with_it(northgate, keeper):
    payment = keeper.pay({"A": "120.00"}, "160.00")
    brought_back(northgate)
    keeper.refund("36.00", payment=payment)
    assert dict(brought_back(northgate).outcomes)["refunded"] == 1
    assert "refunded" not in brought_back(northgate).outcomes
    money = ("payment", payment, "160.00", False)
    assert polled(northgate) == [money, ("refund", payment, "36.00", False)]
    assert keeper.seen()["A"][:3] == ("paid", "0.00", ["120.00"])

    keeper.move(payment, {"A": "120.00"})  # the refund is taken out of it again
    brought_back(northgate)
    assert polled(northgate) == [money, ("refund", payment, "36.00", True)]


def test_a_refund_goes_with_a_deleted_payment(northgate, keeper):
    payment = keeper.pay({}, "50.00")
    keeper.refund("36.00", payment=payment)
    brought_back(northgate)
    keeper.delete("payments", payment)
    brought_back(northgate)
    assert [row[3] for row in polled(northgate)] == [True, True]
