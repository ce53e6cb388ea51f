"""Settle invoices and give money back without a payment: as bookkeepers do (facts: 6.7, 6.8)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from simulator.quickbooks import applications
from simulator.quickbooks.books import Books, Document
from simulator.quickbooks.company import currency_reference
from simulator.quickbooks.faults import business, not_found
from simulator.quickbooks.lines import half_up
from simulator.quickbooks.receivables import account

KINDS = ("JournalEntry", "Deposit")


def settle_otherwise(books: Books, kind: str, invoice_id: str, amount: Decimal) -> Document:
    """Write part of an invoice off by a journal entry, or settle it by a line of a bank deposit.

    The invoice's balance falls and no Payment says why.
    """
    invoice = books.get("Invoice", invoice_id)
    if invoice is None:
        raise not_found()
    amount = half_up(amount)
    if not 0 < amount <= Decimal(invoice["Balance"]):
        raise business(f"The open balance is {invoice['Balance']}.")
    fields = {"JournalEntry": _write_off, "Deposit": _direct_deposit}[kind](books, invoice, amount)
    document = books.insert(kind, fields)
    applications.replace(books, document["Id"], {("Invoice", invoice_id): amount})
    return document


def deposit_payment(books: Books, payment: Document) -> Document:
    """Take a payment to the bank, after which it can no longer change until that is deleted."""
    amount = Decimal(payment["TotalAmt"])
    linked = [{"TxnId": payment["Id"], "TxnType": "Payment"}]
    return books.insert(
        "Deposit", _deposit(books, payment, {"Amount": amount, "LinkedTxn": linked})
    )


def is_deposited(books: Books, payment_id: str) -> bool:
    """Tell whether a deposit in the books holds a payment."""
    return any(
        linked["TxnId"] == payment_id
        for deposit in books.all("Deposit")
        for line in deposit["Line"]
        for linked in line.get("LinkedTxn", [])
    )


def delete_other(books: Books, kind: str, identifier: str) -> None:
    """Delete a journal entry or a deposit; what it settled is open again."""
    document = books.get(kind, identifier)
    if document is None:
        raise not_found()
    applications.replace(books, identifier, {})
    books.delete(kind, document)


def pay_out(books: Books, customer_id: str, amount: Decimal) -> Document:
    """Book an expense that gives a customer money back; a payment then says out of which credit."""
    customer = books.get("Customer", customer_id)
    if customer is None:
        raise not_found()
    debtors = account(books, "Accounts Receivable")
    line = {
        "Amount": half_up(amount),
        "DetailType": "AccountBasedExpenseLineDetail",
        "AccountBasedExpenseLineDetail": {"AccountRef": debtors},
    }
    fields = {
        "AccountRef": account(books, "Bank"),
        "PaymentType": "Cash",
        "EntityRef": {"value": customer_id, "name": customer["DisplayName"], "type": "Customer"},
        "TotalAmt": half_up(amount),
        "TxnDate": books.today().isoformat(),
        "CurrencyRef": currency_reference(customer["CurrencyRef"]["value"]),
        "LinkedTxn": [],
        "Line": [line],
    }
    return books.insert("Purchase", fields)


def _write_off(books: Books, invoice: Document, amount: Decimal) -> Document:
    debtors, costs = account(books, "Accounts Receivable"), account(books, "Expense")
    customer = {"Type": "Customer", "EntityRef": invoice["CustomerRef"]}
    return {
        "TxnDate": books.today().isoformat(),
        "CurrencyRef": invoice["CurrencyRef"],
        "PrivateNote": "Written off",
        "Line": [
            _entry("0", amount, {"PostingType": "Debit", "AccountRef": costs}),
            _entry(
                "1", amount, {"PostingType": "Credit", "AccountRef": debtors, "Entity": customer}
            ),
        ],
    }


def _entry(identifier: str, amount: Decimal, detail: Document) -> Document:
    kind = "JournalEntryLineDetail"
    return {"Id": identifier, "Amount": amount, "DetailType": kind, kind: detail}


def _direct_deposit(books: Books, invoice: Document, amount: Decimal) -> Document:
    detail: dict[str, Any] = {"Entity": {**invoice["CustomerRef"], "type": "CUSTOMER"}}
    detail["AccountRef"] = account(books, "Accounts Receivable")
    kind = "DepositLineDetail"
    return _deposit(books, invoice, {"Amount": amount, "DetailType": kind, kind: detail})


def _deposit(books: Books, cause: Document, line: Document) -> Document:
    return {
        "DepositToAccountRef": account(books, "Bank"),
        "TotalAmt": line["Amount"],
        "TxnDate": books.today().isoformat(),
        "CurrencyRef": cause["CurrencyRef"],
        "Line": [{"Id": "1", **line}],
    }
