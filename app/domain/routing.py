"""Which of a workspace's ledger companies an invoice goes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Route:
    """A live connection and the invoices it takes: all where a field is empty."""

    connection_id: int
    entity: str | None
    currency: str | None


class Unroutable(Exception):
    """Raised with a code: no_connection or ambiguous_connection."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def route(entity: str | None, currency: str, routes: Sequence[Route]) -> int:
    """Return the connection whose rules fit most closely; raises Unroutable for none or several."""
    fits = [r for r in routes if r.entity in (None, entity) and r.currency in (None, currency)]
    if not fits:
        raise Unroutable("no_connection")
    closest = max(_closeness(r) for r in fits)
    best = [r for r in fits if _closeness(r) == closest]
    if len(best) > 1:
        raise Unroutable("ambiguous_connection")
    return best[0].connection_id


def _closeness(candidate: Route) -> tuple[bool, bool]:
    return (candidate.entity is not None, candidate.currency is not None)
