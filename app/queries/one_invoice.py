"""Everything about one invoice or credit note: its lines, both books, what was paid or used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import and_, select
from sqlalchemy.orm import joinedload

from app.domain.book_status import BookStatus, book_status
from app.domain.payments import settled_otherwise
from app.domain.states import SALES, DocumentKind, InvoiceStatus, MappingKind
from app.extensions import db
from app.models import (
    OF_PAYMENT,
    Attempt,
    CreditApplication,
    CreditNote,
    CustomerLink,
    DocumentLink,
    InvoiceDocument,
    InvoiceLine,
    LedgerCreditRow,
    LedgerInvoiceRow,
    LedgerPaymentRow,
    LedgerSettlementRow,
    Mapping,
    Push,
    SalesDocument,
    Service,
    TaxCode,
)

Row = TypeVar("Row", LedgerInvoiceRow, LedgerCreditRow)


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line and where it goes; None where nothing is mapped."""

    line: InvoiceLine
    service: str | None
    item: str | None
    tax: str | None
    ledger_tax: str | None


@dataclass(frozen=True, slots=True)
class Theirs:
    """What the ledger holds of an invoice; as last read, or as it answered the push."""

    ledger_id: str
    url: str | None
    total: Decimal | None
    tax_total: Decimal | None
    balance: Decimal | None
    voided: bool
    deleted: bool
    changed_at: datetime  # when it became what it is, as far as the ledger says
    due: date | None = None
    revision: int = 0  # of billing's, that it was written with

    @property
    def live(self) -> bool:
        """Tell whether it counts in the ledger's books."""
        return not (self.voided or self.deleted)

    @property
    def paid(self) -> Decimal | None:
        """Return what the ledger counts as settled."""
        if self.total is None or self.balance is None:
            return None
        return self.total - self.balance

    def status(self, today: date) -> BookStatus | None:
        """Return how it stands in the ledger's own book."""
        if self.total is None or self.balance is None:
            return None
        return book_status(self.total, self.balance, self.due, today, gone=not self.live)


@dataclass(frozen=True, slots=True)
class Payment:
    """The part of a payment that settles this invoice; credit: of what it is the use, if any."""

    ledger_id: str
    received_on: date | None
    reference: str | None
    amount: Decimal
    credit_id: int | None = None
    credit_number: str | None = None
    kind: str | None = None


def document_of(document_id: int) -> SalesDocument | None:
    """Return a document of the workspace with its customer and connection."""
    return db.session.scalar(
        select(SalesDocument)
        .where(SalesDocument.id == document_id)
        .options(joinedload(SalesDocument.customer), joinedload(SalesDocument.connection))
    )


def document_tried(attempt: Attempt) -> SalesDocument | None:
    """Return the invoice or credit note that a try was of; None for anything else."""
    push = attempt.push
    return document_of(push.document_id) if push.document_kind in SALES else None


def lines_of(invoice: SalesDocument) -> list[LineRow]:
    """Return the lines of the newest revision with what they are called on both sides."""
    item, tax = _mapped(invoice, MappingKind.SERVICE), _mapped(invoice, MappingKind.TAX_CODE)
    services = _names(Service, {line.service_code for line in invoice.lines})
    taxes = _names(TaxCode, {line.tax_code for line in invoice.lines})
    return [
        LineRow(
            line=line,
            service=services.get(line.service_code or ""),
            item=item.get(line.service_code or ""),
            tax=taxes.get(line.tax_code or ""),
            ledger_tax=tax.get(line.tax_code or ""),
        )
        for line in invoice.lines
    ]


def _names(table: type[Service] | type[TaxCode], codes: set[str | None]) -> dict[str, str]:
    rows = db.session.execute(select(table.code, table.name).where(table.code.in_(codes)))
    return {row[0]: row[1] for row in rows}


def _mapped(invoice: SalesDocument, kind: MappingKind) -> dict[str, str]:
    rows = db.session.execute(
        select(Mapping.code, Mapping.ledger_name).where(
            Mapping.connection_id == invoice.connection_id, Mapping.kind == kind
        )
    )
    return {row[0]: row[1] for row in rows}


def theirs_of(invoice: SalesDocument) -> Theirs | None:
    """Return what the ledger holds; None when it is not there."""
    link = db.session.scalar(
        select(DocumentLink).where(
            DocumentLink.connection_id == invoice.connection_id,
            DocumentLink.document_kind == invoice.kind,
            DocumentLink.document_id == invoice.id,
        )
    )
    if link is None:
        return None
    credit = isinstance(invoice, CreditNote)
    seen = _seen(LedgerCreditRow, link) if credit else _seen(LedgerInvoiceRow, link)
    if seen is None or seen.read_at < link.pushed_at:
        return _as_answered(link, invoice)
    return Theirs(
        link.ledger_id, link.url, seen.total, seen.tax_total, seen.balance, seen.voided,
        seen.deleted, seen.updated_there_at or seen.read_at, getattr(seen, "due_date", None),
        link.revision,
    )  # fmt: skip


def _seen(table: type[Row], link: DocumentLink) -> Row | None:
    return db.session.scalar(
        select(table).where(
            table.connection_id == link.connection_id, table.ledger_id == link.ledger_id
        )
    )


def _as_answered(link: DocumentLink, invoice: SalesDocument) -> Theirs:
    return Theirs(
        ledger_id=link.ledger_id,
        url=link.url,
        total=link.ledger_total,
        tax_total=link.ledger_tax_total,
        balance=_balance_as_answered(link, invoice),
        voided=False,
        deleted=False,
        changed_at=link.pushed_at,
        due=getattr(invoice, "due_date", None),
        revision=link.revision,
    )


def _balance_as_answered(link: DocumentLink, invoice: SalesDocument) -> Decimal:
    """Return what is owed there; billing's change that is not there yet does not count."""
    if link.ledger_total in (None, invoice.total) and invoice.revision == link.revision:
        return invoice.balance
    return (link.ledger_total or invoice.total) - link.settled


def paid_of(invoice: SalesDocument, theirs: Theirs | None) -> Decimal:
    """Return what billing counts as paid: what the ledger says was, never less than nothing.

    Never billing's total less the ledger's balance: an amount edited there would look like money.
    """
    if invoice.status == InvoiceStatus.VOID:
        return Decimal(0)
    if theirs is None or theirs.paid is None:
        return max(invoice.total - invoice.balance, Decimal(0))
    return max(theirs.paid, Decimal(0)) if theirs.live else Decimal(0)


def payments_of(invoice: SalesDocument, theirs: Theirs | None) -> list[Payment]:
    """Return what settled the invoice in the ledger, newest first."""
    if theirs is None:
        return []
    rows = db.session.execute(
        select(
            LedgerSettlementRow.payment_ledger_id,
            LedgerPaymentRow.received_on,
            LedgerPaymentRow.reference,
            LedgerSettlementRow.amount,
            CreditApplication.credit_note_id,
            CreditApplication.number,
            LedgerPaymentRow.kind,
        )
        .outerjoin(
            DocumentLink,
            and_(
                DocumentLink.connection_id == LedgerSettlementRow.connection_id,
                DocumentLink.document_kind == DocumentKind.CREDIT_APPLICATION,
                DocumentLink.ledger_id == LedgerSettlementRow.payment_ledger_id,
            ),
        )
        .outerjoin(CreditApplication, CreditApplication.id == DocumentLink.document_id)
        .outerjoin(LedgerPaymentRow, OF_PAYMENT)
        .where(
            LedgerSettlementRow.connection_id == invoice.connection_id,
            LedgerSettlementRow.invoice_ledger_id == theirs.ledger_id,
        )
        .order_by(LedgerPaymentRow.received_on.desc().nulls_last(), LedgerSettlementRow.id.desc())
    )
    return [Payment(*row) for row in rows]


def otherwise_of(theirs: Theirs | None, payments: Sequence[Payment]) -> Decimal:
    """Return what was settled there without a payment."""
    if theirs is None or not theirs.live or theirs.paid is None:
        return Decimal(0)
    return settled_otherwise(theirs.paid, (payment.amount for payment in payments))


def pushes_of(invoice: SalesDocument) -> Sequence[Push]:
    """Return every intention to write this invoice, newest first."""
    return db.session.scalars(
        select(Push)
        .where(Push.document_kind == invoice.kind, Push.document_id == invoice.id)
        .order_by(Push.id.desc())
    ).all()


def file_of(invoice: SalesDocument, document_id: int) -> InvoiceDocument | None:
    """Return a file that is attached to this invoice, or is to be."""
    return db.session.scalar(
        select(InvoiceDocument).where(
            InvoiceDocument.id == document_id, InvoiceDocument.invoice_id == invoice.id
        )
    )


def documents_of(invoice: SalesDocument) -> Sequence[InvoiceDocument]:
    """Return every document of this invoice, oldest first."""
    return db.session.scalars(
        select(InvoiceDocument)
        .where(InvoiceDocument.invoice_id == invoice.id)
        .order_by(InvoiceDocument.id)
    ).all()


def customer_link_of(invoice: SalesDocument) -> CustomerLink | None:
    """Return which customer of the ledger this invoice's customer is."""
    return db.session.scalar(
        select(CustomerLink).where(
            CustomerLink.connection_id == invoice.connection_id,
            CustomerLink.customer_id == invoice.customer_id,
        )
    )
