"""QuickBooks' arithmetic, by its own examples and by those where two ways of rounding part."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app.domain.push_plan import PlannedLine
from app.domain.tax_prediction import Prediction, RateTax, TaxRate
from app.ledgers.quickbooks.payloads import invoice_body
from app.ledgers.quickbooks.tax import predict
from tests.plans import invoice_plan, planned

STANDARD, REDUCED = TaxRate("7", Decimal(20)), TaxRate("5", Decimal(5))
RATES = {
    "6": (STANDARD,),
    "5": (REDUCED,),
    "4": (TaxRate("3", Decimal(0)),),
    "9": (TaxRate("15", Decimal(15)),),
    "30": (TaxRate("31", Decimal(5)), TaxRate("32", Decimal("9.975"))),
    "2": (TaxRate("33", Decimal(8)),),
}


def predicted(*lines: PlannedLine, **changes: Any) -> Prediction | None:
    plan = invoice_plan(*lines, **changes)
    return predict(plan, invoice_body(plan), RATES)


def one(amount: str, code: str = "6", **changes: Any) -> PlannedLine:
    return planned(amount, quantity="1", unit_price=amount, tax="0", tax_code=code, **changes)


def test_tax_is_worked_out_once_for_each_rate() -> None:
    found = predicted(one("112.50"), one("40.00", "5", position=2))
    assert found == Prediction(
        Decimal("152.50"),
        Decimal("24.50"),
        (
            RateTax(Decimal(20), Decimal("112.50"), Decimal("22.50")),
            RateTax(Decimal(5), Decimal("40.00"), Decimal("2.00")),
        ),
    )
    assert found.total == Decimal("177.00")


@pytest.mark.parametrize(("rounding", "tax"), [("rate", "4.55"), ("line", "4.56")])
def test_three_lines_of_ten_pounds_ten_tell_the_two_ways_apart(rounding: str, tax: str) -> None:
    lines = [one("10.10", "9", position=n) for n in (1, 2, 3)]
    found = predicted(*lines, tax_rounding=rounding)
    assert found is not None
    assert found.tax == Decimal(tax)


@pytest.mark.parametrize(("gross", "count", "tax"), [("20.00", 1, "3.33"), ("4.00", 5, "3.35")])
def test_prices_that_include_tax_are_taken_apart_line_by_line(
    gross: str, count: int, tax: str
) -> None:
    lines = [one(gross, position=n) for n in range(1, count + 1)]
    found = predicted(*lines, prices="tax_inclusive")
    assert found is not None
    assert (found.tax, found.total) == (Decimal(tax), Decimal("20.00"))


def test_half_a_penny_is_rounded_up_and_away_from_nothing() -> None:
    more, less = predicted(one("0.50", "5")), predicted(one("-0.50", "5"), subtotal=Decimal("-0.5"))
    assert more is not None
    assert less is not None
    assert (more.tax, less.tax) == (Decimal("0.03"), Decimal("-0.03"))


def test_a_discount_comes_off_before_tax() -> None:
    discount = one("-10.00", item=None, position=2)
    found = predicted(one("110.00"), discount)
    assert found is not None
    assert (found.net, found.tax) == (Decimal("100.00"), Decimal("20.00"))


def test_each_rate_of_a_code_of_two_is_rounded_for_itself() -> None:
    found = predicted(one("10.10", "30"))
    assert found is not None
    assert [each.tax for each in found.per_rate] == [Decimal("0.51"), Decimal("1.01")]


def test_codes_that_share_a_rate_are_added_up_before_rounding() -> None:
    plan = invoice_plan(one("0.02"), one("0.02", "5", position=2))
    shared = RATES | {"5": (STANDARD,)}
    found = predict(plan, invoice_body(plan), shared)
    assert found is not None
    assert found.tax == Decimal("0.01")


def test_no_tax_is_no_tax() -> None:
    plan = one("100.00", code="6", tax_rate=None)
    assert predicted(plan, prices="no_tax") == Prediction(Decimal("100.00"), Decimal(0))


def test_a_code_whose_rate_is_not_known_is_never_guessed() -> None:
    with pytest.raises(ValueError, match="tax code 77 is not known"):
        predicted(one("100.00", "77"))


class TestUnitedStates:
    def figures(self, *lines: PlannedLine, **changes: Any) -> tuple[Decimal, Decimal] | None:
        found = predicted(*lines, country="US", currency="USD", **changes)
        return found and (found.net, found.tax)

    def test_one_rate_taxes_the_sum_of_the_taxable_lines(self) -> None:
        each = {"quantity": "1", "unit_price": "10.10", "tax": "0.81", "tax_code": "2"}
        lines = [planned("10.10", **each, position=n) for n in (1, 2)]
        found = self.figures(*lines, one("5.00", "NON", position=3))
        assert found == (Decimal("25.20"), Decimal("1.62"))

    def test_a_discount_lowers_what_is_taxed(self) -> None:
        taxed = planned("100.00", quantity="1", unit_price="100", tax="8.00", tax_code="2")
        found = self.figures(taxed, one("-10.00", "2", item=None, position=2))
        assert found == (Decimal("90.00"), Decimal("7.20"))

    def test_a_customer_billing_exempts_is_not_taxed(self) -> None:
        assert self.figures(one("100.00", "2")) == (Decimal("100.00"), Decimal(0))

    def test_taxable_lines_without_a_rate_are_not_taxed(self) -> None:
        assert self.figures(one("100.00", "TAX", tax_rate=None)) == (Decimal("100.00"), Decimal(0))

    def test_automated_tax_is_not_told_before_unless_nothing_is_taxable(self) -> None:
        taxable = one("100.00", "TAX", tax_rate=None)
        assert self.figures(taxable, automated_tax=True) is None
        assert self.figures(one("100.00", "NON"), automated_tax=True) is not None
