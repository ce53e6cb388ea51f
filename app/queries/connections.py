"""One connection: whether invoices may flow, what is linked, what is under way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import and_, exists, func, or_, select, true

from app.domain.money import round_money
from app.domain.states import (
    IN_HAND,
    NEEDS_PERSON,
    OPTIONAL_MAPPINGS,
    OUT_OF_LEDGER,
    TARGET_OF,
    CatalogueKind,
    ConnectionState,
    DocumentKind,
    InvoiceStatus,
    MappingKind,
)
from app.extensions import db
from app.models import (
    CODES_OF,
    AuditEntry,
    CatalogueRow,
    Connection,
    CustomerLink,
    DocumentLink,
    Invoice,
    InvoiceLine,
    Mapping,
    Revocation,
)
from app.queries.counts import booked
from app.queries.needed_codes import needed

# Names shown of codes that are not mapped.
NAMED = 3


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many codes of a kind have a usable entry, and some that have not.

    gone: the entries that are mapped and cannot be used any more, by the name they had.
    """

    known: int
    mapped: int
    missing: tuple[str, ...]
    gone: tuple[str, ...] = ()

    @property
    def lacking(self) -> int:
        """Return how many have none."""
        return self.known - self.mapped


@dataclass(frozen=True, slots=True)
class Linked:
    """How many of our documents are known to be which of the ledger's.

    gone: how many of the invoices are void or deleted; lists of invoices leave those out.
    """

    customers: int
    invoices: int
    gone: int


def connection_of(connection_id: int) -> Connection | None:
    """Return a connection of the workspace entered, a disconnected one too."""
    return db.session.scalar(select(Connection).where(Connection.id == connection_id))


def coverage(connection: Connection, kind: MappingKind) -> Coverage:
    """Return how far the codes this company needs are mapped in it; the others are not counted."""
    ours = CODES_OF[kind]
    wanted = true() if kind in OPTIONAL_MAPPINGS else needed(connection.id, kind)
    rows = db.session.execute(
        select(ours.name, CatalogueRow.id.is_not(None), Mapping.ledger_name)
        .outerjoin(
            Mapping,
            and_(
                Mapping.connection_id == connection.id,
                Mapping.kind == kind,
                Mapping.code == ours.code,
            ),
        )
        .outerjoin(
            CatalogueRow,
            and_(
                CatalogueRow.connection_id == Mapping.connection_id,
                CatalogueRow.kind == TARGET_OF[kind],
                CatalogueRow.ledger_id == Mapping.ledger_id,
                CatalogueRow.is_usable(),
            ),
        )
        .where(wanted)
        .order_by(ours.name)
    ).all()
    missing = [name for name, usable, _ in rows if not usable]
    gone = dict.fromkeys(mapped for _, usable, mapped in rows if mapped and not usable)
    return Coverage(len(rows), len(rows) - len(missing), tuple(missing[:NAMED]), tuple(gone))


def taxed(connection: Connection) -> tuple[int, dict[str, Decimal]]:
    """Return how many invoices wait that charge tax, looked at yet or not, and what they are worth.

    As domain.invoice.Invoice.charges_tax: also where the tax of the lines adds up to nothing.
    """
    lines = exists().where(
        InvoiceLine.invoice_id == Invoice.id,
        InvoiceLine.revision == Invoice.revision,
        or_(InvoiceLine.tax_amount != 0, InvoiceLine.tax_rate != 0),
    )
    rows = db.session.execute(
        select(Invoice.currency, func.count(), func.sum(Invoice.total))
        .where(
            Invoice.connection_id == connection.id,
            Invoice.sync_state.in_(NEEDS_PERSON | IN_HAND),
            ~booked(),
            or_(Invoice.tax_total != 0, lines),
        )
        .group_by(Invoice.currency)
    ).all()
    return sum(row[1] for row in rows), {row[0]: round_money(row[2], row[0]) for row in rows}


def income_accounts(connection: Connection) -> Sequence[CatalogueRow]:
    """Return the accounts that new items may post to."""
    return db.session.scalars(
        select(CatalogueRow)
        .where(
            CatalogueRow.connection_id == connection.id,
            CatalogueRow.kind == CatalogueKind.ACCOUNT,
            CatalogueRow.active,
            CatalogueRow.details["for_items"].astext == "true",
        )
        .order_by(CatalogueRow.name)
    ).all()


def linked(connection: Connection) -> Linked:
    """Count what would be cleared by a disconnect."""
    customers = select(func.count()).where(CustomerLink.connection_id == connection.id)
    gone = (Invoice.status == InvoiceStatus.VOID) | Invoice.sync_state.in_(OUT_OF_LEDGER)
    row = db.session.execute(
        select(customers.scalar_subquery(), func.count(), func.count().filter(gone))
        .select_from(DocumentLink)
        .join(Invoice, Invoice.id == DocumentLink.document_id)
        .where(
            DocumentLink.connection_id == connection.id,
            DocumentLink.document_kind == DocumentKind.INVOICE,
        )
    ).one()
    return Linked(*row)


def last_deed(connection: Connection, action: str) -> AuditEntry | None:
    """Return the newest audit entry of one kind about a connection: who did it, and when."""
    return db.session.scalar(
        select(AuditEntry)
        .where(
            AuditEntry.subject == f"connection:{connection.id}",
            AuditEntry.action == action,
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )


def not_given_back(connection: Connection) -> bool:
    """Tell whether the vendor has not taken back yet what was given up."""
    waits = select(Revocation.id).where(Revocation.connection_id == connection.id)
    return db.session.scalar(waits) is not None


def any_live() -> bool:
    """Tell whether pushing is on to a company that was not disconnected."""
    found = select(Connection.id).where(
        Connection.live, Connection.state != ConnectionState.DISCONNECTED
    )
    return db.session.scalar(found.limit(1)) is not None


def sibling_count(connection: Connection) -> int:
    """Count the workspace's other live connections: with several, each says what it takes."""
    return db.session.execute(
        select(func.count())
        .select_from(Connection)
        .where(Connection.id != connection.id, Connection.state != ConnectionState.DISCONNECTED)
    ).scalar_one()
