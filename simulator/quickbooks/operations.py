"""Route one write to the engine that knows its entity."""

from __future__ import annotations

from typing import Any

from simulator.quickbooks.auto_apply import auto_apply_credit
from simulator.quickbooks.books import Books, Document
from simulator.quickbooks.faults import Fault, not_found, required, unsupported
from simulator.quickbooks.fields import WRITABLE
from simulator.quickbooks.names import create_name, update_name
from simulator.quickbooks.payments import (
    create_payment,
    delete_payment,
    update_payment,
    void_payment,
)
from simulator.quickbooks.sales import (
    Origin,
    create_sale,
    current,
    delete_sale,
    update_sale,
    void_sale,
)
from simulator.quickbooks.validation import Cleaner, check_id

SALES = ("Invoice", "CreditMemo", "RefundReceipt")
BY_PATH = {name.lower(): name for name in WRITABLE}
_READ_ONLY = ("TaxCode", "TaxRate", "TaxAgency", "JournalEntry", "Deposit", "Purchase")
READABLE = {name.lower(): name for name in (*WRITABLE, *_READ_ONLY)}


def write(
    books: Books, kind: str, operation: str, body: dict[str, Any], origin: Origin
) -> Document:
    """Perform create, update, void or delete and return the entity to answer with."""
    if books.company["SubscriptionStatus"] == "EXPIRED" and not origin.bookkeeper:
        raise _expired()
    if operation in ("void", "delete"):
        return _withdraw(books, kind, operation, body, origin)
    switches = books.switches
    sent = Cleaner(switches["accept_string_amounts"], switches["emoji"]).clean(kind, body)
    if body.get("Id") in (None, ""):
        if operation == "update":
            raise required("Id")
        return _create(books, kind, sent, origin)
    if body.get("SyncToken") not in (None, ""):
        sent["SyncToken"] = body["SyncToken"]
    return _update(books, kind, sent, origin, body.get("sparse") in (True, "true"))


def _create(books: Books, kind: str, sent: Document, origin: Origin) -> Document:
    if kind == "Payment":
        return create_payment(books, sent, origin)
    if kind in SALES:
        return auto_apply_credit(books, kind, create_sale(books, kind, sent, origin))
    return create_name(books, kind, sent, origin)


def _update(books: Books, kind: str, sent: Document, origin: Origin, sparse: bool) -> Document:
    if kind == "Payment":
        return update_payment(books, sent, origin, sparse)
    if kind in SALES:
        return update_sale(books, kind, sent, origin, sparse)
    return update_name(books, kind, sent, origin, sparse)


def _withdraw(
    books: Books, kind: str, operation: str, body: dict[str, Any], origin: Origin
) -> Document:
    if body.get("Id") in (None, ""):
        raise required("Id")
    sent = {"Id": check_id(body["Id"]), "SyncToken": body.get("SyncToken")}
    if kind == "Payment":
        act = void_payment if operation == "void" else delete_payment
        return act(books, sent, origin)
    # People void credit memos and refunds on the page; no API does (facts: 6.8).
    if operation == "void" and (kind == "Invoice" or (kind in SALES and origin.bookkeeper)):
        return void_sale(books, kind, sent, origin)
    if kind in SALES and operation == "delete":
        return delete_sale(books, kind, sent, origin)
    raise unsupported(books.realm, f"{kind.lower()}?operation={operation}")


def _expired() -> Fault:
    detail = (
        "Subscription period has ended or canceled or there was a billing problem : "
        "You can't add data to QuickBooks Online because your subscription has ended."
    )
    return Fault("6190", detail, "")


def send_invoice(books: Books, identifier: str, address: str | None) -> Document:
    """Mark an invoice as e-mailed; ``sendTo`` replaces the address."""
    invoice = books.get("Invoice", check_id(identifier))
    if invoice is None:
        raise not_found()
    invoice = current(books, "Invoice", identifier, invoice["SyncToken"])
    if address:
        invoice["BillEmail"] = {"Address": address}
    if "BillEmail" not in invoice:
        raise Fault("6420", "An email address is required.", "BillEmail")
    invoice["EmailStatus"] = "EmailSent"
    invoice["DeliveryInfo"] = {"DeliveryType": "Email", "DeliveryTime": books.now.isoformat()}
    return books.update("Invoice", invoice, "emailed")
