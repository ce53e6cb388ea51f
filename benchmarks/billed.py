"""Invoices as any billing application might finalise them, for the penny contract.

Rates of 20, 5 and 0 % and exempt in the United Kingdom, sales tax in the United States; prices with
and without tax; discounts on lines and on the invoice; negative lines; many decimals; and tax
rounded in several ways, some of them wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import count

from hypothesis import strategies as st

from app.domain.invoice import Customer, Invoice, Line
from app.domain.money import round_money
from app.domain.push_plan import InvoicePlan, PlannedLine, marker_for
from simulator.client import FOGHORN, NORTHGATE

ZERO, PENNY = Decimal(0), Decimal("0.01")
_numbers = count(1)

Code = tuple[str, Decimal]  # the ledger's id, percent
_PRICES = ("tax_exclusive",) * 4 + ("tax_inclusive",) * 2 + ("no_tax",)
# How billing works the tax out; the first of each is QuickBooks' own way.
_ROUNDINGS = {
    "tax_exclusive": ("rate", "line", "even", "wrong", "exempt"),
    "tax_inclusive": ("line", "rate", "even", "wrong"),
}


@dataclass(frozen=True, slots=True)
class Company:
    """A company that invoices are billed for, and how its ledger taxes them."""

    realm: str
    country: str
    currency: str
    item: str
    codes: tuple[Code, ...]
    rounding: str = "rate"

    @property
    def by_line(self) -> Company:
        """Return the same company with tax rounded line by line."""
        return replace(self, rounding="line")


BRITISH = Company(
    NORTHGATE, "GB", "GBP", "7",
    (("6", Decimal(20)), ("5", Decimal(5)), ("4", ZERO), ("2", ZERO)),
)  # fmt: skip
AMERICAN = Company(
    FOGHORN, "US", "USD", "101",
    (("2", Decimal(8)), ("5", Decimal("9.1")), ("NON", ZERO)),
)  # fmt: skip


@st.composite
def plans(draw: st.DrawFn, company: Company, customer_id: str) -> InvoicePlan:
    """Draw an invoice ready to be put into the ledger's words; its sums agree."""
    prices = draw(st.sampled_from(_PRICES))
    codes = draw(_codes_of(company))
    lines = [
        draw(_line(company, position, codes)) for position in range(1, draw(st.integers(1, 9)) + 1)
    ]
    if draw(st.integers(0, 4)) == 0:
        lines.append(draw(_discount(len(lines) + 1, lines)))
    if prices == "no_tax":
        lines = [replace(one, tax_code_id=None) for one in lines]
    rounding = draw(_rounding(prices, company))
    taxes = _taxes(lines, prices, rounding)
    billed = tuple(_taxed(one, tax) for one, tax in zip(lines, taxes, strict=True))
    return _plan(company, customer_id, prices, billed)


def _codes_of(company: Company) -> st.SearchStrategy[Sequence[Code]]:
    """Draw the codes of one invoice; in the United States mostly one rate, and untaxed lines."""
    if company.country != "US":
        taxed = [code for code in company.codes if code[1]]
        return st.lists(st.sampled_from([*taxed, *taxed, *company.codes]), min_size=1, max_size=4)
    *rates, untaxed = company.codes
    one_rate = st.sampled_from(rates).map(lambda rate: (rate, rate, untaxed))
    return st.one_of(one_rate, one_rate, one_rate, one_rate, st.just(company.codes))


def _rounding(prices: str, company: Company) -> st.SearchStrategy[str]:
    ways = _ROUNDINGS.get(prices, ("rate",))
    if prices == "tax_exclusive" and company.rounding == "line":
        ways = ("line", "rate", "even", "wrong")
    return st.sampled_from((ways[0],) * 4 + ways)


_WHOLE = st.integers(1, 60).map(Decimal)
_FINE = st.decimals("0.001", "40", places=3)
_QUANTITY = st.one_of(_WHOLE, _WHOLE, _FINE, st.decimals("0.00001", "3", places=5))
_PRICE = st.one_of(
    st.decimals("0.01", "400", places=2),
    st.decimals("0.0001", "60", places=4),
    st.decimals("0.0000001", "9", places=7),
    # Where halves of a penny come of it.
    st.sampled_from([Decimal(price) for price in ("37.50", "0.415", "0.10", "2.30", "10.10")]),
)
_LESS = st.one_of(
    st.none(), st.none(), st.sampled_from([Decimal(10), Decimal("33.333"), Decimal("2.5")])
)


@st.composite
def _line(draw: st.DrawFn, company: Company, position: int, codes: Sequence[Code]) -> PlannedLine:
    code, rate = draw(st.sampled_from(codes))
    quantity, price, less = draw(_QUANTITY), draw(_PRICE), draw(_LESS)
    if position > 1 and draw(st.integers(0, 5)) == 0:
        quantity, price = Decimal(1), -draw(st.decimals("0.01", "3", places=2))
    exact = quantity * price * (100 - (less or ZERO)) / 100
    line = Line(
        position=position,
        external_id=str(position),
        description=f"Line {position}",
        service_code="MW-STD",
        tax_code=code,
        tax_rate=rate,
        quantity=quantity,
        unit_price=price,
        discount_percent=less,
        amount=round_money(exact, company.currency),
        tax_amount=ZERO,
    )
    return PlannedLine(line, company.item, code)


@st.composite
def _discount(draw: st.DrawFn, position: int, lines: Sequence[PlannedLine]) -> PlannedLine:
    """Draw a discount on the whole invoice: no item of its own, the tax of the first line."""
    amount = -draw(st.decimals("0.01", "20", places=2))
    first = lines[0]
    line = replace(
        first.line, position=position, external_id=str(position), service_code=None,
        quantity=Decimal(1), unit_price=amount, amount=amount, discount_percent=None,
    )  # fmt: skip
    return PlannedLine(line, None, first.tax_code_id)


def _taxes(lines: Sequence[PlannedLine], prices: str, rounding: str) -> list[Decimal]:
    """Work out each line's tax as a billing application does that rounds in this way."""
    if prices == "no_tax" or rounding == "exempt":
        return [ZERO for _ in lines]
    exact = [_exact_tax(planned.line, prices) for planned in lines]
    half_even = rounding == "even"
    taxes = [tax.quantize(PENNY, ROUND_HALF_EVEN) if half_even else _pounds(tax) for tax in exact]
    if rounding == "rate":
        _round_per_rate(lines, exact, taxes)
    if rounding == "wrong":
        taxes[-1] += PENNY
    return taxes


def _exact_tax(line: Line, prices: str) -> Decimal:
    rate = line.tax_rate or ZERO
    return line.amount * rate / (100 + rate if prices == "tax_inclusive" else Decimal(100))


def _round_per_rate(
    lines: Sequence[PlannedLine], exact: Sequence[Decimal], taxes: list[Decimal]
) -> None:
    """Let the last line of each rate bear what rounding the rate's sum leaves."""
    for rate in {planned.line.tax_rate for planned in lines}:
        of_rate = [i for i, planned in enumerate(lines) if planned.line.tax_rate == rate]
        wanted = _pounds(sum((exact[i] for i in of_rate), ZERO))
        taxes[of_rate[-1]] += wanted - sum((taxes[i] for i in of_rate), ZERO)


def _taxed(planned: PlannedLine, tax: Decimal) -> PlannedLine:
    return replace(planned, line=replace(planned.line, tax_amount=tax))


def _plan(
    company: Company, customer_id: str, prices: str, lines: tuple[PlannedLine, ...]
) -> InvoicePlan:
    tax = sum((planned.line.tax_amount for planned in lines), ZERO)
    amounts = sum((planned.line.amount for planned in lines), ZERO)
    net = amounts - tax if prices == "tax_inclusive" else amounts
    number = f"P-{next(_numbers)}"
    invoice = Invoice(
        external_id=number,
        number=number,
        revision=1,
        issue_date=date(2026, 11, 20),
        due_date=None,
        currency=company.currency,
        prices=prices,
        customer=Customer("cus_17", "Oak & Ash Ltd"),
        lines=tuple(planned.line for planned in lines),
        subtotal=net,
        tax_total=tax,
        total=net + tax,
    )
    return InvoicePlan(
        invoice=invoice,
        marker=marker_for(number),
        customer_ledger_id=customer_id,
        lines=lines,
        country=company.country,
        tax_rounding=company.rounding,
    )


def _pounds(amount: Decimal) -> Decimal:
    return round_money(amount, "GBP")
