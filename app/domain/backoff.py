"""When to try again."""

from __future__ import annotations

from datetime import timedelta

# First wait; doubles with each attempt.
BASE = timedelta(seconds=2)
# A ledger that is down for a morning is asked every quarter of an hour, not every few seconds.
LONGEST = timedelta(minutes=15)
# About two and a half days of trying: then somebody is told and one click starts over.
MOST_ATTEMPTS = 250


def delay_after(attempts: int, chance: float) -> timedelta:
    """Return how long to wait after so many attempts: exponential, with full jitter.

    chance: a number from 0 to 1 drawn by the caller. At least one second, so that a crowd of
    waiting documents does not come back at once.
    """
    doublings: int = 2 ** min(attempts, 16)
    ceiling = min(BASE * doublings, LONGEST)
    return max(ceiling * chance, timedelta(seconds=1))
