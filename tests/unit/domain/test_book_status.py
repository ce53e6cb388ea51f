"""How an invoice of the ledger's own book stands."""

from datetime import date
from decimal import Decimal

import pytest

from app.domain.book_status import book_status

TODAY = date(2026, 11, 21)
YESTERDAY, TOMORROW = date(2026, 11, 20), date(2026, 11, 22)


@pytest.mark.parametrize(
    ("balance", "due", "status"),
    [
        ("540.00", TOMORROW, "open"),
        ("540.00", TODAY, "open"),
        ("540.00", None, "open"),
        ("540.00", YESTERDAY, "overdue"),
        ("420.00", TOMORROW, "part_paid"),
        ("420.00", YESTERDAY, "overdue"),
        ("0.00", YESTERDAY, "paid"),
        ("-1.00", None, "paid"),
    ],
)
def test_balance_and_due_date_decide(balance, due, status):
    assert book_status(Decimal("540.00"), Decimal(balance), due, TODAY) == status


def test_an_invoice_over_nothing_is_paid_and_a_void_one_is_void():
    nothing = Decimal(0)
    assert book_status(nothing, nothing, YESTERDAY, TODAY) == "paid"
    assert book_status(nothing, nothing, YESTERDAY, TODAY, gone=True) == "void"
