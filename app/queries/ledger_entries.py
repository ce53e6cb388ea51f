"""The ledger's own lists, as last read: what a code may be mapped to."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from app.domain.states import TARGET_OF, MappingKind
from app.extensions import db
from app.models import CatalogueRow, Connection

SEARCH_SHOWS = 20


def search(connection: Connection, kind: MappingKind, typed: str) -> Sequence[CatalogueRow]:
    """Return active entries whose name or account contains what was typed; names first."""
    typed = typed.strip().replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    begins, in_name = CatalogueRow.name.ilike(f"{typed}%"), CatalogueRow.name.ilike(f"%{typed}%")
    return db.session.scalars(
        _active(connection, kind)
        .where(or_(in_name, CatalogueRow.account.ilike(f"%{typed}%")))
        .order_by(begins.desc(), in_name.desc(), func.lower(CatalogueRow.name))
        .limit(SEARCH_SHOWS)
    ).all()


def entries(connection: Connection, kind: MappingKind) -> Sequence[CatalogueRow]:
    """Return all active entries a code of this kind may mean, by name."""
    return db.session.scalars(
        _active(connection, kind).order_by(func.lower(CatalogueRow.name))
    ).all()


def entries_named(connection: Connection, kind: MappingKind, name: str) -> Sequence[CatalogueRow]:
    """Return the active entries of exactly this name, whatever its case."""
    return db.session.scalars(
        _active(connection, kind).where(func.lower(CatalogueRow.name) == name.strip().lower())
    ).all()


def any_of(connection: Connection, kind: MappingKind) -> bool:
    """Tell whether the ledger has any entry a code of this kind may mean."""
    return db.session.scalar(_active(connection, kind).limit(1)) is not None


def choosable(connection: Connection, kind: MappingKind) -> ColumnElement[bool]:
    """Match the active entries that may stand on a sale."""
    return and_(
        CatalogueRow.connection_id == connection.id,
        CatalogueRow.kind == TARGET_OF[kind],
        CatalogueRow.active,
        func.coalesce(CatalogueRow.details["for_sales"].astext, "true") != "false",
        func.coalesce(CatalogueRow.details["hidden"].astext, "false") != "true",
    )


def _active(connection: Connection, kind: MappingKind) -> Select[CatalogueRow]:
    return select(CatalogueRow).where(choosable(connection, kind))
