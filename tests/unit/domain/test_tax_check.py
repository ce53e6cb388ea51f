"""What is said about figures that would not be billing's."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.domain.push_plan import PlannedLine
from app.domain.tax_check import same_figures, tax_problem
from app.domain.tax_prediction import Prediction, TaxRate, percent_of
from tests.plans import invoice_plan, planned

RATES = {"6": (TaxRate("7", Decimal(20)),), "5": (TaxRate("5", Decimal(5)),)}


def line(amount: str, tax: str, position: int = 1, **changes: Any) -> PlannedLine:
    return planned(
        amount, quantity="1", unit_price=amount, tax=tax, position=position,
        description=f"Work {position}", **changes,
    )  # fmt: skip


def problem(*lines: PlannedLine, net: str, tax: str, **changes: Any) -> Any:
    plan = invoice_plan(*lines, **changes)
    predicted = Prediction(Decimal(net), Decimal(tax))
    assert not same_figures(plan.invoice, predicted)
    return tax_problem(plan, RATES, predicted, ledger="Xero", tax="VAT")


def test_three_wrong_lines_are_named_and_the_rest_counted() -> None:
    lines = [line("100.00", "5.00", position) for position in range(1, 6)]
    found = problem(*lines, net="500.00", tax="100.00")
    assert "Line 3, “Work 3”, carries £5.00 of VAT; 20% of £100.00 is £20.00." in found.what_to_do
    assert "Work 4" not in found.what_to_do
    assert "And 2 more lines. Correct it in billing." in found.what_to_do


def test_a_gross_line_says_what_is_in_it() -> None:
    found = problem(line("120.00", "5.00"), net="100.00", tax="20.00", prices="tax_inclusive")
    assert "20% in £120.00 is £20.00." in found.what_to_do
    assert found.title == "Xero would book £20.00 of VAT, billing says £5.00: £15.00 more."


def test_odd_pennies_on_one_line_are_rounding_not_a_wrong_line() -> None:
    found = problem(line("10.12", "2.03"), net="10.12", tax="2.02")
    assert found.what_to_do.startswith("Billing rounds VAT in another way than Xero")
    assert "Or book it with Xero’s VAT" in found.what_to_do


def test_a_mapping_to_another_rate_is_said_before_rounding_is_blamed() -> None:
    found = problem(line("100.00", "20.00", tax_code="5"), net="100.00", tax="5.00")
    assert found.what_to_do.startswith("“VAT20” is 20% in billing and mapped to 5% in Xero")


def test_a_currency_without_pennies_is_shown_with_what_the_ledger_would_book() -> None:
    found = problem(line("1001", "200"), net="1001", tax="200.20", currency="JPY")
    assert found.title.startswith(
        "Xero would book JPY\u00a0200.2 of VAT, billing says JPY\u00a0200:"
    )


def test_nothing_is_a_tolerance() -> None:
    plan = invoice_plan(line("10.12", "2.02"))
    assert same_figures(plan.invoice, Prediction(Decimal("10.12"), Decimal("2.02")))
    assert not same_figures(plan.invoice, Prediction(Decimal("10.11"), Decimal("2.03")))


def test_a_code_that_is_not_in_the_list_charges_nobody_knows_what() -> None:
    assert (percent_of("6", RATES), percent_of("9", RATES), percent_of(None, RATES)) == (
        Decimal(20),
        None,
        None,
    )
