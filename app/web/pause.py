"""Ask the governor how a company's allowance stands; a page never fails because Redis is away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from app.governor import GovernorState, GovernorUnavailable
from app.ledgers import LEDGERS
from app.ledgers.interface import Limits
from app.models import Connection
from app.usecases.open_ledger import governor
from app.web.presentation import now


@dataclass(frozen=True, slots=True)
class Pause:
    """Nobody calls the company before this, and why."""

    until: datetime
    reason: str


def limits_of(connection: Connection) -> Limits:
    """Return how fast we may be: what finance chose, within what the vendor allows."""
    allowed = LEDGERS[connection.provider].provider.limits
    a_minute = min(connection.calls_per_minute or allowed.per_minute, allowed.per_minute)
    return replace(allowed, per_minute=a_minute)


def writes_at_a_time(connection: Connection) -> int:
    """Return how many documents may be under way at once."""
    allowed = LEDGERS[connection.provider].provider.limits
    return min(connection.in_flight, allowed.in_flight)


def allowances(connections: Iterable[Connection]) -> dict[int, GovernorState] | None:
    """Return how each company's allowance stands; None when Redis does not answer."""
    found = {}
    for connection in connections:
        state = allowance(connection)
        if state is None:
            return None  # asked once, not once a company: each costs a time-out
        found[connection.id] = state
    return found


def allowance(connection: Connection) -> GovernorState | None:
    """Return how the company's allowance stands; None when Redis does not answer."""
    company = f"{connection.provider}:{connection.environment}:{connection.company_id}"
    try:
        return governor().state(company, limits_of(connection))
    except GovernorUnavailable:
        return None


def pause_of(connection: Connection, state: GovernorState | None) -> Pause | None:
    """Return the pause in force: the governor's or the one stored, whichever ends later."""
    found = []
    if state is not None and state.paused_until is not None:
        found.append(Pause(state.paused_until, state.pause_reason or ""))
    if connection.quiet_until is not None:
        found.append(Pause(connection.quiet_until, connection.quiet_reason or ""))
    in_force = [pause for pause in found if pause.until > now()]
    return max(in_force, key=lambda pause: pause.until, default=None)
