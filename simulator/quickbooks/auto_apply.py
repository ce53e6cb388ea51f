"""Apply credits unasked, as QuickBooks does when the preference says so (facts: quickbooks 6.7)."""

from __future__ import annotations

from decimal import Decimal

from simulator import json_text
from simulator.quickbooks.books import Books, Document
from simulator.quickbooks.payments import create_payment
from simulator.quickbooks.sales import Origin


def auto_apply_credit(books: Books, kind: str, created: Document) -> Document:
    """Use up open credit memos on open invoices by payments of 0.00 that nobody made.

    Return the document just created as it is afterwards, or (by switch) as it was before.
    """
    if not books.company["AutoApplyCredit"] or kind not in ("Invoice", "CreditMemo"):
        return created
    customer = created["CustomerRef"]["value"]
    for memo in _open(books, "CreditMemo", customer):
        for invoice in _open(books, "Invoice", customer):
            _apply(books, customer, memo["Id"], invoice["Id"])
    return books.require(kind, created["Id"]) if books.switches["auto_apply_shown"] else created


def _open(books: Books, kind: str, customer: str) -> list[Document]:
    rows = books.store.rows(
        "SELECT body FROM document WHERE realm=? AND kind=? AND customer=? AND deleted=0"
        " AND json_extract(body, '$.Balance') > 0 ORDER BY txn_date, number",
        books.realm, kind, customer,
    )  # fmt: skip
    return [json_text.loads(row["body"]) for row in rows]


def _apply(books: Books, customer: str, memo: str, invoice: str) -> None:
    left = Decimal(books.require("CreditMemo", memo)["Balance"])
    amount = min(left, Decimal(books.require("Invoice", invoice)["Balance"]))
    if amount <= 0:
        return
    targets = (("Invoice", invoice), ("CreditMemo", memo))
    lines = [
        {"Amount": amount, "LinkedTxn": [{"TxnId": identifier, "TxnType": kind}]}
        for kind, identifier in targets
    ]
    note = "Created by QB Online to link credits to charges."
    sent = {"CustomerRef": {"value": customer}, "TotalAmt": Decimal(0), "PrivateNote": note}
    create_payment(books, {**sent, "Line": lines}, Origin(bookkeeper=True))
