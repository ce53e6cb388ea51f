"""When to try again."""

from datetime import timedelta

import pytest

from app.domain.backoff import LONGEST, delay_after


@pytest.mark.parametrize(
    ("attempts", "chance", "seconds"),
    [(1, 1.0, 4), (1, 0.5, 2), (3, 1.0, 16), (3, 0.25, 4), (5, 0.0, 1)],
)
def test_the_wait_doubles_and_is_spread_by_chance(attempts, chance, seconds):
    assert delay_after(attempts, chance) == timedelta(seconds=seconds)


@pytest.mark.parametrize("attempts", [12, 60, 10_000])
def test_the_wait_never_exceeds_a_quarter_of_an_hour(attempts):
    assert delay_after(attempts, 1.0) == LONGEST == timedelta(minutes=15)
