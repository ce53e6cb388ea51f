"""Create, update, void and delete invoices and credit memos (facts: quickbooks 6.2 to 6.5, 6.8)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from simulator.quickbooks import applications
from simulator.quickbooks.books import Books, Document
from simulator.quickbooks.doc_numbers import choose_doc_number
from simulator.quickbooks.faults import (
    Fault,
    business,
    not_found,
    required,
    stale,
)
from simulator.quickbooks.lines import SaleLines, build_lines, half_up
from simulator.quickbooks.periods import require_open_period
from simulator.quickbooks.sale_header import sale_customer, sale_header
from simulator.quickbooks.tax import Tax, tax_sale

VOIDED = "Voided"
# A full update clears what is left out, except these (recorded; facts: 6.1).
_KEPT_BY_FULL_UPDATE = (
    "DocNumber", "TxnDate", "CurrencyRef", "ExchangeRate", "CustomerRef", "GlobalTaxCalculation",
    "PrintStatus", "EmailStatus", "DueDate", "BillAddr", "ShipAddr", "DepositToAccountRef",
)  # fmt: skip


@dataclass(frozen=True)
class Origin:
    """Who acts, and the ``include`` options of the request."""

    include: frozenset[str] = frozenset()
    bookkeeper: bool = False


def create_sale(books: Books, kind: str, sent: Document, origin: Origin) -> Document:
    """Book a new invoice or credit memo and return it complete."""
    if "CustomerRef" not in sent:
        raise required("CustomerRef")
    if not sent.get("Line"):
        raise required("Line")
    if kind == "RefundReceipt" and "DepositToAccountRef" not in sent:
        raise required("DepositToAccountRef")
    sent = dict(sent)
    sent.setdefault("TxnDate", books.today().isoformat())
    require_open_period(books, sent["TxnDate"])
    sent["DocNumber"] = choose_doc_number(
        books, kind, sent, None, "allowduplicatedocnum" in origin.include
    )
    return books.insert(kind, _finish(books, kind, sent, None, retotal=True))


def update_sale(books: Books, kind: str, sent: Document, origin: Origin, sparse: bool) -> Document:
    """Apply a sparse or a full update; lines sent replace the whole array."""
    before = current(books, kind, sent["Id"], sent.get("SyncToken"))
    base = before if sparse else {key: before[key] for key in _KEPT_BY_FULL_UPDATE if key in before}
    if not sparse and not sent.get("Line"):
        raise required("Line")
    merged = {**base, **{key: value for key, value in sent.items() if key != "SyncToken"}}
    require_open_period(books, before["TxnDate"])
    require_open_period(books, merged["TxnDate"])
    merged["DocNumber"] = choose_doc_number(
        books, kind, merged, before, "allowduplicatedocnum" in origin.include
    )
    retotal = not sparse or any(
        name in sent for name in ("Line", "TxnTaxDetail", "GlobalTaxCalculation")
    )
    if retotal and "TxnTaxDetail" not in sent:
        merged.pop("TxnTaxDetail", None)
    if merged["CustomerRef"]["value"] != before["CustomerRef"]["value"] and applications.applied(
        books, kind, before["Id"]
    ):
        raise business("You can't change the customer of a transaction that has payments applied.")
    after = _finish(books, kind, merged, before, retotal=retotal)
    if _same(before, after) and books.switches["noop_transaction_update"] == "keeps":
        return before
    return books.update(kind, {**_identity(before), **after})


def void_sale(books: Books, kind: str, sent: Document, origin: Origin) -> Document:
    """Zero a sale and mark it; with payments applied the service refuses (facts: 6.5)."""
    sale = current(books, kind, sent["Id"], sent.get("SyncToken"))
    if is_voided(sale):
        return sale
    require_open_period(books, sale["TxnDate"])
    _release_payments(books, kind, sale, origin, books.switches["void_paid_invoice"])
    sale = books.get(kind, sale["Id"]) or sale
    for line in sale["Line"]:
        if "Amount" in line:
            line["Amount"] = Decimal(0)
        for name in ("Qty", "UnitPrice", "TaxInclusiveAmt"):
            line.get("SalesItemLineDetail", {}).pop(name, None)
    sale["TxnTaxDetail"] = {"TotalTax": Decimal(0)}
    sale["TotalAmt"] = sale["Balance"] = Decimal(0)
    if kind == "CreditMemo":
        sale["RemainingCredit"] = Decimal(0)
    sale.pop("Deposit", None)
    sale["PrivateNote"] = voided_note(sale.get("PrivateNote"))
    return books.update(kind, sale, "void")


def delete_sale(books: Books, kind: str, sent: Document, origin: Origin) -> Document:
    """Delete an invoice or credit memo; return the stub."""
    document = current(books, kind, sent["Id"], sent.get("SyncToken"))
    require_open_period(books, document["TxnDate"])
    _release_payments(books, kind, document, origin, books.switches["delete_paid_invoice"])
    books.delete(kind, books.get(kind, document["Id"]) or document)
    return {"domain": "QBO", "status": "Deleted", "Id": document["Id"]}


def current(books: Books, kind: str, identifier: str, sync_token: Any) -> Document:
    """Return the document to change. Raise 610 when it is gone, 5010 when the token is old."""
    document = books.get(kind, identifier)
    if document is None:
        raise not_found()
    if sync_token is None:
        raise required("SyncToken")
    if str(sync_token) != document["SyncToken"]:
        raise stale()
    return document


def is_voided(document: Document) -> bool:
    """Recognise a voided transaction: no amount and the note in front."""
    return not document["TotalAmt"] and str(document.get("PrivateNote", "")).startswith(VOIDED)


def voided_note(note: str | None) -> str:
    return f"{VOIDED} - {note}"[:4000] if note else VOIDED


def _release_payments(
    books: Books, kind: str, document: Document, origin: Origin, policy: str
) -> None:
    if not applications.applied(books, kind, document["Id"]):
        return
    if policy == "refuse" and not origin.bookkeeper:
        raise business(
            "You can't void or delete a transaction that has payments applied. "
            "Remove the payment first."
        )
    applications.unapply(books, kind, document["Id"])


def _identity(document: Document) -> Document:
    return {key: document[key] for key in ("domain", "sparse", "Id", "SyncToken", "MetaData")}


def _same(before: Document, after: Document) -> bool:
    ignored = ("domain", "sparse", "Id", "SyncToken", "MetaData")
    return {k: v for k, v in before.items() if k not in ignored} == {
        k: v for k, v in after.items() if k not in ignored
    }


def _finish(
    books: Books, kind: str, wanted: Document, before: Document | None, *, retotal: bool
) -> Document:
    """Return the document's fields in wire order, totals and balance included."""
    customer = sale_customer(books, wanted["CustomerRef"]["value"], before)
    calculation = wanted.get("GlobalTaxCalculation", "TaxExcluded")
    if retotal:
        lines = build_lines(books, wanted["Line"], before["Line"] if before else [])
        tax = tax_sale(books, lines, wanted, customer)
    else:
        lines, tax = _as_booked(before or {})
    total = sum((line["Amount"] for line in lines.sold()), Decimal(0)) - lines.discount + tax.total
    if total < 0:
        raise Fault(
            books.switches["negative_total"],
            "The total of a transaction cannot be negative.",
            "TotalAmt",
        )
    fields = sale_header(books, kind, wanted, customer)
    fields["Line"] = lines.documents
    fields["TxnTaxDetail"] = tax.document() if retotal else (before or {})["TxnTaxDetail"]
    fields["TotalAmt"] = half_up(total)
    if not books.united_states and books.charges_tax:
        fields["GlobalTaxCalculation"] = calculation
    _settle(books, kind, fields, wanted, before)
    return fields


def _as_booked(before: Document) -> tuple[SaleLines, Tax]:
    discount = sum(
        (x["Amount"] for x in before["Line"] if x["DetailType"] == "DiscountLineDetail"), Decimal(0)
    )
    return SaleLines(before["Line"], Decimal(0), discount), Tax(
        Decimal(before["TxnTaxDetail"]["TotalTax"])
    )


def _settle(
    books: Books, kind: str, fields: Document, wanted: Document, before: Document | None
) -> None:
    """Set what is still open; a total below what was applied frees part of the payments."""
    deposit = half_up(Decimal(wanted.get("Deposit", 0))) if kind == "Invoice" else Decimal(0)
    applied = Decimal(0)
    if before:
        applied = applications.trim(books, kind, before["Id"], fields["TotalAmt"] - deposit)
        fields["LinkedTxn"] = applications.links(books, kind, before["Id"])
    if deposit:
        fields["Deposit"] = deposit
    open_amount = fields["TotalAmt"] - deposit - applied
    # A refund gives back at once: nothing of it is ever open (facts: 6.8).
    fields["Balance"] = Decimal(0) if kind == "RefundReceipt" else open_amount
    if kind == "CreditMemo":
        fields["RemainingCredit"] = open_amount
