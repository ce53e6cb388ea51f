"""What is contracted each month, by what recurring invoices said."""

from datetime import date
from decimal import Decimal

import pytest

from app.domain.contracted import Billed, Contracted, contracted, counts_from

TODAY = date(2026, 12, 2)


def billed(net, month, service="MW-STD", currency="GBP"):
    return Billed(service, currency, date(2026, month, 1), Decimal(net))


@pytest.mark.parametrize(
    ("rows", "sums"),
    [
        ([], {}),
        ([billed("100", 12)], {"GBP": 100}),
        ([billed("100", 11)], {"GBP": 100}),  # December's run is not there yet
        ([billed("100", 10)], {}),  # it has ended
        ([billed("100", 11), billed("80", 12)], {"GBP": 80}),  # cheaper from December on
        ([billed("100", 12), billed("5", 12)], {"GBP": 105}),  # twice in one month: both
        ([billed("100", 12), billed("30", 11, "M365")], {"GBP": 130}),  # billed on another day
        ([billed("100", 12), billed("30", 12, currency="EUR")], {"GBP": 100, "EUR": 30}),
        ([billed("100", 12), billed("-10", 12, None)], {"GBP": 90}),  # a discount over all
        ([billed("100", 12), billed("-100", 12, None)], {}),
    ],
)
def test_each_service_counts_with_the_newest_month_it_was_billed_in(rows, sums):
    found = contracted(rows, TODAY)
    assert found.sums == {currency: Decimal(net) for currency, net in sums.items()}


def test_services_are_counted_once_however_often_and_in_what_currency():
    rows = [
        billed("1", 11),
        billed("1", 12),
        billed("1", 12, currency="EUR"),
        billed("1", 12, None),
    ]
    assert contracted(rows, TODAY).services == 1
    assert contracted([], TODAY) == Contracted()


def test_the_month_before_january_is_december():
    assert counts_from(date(2026, 1, 31)) == date(2025, 12, 1)
    assert counts_from(date(2026, 12, 2)) == date(2026, 11, 1)
