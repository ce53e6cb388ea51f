"""What a vendor counts of our calls in a calendar month, and when people hear of it."""

from __future__ import annotations

from datetime import UTC, date, datetime

# Per cent of the month's calls at which people are told, ascending. QuickBooks: at the end of the
# quota every read is refused until the next month.
WARNINGS = (70, 90)
# Per cent of the month's calls from which on nothing is read live: pulls and pushes need the rest.
NOT_LIVE_FROM = 90


def month_of(moment: datetime) -> date:
    """Return the first day of a moment's calendar month, UTC."""
    return moment.astimezone(UTC).date().replace(day=1)


def next_month(moment: datetime) -> datetime:
    """Return the start of the calendar month after a moment's, UTC."""
    month = month_of(moment)
    year, following = (month.year + 1, 1) if month.month == 12 else (month.year, month.month + 1)
    return datetime(year, following, 1, tzinfo=UTC)


def may_read_live(calls: int, quota: int) -> bool:
    """Tell whether enough of a month's calls is left for what is read live."""
    return calls * 100 < quota * NOT_LIVE_FROM


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
