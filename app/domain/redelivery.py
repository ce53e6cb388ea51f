"""When an event that was not taken is sent again, for how long, and when an endpoint has a rest."""

from __future__ import annotations

from datetime import datetime, timedelta

# Waits after each failure; the last one repeats. As Standard Webhooks recommends ("Deliverability
# and reliability"): quick at first, then hours, over days.
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=12),
)
# After this an event is given up: a person is told and may send it again.
KEPT_TRYING = timedelta(days=3)
# Failures in a row after which an endpoint, not an event, is taken for the cause.
FAILING = 3
_SHORTEST_REST, _LONGEST_REST = timedelta(seconds=30), timedelta(minutes=5)
# An endpoint may ask for a longer rest than ours, up to this.
_LONGEST_ASKED = timedelta(hours=1)


def next_try(attempts: int, until: datetime, now: datetime, chance: float) -> datetime | None:
    """Return when an event is sent again after so many attempts; None when it is given up.

    until: the end of the three days; the last try is then. chance: a number from 0 to 1 drawn by
    the caller, spreading the wait by a tenth either way.
    """
    if now >= until:
        return None
    wait = WAITS[min(attempts, len(WAITS)) - 1]
    return min(now + wait * (0.9 + 0.2 * chance), until)


def rest_after(failures: int, *, silent: bool, asked: int | None = None) -> timedelta:
    """Return how long nothing is sent to an endpoint after so many failures in a row.

    silent: it did not answer at all, which keeps a worker waiting each time. asked: seconds it
    wants to be left alone (Retry-After).
    """
    wanted = min(timedelta(seconds=asked or 0), _LONGEST_ASKED)
    if failures < FAILING and not silent:
        return wanted
    doublings: int = 2 ** min(max(failures - FAILING, 0), 8)
    return max(wanted, min(_SHORTEST_REST * doublings, _LONGEST_REST))
