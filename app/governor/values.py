"""What the governor answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Admitted:
    """One call may be made now; give the place back with leave."""

    holder: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now: ask again in so many seconds, and why.

    kind: paused (the ledger asked us to wait), busy (every place is taken), rate (too many lately).
    """

    seconds: float
    reason: str
    kind: str


@dataclass(frozen=True, slots=True)
class InFlight:
    """Somebody who is calling, and since when."""

    holder: str
    since: datetime


@dataclass(frozen=True, slots=True)
class GovernorState:
    """How one company's allowance stands."""

    calls_left: int  # that could be made at once; below zero when more were made than admitted
    in_flight: tuple[InFlight, ...]
    paused_until: datetime | None
    pause_reason: str | None
    last_minute: int
    metered_this_month: int
    free_this_month: int
    at: datetime  # by the clock that all workers share
