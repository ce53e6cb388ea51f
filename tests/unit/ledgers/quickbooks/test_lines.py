"""Lines to the penny: 6070 refuses an amount that is not quantity times price, half-up."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.push_plan import PlannedLine
from app.ledgers.quickbooks.lines import document_lines
from tests.plans import planned


def lines_of(*lines: PlannedLine, currency: str = "GBP", inclusive: bool = False) -> list[Any]:
    return document_lines(
        lines, currency, inclusive=inclusive, tax_code=lambda planned: planned.tax_code_id
    )


def detail_of(line: PlannedLine, **how: Any) -> Any:
    return lines_of(line, **how)[0]["SalesItemLineDetail"]


@pytest.mark.parametrize(
    ("quantity", "price", "amount"),
    [
        ("128.350", "14.50", "1861.08"),  # 1861.075: half-up, where a float gives 1861.07
        ("3", "0.415", "1.25"),  # 1.245: half-up, where half-even gives 1.24
        ("-1", "20.00", "-20.00"),
        ("1", "37.37499999", "37.38"),  # a price has seven decimals: 37.3750000
        ("12.00000", "0.00000", "0.00"),
    ],
)
def test_a_true_product_keeps_quantity_and_price(quantity: str, price: str, amount: str) -> None:
    detail = detail_of(planned(amount, quantity=quantity, unit_price=price))
    assert detail["Qty"] == Decimal(quantity)
    assert product(detail) == Decimal(amount)


def test_a_discount_on_the_line_ends_up_in_its_price() -> None:
    [built] = lines_of(planned("405.00", discount_percent=Decimal(10)))
    assert built["SalesItemLineDetail"]["UnitPrice"] == Decimal("33.75")
    assert built["Description"] == "November, 12 seats (12 × 37.50 less 10%)"


def test_billings_rounding_is_met_by_a_finer_price() -> None:
    detail = detail_of(planned("100.00", quantity="3", unit_price="33.33"))
    assert detail["UnitPrice"] == Decimal("33.3333333")
    assert product(detail) == Decimal("100.00")


def test_where_no_price_gives_the_amount_it_goes_alone() -> None:
    line = planned("10000000.01", quantity="99999999", unit_price="0.1")
    assert {"Qty", "UnitPrice"}.isdisjoint(detail_of(line))


@pytest.mark.parametrize("quantity", ["-5", "-1"])
def test_half_a_penny_below_zero_is_never_left_to_quickbooks(quantity: str) -> None:
    price = Decimal("0.63") / -Decimal(quantity) - Decimal("0.005") / -Decimal(quantity)
    detail = detail_of(planned("-0.63", quantity=quantity, unit_price=str(price)))
    assert abs(detail["Qty"] * detail["UnitPrice"]) == Decimal("0.63")


def test_a_quantity_finer_than_a_price_may_be_goes_in_words() -> None:
    [built] = lines_of(planned("240.00", quantity="1.000000000001", unit_price="240"))
    assert {"Qty", "UnitPrice"}.isdisjoint(built["SalesItemLineDetail"])
    assert built["Description"] == "November, 12 seats (1.000000000001 × 240.00)"


def test_more_than_ten_digits_are_refused() -> None:
    with pytest.raises(ValueError, match="ten digits before the point"):
        lines_of(planned("10000000000.00", quantity="1", unit_price="10000000000"))


def test_no_quantity_means_the_amount_goes_alone() -> None:
    assert {"Qty", "UnitPrice"}.isdisjoint(detail_of(planned(quantity="0")))


@given(
    quantity=st.decimals("0.001", "9999", places=3),
    price=st.decimals("0.0001", "9999", places=4),
    off=st.integers(-1, 1),
)
def test_quickbooks_always_finds_our_amount(quantity: Decimal, price: Decimal, off: int) -> None:
    amount = (quantity * price).quantize(Decimal("0.01"), ROUND_HALF_UP) + Decimal(off) / 100
    line = planned(str(amount), quantity=str(quantity), unit_price=str(price))
    built = lines_of(line)[0]
    assert built["Amount"] == amount
    if "Qty" in built["SalesItemLineDetail"]:
        assert product(built["SalesItemLineDetail"]) == amount


def test_a_price_with_tax_inside_goes_as_gross_beside_the_net_amount() -> None:
    line = planned("540.00", unit_price="45.00", tax="90.00")
    [built] = lines_of(line, inclusive=True)
    assert built["Amount"] == Decimal("450.00")
    assert built["SalesItemLineDetail"]["TaxInclusiveAmt"] == Decimal("540.00")
    assert {"Qty", "UnitPrice"}.isdisjoint(built["SalesItemLineDetail"])
    assert built["Description"] == "November, 12 seats (12 × 45.00)"


def test_a_line_of_words_is_a_line_of_words() -> None:
    words = planned("0", quantity="0", item=None, description="Site: Leeds\nVisit of 3 November")
    assert lines_of(words) == [
        {
            "Description": "Site: Leeds\nVisit of 3 November",
            "DetailType": "DescriptionOnly",
            "DescriptionLineDetail": {},
        }
    ]


def test_a_line_that_says_nothing_is_left_out() -> None:
    blank = planned("0", quantity="0", item=None, description="", position=2)
    assert len(lines_of(planned(), blank)) == 1
    with pytest.raises(ValueError, match="has no lines"):
        lines_of(blank)


def test_money_without_an_item_is_refused() -> None:
    with pytest.raises(ValueError, match="has an amount but no QuickBooks item"):
        lines_of(planned(item=None))


def test_an_amount_finer_than_a_penny_is_refused() -> None:
    with pytest.raises(ValueError, match="finer than the currency"):
        lines_of(planned("10.005"))


def test_a_discount_over_everything_comes_last_and_is_positive() -> None:
    off = planned(
        "-50.00", item=None, quantity="1", unit_price="-50", position=1, description="Loyalty"
    )
    built = lines_of(off, planned(position=2))
    assert [line["DetailType"] for line in built] == ["SalesItemLineDetail", "DiscountLineDetail"]
    assert built[1]["Amount"] == Decimal("50.00")
    assert built[1]["DiscountLineDetail"] == {"PercentBased": False}


def test_a_discount_over_different_taxes_needs_an_item() -> None:
    off = planned("-50.00", item=None, tax_code="6")
    with pytest.raises(ValueError, match="different tax"):
        lines_of(planned(), planned(tax_code="5"), off)


def test_a_discount_with_an_item_is_a_line_like_any_other() -> None:
    off = planned("-45.00", quantity="1", unit_price="-45.00", tax="-9.00", position=2)
    assert lines_of(planned(), off)[1]["Amount"] == Decimal("-45.00")


def test_lines_go_in_billings_order() -> None:
    second, first = planned(position=2, description="B"), planned(position=1, description="A")
    assert [line["Description"] for line in lines_of(second, first)] == ["A", "B"]


@pytest.mark.parametrize("count", [0, 751])
def test_no_lines_and_too_many_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match="lines"):
        lines_of(*[planned()] * count)


def test_a_long_description_is_cut_and_marked() -> None:
    [built] = lines_of(planned(description="é" * 5000))
    assert len(built["Description"]) == 4000
    assert built["Description"].endswith("é…")


def test_yen_have_no_pennies() -> None:
    line = planned("100", quantity="3", unit_price="33.3")
    assert product(detail_of(line, currency="JPY")) == Decimal("100.00")


def product(detail: Any) -> Decimal:
    exact: Decimal = detail["Qty"] * detail["UnitPrice"]
    return exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
