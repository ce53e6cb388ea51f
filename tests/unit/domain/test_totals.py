"""Invoices that add up, and the words for those that do not."""

from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.invoice import Customer, Invoice, Line
from app.domain.totals import wrong_sums


def line(amount: str = "450.00", tax: str = "90.00", **changes: str) -> Line:
    """Return a line of 12 workstations at 37.50, unless said otherwise."""
    priced = Line(
        position=1,
        external_id="1",
        description="November, 12 seats",
        service_code="MW-STD",
        tax_code="VAT20",
        tax_rate=Decimal(20),
        quantity=Decimal(12),
        unit_price=Decimal("37.50"),
        discount_percent=None,
        amount=Decimal(amount),
        tax_amount=Decimal(tax),
    )
    return replace(priced, **{name: Decimal(value) for name, value in changes.items()})


def invoice(
    *lines: Line,
    sums: tuple[str, str, str] = ("450.00", "90.00", "540.00"),
    prices: str = "tax_exclusive",
    currency: str = "GBP",
) -> Invoice:
    subtotal, tax_total, total = map(Decimal, sums)
    return Invoice(
        external_id="inv_8812",
        number="INV-2041",
        revision=1,
        issue_date=date(2026, 11, 20),
        due_date=None,
        currency=currency,
        prices=prices,
        customer=Customer("cus_17", "Oak & Ash Ltd"),
        lines=lines or (line(),),
        subtotal=subtotal,
        tax_total=tax_total,
        total=total,
    )


def test_a_sound_invoice_has_nothing_wrong() -> None:
    assert wrong_sums(invoice()) == {}


@pytest.mark.parametrize(
    ("sums", "path", "sentence"),
    [
        (
            ("451.00", "90.00", "541.00"),
            "subtotal",
            "The lines add up to 450.00, the subtotal says 451.00: 1.00 too much.",
        ),
        (
            ("450.00", "89.99", "539.99"),
            "tax_total",
            "The taxes of the lines add up to 90.00, the tax total says 89.99: 0.01 too little.",
        ),
        (
            ("450.00", "90.00", "540.01"),
            "total",
            "Subtotal and tax add up to 540.00, the total says 540.01: 0.01 too much.",
        ),
    ],
)
def test_each_sum_is_checked_to_the_penny(
    sums: tuple[str, str, str], path: str, sentence: str
) -> None:
    assert wrong_sums(invoice(sums=sums)) == {path: sentence}


def test_prices_with_tax_add_up_to_the_total() -> None:
    gross = line("540.00", "90.00", unit_price="45")

    assert wrong_sums(invoice(gross, prices="tax_inclusive")) == {}
    assert wrong_sums(invoice(line(), prices="tax_inclusive")) == {
        "total": "The lines (tax included) add up to 450.00, the total says 540.00: 90.00 too much."
    }


def test_where_there_is_no_tax_there_is_none() -> None:
    sums = ("450.00", "0.00", "450.00")

    assert wrong_sums(invoice(line(tax="0.00"), sums=sums, prices="no_tax")) == {}
    assert wrong_sums(invoice(prices="no_tax")) == {
        "lines.0.tax_amount": "The invoice is no_tax; this line has 90.00 of tax."
    }


def test_a_line_is_quantity_times_price_less_discount() -> None:
    off = line("405.00", "81.00", discount_percent="10")
    wrong = line("450.00", "90.00", discount_percent="10")

    assert wrong_sums(invoice(off, sums=("405.00", "81.00", "486.00"))) == {}
    assert wrong_sums(invoice(wrong)) == {
        "lines.0.amount": (
            "12 × 37.50 less 10 % is 405.00, the amount says 450.00: 45.00 too much."
        )
    }


@pytest.mark.parametrize(
    ("amount", "fits"), [("1861.07", True), ("1861.08", True), ("1861.06", False)]
)
def test_a_line_may_be_one_penny_off_the_exact_product(amount: str, fits: bool) -> None:
    # QuickBooks: "Invoice", 6070: 128.350 × 14.50 = 1861.075 is 1861.08 there, 1861.07 elsewhere.
    fuel = line(amount, "0.00", quantity="128.350", unit_price="14.50")

    assert (wrong_sums(invoice(fuel, sums=(amount, "0.00", amount))) == {}) is fits


def test_a_currency_without_pennies_has_none() -> None:
    yen = line("450", "45", unit_price="37.5")

    assert wrong_sums(invoice(yen, sums=("450", "45", "495"), currency="JPY")) == {}
    assert wrong_sums(invoice(sums=("450.50", "90", "540.50"), currency="JPY")) == {
        "subtotal": "450.50 is too fine: JPY has 0 decimals.",
        "total": "540.50 is too fine: JPY has 0 decimals.",
    }


money = st.decimals("-99999.99", "99999.99", places=2)
lines = st.lists(st.tuples(money, money), min_size=1, max_size=20)


@given(lines)
def test_any_lines_with_their_own_sums_are_sound(amounts: list[tuple[Decimal, Decimal]]) -> None:
    made = [line(str(of), str(tax), quantity="1", unit_price=str(of)) for of, tax in amounts]
    subtotal, tax = sum(of for of, _ in amounts), sum(tax for _, tax in amounts)
    whole = invoice(*made, sums=(str(subtotal), str(tax), str(subtotal + tax)))

    assert ("total" in wrong_sums(whole)) == (subtotal + tax < 0)
    assert wrong_sums(whole).keys() <= {"total"}


@given(lines, st.integers(1, 10_000))
def test_any_penny_too_much_is_seen(amounts: list[tuple[Decimal, Decimal]], pennies: int) -> None:
    made = [line(str(of), str(tax), quantity="1", unit_price=str(of)) for of, tax in amounts]
    more = sum(of for of, _ in amounts) + Decimal(pennies) / 100
    tax = sum(tax for _, tax in amounts)

    errors = wrong_sums(invoice(*made, sums=(str(more), str(tax), str(more + tax))))

    assert errors["subtotal"].endswith(f": {Decimal(pennies) / 100:.2f} too much.")


@given(
    st.decimals("0", "99999", places=5),
    st.decimals("0", "99999", places=7),
    st.decimals("0", "100", places=3),
)
def test_half_up_is_always_right(quantity: Decimal, price: Decimal, discount: Decimal) -> None:
    exact = quantity * price * (100 - discount) / 100
    amount = str(exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))
    priced = line(
        amount, "0", quantity=str(quantity), unit_price=str(price), discount_percent=str(discount)
    )

    assert wrong_sums(invoice(priced, sums=(amount, "0", amount))) == {}
