"""Say when a run of pushing is done: what waits, at the pace reached lately and allowed at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# A write is answered within this as a rule, seconds: what is assumed until a pace was measured.
_USUAL_ANSWER = 0.5
# A pace is believed after so long and so many documents: two quick ones are no pace.
_SURE_AFTER = timedelta(seconds=10)
_SURE_FROM = 3
_MINUTE = timedelta(minutes=1)
# How exactly a moment is said: the nearer, the finer. Zones differ by quarters of an hour.
_STEPS = (
    (timedelta(minutes=10), _MINUTE),
    (timedelta(hours=2), timedelta(minutes=5)),
    (timedelta.max, timedelta(minutes=15)),
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Documents on their way: due now, due later, and when the last of those is due."""

    due: int
    later: int = 0
    last_due_at: datetime | None = None

    @property
    def count(self) -> int:
        """Return how many wait."""
        return self.due + self.later


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast documents may go, and how fast they went.

    a_minute, a_second: calls that the limits allow. in_flight: writes at a time. lately: documents
    brought to an answer in the last minute, of which pushing took a time of pushing_for.
    """

    a_minute: float
    a_second: float
    in_flight: int
    lately: int = 0
    pushing_for: timedelta = timedelta(0)


def done_at(
    waiting: Waiting, pace: Pace | None, quiet_until: datetime | None, now: datetime
) -> datetime | None:
    """Return when the last document is brought to an answer; now when nothing waits.

    None when nobody can say: without a pace nothing moves, and who ends that is a person. A
    document costs at least one call, so this is never sooner than the limits allow.
    """
    if not waiting.count:
        return now
    if pace is None:
        return None
    a_second = documents_a_second(pace)
    done = max(now, quiet_until or now) + timedelta(seconds=waiting.count / a_second)
    last = waiting.last_due_at
    return max(done, last + timedelta(seconds=1 / a_second)) if last else done


def documents_a_second(pace: Pace) -> float:
    """Return the pace to reckon with: the one measured lately, never above the limits."""
    allowed = min(pace.a_minute / 60, pace.a_second)
    if pace.lately >= _SURE_FROM and pace.pushing_for >= _SURE_AFTER:
        return min(allowed, pace.lately / min(pace.pushing_for, _MINUTE).total_seconds())
    return min(allowed, pace.in_flight / _USUAL_ANSWER)


def said_of(done: datetime, now: datetime) -> datetime | None:
    """Return the moment to say: rounded up, the coarser the further; None within a minute."""
    away = done - now
    if away < _MINUTE:
        return None
    step = next(step for limit, step in _STEPS if away < limit)
    return done + (datetime.min.replace(tzinfo=UTC) - done) % step
