"""What invoices wait for, and the money that waits with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import and_, func, select

from app.domain.money import round_money
from app.domain.problem import Missing
from app.domain.states import MappingKind, SyncState
from app.domain.still_waiting import MAPPABLE, Key, causes_of
from app.extensions import db
from app.models import CatalogueRow, Connection, Invoice, InvoiceLine, Mapping
from app.usecases.push.still_waits import Stopped


@dataclass(frozen=True, slots=True)
class Held:
    """The invoices that wait: how many, their money, and what else they wait for, in words.

    ready: how many go once this is settled as suggested.
    """

    invoices: int = 0
    ready: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict)
    also: dict[str, int] = field(default_factory=dict)

    def with_some(self, some: Waiting, also: Iterable[str] = ()) -> Held:
        """Return this with some invoices more."""
        currency = some.currency
        sums = self.sums | {
            currency: self.sums.get(currency, Decimal(0)) + round_money(some.total, currency)
        }
        more = self.also | {words: self.also.get(words, 0) + some.invoices for words in also}
        return Held(self.invoices + some.invoices, self.ready, sums, more)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Invoices of one currency that wait for the same."""

    waits: frozenset[Missing]
    currency: str
    total: Decimal
    invoices: int = 1

    @property
    def keys(self) -> frozenset[Key]:
        """Return what of it could be mapped."""
        return frozenset((one.kind, one.code) for one in self.waits if one.kind in MAPPABLE)


def by_code(waiting: Sequence[Waiting]) -> dict[Key, Held]:
    """Return what waits for each code that is not mapped, and for what else."""
    found: dict[Key, Held] = {}
    for some in waiting:
        for key in some.keys:
            found[key] = found.get(key, Held()).with_some(some, causes_of(some.waits, key))
    return found


def for_mappings(waiting: Sequence[Waiting]) -> Held:
    """Add up what waits for any mapping; an invoice that waits for two codes counts once."""
    held = Held()
    for some in waiting:
        if some.keys:
            held = held.with_some(some)
    return held


def waiting_of(connection: Connection, stopped: Stopped) -> Sequence[Waiting]:
    """Return what invoices wait for: what was stopped, and before pushing is on what nobody judged.

    One that was released a moment ago and misses another code as well will stop again: it counts.
    """
    found = [
        Waiting(frozenset(one.waits), one.currency, one.total)
        for one in stopped.standings
        if one.is_invoice
    ]
    return found if connection.live else [*found, *_not_looked_at(connection)]


def _not_looked_at(connection: Connection) -> Iterator[Waiting]:
    """Yield what invoices miss that wait for pushing to be switched on: nobody judged them yet."""
    line, mapped = InvoiceLine, _mapped(connection)
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
        waits = frozenset(Missing(kind, code, code) for kind, code in keys - mapped)
        if waits:
            yield Waiting(waits, currency, total, invoices)


def _mapped(connection: Connection) -> set[Key]:
    rows = db.session.execute(
        select(Mapping.kind, Mapping.code)
        .join(CatalogueRow, Mapping.leads_to(CatalogueRow))
        .where(Mapping.connection_id == connection.id, CatalogueRow.is_usable())
    )
    return {(row[0], row[1]) for row in rows}
