"""Ask the governor how a company's allowance stands; a page never fails because Redis is away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.governor import GovernorState, GovernorUnavailable
from app.models import Connection
from app.usecases.company.line import limits_of
from app.usecases.company.open_ledger import governor
from app.web.presentation import now


@dataclass(frozen=True, slots=True)
class Pause:
    """Nobody calls the company before this, and why."""

    until: datetime
    reason: str


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
