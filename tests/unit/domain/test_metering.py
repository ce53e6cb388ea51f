"""Counting a month's calls by a counter that may be emptied."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from app.domain.metering import counted, may_read_live, month_of, next_month, warning_reached


@pytest.mark.parametrize(
    ("before", "seen", "figure", "after"),
    [
        (0, 0, 7, 7),
        (7, 7, 7, 7),  # read again: nothing is added
        (7, 7, 12, 12),
        (12, 12, 3, 15),  # emptied, three since
        (15, 3, 5, 17),
        (12, 12, 0, 12),  # emptied, none since
    ],
)
def test_what_was_counted_before_the_counter_was_emptied_stays(before, seen, figure, after):
    assert counted(before, seen, figure) == after


@pytest.mark.parametrize(
    ("calls", "warning"),
    [(0, None), (349_999, None), (350_000, 70), (449_999, 70), (450_000, 90), (600_000, 90)],
)
def test_people_are_told_at_seventy_and_ninety_per_cent(calls, warning):
    assert warning_reached(calls, 500_000) == warning


def test_a_month_is_utc_whatever_the_clock_on_the_wall():
    before_midnight_in_london = datetime(2026, 12, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    assert month_of(before_midnight_in_london) == date(2026, 11, 1)
    assert month_of(datetime(2026, 12, 1, tzinfo=UTC)) == date(2026, 12, 1)


def test_the_last_tenth_of_a_month_is_not_read_live() -> None:
    assert may_read_live(449_999, 500_000)
    assert not may_read_live(450_000, 500_000)


def test_the_next_month_begins_on_its_first_also_after_december() -> None:
    assert next_month(datetime(2026, 11, 30, 23, 59, tzinfo=UTC)) == datetime(
        2026, 12, 1, tzinfo=UTC
    )
    assert next_month(datetime(2026, 12, 5, tzinfo=UTC)) == datetime(2027, 1, 1, tzinfo=UTC)
