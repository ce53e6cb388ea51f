"""Turn "at most so many a minute and a second" into two token buckets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Limits(Protocol):
    """What a ledger lets one company do, in calls; ledgers hand out records of this shape."""

    @property
    def per_minute(self) -> int:
        """Return how many calls a minute."""

    @property
    def per_second(self) -> int:
        """Return how many calls a second."""

    @property
    def in_flight(self) -> int:
        """Return how many calls at a time."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many tokens a bucket holds and how many it gains a second."""

    size: float
    per_second: float


def buckets(limits: Limits) -> tuple[Bucket, Bucket]:
    """Return the minute's and the second's bucket.

    A bucket as large as the limit that also refills at the limit would let twice the limit
    through in the first window. Size and refill share it instead, and a part stays unused: calls
    admitted evenly arrive bunched, and no window there may see more either.
    """
    return _bucket(limits.per_minute, 60, share=50), _bucket(limits.per_second, 1, share=10)


def _bucket(limit: int, window: int, share: int) -> Bucket:
    size = max(1, limit // share)
    spare = min(size, limit // 4)
    return Bucket(size=float(size), per_second=max(limit - size - spare, 1) / window)
