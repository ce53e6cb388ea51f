"""Say how an invoice of the ledger's own book stands: the ledger tells amounts and dates only."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum


class BookStatus(StrEnum):
    """Say what is owed on an invoice of the ledger."""

    OPEN = "open"
    PART_PAID = "part_paid"
    OVERDUE = "overdue"
    PAID = "paid"
    VOID = "void"  # or deleted


def book_status(
    total: Decimal, balance: Decimal, due: date | None, today: date, *, gone: bool = False
) -> BookStatus:
    """Derive the status; today: where the company is. gone: voided or deleted there.

    What is paid in part and late is overdue: that is what somebody must act on.
    """
    if gone:
        return BookStatus.VOID
    if balance <= 0:
        return BookStatus.PAID
    if due is not None and due < today:
        return BookStatus.OVERDUE
    return BookStatus.OPEN if balance >= total else BookStatus.PART_PAID
