"""What is mapped and what is not; of one connection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, cast, null, or_, select, true

from app.domain.states import (
    OPTIONAL_MAPPINGS,
    TARGET_OF,
    ConnectionState,
    MappingKind,
)
from app.domain.suggestions import Certainty, Suggestion
from app.extensions import db
from app.models import (
    CODES_OF,
    CatalogueRow,
    Code,
    Connection,
    Mapping,
    TaxCode,
)
from app.queries import held_back
from app.queries.held_back import Held
from app.queries.mapping_suggestions import Suggester
from app.queries.mapping_use import use_of
from app.queries.needed_codes import needed
from app.usecases.push.still_waits import Stopped


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A code without a usable entry; gone: the name of the entry it had and cannot use any more.

    why: as push_plan.GoneTarget says it, where there is a gone. rate: percent, for a tax code.
    needed: documents go to this company that have it, or no other company could get them.
    """

    kind: MappingKind
    code: str
    name: str
    rate: Decimal | None
    known_since: datetime
    gone: str | None
    why: str
    mapped_to: str
    held: Held
    suggestion: Suggestion
    needed: bool

    @property
    def optional(self) -> bool:
        """Tell whether invoices go without it."""
        return self.kind in OPTIONAL_MAPPINGS


@dataclass(frozen=True, slots=True)
class MappedRow:
    """A code and the entry it means; posts_to: the item's account; used: invoices since a day."""

    used: int
    kind: MappingKind
    code: str
    name: str
    rate: Decimal | None
    ledger_id: str
    ledger_name: str
    posts_to: str | None
    ledger_rate: Decimal | None
    set_by: str
    set_at: datetime
    can_undo: bool


def live_connections() -> Sequence[Connection]:
    """Return the connections that can be mapped for."""
    return db.session.scalars(
        select(Connection)
        .where(Connection.state != ConnectionState.DISCONNECTED)
        .order_by(Connection.id)
    ).all()


def connection_of(connection_id: int) -> Connection | None:
    """Return a connection of the workspace that can be mapped for."""
    return next((c for c in live_connections() if c.id == connection_id), None)


def name_of(connection: Connection, kind: MappingKind, code: str) -> str | None:
    """Return what billing calls a code."""
    ours = CODES_OF[kind]
    mine = ours.workspace_id == connection.workspace_id, ours.code == code
    return db.session.scalar(select(ours.name).where(*mine))


def unmapped(
    connection: Connection,
    stopped: Stopped | None = None,
    waiting: Sequence[held_back.Waiting] | None = None,
) -> list[Unmapped]:
    """Return every code without a usable entry: what is needed first, dearest first, by name.

    With VAT off the ledger has no tax codes and wants none, so none is missing. What an invoice
    can do without is listed only where the ledger has entries of that kind. stopped, waiting: what
    was stopped and what that misses, where it was read already.
    """
    stopped = stopped or Stopped(connection)
    if waiting is None:
        waiting = held_back.waiting_of(connection, stopped)
    held = held_back.by_code(waiting)
    suggester = Suggester(connection)
    rows = [
        Unmapped(
            kind=kind,
            code=row.code,
            name=row.name,
            rate=row.rate,
            known_since=row.created_at,
            gone=row.ledger_name,
            why=row.CatalogueRow.why_unusable if row.CatalogueRow else "absent",
            mapped_to=row.ledger_id or "",
            held=held.get((kind, row.code), Held()),
            suggestion=suggester.suggest(kind, row.name, row.rate),
            needed=row.needed,
        )
        for kind in (*wanted_kinds(connection), *optional_kinds(connection))
        for row in db.session.execute(_without_entry(connection, kind))
    ]
    return sorted(
        (_with_ready(row, stopped) for row in rows),
        key=lambda row: (
            not row.needed,
            row.optional,
            *_dearest(row.held, connection),
            row.name.casefold(),
        ),
    )


def _with_ready(row: Unmapped, stopped: Stopped) -> Unmapped:
    """Count what goes once a row is mapped as suggested."""
    if not row.held.invoices:
        return row
    goes = stopped.go_with(row.kind, row.code, row.suggestion.ledger_id)
    ready = sum(one.is_invoice for one in stopped.standings if one.push_id in goes)
    return replace(row, held=replace(row.held, ready=ready))


def wanted_kinds(connection: Connection) -> tuple[MappingKind, ...]:
    """Return what must be mapped in this company."""
    if connection.tax_enabled:
        return (MappingKind.TAX_CODE, MappingKind.SERVICE)
    return (MappingKind.SERVICE,)


def optional_kinds(connection: Connection) -> list[MappingKind]:
    """Return what may be mapped in this company beside that."""
    there: set[str] = {
        *db.session.scalars(
            select(CatalogueRow.kind)
            .where(CatalogueRow.connection_id == connection.id, CatalogueRow.active)
            .distinct()
        )
    }
    return [kind for kind in OPTIONAL_MAPPINGS if TARGET_OF[kind] in there]


def _dearest(held: Held, connection: Connection) -> tuple[Decimal, Decimal, int]:
    home = held.sums.get(connection.home_currency, Decimal(0))
    return -home, home - sum(held.sums.values(), Decimal(0)), -held.invoices


def suggested(rows: Sequence[Unmapped], which: str) -> list[Unmapped]:
    """Return the rows whose suggestion may be accepted; which: certain, or all there are.

    Never one of many: a tax code whose kind the name does not tell, a decision about the return;
    a code that belongs, as far as anybody knows, to another company.
    """
    least = Certainty.CERTAIN if which == "certain" else Certainty.CHECK
    return [
        row
        for row in rows
        if row.needed
        and row.suggestion.certainty >= least
        and (row.kind == MappingKind.SERVICE or row.suggestion.certainty > Certainty.CHECK)
    ]


def lacking_items(rows: Sequence[Unmapped]) -> list[Unmapped]:
    """Return the services that nothing in the ledger is close to: an item could be made."""
    return [
        row for row in rows if row.kind == MappingKind.SERVICE and row.suggestion.ledger_id is None
    ]


def unmapped_row(connection: Connection, kind: MappingKind, code: str) -> Unmapped | None:
    """Return one code as the unmapped list shows it; None when it is mapped."""
    return next((r for r in unmapped(connection) if (r.kind, r.code) == (kind, code)), None)


def mapped(connection: Connection, since: date) -> list[MappedRow]:
    """Return what is mapped and usable, most used first; since: from when use is counted."""
    used = use_of(connection, since)
    rows = [
        MappedRow(used.get((kind, row.code), 0), kind, *row)
        for kind in MappingKind
        for row in db.session.execute(_with_entry(connection, kind))
    ]
    return sorted(rows, key=lambda row: (-row.used, row.name.casefold()))


def mapped_row(
    connection: Connection, kind: MappingKind, code: str, since: date
) -> MappedRow | None:
    """Return one code as the mapped list shows it; None when it has no usable entry."""
    return next((r for r in mapped(connection, since) if (r.kind, r.code) == (kind, code)), None)


def _without_entry(connection: Connection, kind: MappingKind) -> Select[Any]:
    ours = CODES_OF[kind]
    return (
        select(
            ours.code,
            ours.name,
            _rate(kind),
            ours.created_at,
            Mapping.ledger_name,
            Mapping.ledger_id,
            CatalogueRow,
            (true() if kind in OPTIONAL_MAPPINGS else needed(connection.id, kind)).label("needed"),
        )
        .outerjoin(Mapping, _mapping_of(ours, kind, connection))
        .outerjoin(CatalogueRow, _entry_of(kind))
        .where(or_(CatalogueRow.id.is_(None), ~CatalogueRow.is_usable()))
        .where(ours.workspace_id == connection.workspace_id)
    )


def _with_entry(connection: Connection, kind: MappingKind) -> Select[Any]:
    ours = CODES_OF[kind]
    return (
        select(
            ours.code,
            ours.name,
            _rate(kind),
            Mapping.ledger_id,
            CatalogueRow.name,
            CatalogueRow.account,
            CatalogueRow.rate,
            Mapping.set_by,
            Mapping.set_at,
            Mapping.replaced.is_not(None),
        )
        .join(Mapping, _mapping_of(ours, kind, connection))
        .join(CatalogueRow, _entry_of(kind))
        .where(CatalogueRow.is_usable(), ours.workspace_id == connection.workspace_id)
    )


def _rate(kind: MappingKind) -> ColumnElement[Any]:
    if kind == MappingKind.TAX_CODE:
        return TaxCode.rate.label("rate")
    return cast(null(), TaxCode.rate.type).label("rate")


def _mapping_of(ours: type[Code], kind: MappingKind, connection: Connection) -> ColumnElement[bool]:
    return and_(
        Mapping.connection_id == connection.id, Mapping.kind == kind, Mapping.code == ours.code
    )


def _entry_of(kind: MappingKind) -> ColumnElement[bool]:
    return and_(
        CatalogueRow.connection_id == Mapping.connection_id,
        CatalogueRow.kind == TARGET_OF[kind],
        CatalogueRow.ledger_id == Mapping.ledger_id,
    )
