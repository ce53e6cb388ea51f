"""What invoices wait for, and the money that waits with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import and_, func, select

from app.domain.money import round_money
from app.domain.states import MappingKind, SyncState
from app.extensions import db
from app.models import CatalogueRow, Connection, Invoice, InvoiceLine, Mapping

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
            alone = len(keys) == 1 and connection.live  # before that nothing goes by a mapping
            found[key] = held.with_one(total, currency, alone=alone)
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
    if not connection.live:
        yield from _not_looked_at(connection, mapped)
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


def _not_looked_at(
    connection: Connection, mapped: set[Key]
) -> Iterator[tuple[set[Key], str, Decimal]]:
    """Yield what invoices miss that wait for pushing to be switched on: nobody judged them yet."""
    line = InvoiceLine
    rows = db.session.execute(
        select(
            Invoice.currency,
            Invoice.total,
            func.array_agg(line.service_code.distinct()),
            func.array_agg(line.tax_code.distinct()),
        )
        .join(line, and_(line.invoice_id == Invoice.id, line.revision == Invoice.revision))
        .where(
            Invoice.connection_id == connection.id,
            Invoice.sync_state.in_((SyncState.WAITING, SyncState.HELD)),
            Invoice.problem.is_(None),
        )
        .group_by(Invoice.id)
    )
    for currency, total, services, tax_codes in rows:
        keys = {(MappingKind.SERVICE.value, code) for code in services if code}
        if connection.tax_enabled:
            keys |= {(MappingKind.TAX_CODE.value, code) for code in tax_codes if code}
        if keys - mapped:
            yield keys - mapped, currency, total


def _mapped(connection: Connection) -> set[Key]:
    rows = db.session.execute(
        select(Mapping.kind, Mapping.code)
        .join(CatalogueRow, Mapping.leads_to(CatalogueRow))
        .where(Mapping.connection_id == connection.id, CatalogueRow.is_usable())
    )
    return {(row[0], row[1]) for row in rows}
