"""When an event is sent again, and when an endpoint has a rest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.redelivery import KEPT_TRYING, WAITS, next_try, rest_after

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def tries(chance: float) -> list[timedelta]:
    """Return when an event that is never taken is tried, from its beginning."""
    found, at, until = [timedelta(0)], NOW, NOW + KEPT_TRYING
    while (following := next_try(len(found), until, at, chance)) is not None:
        at = following
        found.append(at - NOW)
    return found


def test_it_is_tried_at_once_then_seldom_and_a_last_time_when_three_days_are_over():
    hours = [round(each.total_seconds() / 3600, 2) for each in tries(0.5)]
    assert hours == [0, 0, 0.08, 0.58, 2.58, 7.58, 17.58, 29.58, 41.58, 53.58, 65.58, 72]


@given(st.floats(0, 1))
def test_chance_moves_a_try_by_a_tenth_and_never_beyond_the_end(chance):
    for earlier, later, wait in zip(tries(chance), tries(chance)[1:], WAITS, strict=False):
        assert wait * 0.9 <= later - earlier + timedelta(milliseconds=1)
        assert later - earlier <= wait * 1.1 + timedelta(milliseconds=1)
    assert tries(chance)[-1] == KEPT_TRYING


@pytest.mark.parametrize(
    ("failures", "silent", "asked", "seconds"),
    [
        (1, False, None, 0),  # one event may be at fault
        (2, False, None, 0),
        (3, False, None, 30),
        (4, False, None, 60),
        (9, False, None, 300),
        (400, False, None, 300),
        (1, True, None, 30),  # each wait keeps a worker
        (1, False, 120, 120),
        (9, True, 10, 300),
        (1, False, 10**8, 3600),
    ],
)
def test_an_endpoint_rests_the_longer_the_more_it_fails(failures, silent, asked, seconds):
    assert rest_after(failures, silent=silent, asked=asked) == timedelta(seconds=seconds)
