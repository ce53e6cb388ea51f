"""What a ledger's notices were about, as the mirror has it now; of the workspace entered.

A notice says that something changed, never what: that is read, and stands in the mirror.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, select, tuple_

from app.domain.reading import BookKind
from app.domain.states import DocumentKind
from app.extensions import db
from app.ledgers import LEDGERS
from app.models import (
    Connection,
    DocumentLink,
    InboundEvent,
    LedgerCreditRow,
    LedgerCustomerRow,
    LedgerInvoiceRow,
    LedgerPaymentRow,
    LedgerSettlementRow,
    SalesDocument,
)
from app.models.mirror import MirrorRow

_MIRRORS: Mapping[BookKind, type[MirrorRow]] = {
    BookKind.INVOICE: LedgerInvoiceRow,
    BookKind.CREDIT_NOTE: LedgerCreditRow,
    BookKind.PAYMENT: LedgerPaymentRow,
    BookKind.REFUND: LedgerPaymentRow,
    BookKind.CUSTOMER: LedgerCustomerRow,
}
_OURS = {
    BookKind.INVOICE: DocumentKind.INVOICE,
    BookKind.CREDIT_NOTE: DocumentKind.CREDIT_NOTE,
}
Key = tuple[int, str]  # a connection, and the ledger's id there


@dataclass(frozen=True, slots=True)
class Ours:
    """One of billing's documents that a notice concerns."""

    id: int
    number: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a notice was about, as last read.

    read: the company was read since the notice came. row: none where the ledger's book, as far as
    we keep it, has no such thing. ours: the document itself, or those that a payment is on.
    """

    connection: Connection
    kind: BookKind | None
    read: bool
    row: MirrorRow | None = None
    customer: str | None = None
    ours: tuple[Ours, ...] = ()

    @property
    def is_document(self) -> bool:
        """Tell an invoice or a credit note from what is put on one."""
        return self.kind in _OURS

    @property
    def amount(self) -> Decimal | None:
        """Return what it comes to; none of a customer, or of what is gone."""
        if isinstance(self.row, LedgerPaymentRow):
            return self.row.amount
        if isinstance(self.row, LedgerInvoiceRow | LedgerCreditRow):
            return self.row.total
        return None


def outcomes(events: Sequence[InboundEvent]) -> dict[int, Outcome]:
    """Return what became of the ledgers' notices on a page, by the notice's number."""
    told = [one for one in events if one.connection_id is not None and one.subject]
    ids = {one.connection_id for one in told}
    companies = {
        one.id: one for one in db.session.scalars(select(Connection).where(Connection.id.in_(ids)))
    }
    told = [one for one in told if _is_the_ledgers(one, companies)]
    about = {one.id: _about(one) for one in told}
    rows = _rows(about.values())
    ours = _linked(about.values()) | _settled(about.values())
    names = _customers(rows.values())
    found = {}
    for one in told:
        company, (kind, key) = companies[one.connection_id or 0], about[one.id]
        row = rows.get((_MIRRORS[kind], key)) if kind else None
        found[one.id] = Outcome(
            company,
            kind,
            read=company.pulled_at is not None and company.pulled_at >= one.received_at,
            row=row,
            customer=_name(row, names),
            ours=ours.get((kind, key), ()) if kind else (),
        )
    return found


def _is_the_ledgers(event: InboundEvent, companies: Mapping[int, Connection]) -> bool:
    company = companies.get(event.connection_id or 0)
    return company is not None and event.source == company.provider


About = tuple[BookKind | None, Key]


def _about(event: InboundEvent) -> About:
    entity, _, ledger_id = (event.subject or "").partition(":")
    kind = LEDGERS[event.source].provider.notice_kinds.get(entity)
    return kind, (event.connection_id or 0, ledger_id)


def _rows(about: Iterable[About]) -> dict[tuple[type[MirrorRow], Key], MirrorRow]:
    wanted: dict[type[MirrorRow], set[Key]] = {}
    for kind, key in about:
        if kind is not None:
            wanted.setdefault(_MIRRORS[kind], set()).add(key)
    return {
        (table, (row.connection_id, row.ledger_id)): row
        for table, keys in wanted.items()
        for row in db.session.scalars(select(table).where(_is_one_of(table, keys)))
    }


def _is_one_of(table: type[MirrorRow], keys: Iterable[Key]) -> ColumnElement[bool]:
    return tuple_(table.connection_id, table.ledger_id).in_(list(keys))


def _linked(about: Iterable[About]) -> dict[About, tuple[Ours, ...]]:
    """Return billing's document behind each of the ledger's."""
    keys = {(_OURS[kind], *key): kind for kind, key in about if kind in _OURS}
    link = DocumentLink
    found = db.session.execute(
        select(link.document_kind, link.connection_id, link.ledger_id, SalesDocument)
        .join(SalesDocument, SalesDocument.id == link.document_id)
        .where(tuple_(link.document_kind, link.connection_id, link.ledger_id).in_(list(keys)))
    )
    return {
        (keys[DocumentKind(kind), company, ledger_id], (company, ledger_id)): (
            Ours(one.id, one.number),
        )
        for kind, company, ledger_id, one in found
    }


def _settled(about: Iterable[About]) -> dict[About, tuple[Ours, ...]]:
    """Return billing's invoices that each payment is on."""
    keys = [key for kind, key in about if kind == BookKind.PAYMENT]
    part, link = LedgerSettlementRow, DocumentLink
    rows = db.session.execute(
        select(part.connection_id, part.payment_ledger_id, SalesDocument.id, SalesDocument.number)
        .join(
            link,
            and_(
                link.connection_id == part.connection_id,
                link.document_kind == DocumentKind.INVOICE,
                link.ledger_id == part.invoice_ledger_id,
            ),
        )
        .join(SalesDocument, SalesDocument.id == link.document_id)
        .where(tuple_(part.connection_id, part.payment_ledger_id).in_(keys))
        .order_by(SalesDocument.id)
    )
    found: dict[About, tuple[Ours, ...]] = {}
    for company, payment, number, called in rows:
        key = (BookKind.PAYMENT, (company, payment))
        found[key] = (*found.get(key, ()), Ours(number, called))
    return found


def _customers(rows: Iterable[MirrorRow]) -> dict[Key, str]:
    """Return the names of those whom payments are of."""
    keys = {
        (row.connection_id, row.customer_ledger_id)
        for row in rows
        if isinstance(row, LedgerPaymentRow) and row.customer_ledger_id
    }
    there = LedgerCustomerRow
    found = db.session.scalars(select(there).where(_is_one_of(there, keys)))
    return {(row.connection_id, row.ledger_id): row.name for row in found}


def _name(row: MirrorRow | None, names: Mapping[Key, str]) -> str | None:
    if isinstance(row, LedgerInvoiceRow | LedgerCreditRow):
        return row.customer_name
    if isinstance(row, LedgerPaymentRow):
        return names.get((row.connection_id, row.customer_ledger_id or ""))
    return row.name if isinstance(row, LedgerCustomerRow) else None
