"""Build the lines of a sale: items, arithmetic, discount, subtotal (facts: quickbooks 6.13)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

from simulator.quickbooks.books import Books, Document
from simulator.quickbooks.faults import INACTIVE, Fault, business, required, unknown_reference
from simulator.quickbooks.tracking import tracked

CENT = Decimal("0.01")
SEVEN_PLACES = Decimal("0.0000001")
MAXIMUM_LINES, MAXIMUM_TAXABLE_LINES = 10_000, 750


def half_up(amount: Decimal) -> Decimal:
    """Round to pennies, halves away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def plain(number: Decimal) -> Decimal:
    """Drop trailing zeros: a quantity of 3 prints as ``3``."""
    number = number.normalize()
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number


@dataclass
class SaleLines:
    """The finished lines in wire order, with the sums the totals need."""

    documents: list[Document]
    subtotal: Decimal
    discount: Decimal

    def sold(self) -> list[Document]:
        """Return the lines that sell something."""
        return [line for line in self.documents if line["DetailType"] == "SalesItemLineDetail"]


def build_lines(books: Books, sent: list[Document], previous: list[Document]) -> SaleLines:
    """Check the lines sent and complete them. Raise the fault of the first wrong one."""
    real = [line for line in sent if line.get("DetailType") != "SubTotalLineDetail"]
    if not real:
        raise required("Line")
    most = MAXIMUM_TAXABLE_LINES if books.charges_tax else MAXIMUM_LINES
    if len(real) > most:
        raise business(f"A transaction can have {most} lines at most.")
    numbering = _LineIds(previous)
    body = [
        _build(books, line, numbering)
        for line in real
        if line.get("DetailType") != "DiscountLineDetail"
    ]
    discounts = [line for line in real if line.get("DetailType") == "DiscountLineDetail"]
    if len(discounts) > 1:
        raise Fault("6000", "Business Validation Error: Only one discount line is allowed.", "Line")
    subtotal = sum((line["Amount"] for line in body if "Amount" in line), Decimal(0))
    for position, line in enumerate(body, start=1):
        line["LineNum"] = position
    body.append({"Amount": subtotal, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}})
    discount = Decimal(0)
    for line in discounts:
        finished = _discount(line, subtotal, numbering)
        discount = finished["Amount"]
        body.append(finished)
    return SaleLines(body, subtotal, discount)


class _LineIds:
    """Keep the Id of a line that is updated, give fresh ones to new lines."""

    def __init__(self, previous: list[Document]) -> None:
        self._known = {line["Id"] for line in previous if "Id" in line}
        self._last = max((int(known) for known in self._known), default=0)

    def take(self, line: Document) -> str:
        if line.get("Id") in self._known:
            self._known.discard(line["Id"])
            return str(line["Id"])
        self._last += 1
        return str(self._last)


def _build(books: Books, line: Document, numbering: _LineIds) -> Document:
    kind = line.get("DetailType")
    if kind == "SalesItemLineDetail":
        return _sales_line(books, line, numbering)
    if kind in ("DescriptionOnly", "DescriptionLineDetail"):
        return _text_line(line, numbering)
    if kind is None:
        raise required("DetailType")
    raise Fault("2170", f"Invalid Enumeration : DetailType. Supplied value:{kind}", "DetailType")


def _text_line(line: Document, numbering: _LineIds) -> Document:
    text = {"Description": line["Description"]} if "Description" in line else {}
    kind = {"DetailType": "DescriptionOnly", "DescriptionLineDetail": {}}
    return {"Id": numbering.take(line), "LineNum": 0, **text, **kind}


def _sales_line(books: Books, line: Document, numbering: _LineIds) -> Document:
    detail = line.get("SalesItemLineDetail", {})
    amount = _amount(books, line, detail)
    if "ItemRef" not in detail:
        # Without an item the line is documentation and its Amount is ignored (facts: 6.3).
        return _text_line(line, numbering)
    finished: Document = {"Id": numbering.take(line), "LineNum": 0}
    if "Description" in line:
        finished["Description"] = line["Description"]
    finished["Amount"] = half_up(amount)
    if finished["Amount"] < 0 and books.switches["negative_line"] == "2290":
        raise Fault("2290", "Negative line amounts are not allowed.", "Line.Amount")
    finished["DetailType"] = "SalesItemLineDetail"
    finished["SalesItemLineDetail"] = _sales_detail(books, detail)
    return finished


def _amount(books: Books, line: Document, detail: Document) -> Decimal:
    """Return the line's amount; with Qty and UnitPrice it must be their product, half-up."""
    quantity, price = detail.get("Qty"), detail.get("UnitPrice")
    product: Decimal | None = None
    if quantity and price is not None:  # 0 × 0 is what a client sends that means "not given"
        exact = quantity * price.quantize(SEVEN_PLACES, ROUND_HALF_UP)
        towards_zero = exact < 0 and books.switches["negative_half_penny"] == "up"
        product = exact.quantize(CENT, ROUND_HALF_DOWN if towards_zero else ROUND_HALF_UP)
    if "Amount" not in line:
        if product is None:
            raise required("Amount")
        return product
    amount: Decimal = line["Amount"]
    # A gross price makes the gross amount; without one, Amount is meant.
    meant = half_up(detail.get("TaxInclusiveAmt", amount))
    if product is not None and product not in (half_up(amount), meant):
        detail_text = f"Amount is not equal to UnitPrice * Qty. Supplied value:{amount}"
        raise Fault("6070", detail_text, "Line.Amount")
    return amount


def _sales_detail(books: Books, detail: Document) -> Document:
    item = books.get("Item", detail["ItemRef"]["value"])
    if item is None:
        raise unknown_reference(f"Items element id {detail['ItemRef']['value']} not found")
    if not item["Active"]:
        if books.switches["inactive_item"] == "610":
            raise Fault("610", f"Object Not Found : {INACTIVE}", "")
        raise unknown_reference(INACTIVE)
    if item["Type"] == "Category":
        raise unknown_reference("Categories cannot be used in transactions.")
    finished: Document = {"ItemRef": {"value": item["Id"], "name": item["FullyQualifiedName"]}}
    for name in ("UnitPrice", "Qty"):
        if name in detail and detail.get("Qty") != 0:
            finished[name] = plain(detail[name].quantize(SEVEN_PLACES, ROUND_HALF_UP))
    for name in ("TaxCodeRef", "ServiceDate", "TaxInclusiveAmt"):
        if name in detail:
            finished[name] = detail[name]
    classed = tracked(books, "ClassRef", detail.get("ClassRef"), "ClassTrackingPerTxnLine")
    return finished | ({"ClassRef": classed} if classed else {})


def _discount(line: Document, subtotal: Decimal, numbering: _LineIds) -> Document:
    detail = line.get("DiscountLineDetail", {})
    percent = detail.get("DiscountPercent")
    if detail.get("PercentBased") and percent is not None:
        amount = half_up(subtotal * percent / 100)
    elif "Amount" in line:
        amount = half_up(line["Amount"])
    else:
        raise Fault(
            "6090",
            "Discount line must have an Amount or a DiscountPercent.",
            "Line.DiscountLineDetail",
        )
    if amount < 0:
        raise Fault(
            "2140", f"Discount Amount must be positive. Supplied value:{amount}", "Line.Amount"
        )
    kept = {
        key: value
        for key, value in detail.items()
        if key in ("DiscountAccountRef", "DiscountPercent")
    }
    kept = {"PercentBased": bool(detail.get("PercentBased", False)), **kept}
    return {
        "Id": numbering.take(line),
        "Amount": amount,
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": kept,
    }
