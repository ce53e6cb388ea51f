"""Refuse changes in closed books."""

from __future__ import annotations

from simulator.quickbooks.books import Books
from simulator.quickbooks.faults import Fault


def require_open_period(books: Books, txn_date: str) -> None:
    """Raise 6210 when the date is on or before the company's closing date."""
    closed = books.company.get("BookCloseDate")
    if closed and txn_date <= closed:
        raise Fault(
            "6210",
            "The account period has closed and the account books cannot be updated through through "
            "the QBO Services API. Please visit the QBO website to make the change.",
            "",
        )
