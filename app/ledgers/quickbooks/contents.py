"""Read an invoice of QuickBooks field by field: what a person could have changed in it.

QuickBooks: Invoice. Left out is what moves without anybody changing the document: ids of lines,
payments linked, balance, print and e-mail status, what it derives from an item.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from app.domain.edited_there import Content, Said, amount_said
from app.ledgers import exact_json

Document = Mapping[str, Any]

_HEAD = {
    "DocNumber": "number",
    "TxnDate": "issue_date",
    "DueDate": "due_date",
    "CustomerRef": "customer",
    "CurrencyRef": "currency",
    "ExchangeRate": "exchange rate",
    "CustomerMemo": "memo",
    "PrivateNote": "note",
    "BillEmail": "email",
    "GlobalTaxCalculation": "prices",
    "SalesTermRef": "terms",
    "ClassRef": "class",
    "DepartmentRef": "location",
    "BillAddr": "bill_to",
    "ShipAddr": "ship_to",
    "ShipDate": "delivery date",
    "CustomField": "own fields",
    "TotalAmt": "total",
}
_LINE = {"Description": "description", "Amount": "amount"}
_DETAIL = {
    "ItemRef": "item",
    "Qty": "quantity",
    "UnitPrice": "price",
    "TaxCodeRef": "tax_code",
    "ClassRef": "class",
    "ServiceDate": "service_date",
    "TaxInclusiveAmt": "gross",
}
# Set by QuickBooks from what the item is.
_DERIVED = ("ItemAccountRef", "TaxClassificationRef")
_SOLD = "SalesItemLineDetail"
_SUBTOTAL = "SubTotalLineDetail"  # QuickBooks adds it itself


def content_of(document: Document) -> Content:
    """Return what a document says: one of QuickBooks, or a body of ours."""
    return dict(_fields(document))


def content_of_body(body: bytes) -> Content:
    """Return what a stored body of ours says."""
    document = exact_json.load(body)
    return content_of(document) if isinstance(document, Mapping) else {}


def _fields(document: Document) -> Iterator[tuple[str, Said]]:
    yield from _named(document, _HEAD)
    tax = document.get("TxnTaxDetail")
    if isinstance(tax, Mapping):
        yield from _named(tax, {"TxnTaxCodeRef": "tax_code", "TotalTax": "tax_total"})
    lines = document.get("Line")
    for number, line in enumerate(_own(lines if isinstance(lines, list) else []), 1):
        for part, said in _line(line):
            yield f"lines.{number}.{part}", said


def _named(values: Document, names: Mapping[str, str]) -> Iterator[tuple[str, Said]]:
    for theirs, ours in names.items():
        said = _said(values.get(theirs))
        if said is not None:
            yield ours, said


def _own(lines: list[Any]) -> list[Document]:
    return [x for x in lines if isinstance(x, Mapping) and x.get("DetailType") != _SUBTOTAL]


def _line(line: Document) -> Iterator[tuple[str, Said]]:
    kind = str(line.get("DetailType") or _SOLD)
    yield from _named(line, _LINE)
    if kind != _SOLD:
        yield "kind", Said(kind.removesuffix("LineDetail").removesuffix("Detail"))
    detail = line.get(kind)
    if isinstance(detail, Mapping):
        names = {str(n): _DETAIL.get(n, str(n)) for n in detail if n not in _DERIVED}
        yield from _named(detail, names)


def _said(value: Any) -> Said | None:
    """Return one value in a spelling of its own; None for nothing said."""
    if value in (None, "", [], {}):
        return None
    match value:
        case Mapping() if "value" in value:
            said = _said(value["value"])
            return Said(said.value, _text(value.get("name"))) if said else None
        case Mapping() if "DefinitionId" in value:  # a field of the company's own
            own = _value(value.get("StringValue"))
            return Said(f"{_value(value.get('Name'))}: {own}") if own else None
        case Mapping() if "Address" in value:
            return _said(value["Address"])
        case Mapping():
            kept = {k: _value(v) for k, v in value.items() if k not in ("Id", "Lat", "Long")}
            return Said(", ".join(text for text in kept.values() if text))
        case list():
            joined = "; ".join(text for text in map(_value, value) if text)
            return Said(joined) if joined else None
        case bool():
            return Said("yes" if value else "no")
        case Decimal() | int() | float():
            return amount_said(Decimal(str(value)))
    return Said(str(value))


def _value(value: Any) -> str:
    said = _said(value)
    return said.value if said else ""


def _text(value: Any) -> str | None:
    return str(value) if value else None
