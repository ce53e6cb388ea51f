"""Check that an invoice adds up, and name the difference where it does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext

from app.domain.invoice import Invoice, Line
from app.domain.money import decimals, round_money

# Quantity × price × discount is exact in here: 25 digits times 25 digits times 8.
_EXACT = Context(prec=80, rounding=ROUND_HALF_UP)

Wrong = Iterator[tuple[str, str]]  # where in the body, and what is wrong there


def wrong_sums(invoice: Invoice) -> dict[str, str]:
    """Return a sentence for each figure that does not add up; empty when the invoice is sound.

    Keys are paths inside the body's data. Amounts must be exact to the currency's smallest unit.
    A line's amount may be one smallest unit away from quantity × unit price less discount: billing
    applications round differently there, and the amount is what the customer owes. Nothing else
    has a tolerance.
    """
    with localcontext(_EXACT):
        too_fine = dict(_too_fine(invoice))
        if too_fine:
            return too_fine
        return dict([*_lines(invoice), *_totals(invoice)])


def _too_fine(invoice: Invoice) -> Wrong:
    for path, amount in _amounts(invoice):
        if round_money(amount, invoice.currency) != amount:
            places = decimals(invoice.currency)
            yield path, f"{amount:f} is too fine: {invoice.currency} has {places} decimals."


def _amounts(invoice: Invoice) -> Iterator[tuple[str, Decimal]]:
    for index, line in enumerate(invoice.lines):
        yield f"lines.{index}.amount", line.amount
        yield f"lines.{index}.tax_amount", line.tax_amount
    yield "subtotal", invoice.subtotal
    yield "tax_total", invoice.tax_total
    yield "total", invoice.total


def _lines(invoice: Invoice) -> Wrong:
    unit = Decimal(1).scaleb(-decimals(invoice.currency))
    for index, line in enumerate(invoice.lines):
        product = round_money(_product(line), invoice.currency)
        if abs(product - line.amount) > unit:
            said, off = _shown(line.amount, invoice), _off(line.amount, product, invoice)
            sentence = f"{_how(line)} is {_shown(product, invoice)}, the amount says {said}: {off}."
            yield f"lines.{index}.amount", sentence
        if invoice.prices == "no_tax" and line.tax_amount:
            tax = _shown(line.tax_amount, invoice)
            yield f"lines.{index}.tax_amount", f"The invoice is no_tax; this line has {tax} of tax."


def _product(line: Line) -> Decimal:
    return line.quantity * line.unit_price * (100 - (line.discount_percent or 0)) / 100


def _how(line: Line) -> str:
    product = f"{line.quantity:f} × {line.unit_price:f}"
    return f"{product} less {line.discount_percent:f} %" if line.discount_percent else product


def _totals(invoice: Invoice) -> Wrong:
    lines = _sum(line.amount for line in invoice.lines)
    tax = _sum(line.tax_amount for line in invoice.lines)
    # Prices that include tax add up to what the customer pays, the others to what is before tax.
    if invoice.prices == "tax_inclusive":
        yield from _same("total", "The lines (tax included)", lines, invoice.total, invoice)
    else:
        yield from _same("subtotal", "The lines", lines, invoice.subtotal, invoice)
    yield from _same("tax_total", "The taxes of the lines", tax, invoice.tax_total, invoice)
    both = invoice.subtotal + invoice.tax_total
    yield from _same("total", "Subtotal and tax", both, invoice.total, invoice)
    if invoice.total < 0:
        yield "total", f"The total is {_shown(invoice.total, invoice)}: that is a credit note."


def _same(path: str, what: str, sum_: Decimal, said: Decimal, invoice: Invoice) -> Wrong:
    if sum_ != said:
        name = path.replace("_", " ")
        both = f"{_shown(sum_, invoice)}, the {name} says {_shown(said, invoice)}"
        yield path, f"{what} add up to {both}: {_off(said, sum_, invoice)}."


def _off(said: Decimal, right: Decimal, invoice: Invoice) -> str:
    word = "too much" if said > right else "too little"
    return f"{_shown(abs(said - right), invoice)} {word}"


def _shown(amount: Decimal, invoice: Invoice) -> str:
    return f"{round_money(amount, invoice.currency):f}"


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))
