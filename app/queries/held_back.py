"""What invoices wait for, and the money that waits with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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

    def with_some(self, some: Waiting, *, alone: bool) -> Held:
        """Return this with some invoices more."""
        currency = some.currency
        sums = self.sums | {
            currency: self.sums.get(currency, Decimal(0)) + round_money(some.total, currency)
        }
        return Held(self.invoices + some.invoices, self.ready + alone * some.invoices, sums)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Invoices of one currency that miss the same."""

    keys: frozenset[Key]
    currency: str
    total: Decimal
    invoices: int = 1


def by_code(connection: Connection, waiting: Sequence[Waiting]) -> dict[Key, Held]:
    """Return what waits for each missing code, as the last look at each invoice found it."""
    found: dict[Key, Held] = {}
    for some in waiting:
        for key in some.keys:
            alone = len(some.keys) == 1 and connection.live  # before, nothing goes by a mapping
            found[key] = found.get(key, Held()).with_some(some, alone=alone)
    return found


def for_mappings(waiting: Sequence[Waiting]) -> Held:
    """Add up what waits for any mapping; an invoice that waits for two codes counts once."""
    held = Held()
    for some in waiting:
        if any(kind in _MAPPABLE for kind, _ in some.keys):
            held = held.with_some(some, alone=False)
    return held


def waiting_of(connection: Connection) -> Sequence[Waiting]:
    """Return what stopped invoices still miss.

    One that was released a moment ago and misses another code as well will stop again: it counts.
    """
    mapped = _mapped(connection)
    found = [] if connection.live else list(_not_looked_at(connection, mapped))
    rows = db.session.execute(
        select(Invoice.problem["missing"], Invoice.currency, Invoice.total).where(
            Invoice.connection_id == connection.id,
            Invoice.sync_state.in_((SyncState.BLOCKED, SyncState.WAITING, SyncState.PUSHING)),
            Invoice.problem.is_not(None),
        )
    )
    for missing, currency, total in rows:
        keys = frozenset((one["kind"], one["code"]) for one in missing or ()) - mapped
        if keys:
            found.append(Waiting(keys, currency, total))
    return found


def _not_looked_at(connection: Connection, mapped: set[Key]) -> Iterator[Waiting]:
    """Yield what invoices miss that wait for pushing to be switched on: nobody judged them yet."""
    line = InvoiceLine
    each = (
        select(
            Invoice.currency,
            Invoice.total,
            func.array_agg(line.service_code.distinct()).label("services"),
            func.array_agg(line.tax_code.distinct()).label("tax_codes"),
        )
        .join(line, and_(line.invoice_id == Invoice.id, line.revision == Invoice.revision))
        .where(
            Invoice.connection_id == connection.id,
            Invoice.sync_state.in_((SyncState.WAITING, SyncState.HELD)),
            Invoice.problem.is_(None),
        )
        .group_by(Invoice.id)
        .subquery()
    )
    # All history of a company may wait: those that name the same codes come as one row.
    alike = each.c.currency, each.c.services, each.c.tax_codes
    rows = db.session.execute(select(*alike, func.sum(each.c.total), func.count()).group_by(*alike))
    for currency, services, tax_codes, total, invoices in rows:
        keys = {(MappingKind.SERVICE.value, code) for code in services if code}
        if connection.tax_enabled:
            keys |= {(MappingKind.TAX_CODE.value, code) for code in tax_codes if code}
        if keys - mapped:
            yield Waiting(frozenset(keys - mapped), currency, total, invoices)


def _mapped(connection: Connection) -> set[Key]:
    rows = db.session.execute(
        select(Mapping.kind, Mapping.code)
        .join(CatalogueRow, Mapping.leads_to(CatalogueRow))
        .where(Mapping.connection_id == connection.id, CatalogueRow.is_usable())
    )
    return {(row[0], row[1]) for row in rows}
