"""Say how an invoice of the ledger stands, by its balance, its due date and whether it is void."""

from __future__ import annotations

from datetime import date
from decimal import Decimal


def standing_there(
    total: Decimal, balance: Decimal, due: date | None, today: date, *, voided: bool
) -> str:
    """Return open, part_paid, overdue, paid or void."""
    if voided:
        return "void"
    if balance <= 0:
        return "paid"
    if due is not None and due < today:
        return "overdue"
    return "part_paid" if balance < total else "open"
