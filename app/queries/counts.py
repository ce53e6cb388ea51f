"""The counts beside the menu's entries, one cheap query each; of the workspace entered."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, union_all
from sqlalchemy.orm import aliased

from app.domain.drift import Kind
from app.domain.states import (
    IN_HAND,
    IN_LEDGER,
    NEEDS_PERSON,
    TARGET_OF,
    ConnectionState,
    DocumentKind,
    InvoiceStatus,
    MappingKind,
    SyncState,
)
from app.domain.undo import TAKEN_BACK
from app.extensions import db
from app.models import (
    CatalogueRow,
    Connection,
    DocumentLink,
    Drift,
    Invoice,
    Mapping,
    SalesDocument,
    Service,
    TaxCode,
)
from app.queries.needed_codes import needed

_CHANGED_THERE = (SyncState.DIFFERS, SyncState.VOIDED, SyncState.DELETED_THERE)
# What a comparison calls an invoice that is in one of these states.
_LISTED = (Kind.AMOUNT, Kind.TAX, Kind.VOIDED_THERE, Kind.DELETED_THERE, Kind.MISSING_THERE)


@dataclass(frozen=True, slots=True)
class ConnectionLink:
    """One entry of the menu."""

    id: int
    provider: str
    company_name: str
    state: str


def needs_person() -> ColumnElement[bool]:
    """Match invoices that stay out of the ledger, or whose change does, until somebody acts.

    Those are the stopped ones, and those in hand whose connection is not in use, or not yet.
    """
    standing = aliased(Connection)
    not_in_use = select(standing.id).where(
        or_(standing.state != ConnectionState.ACTIVE, ~standing.live)
    )
    return or_(
        Invoice.sync_state.in_(NEEDS_PERSON),
        and_(Invoice.sync_state.in_(IN_HAND), Invoice.connection_id.in_(not_in_use)),
    )


def changed_there() -> ColumnElement[bool]:
    """Match invoices that somebody edited, voided or deleted in the ledger.

    Those that an open difference lists already, decided about or not, are left out.
    """
    return and_(
        Invoice.sync_state.in_(_CHANGED_THERE),
        Invoice.status != InvoiceStatus.VOID,
        ~taken_back(),
        ~listed(Invoice),
    )


def listed(table: type[SalesDocument]) -> ColumnElement[bool]:
    """Match what an open difference lists as edited, voided or deleted in the ledger."""
    return exists().where(
        Drift.invoice_id == table.id, Drift.closed_at.is_(None), Drift.kind.in_(_LISTED)
    )


def booked() -> ColumnElement[bool]:
    """Match invoices that the ledger holds already: what waits of one is a change.

    A value, not EXISTS: PostgreSQL would read every link there is for a handful of invoices.
    """
    link = (
        select(DocumentLink.id)
        .where(
            DocumentLink.connection_id == Invoice.connection_id,
            DocumentLink.document_kind == DocumentKind.INVOICE,
            DocumentLink.document_id == Invoice.id,
        )
        .correlate(Invoice)
    )
    return link.scalar_subquery().is_not(None)


def in_ledger() -> ColumnElement[bool]:
    """Match invoices that the ledger holds, those too of which a change waits."""
    moving = Invoice.sync_state.in_(NEEDS_PERSON | IN_HAND)
    return or_(Invoice.sync_state.in_(IN_LEDGER), and_(moving, booked()))


def taken_back() -> ColumnElement[bool]:
    """Match invoices that a person took back with their run, and nobody pushed since."""
    return func.coalesce(Invoice.problem["code"].astext, "") == TAKEN_BACK


def connections() -> tuple[ConnectionLink, ...]:
    """Return the workspace's connections, those too that were disconnected."""
    rows = db.session.execute(
        select(
            Connection.id, Connection.provider, Connection.company_name, Connection.state
        ).order_by(Connection.id)
    )
    return tuple(ConnectionLink(*row) for row in rows)


def not_in_ledger() -> int:
    """Count the invoices that need a person to get into the ledger, or to be changed there."""
    return _count(select(func.count()).select_from(Invoice).where(needs_person()))


def not_mapped() -> dict[int, int]:
    """Count the codes that each live connection needs and has no usable entry for.

    As the heading of the mappings page does; a connection that lacks none is left out.
    """
    services = _unmapped(Service, MappingKind.SERVICE)
    tax_codes = _unmapped(TaxCode, MappingKind.TAX_CODE).where(Connection.tax_enabled)
    each = union_all(services, tax_codes).subquery()
    rows = db.session.execute(select(each.c.id, func.count()).select_from(each).group_by(each.c.id))
    return {row[0]: row[1] for row in rows}


def differences() -> int:
    """Count the differences between the books that are still open, of companies in use."""
    return _count(
        select(func.count())
        .select_from(Drift)
        .join(Connection, Connection.id == Drift.connection_id)
        .where(
            Drift.closed_at.is_(None),
            Drift.decision.is_(None),
            Connection.state != ConnectionState.DISCONNECTED,
        )
    )


def _unmapped(table: type[Service | TaxCode], kind: MappingKind) -> Select[int]:
    """Select the connection of every code that one needs and has no usable entry for."""
    usable = exists().where(
        Mapping.connection_id == Connection.id,
        Mapping.kind == kind,
        Mapping.code == table.code,
        CatalogueRow.connection_id == Mapping.connection_id,
        CatalogueRow.kind == TARGET_OF[kind],
        CatalogueRow.ledger_id == Mapping.ledger_id,
        CatalogueRow.is_usable(),
    )
    return (
        select(Connection.id)
        .select_from(table)
        .join(Connection, Connection.workspace_id == table.workspace_id)
        .where(
            Connection.state != ConnectionState.DISCONNECTED,
            ~usable,
            needed(Connection.id, kind),
        )
    )


def _count(statement: Select[int]) -> int:
    return db.session.execute(statement).scalar_one()
