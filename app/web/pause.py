"""Ask the governor how a company's allowance stands; a page never fails because Redis is away."""

from __future__ import annotations

from datetime import datetime

from app.governor import GovernorState, GovernorUnavailable
from app.ledgers import LEDGERS
from app.models import Connection
from app.usecases.open_ledger import governor


def allowance(connection: Connection) -> GovernorState | None:
    """Return how the company's allowance stands; None when Redis does not answer."""
    kind = LEDGERS.get(connection.provider)
    if kind is None:
        return None
    company = f"{connection.provider}:{connection.environment}:{connection.company_id}"
    try:
        return governor().state(company, kind.provider.limits)
    except GovernorUnavailable:
        return None


def paused_until(connection: Connection) -> datetime | None:
    """Return until when the ledger asked us to wait; None when it did not."""
    state = allowance(connection)
    return state.paused_until if state else None
