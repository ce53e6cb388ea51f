"""What billing may put a credit note on, and what a ledger says of it."""

from datetime import date
from decimal import Decimal

import pytest

from app.domain.billing_event import Applied
from app.domain.crediting import (
    Application,
    ApplicationPlan,
    already_applied,
    is_as_planned,
    made_on,
    ours_among,
    wrong_applications,
)
from tests.plans import invoice_plan

CREDIT = invoice_plan().invoice  # 540.00 GBP
PLAN = ApplicationPlan(
    credit_ledger_id="8",
    invoice_ledger_id="7",
    customer_ledger_id="58",
    amount=Decimal("120.00"),
    currency="GBP",
    made_on=date(2026, 11, 20),
    marker="Ledgerbridge cn_1/1/1",
)


def there(amount="120.00", marker=PLAN.marker, **changes):
    values = {"credits": {"8": Decimal(amount)}, "invoices": {"7": Decimal(amount)}}
    return Application("31", "0", marker, **values | changes)


@pytest.mark.parametrize(
    ("parts", "path", "words"),
    [
        ([("inv_1", "0")], "applies_to.0.amount", "more than nothing"),
        ([("inv_1", "-5")], "applies_to.0.amount", "more than nothing"),
        ([("inv_1", "0.001")], "applies_to.0.amount", "finer than GBP"),
        ([("inv_1", "1"), ("inv_1", "2")], "applies_to.1.invoice", "named twice"),
        ([("inv_1", "500"), ("inv_2", "40.01")], "applies_to", "add up to 540.01"),
    ],
)
def test_what_cannot_be_is_named_by_its_field(parts, path, words):
    wrong = wrong_applications([Applied(name, Decimal(n)) for name, n in parts], CREDIT)
    assert list(wrong) == [path]
    assert words in wrong[path]


def test_all_of_it_and_less_may_be_put_on_invoices():
    for amount in ("540.00", "0.01"):
        assert wrong_applications([Applied("inv_1", Decimal(amount))], CREDIT) == {}


def test_it_is_made_once_both_are_there_and_the_books_are_open():
    first, second = date(2026, 11, 3), date(2026, 11, 20)
    assert made_on(first, second, None) == made_on(second, first, None) == second
    assert made_on(first, second, date(2026, 11, 30)) == date(2026, 12, 1)
    assert made_on(first, second, date(2026, 11, 19)) == second


def test_ours_is_known_by_its_whole_mark():
    longer = there(marker=f"{PLAN.marker}2")
    assert ours_among([there(marker=None), longer], PLAN.marker) == []
    assert len(ours_among([there(marker=f"See {PLAN.marker}, please")], PLAN.marker)) == 1


def test_only_exactly_what_was_planned_is_ours_to_adopt():
    assert is_as_planned(there(), PLAN)
    assert not is_as_planned(there("50.00"), PLAN)
    assert not is_as_planned(there(invoices={"9": Decimal(120)}), PLAN)
    more = {"7": Decimal(120), "9": Decimal(5)}
    assert not is_as_planned(there(invoices=more), PLAN)


def test_what_anybody_put_on_the_invoice_counts_no_more_than_both_have():
    by_hand = there("100.00", marker="Created by QB Online to link credits to charges.")
    elsewhere = there(invoices={"9": Decimal(120)})
    assert already_applied([by_hand, elsewhere], PLAN) == Decimal(100)
    mixed = there(credits={"8": Decimal(20), "5": Decimal(100)})
    assert already_applied([mixed], PLAN) == Decimal(20)
