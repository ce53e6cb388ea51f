"""Work out the tax of a sale: UK per line, US per transaction (facts: quickbooks 7)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from simulator.quickbooks.books import Books, Document
from simulator.quickbooks.faults import Fault, business, unknown_reference
from simulator.quickbooks.lines import SEVEN_PLACES, SaleLines, half_up, plain

AFTER_DISCOUNT = "ApplyTaxAfterDiscount"
NO_VAT_RATE = "Make sure all your transactions have a VAT rate before you save."


@dataclass
class Tax:
    """What the sale's TxnTaxDetail holds, and whether the lines' amounts already include it."""

    total: Decimal = Decimal(0)
    lines: list[Document] = field(default_factory=list)
    code: str | None = None

    def document(self) -> Document:
        detail: Document = {}
        if self.code:
            detail["TxnTaxCodeRef"] = {"value": self.code}
        detail["TotalTax"] = self.total
        if self.lines:
            detail["TaxLine"] = self.lines
        return detail


def tax_sale(books: Books, lines: SaleLines, wanted: Document, customer: Document) -> Tax:
    """Return the tax and finish the lines' tax fields. Raise the vendor's fault for wrong codes."""
    if not books.charges_tax:
        return _without_tax(lines)
    sent = wanted.get("TxnTaxDetail")
    if books.united_states:
        taxable = customer.get("Taxable", True)
        return _united_states(books, lines, sent or {}, taxable, bool(wanted.get(AFTER_DISCOUNT)))
    calculation = wanted.get("GlobalTaxCalculation", "TaxExcluded")
    if calculation == "NotApplicable":
        if sent:
            raise Fault(
                "6170",
                "TxnTaxDetail is not allowed when GlobalTaxCalculation is NotApplicable.",
                "TxnTaxDetail",
            )
        return _without_tax(lines)
    return _value_added(books, lines, calculation, (sent or {}).get("TaxLine", []))


def _without_tax(lines: SaleLines) -> Tax:
    for line in lines.sold():
        line["SalesItemLineDetail"].pop("TaxCodeRef", None)
        line["SalesItemLineDetail"].pop("TaxInclusiveAmt", None)
    return Tax()


# United Kingdom and other places with a code on every line


def _value_added(books: Books, lines: SaleLines, calculation: str, override: list[Document]) -> Tax:
    by_rate: dict[str, Document] = {}
    net: dict[str, Decimal] = defaultdict(Decimal)
    tax: dict[str, Decimal] = defaultdict(Decimal)
    inclusive = calculation == "TaxInclusive"
    for line in lines.sold():
        rates = _sales_rates(books, line["SalesItemLineDetail"].get("TaxCodeRef"))
        total_percent = sum((rate["RateValue"] for rate in rates), Decimal(0))
        amount = _split_gross(line, total_percent) if inclusive else line["Amount"]
        for rate in rates:
            by_rate[rate["Id"]] = rate
            net[rate["Id"]] += amount
            tax[rate["Id"]] += _share(amount, rate, total_percent, line, inclusive)
    if inclusive:
        _retotal(lines)
    summed = books.switches["vat_rounding"] == "rate" and not inclusive
    if summed or lines.discount:
        _discounted(net, lines)
        tax = defaultdict(
            Decimal,
            {key: half_up(net[key] * Decimal(by_rate[key]["RateValue"]) / 100) for key in net},
        )
    finished = [_tax_line(by_rate[key], tax[key], net[key]) for key in by_rate]
    _apply_override(finished, by_rate, override)
    return Tax(sum((line["Amount"] for line in finished), Decimal(0)), finished)


def _sales_rates(books: Books, reference: Document | None) -> list[Document]:
    if reference is None:
        raise business(NO_VAT_RATE)
    code = books.get("TaxCode", reference["value"])
    if code is None or not reference["value"].isdigit():
        raise unknown_reference(f"TaxCodes element id {reference['value']} not found")
    if not code["Active"]:
        raise business(NO_VAT_RATE)
    reference.pop("name", None)
    details = code.get("SalesTaxRateList", {}).get("TaxRateDetail", [])
    rates = [books.get("TaxRate", detail["TaxRateRef"]["value"]) for detail in details]
    return [rate for rate in rates if rate is not None]


def _split_gross(line: Document, percent: Decimal) -> Decimal:
    """Turn a gross line into net Amount and TaxInclusiveAmt, per line (docs: £20.00 holds 3.33)."""
    detail = line["SalesItemLineDetail"]
    gross = half_up(Decimal(detail.get("TaxInclusiveAmt", line["Amount"])))
    detail["TaxInclusiveAmt"] = gross
    line["Amount"] = gross - half_up(gross * percent / (100 + percent))
    net: Decimal = line["Amount"]
    if "Qty" in detail and "UnitPrice" in detail:
        detail["UnitPrice"] = plain((net / detail["Qty"]).quantize(SEVEN_PLACES, ROUND_HALF_UP))
    return net


def _share(
    net: Decimal, rate: Document, percent: Decimal, line: Document, inclusive: bool
) -> Decimal:
    if not inclusive:
        return half_up(net * Decimal(rate["RateValue"]) / 100)
    whole: Decimal = line["SalesItemLineDetail"]["TaxInclusiveAmt"] - net
    return half_up(whole * Decimal(rate["RateValue"]) / percent) if percent else Decimal(0)


def _retotal(lines: SaleLines) -> None:
    lines.subtotal = sum((line["Amount"] for line in lines.sold()), Decimal(0))
    for line in lines.documents:
        if line["DetailType"] == "SubTotalLineDetail":
            line["Amount"] = lines.subtotal


def _discounted(net: dict[str, Decimal], lines: SaleLines) -> None:
    """Take the discount off before tax, spread over the rates; the largest takes the odd penny."""
    if not lines.discount or not lines.subtotal:
        return
    shares = {key: half_up(lines.discount * amount / lines.subtotal) for key, amount in net.items()}
    taxed = half_up(lines.discount * sum(net.values(), Decimal(0)) / lines.subtotal)
    largest = max(net, key=lambda key: net[key])
    shares[largest] += taxed - sum(shares.values(), Decimal(0))
    for key in net:
        net[key] -= shares[key]


def _tax_line(rate: Document, amount: Decimal, net: Decimal) -> Document:
    return {
        "Amount": amount,
        "DetailType": "TaxLineDetail",
        "TaxLineDetail": {
            "TaxRateRef": {"value": rate["Id"]},
            "PercentBased": True,
            "TaxPercent": plain(Decimal(rate["RateValue"])),
            "NetAmountTaxable": net,
        },
    }


def _apply_override(
    lines: list[Document], rates: dict[str, Document], override: list[Document]
) -> None:
    """Take the tax amounts sent; every rate of the codes used must be among them."""
    if not override:
        return
    given = {
        line.get("TaxLineDetail", {}).get("TaxRateRef", {}).get("value"): line.get(
            "Amount", Decimal(0)
        )
        for line in override
    }
    if set(given) != {line["TaxLineDetail"]["TaxRateRef"]["value"] for line in lines}:
        raise business("The tax lines must name every tax rate of the transaction's tax codes.")
    for line in lines:
        rate = rates[line["TaxLineDetail"]["TaxRateRef"]["value"]]
        amount = half_up(Decimal(given[rate["Id"]]))
        if amount != line["Amount"]:
            if rate["DisplayType"] == "ReadOnly":
                raise business(f"The tax amount of {rate['Name']} cannot be changed.")
            line["TaxLineDetail"]["OverrideDeltaAmount"] = amount - line["Amount"]
            line["Amount"] = amount


# United States


def _united_states(
    books: Books, lines: SaleLines, sent: Document, taxable: bool, after_discount: bool
) -> Tax:
    net = Decimal(0)
    for line in lines.sold():
        if _line_is_taxable(books, line["SalesItemLineDetail"]) and taxable:
            net += line["Amount"]
    code = _transaction_code(books, sent)
    if code is None:
        return Tax()
    if after_discount and lines.discount and lines.subtotal:
        net -= half_up(lines.discount * net / lines.subtotal)
    rates = _sales_rates(books, {"value": code["Id"]})
    finished = [
        _tax_line(rate, half_up(net * Decimal(rate["RateValue"]) / 100), net)
        for rate in rates
        if net
    ]
    total = sum((line["Amount"] for line in finished), Decimal(0))
    if books.company.get("PartnerTaxEnabled") and "TotalTax" in sent and finished:
        # Automated sales tax honours a total sent with a code and prorates it (facts: 7.1).
        finished[0]["Amount"] += half_up(Decimal(sent["TotalTax"])) - total
        total = half_up(Decimal(sent["TotalTax"]))
    return Tax(total, finished, code["Id"])


def _line_is_taxable(books: Books, detail: Document) -> bool:
    reference = detail.get("TaxCodeRef")
    if reference is None:
        item = books.get("Item", detail["ItemRef"]["value"])
        reference = {"value": "TAX" if item and item.get("Taxable") else "NON"}
        detail["TaxCodeRef"] = reference
    if reference["value"] not in ("TAX", "NON"):
        detail_text = f"Line tax codes must be TAX or NON. Supplied value:{reference['value']}"
        raise Fault("6100", detail_text, "Line.SalesItemLineDetail.TaxCodeRef")
    return bool(reference["value"] == "TAX")


def _transaction_code(books: Books, sent: Document) -> Document | None:
    reference = sent.get("TxnTaxCodeRef")
    if reference is None:
        automatic = books.company.get("AutomatedTaxCode")
        return books.get("TaxCode", automatic) if automatic else None
    if reference["value"] == "CustomSalesTax":
        raise Fault("6160", "CustomSalesTax cannot be used on a new transaction.", "TxnTaxCodeRef")
    code = books.get("TaxCode", reference["value"])
    if code is None or not reference["value"].isdigit():
        raise unknown_reference(f"TaxCodes element id {reference['value']} not found")
    return code
