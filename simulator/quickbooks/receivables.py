"""Read what a transaction that has no balance moves on a customer's account (facts: 6.7)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from simulator.quickbooks.books import Books, Document

# What a payment's line may name, and which entity that is: expenses and checks are purchases.
ENTITY = {
    "Invoice": "Invoice",
    "CreditMemo": "CreditMemo",
    "JournalEntry": "JournalEntry",
    "Expense": "Purchase",
    "Check": "Purchase",
}
# Those that count as money in a payment; the others are paid by it.
CREDITS = ("CreditMemo", "JournalEntry")


def account(books: Books, kind: str) -> Document:
    """Return a reference to the company's account of a type: Accounts Receivable, Bank …"""
    found = next(one for one in books.all("Account") if one["AccountType"] == kind)
    return {"value": found["Id"], "name": found["Name"]}


def customer_of(document: Document) -> str | None:
    """Return whose account a transaction is about."""
    named = document.get("CustomerRef") or document.get("EntityRef")
    for line in document["Line"]:
        named = named or line.get("JournalEntryLineDetail", {}).get("Entity", {}).get("EntityRef")
    return named["value"] if named else None


def amount(books: Books, txn_type: str, document: Document) -> Decimal:
    """Return what a journal entry credits the customer with, or a purchase gave back to them."""
    debtors = account(books, "Accounts Receivable")["value"]
    credited = sum((Decimal(value) for value in _credited(document, debtors)), Decimal(0))
    return credited if txn_type in CREDITS else -credited


def _credited(document: Document, debtors: str) -> Iterator[Decimal]:
    for line in document["Line"]:
        detail = line.get("JournalEntryLineDetail") or line.get("AccountBasedExpenseLineDetail", {})
        if detail.get("AccountRef", {}).get("value") == debtors:
            yield line["Amount"] if detail.get("PostingType") == "Credit" else -line["Amount"]
