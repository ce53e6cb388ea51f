"""Ask for leave to call, give it back, pause a company, count its calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from secrets import token_hex
from typing import Any

import redis
import structlog

from app.governor.rates import Limits, buckets
from app.governor.values import Admitted, GovernorState, InFlight, Wait

log = structlog.get_logger()

# A hold ends by itself after this: longer than the longest call we wait for (see ledgers.http).
HOLD = 180.0  # seconds
# How soon to look again when every place is taken: calls mostly take less than this.
BUSY = 2.0  # seconds

_REASONS = {
    "paused": "The ledger asked us to wait.",
    "busy": "As many calls as the ledger allows are under way.",
    "rate": "As many calls as the ledger allows were made in the last minute.",
}


class GovernorUnavailable(Exception):
    """Raised when Redis does not answer: nobody may call, because nobody knows who else does."""


class Governor:
    """Share one company's allowance among all workers.

    company: any name that is the same wherever the company is meant. now: only for tests; left
    out, Redis's own clock counts, the same for all workers.
    """

    def __init__(self, client: redis.Redis, *, hold: float = HOLD) -> None:
        self._hold = hold
        self._enter = client.register_script(_script("enter"))
        self._leave = client.register_script(_script("leave"))
        self._pause = client.register_script(_script("pause"))
        self._record = client.register_script(_script("record"))
        self._state = client.register_script(_script("state"))

    def enter(
        self, company: str, holder: str, limits: Limits, now: datetime | None = None
    ) -> Admitted | Wait:
        """Take a place and one call; a holder that comes again renews its place.

        Raises GovernorUnavailable.
        """
        return self._asked("take", company, holder, limits, now)

    def ask(
        self, company: str, holder: str, limits: Limits, now: datetime | None = None
    ) -> Admitted | Wait:
        """Tell what enter would answer, and take nothing. Raises GovernorUnavailable."""
        return self._asked("ask", company, holder, limits, now)

    def _asked(
        self, how: str, company: str, holder: str, limits: Limits, now: datetime | None
    ) -> Admitted | Wait:
        minute, second = buckets(limits)
        arguments: list[str | int | float] = [
            holder,
            limits.in_flight,
            self._hold,
            BUSY,
            minute.size,
            minute.per_second,
            second.size,
            second.per_second,
            _seconds(now),
            how,
        ]
        try:
            answer = self._enter(_keys(company, "pause", *_PLACES, "buckets"), arguments)
        except redis.RedisError as error:
            raise GovernorUnavailable("Redis does not answer.") from error
        admitted, milliseconds, kind, reason = answer
        if admitted:
            return Admitted(holder)
        return Wait(milliseconds / 1000, _text(reason) or _REASONS[_text(kind)], _text(kind))

    def leave(self, company: str, holder: str) -> None:
        """Give the place back. Never raises: without Redis the hold ends by itself."""
        try:
            self._leave(_keys(company, *_PLACES), [holder])
        except redis.RedisError:
            log.warning("governor.leave_not_noted", company=company)

    def pause(
        self, company: str, seconds: float, reason: str, now: datetime | None = None
    ) -> float | None:
        """Let nobody call for a while; a longer pause in force stays. Returns the seconds in force.

        Never raises, so that what a call brought home is not lost: None says that Redis is down,
        and then nobody may call anyway.
        """
        try:
            milliseconds = self._pause(_keys(company, "pause"), [seconds, reason, _seconds(now)])
        except redis.RedisError:
            log.warning("governor.pause_not_noted", company=company, seconds=seconds)
            return None
        return float(milliseconds) / 1000

    def record(
        self,
        company: str,
        metered: bool,
        *,
        holder: str | None = None,
        now: datetime | None = None,
    ) -> None:
        """Count one call that was made. Never raises: counting must not lose what a call did.

        With a holder, whatever it calls beyond the one it was admitted for is also taken from the
        company's allowance.
        """
        arguments = ["metered" if metered else "free", token_hex(8), holder or "", _seconds(now)]
        try:
            self._record(_keys(company, "recent", "meter:", "buckets", "prepaid"), arguments)
        except redis.RedisError:
            log.warning("governor.call_not_counted", company=company)

    def state(self, company: str, limits: Limits, now: datetime | None = None) -> GovernorState:
        """Tell how the company's allowance stands. Raises GovernorUnavailable."""
        minute, second = buckets(limits)
        month = (now or datetime.now(UTC)).strftime("%Y-%m")
        keys = _keys(company, "pause", "holds", "since", "buckets", "recent", "meter:")
        sizes = [minute.size, minute.per_second, second.size, second.per_second]
        try:
            answer = self._state(keys, [*sizes, month, _seconds(now)])
        except redis.RedisError as error:
            raise GovernorUnavailable("Redis does not answer.") from error
        return _state_of(answer)


_PLACES = ("holds", "since", "prepaid")


@cache
def _script(name: str) -> str:
    return files("app.governor").joinpath(f"{name}.lua").read_text()


def _keys(company: str, *names: str) -> list[str]:
    # The braces keep one company's keys on one node of a Redis cluster.
    return [f"governor:{{{company}}}:{name}" for name in names]


def _seconds(now: datetime | None) -> str:
    return "" if now is None else repr(now.timestamp())


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _moment(seconds: bytes | str) -> datetime:
    return datetime.fromtimestamp(float(_text(seconds)), UTC)


def _state_of(answer: Sequence[Any]) -> GovernorState:
    left, ends, reason, recent, metered, free, now, *places = answer
    holders, since = places[::2], places[1::2]
    return GovernorState(
        calls_left=int(float(_text(left)) // 1),
        in_flight=tuple(
            InFlight(_text(h), _moment(s)) for h, s in zip(holders, since, strict=True) if s
        ),
        paused_until=_moment(ends) if ends else None,
        pause_reason=_text(reason) or None if ends else None,
        last_minute=int(recent),
        metered_this_month=int(metered),
        free_this_month=int(free),
        at=_moment(now),
    )
