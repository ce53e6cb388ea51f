"""What a vendor counts of our calls in a calendar month, and when people hear of it."""

from __future__ import annotations

from datetime import UTC, date, datetime

# Per cent of the month's calls at which people are told, ascending. QuickBooks: at the end of the
# quota every read is refused until the next month.
WARNINGS = (70, 90)


def month_of(moment: datetime) -> date:
    """Return the first day of a moment's calendar month, UTC."""
    return moment.astimezone(UTC).date().replace(day=1)


def warning_reached(calls: int, quota: int) -> int | None:
    """Return the highest warning that so many calls of a month have reached, in per cent."""
    reached = [each for each in WARNINGS if calls * 100 >= quota * each]
    return max(reached, default=None)


def counted(before: int, seen: int, figure: int) -> int:
    """Return the month's calls, given what a counter that may be emptied shows now.

    before: the month's calls so far. seen: what the counter showed then. A figure below it means
    that it was emptied and has counted anew since.
    """
    return before + (figure - seen if figure >= seen else figure)
