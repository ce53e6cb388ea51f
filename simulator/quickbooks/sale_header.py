"""Fill in a sale's header: customer, currency, terms, addresses (facts: quickbooks 6.2, 6.3)."""

from __future__ import annotations

from datetime import date

from simulator.quickbooks.books import Books, Document
from simulator.quickbooks.company import currency_reference
from simulator.quickbooks.faults import (
    INACTIVE,
    Fault,
    business,
    not_found,
    required,
    unknown_reference,
)
from simulator.quickbooks.tracking import tracked

_ONLINE = (
    "AllowIPNPayment",
    "AllowOnlinePayment",
    "AllowOnlineCreditCardPayment",
    "AllowOnlineACHPayment",
)


def sale_header(books: Books, kind: str, wanted: Document, customer: Document) -> Document:
    """Return the fields above the lines, in wire order."""
    fields: Document = {}
    if kind == "Invoice":
        fields |= {name: wanted.get(name, False) for name in _ONLINE}
    fields["CustomField"] = wanted.get("CustomField", [])
    _copy(fields, wanted, "DocNumber TxnDate")
    fields["CurrencyRef"] = _currency(books, wanted, customer)
    _copy(fields, wanted, "ExchangeRate PrivateNote")
    _track(books, fields, wanted, "DepartmentRef", "TrackDepartments")
    _copy(fields, wanted, "ProjectRef")
    fields["LinkedTxn"] = []
    fields["CustomerRef"] = {"value": customer["Id"], "name": customer["DisplayName"]}
    _copy(fields, wanted, "CustomerMemo")
    _track(books, fields, wanted, "ClassRef", "ClassTrackingPerTxn")
    _copy(fields, wanted, "TrackingNum ShipDate ShipMethodRef PONumber")
    _copy(fields, {**customer, **wanted}, "BillAddr ShipAddr")
    _terms(books, kind, fields, wanted)
    _states(fields, wanted)
    _copy(fields, wanted, "BillEmail BillEmailCc BillEmailBcc DepositToAccountRef PaymentMethodRef")
    if kind == "RefundReceipt":
        _copy(fields, wanted, "PaymentRefNum")
    if fields["EmailStatus"] == "NeedToSend" and "BillEmail" not in fields:
        raise Fault("6420", "An email address is required with NeedToSend.", "BillEmail")
    return fields


def _states(fields: Document, wanted: Document) -> None:
    fields["ApplyTaxAfterDiscount"] = wanted.get("ApplyTaxAfterDiscount", False)
    fields["PrintStatus"] = wanted.get("PrintStatus", "NeedToPrint")
    fields["EmailStatus"] = wanted.get("EmailStatus", "NotSet")


def _track(books: Books, fields: Document, wanted: Document, name: str, setting: str) -> None:
    reference = tracked(books, name, wanted.get(name), setting)
    fields |= {name: reference} if reference else {}


def _copy(fields: Document, wanted: Document, names: str) -> None:
    fields |= {name: wanted[name] for name in names.split() if wanted.get(name) is not None}


def _terms(books: Books, kind: str, fields: Document, wanted: Document) -> None:
    if "SalesTermRef" in wanted:
        term = books.get("Term", wanted["SalesTermRef"]["value"])
        if term is None:
            raise unknown_reference(f"Terms element id {wanted['SalesTermRef']['value']} not found")
        if not term["Active"]:
            raise unknown_reference(INACTIVE)
        fields["SalesTermRef"] = {"value": term["Id"], "name": term["Name"]}
    if kind != "Invoice":
        return
    default = books.due(
        wanted.get("SalesTermRef", {}).get("value"), date.fromisoformat(fields["TxnDate"])
    )
    fields["DueDate"] = wanted.get("DueDate", default.isoformat())
    early = fields["DueDate"] < fields["TxnDate"]
    if early and books.switches["due_before_date"] == "2190":
        raise Fault("2190", "The due date is before the transaction date.", "DueDate")


def sale_customer(books: Books, identifier: str, before: Document | None) -> Document:
    customer = books.get("Customer", identifier)
    if customer is None and books.is_gone("Customer", identifier):
        raise not_found()
    if customer is None:
        raise unknown_reference(f"Names element id {identifier} not found")
    unchanged = before is not None and before["CustomerRef"]["value"] == identifier
    if not customer["Active"] and not unchanged:
        if books.switches["inactive_customer"] == "610":
            raise not_found()
        raise Fault("6250", "The customer is missing or inactive.", "CustomerRef")
    return customer


def _currency(books: Books, wanted: Document, customer: Document) -> Document:
    """Return the currency. With multicurrency it must be sent and must be the customer's."""
    sent = wanted.get("CurrencyRef", {}).get("value")
    if books.company["MultiCurrencyEnabled"] and sent is None:
        raise required("CurrencyRef")
    own = customer["CurrencyRef"]["value"]
    if sent is not None and sent != own:
        raise business(
            f"The currency {sent} of the transaction is not the currency of the customer, {own}."
        )
    return currency_reference(own)
