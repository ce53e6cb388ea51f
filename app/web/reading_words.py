"""Say how far a company's book is read: after an outage, and from before it was connected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from app.domain.reading import BookKind
from app.domain.wording import day, day_long, listed, number, plural
from app.queries.readings import Progress, Readings
from app.web.presentation import local_day, now

# How long a catch-up that is over is worth telling.
_NEWS = timedelta(days=7)
# Ids named of documents that could not be read.
_NAMED = 5
_KINDS = {
    BookKind.CUSTOMER: "customer",
    BookKind.PAYMENT: "payment",
    BookKind.INVOICE: "invoice",
    BookKind.CREDIT_NOTE: "credit note",
    BookKind.REFUND: "refund",
}


def reading_lines(found: Readings, ledger: str) -> list[str]:
    """Return what is being read or was lately, and what could not be: a sentence or two each."""
    lines = [*_catch_up(found, ledger), *_unfinished_history(found)]
    return [*lines, *unreadable_lines(found, ledger)]


def history_line(found: Readings) -> str:
    """Return how far the books from before the connection are read."""
    if found.history is None or found.history_from is None:
        return "Not read. Choose a date below to have it read."
    progress, since = found.history, day_long(found.history_from)
    documents = plural(progress.documents, "document")
    if progress.finished:
        return f"Read since {since}, and what was still owed then: {documents}."
    kinds = f"{number(progress.read)} of {number(progress.parts)} kinds"
    return f"Since {since}: {kinds}, {documents} read."


def unreadable_lines(found: Readings, ledger: str) -> Iterator[str]:
    """Yield a sentence about each kind of document that could not be read."""
    for kind, ids in found.unreadable.items():
        named = [one for one in dict.fromkeys(ids) if one]
        which = f" (id {listed(named[:_NAMED])})" if named else ""
        yield (
            f"{ledger} could not give us {plural(len(ids), _KINDS[kind])}{which}."
            f" Open and save it in {ledger}; then we read it."
        )


def _catch_up(found: Readings, ledger: str) -> Iterator[str]:
    progress = found.catch_up
    if progress is None or progress.since is None:
        return
    since = _when(progress.since)
    documents = plural(progress.documents, "document")
    if not progress.finished:
        parts = f"{number(progress.read)} of {number(progress.parts)} parts"
        yield f"Catching up with {ledger} since {since}: {parts}, {documents} read."
    elif progress.finished_at and progress.finished_at > now() - _NEWS:
        gone = f", {plural(progress.gone, 'deletion')} found" if progress.gone else ""
        yield (
            f"Caught up with {ledger} since {since}: {documents} read{gone}."
            f" {_cost(progress, ledger)}"
        )


def _cost(progress: Progress, ledger: str) -> str:
    reads = plural(progress.calls, "read")
    return f"It took {reads}, which {ledger} counts."


def _unfinished_history(found: Readings) -> Iterator[str]:
    if found.history is not None and not found.history.finished:
        line = history_line(found)
        yield f"History {line[0].lower()}{line[1:]}"


def _when(moment: datetime) -> str:
    there: date | None = local_day(moment)
    return day(there) if there else ""
