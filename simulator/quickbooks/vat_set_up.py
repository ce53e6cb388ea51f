"""Give a British company its tax codes when VAT is switched on there (facts: quickbooks 7.3)."""

from __future__ import annotations

from simulator.quickbooks.books import Books, Document
from simulator.quickbooks.seeds import add_taxes


def _code(
    identifier: str, name: str, percent: str, rates: tuple[str, str], **more: object
) -> Document:
    sales, purchases = rates
    fields = {"id": identifier, "name": name, "percent": percent, "sales_rate": sales}
    return {**fields, "purchase_rate": purchases, **more}


# The ids are the company's own; other companies have others.
_CODES = (
    _code("2", "Exempt", "0", ("1", "2"), description="Exempt from VAT"),
    _code("3", "No VAT", "0", ("15", "16"), taxable=False, description="Outside the scope of VAT"),
    _code("4", "0.0% Z", "0", ("3", "4"), special="ZERO_RATE"),
    _code("5", "5.0% R", "5", ("5", "6")),
    _code("6", "20.0% S", "20", ("7", "8")),
    _code("12", "20.0% RC SG", "0", ("13", "14"), special="REVERSE_CHARGE"),
)


def set_up_vat(books: Books) -> None:
    """Add the codes the first time; switched off and on again they are there already."""
    if books.charges_tax and not books.united_states and not books.all("TaxCode"):
        add_taxes(books, {"tax_agency": "HMRC", "tax_codes": _CODES})
