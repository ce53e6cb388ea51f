"""How long a permission lasts, and when people hear of it."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.permission import days_left, nearest_end, warning_due

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SOON, LATER = NOW + timedelta(days=10), NOW + timedelta(days=100)


@pytest.mark.parametrize(
    ("idle", "final", "nearest"),
    [
        (None, None, None),
        (LATER, None, ("idle", LATER)),
        (None, LATER, ("final", LATER)),
        (SOON, LATER, ("idle", SOON)),
        (LATER, SOON, ("final", SOON)),
    ],
)
def test_the_nearest_end_counts(idle, final, nearest):
    assert nearest_end(idle, final) == nearest


@pytest.mark.parametrize(
    ("left", "days"),
    [
        (timedelta(days=14, seconds=1), None),
        (timedelta(days=14), 14),
        (timedelta(days=3, seconds=1), 14),
        (timedelta(days=3), 3),
        (timedelta(seconds=1), 3),
        (timedelta(0), None),  # over: it is told as a disconnect
        (timedelta(days=-1), None),
    ],
)
def test_a_warning_is_due_from_its_day_to_the_next(left, days):
    assert warning_due(NOW + left, NOW, (14, 3)) == days


@pytest.mark.parametrize(
    ("left", "days"),
    [(timedelta(days=100), 100), (timedelta(days=2, hours=23), 2), (timedelta(days=-5), 0)],
)
def test_whole_days_are_counted(left, days):
    assert days_left(NOW + left, NOW) == days
