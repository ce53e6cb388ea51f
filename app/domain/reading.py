"""Plan what is read of a ledger's book besides its change feed, step by step.

After an outage longer than the feed reaches, and once after connecting. Each step is read page by
page, and where it stands is kept: whoever is stopped goes on from there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class BookKind(StrEnum):
    """Say what a ledger's book holds that we mirror."""

    CUSTOMER = "customer"
    PAYMENT = "payment"
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    REFUND = "refund"  # money given back by a document of its own


class Reason(StrEnum):
    """Say why a book is read."""

    CATCH_UP = "catch_up"  # the change feed could not tell everything
    HISTORY = "history"  # from the date finance chose


class Task(StrEnum):
    """Say what one step does."""

    READ = "read"  # what changed since, or is dated in a window
    OWED = "owed"  # invoices older than the window that are still owed
    CHECK = "check"  # whether what we know of, and did not see, is still there


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of document, read from a moment or in a window of dates; before is not in it."""

    kind: BookKind
    task: Task = Task.READ
    since: datetime | None = None
    first: date | None = None
    before: date | None = None


# Payments first: an invoice that is paid then knows by what.
_DATED = (BookKind.PAYMENT, BookKind.INVOICE, BookKind.CREDIT_NOTE, BookKind.REFUND)
# What of ours is linked to, or paid by.
_CHECKED = (BookKind.PAYMENT, BookKind.INVOICE, BookKind.CREDIT_NOTE)
_IN_TURN = (BookKind.CUSTOMER, *_DATED)


def must_be_read(unread: Collection[BookKind]) -> frozenset[BookKind]:
    """Return which kinds must be read in pages where the feed did not tell all of some.

    What a lost payment let go of shows only on its invoice.
    """
    along = {BookKind.INVOICE} if BookKind.PAYMENT in unread else set()
    return frozenset({*unread, *along})


def catch_up_steps(unread: Collection[BookKind], since: datetime) -> Iterator[Step]:
    """Yield how to find out what the feed did not tell: changes, then what was deleted.

    A customer is never deleted, only made inactive; one that was merged is found when used.
    """
    for kind in _IN_TURN:
        if kind in unread:
            yield Step(kind, since=since)
            if kind in _CHECKED:
                yield Step(kind, Task.CHECK)


def history_steps(first: date, begun: Mapping[BookKind, date]) -> Iterator[Step]:
    """Yield how to read the history from a date on.

    begun: from which date each kind is read already, or will be; what is older is added to it.
    Older invoices are read too where they are owed: they will be paid, credited or voided yet.
    """
    if not begun:
        yield Step(BookKind.CUSTOMER)
    for kind in _DATED:
        if kind not in begun or first < begun[kind]:
            yield Step(kind, first=first, before=begun.get(kind))
    if not begun:
        yield Step(BookKind.INVOICE, Task.OWED, before=first)
