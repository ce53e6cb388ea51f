"""Work out what QuickBooks will make of a body: net, tax and total, to the penny.

QuickBooks: "Manage sales tax for non-US locales", "Manage sales tax for US locales". Everything is
rounded half-up to 0.01, whatever the currency, negative amounts away from zero.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from app.domain.push_plan import InvoicePlan
from app.domain.tax_prediction import Prediction, RateTax, TaxRate, TaxRates
from app.ledgers import exact_json

Document = Mapping[str, Any]

_CENT = Decimal("0.01")
_HUNDRED = Decimal(100)
_UNITED_STATES = "US"
_TAXABLE = "TAX"


@dataclass(frozen=True, slots=True)
class _Sold:
    """A line that sells something: net as sent, gross where prices include tax."""

    amount: Decimal
    gross: Decimal
    code: str


def predict(plan: InvoicePlan, body: bytes, rates: TaxRates) -> Prediction | None:
    """Return what QuickBooks will book for a body; None where it decides the tax by itself.

    Raises ValueError with a sentence when the rates of a tax code are not known.
    """
    document: Any = exact_json.load(body)
    if plan.country == _UNITED_STATES:
        return _united_states(document, rates, automated=plan.automated_tax)
    calculation = document["GlobalTaxCalculation"]
    if calculation == "NotApplicable":
        return Prediction(_subtotal(document) - _discount(document), Decimal(0))
    if calculation == "TaxInclusive":
        return _inclusive(document, rates)
    return _exclusive(document, rates, by_line=plan.tax_rounding == "line")


def _exclusive(document: Document, rates: TaxRates, *, by_line: bool) -> Prediction:
    """Add tax to net prices: once for each rate, on its summed net, or line by line."""
    sold, discount = list(_sold(document)), _discount(document)
    net: dict[TaxRate, Decimal] = defaultdict(Decimal)
    tax: dict[TaxRate, Decimal] = defaultdict(Decimal)
    for line in sold:
        for rate in _rates_of(line.code, rates):
            net[rate] += line.amount
            tax[rate] += _half_up(line.amount * rate.percent / _HUNDRED)
    subtotal = _sum(line.amount for line in sold)
    if discount:  # before tax; over lines of one tax only, see lines.py
        net = {rate: of - _share(discount, of, subtotal) for rate, of in net.items()}
    if discount or not by_line:
        tax = {rate: _half_up(of * rate.percent / _HUNDRED) for rate, of in net.items()}
    return _predicted(subtotal - discount, net, tax)


def _inclusive(document: Document, rates: TaxRates) -> Prediction:
    """Take tax out of gross prices line by line; QuickBooks' example: £20.00 at 20 % holds 3.33."""
    net: dict[TaxRate, Decimal] = defaultdict(Decimal)
    tax: dict[TaxRate, Decimal] = defaultdict(Decimal)
    all_net = Decimal(0)
    for line in _sold(document):
        of_code = _rates_of(line.code, rates)
        percent = _sum(rate.percent for rate in of_code)
        inside = _half_up(line.gross * percent / (_HUNDRED + percent))
        all_net += line.gross - inside
        left = inside
        for position, rate in enumerate(of_code, start=1):
            last = position == len(of_code)
            part = left if last else _half_up(inside * rate.percent / percent)
            left -= part
            net[rate] += line.gross - inside
            tax[rate] += part
    return _predicted(all_net, net, tax)


def _united_states(document: Document, rates: TaxRates, *, automated: bool) -> Prediction | None:
    """Tax what is TAX at the one rate of the document; without a rate nothing is taxed."""
    sold, discount = list(_sold(document)), _discount(document)
    subtotal = _sum(line.amount for line in sold)
    taxable = [line for line in sold if line.code == _TAXABLE]
    if automated and taxable:
        return None
    net = _sum(line.amount for line in taxable)
    if document.get("ApplyTaxAfterDiscount"):
        net -= _share(discount, net, subtotal)
    code = document.get("TxnTaxDetail", {}).get("TxnTaxCodeRef", {}).get("value")
    of_code = _rates_of(code, rates) if code and net else ()
    tax = {rate: _half_up(net * rate.percent / _HUNDRED) for rate in of_code}
    return _predicted(subtotal - discount, dict.fromkeys(of_code, net), tax)


def _predicted(
    net: Decimal, of_rate: Mapping[TaxRate, Decimal], tax: Mapping[TaxRate, Decimal]
) -> Prediction:
    per_rate = tuple(RateTax(rate.percent, of_rate[rate], tax[rate]) for rate in tax)
    return Prediction(net, _sum(tax.values()), per_rate)


def _sold(document: Document) -> Iterable[_Sold]:
    for line in document["Line"]:
        if line["DetailType"] == "SalesItemLineDetail":
            detail = line["SalesItemLineDetail"]
            yield _Sold(
                amount=_half_up(line["Amount"]),
                gross=_half_up(detail.get("TaxInclusiveAmt", line["Amount"])),
                code=str(detail.get("TaxCodeRef", {}).get("value", "")),
            )


def _subtotal(document: Document) -> Decimal:
    return _sum(line.amount for line in _sold(document))


def _discount(document: Document) -> Decimal:
    return _sum(
        _half_up(line["Amount"])
        for line in document["Line"]
        if line["DetailType"] == "DiscountLineDetail"
    )


def _share(discount: Decimal, of: Decimal, subtotal: Decimal) -> Decimal:
    return _half_up(discount * of / subtotal) if subtotal else Decimal(0)


def _rates_of(code: str, rates: TaxRates) -> tuple[TaxRate, ...]:
    if code not in rates:
        raise ValueError(f"The rate of QuickBooks’ tax code {code} is not known.")
    return rates[code]


def _half_up(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, rounding=ROUND_HALF_UP)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))
