"""What invoices wait for, and the money that waits with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import select

from app.domain.money import round_money
from app.domain.states import MappingKind, SyncState
from app.extensions import db
from app.models import CatalogueRow, Connection, Invoice, Mapping

Key = tuple[str, str]  # kind, code
_MAPPABLE = frozenset(kind.value for kind in MappingKind)


@dataclass(frozen=True, slots=True)
class Held:
    """The invoices that wait: how many, how many for nothing else, and their money."""

    invoices: int = 0
    ready: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict)

    def with_one(self, total: Decimal, currency: str, *, alone: bool) -> Held:
        """Return this with one invoice more."""
        sums = self.sums | {
            currency: self.sums.get(currency, Decimal(0)) + round_money(total, currency)
        }
        return Held(self.invoices + 1, self.ready + alone, sums)


def by_code(connection: Connection) -> dict[Key, Held]:
    """Return what waits for each missing code, as the last look at each invoice found it."""
    found: dict[Key, Held] = {}
    for keys, currency, total in _waiting(connection):
        for key in keys:
            held = found.get(key, Held())
            found[key] = held.with_one(total, currency, alone=len(keys) == 1)
    return found


def for_mappings(connection: Connection) -> Held:
    """Add up what waits for any mapping; an invoice that waits for two codes counts once."""
    held = Held()
    for keys, currency, total in _waiting(connection):
        if any(kind in _MAPPABLE for kind, _ in keys):
            held = held.with_one(total, currency, alone=False)
    return held


def _waiting(connection: Connection) -> Iterator[tuple[set[Key], str, Decimal]]:
    """Yield what each stopped invoice still misses.

    One that was released a moment ago and misses another code as well will stop again: it counts.
    """
    mapped = _mapped(connection)
    rows = db.session.execute(
        select(Invoice.problem["missing"], Invoice.currency, Invoice.total).where(
            Invoice.connection_id == connection.id,
            Invoice.sync_state.in_((SyncState.BLOCKED, SyncState.WAITING, SyncState.PUSHING)),
            Invoice.problem.is_not(None),
        )
    )
    for missing, currency, total in rows:
        keys = {(one["kind"], one["code"]) for one in missing or ()} - mapped
        if keys:
            yield keys, currency, total


def _mapped(connection: Connection) -> set[Key]:
    rows = db.session.execute(
        select(Mapping.kind, Mapping.code)
        .join(CatalogueRow, Mapping.leads_to(CatalogueRow))
        .where(Mapping.connection_id == connection.id, CatalogueRow.is_usable())
    )
    return {(row[0], row[1]) for row in rows}
