"""What the vendor counts of our calls this month: one place to ask."""

from __future__ import annotations

from dataclasses import dataclass

from app.governor import GovernorState


@dataclass(frozen=True, slots=True)
class Metered:
    """Calls of the month that the vendor counts, those it does not, and how many it allows."""

    calls: int
    free: int
    quota: int | None


def metered(state: GovernorState | None) -> Metered | None:
    """Return this month's calls of a company; None when nobody can say."""
    if state is None:
        return None
    return Metered(state.metered_this_month, state.free_this_month, None)
