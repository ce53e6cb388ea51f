"""The ledger's own book, vendor-neutral, as last read: also what we never pushed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, UniqueConstraint, and_, text
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.payments import KEPT, PaymentKind
from app.domain.reading import BookKind
from app.models.base import WorkspaceRow, one_of

_LIVE = text("NOT deleted AND NOT voided")


class MirrorRow(WorkspaceRow):
    """A row of a ledger's book; KEY: what tells it from every other."""

    __abstract__ = True
    KEY: ClassVar[tuple[str, ...]] = ("connection_id", "ledger_id")

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    ledger_id: Mapped[str]
    version: Mapped[str | None]
    deleted: Mapped[bool] = mapped_column(server_default=text("false"))
    updated_there_at: Mapped[datetime | None]
    read_at: Mapped[datetime]


class LedgerInvoiceRow(MirrorRow):
    """An invoice of the ledger; status is derived from balance, due date and void."""

    __tablename__ = "ledger_invoice"
    __table_args__ = (
        UniqueConstraint("connection_id", "ledger_id"),
        Index("ix_ledger_invoice_number", "connection_id", "number"),
        Index("ix_ledger_invoice_date", "connection_id", "issue_date"),
        # What a customer's page asks for.
        Index("ix_ledger_invoice_of_customer", "connection_id", "customer_ledger_id", "issue_date"),
        # What is probably the same as one of ours, before that goes: by number, by customer.
        Index(
            "ix_ledger_invoice_same_number",
            "connection_id",
            text("lower(replace(number, ' ', ''))"),
            postgresql_where=_LIVE,
        ),
        Index(
            "ix_ledger_invoice_same_customer",
            "connection_id",
            "customer_ledger_id",
            "total",
            "issue_date",
            postgresql_where=_LIVE,
        ),
        Index(
            "ix_ledger_invoice_same_name",
            "connection_id",
            text("lower(replace(customer_name, ' ', ''))"),
            "total",
            "issue_date",
            postgresql_where=_LIVE,
        ),
        # What items people used lately, for suggestions: most invoices are ours and say nothing.
        Index(
            "ix_ledger_invoice_sold",
            "connection_id",
            "issue_date",
            postgresql_where=text("sold IS NOT NULL AND NOT deleted"),
        ),
    )

    number: Mapped[str | None]
    customer_ledger_id: Mapped[str | None]
    customer_name: Mapped[str | None]
    issue_date: Mapped[date | None]
    due_date: Mapped[date | None]
    currency: Mapped[str | None]
    total: Mapped[Decimal]
    tax_total: Mapped[Decimal]
    balance: Mapped[Decimal]
    marker: Mapped[str | None]
    voided: Mapped[bool] = mapped_column(server_default=text("false"))
    # Pairs of what a line was called (domain.item_history.description_key) and its item's id.
    sold: Mapped[list[Any] | None]


class LedgerCreditRow(MirrorRow):
    """A credit note of the ledger; balance is what is not applied yet."""

    __tablename__ = "ledger_credit"
    __table_args__ = (
        UniqueConstraint("connection_id", "ledger_id"),
        Index("ix_ledger_credit_order", "workspace_id", "created_at", "id"),
    )

    number: Mapped[str | None]
    customer_ledger_id: Mapped[str | None]
    customer_name: Mapped[str | None]
    issue_date: Mapped[date | None]
    currency: Mapped[str | None]
    total: Mapped[Decimal]
    tax_total: Mapped[Decimal]
    balance: Mapped[Decimal]
    marker: Mapped[str | None]
    voided: Mapped[bool] = mapped_column(server_default=text("false"))


class LedgerPaymentRow(MirrorRow):
    """A payment of the ledger, or a refund.

    unapplied: what of it is on no invoice. book: where the ledger keeps it; a document of its own
    that gives money back may have the id of a payment. paid_out_of: the payment it was given back
    out of. credits: the ledger's id of each credit note used in it, and how much; null: not known.
    """

    KEY = ("connection_id", "book", "ledger_id")

    __tablename__ = "ledger_payment"
    __table_args__ = (
        # A refund in the place of a payment would take what that pays off its invoices.
        UniqueConstraint("connection_id", "book", "ledger_id"),
        one_of("kind", PaymentKind),
        one_of("book", (BookKind.PAYMENT, BookKind.REFUND)),
        # What was given back out of payments that were read again.
        Index(
            "ix_ledger_payment_paid_out_of",
            "connection_id",
            "paid_out_of",
            postgresql_where=text("paid_out_of IS NOT NULL AND NOT deleted"),
        ),
        # What a customer has on no invoice.
        Index(
            "ix_ledger_payment_unapplied",
            "connection_id",
            "customer_ledger_id",
            postgresql_where=text("unapplied > 0"),
        ),
        Index(
            "ix_ledger_payment_of_customer", "connection_id", "customer_ledger_id", "received_on"
        ),
        # As they came back.
        Index("ix_ledger_payment_order", "workspace_id", "created_at", "id"),
    )

    customer_ledger_id: Mapped[str | None]
    received_on: Mapped[date | None]
    currency: Mapped[str | None]
    amount: Mapped[Decimal]
    unapplied: Mapped[Decimal]
    reference: Mapped[str | None]
    voided: Mapped[bool] = mapped_column(server_default=text("false"))
    kind: Mapped[str] = mapped_column(server_default=PaymentKind.PAYMENT)
    book: Mapped[str] = mapped_column(server_default=BookKind.PAYMENT)
    paid_out_of: Mapped[str | None]
    credits: Mapped[dict[str, Any] | None]


class LedgerSettlementRow(WorkspaceRow):
    """The part of one payment that settles one invoice."""

    __tablename__ = "ledger_settlement"
    __table_args__ = (
        # The same part counted twice would show an invoice as paid that is not.
        UniqueConstraint("connection_id", "payment_ledger_id", "invoice_ledger_id"),
        Index("ix_ledger_settlement_invoice", "connection_id", "invoice_ledger_id"),
    )

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    payment_ledger_id: Mapped[str]
    invoice_ledger_id: Mapped[str]
    amount: Mapped[Decimal]


# Joins the parts of payments to their payments: refunds have none.
OF_PAYMENT = and_(
    LedgerPaymentRow.connection_id == LedgerSettlementRow.connection_id,
    LedgerPaymentRow.book == BookKind.PAYMENT,
    LedgerPaymentRow.ledger_id == LedgerSettlementRow.payment_ledger_id,
)


class SettlementChange(WorkspaceRow):
    """What became of the part of one payment that settles one invoice; never changed again.

    before, after: amounts; null where there was or is none.
    """

    __tablename__ = "settlement_change"
    __table_args__ = (
        one_of("outcome", KEPT),
        Index("ix_settlement_change_invoice", "connection_id", "invoice_ledger_id"),
        # What the log lists; that a payment was applied is told by the payment itself.
        Index(
            "ix_settlement_change_told",
            "workspace_id",
            "created_at",
            "id",
            postgresql_where=text("outcome IN ('updated', 'reversed')"),
        ),
    )

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    payment_ledger_id: Mapped[str]
    invoice_ledger_id: Mapped[str]
    outcome: Mapped[str]
    before: Mapped[Decimal | None]
    after: Mapped[Decimal | None]
    cause: Mapped[str | None]  # why it was taken back
    kind: Mapped[str]  # of the payment, as it was read
    received_on: Mapped[date | None]
    reference: Mapped[str | None]
    changed_there_at: Mapped[datetime | None]


class LedgerCustomerRow(MirrorRow):
    """A customer of the ledger."""

    __tablename__ = "ledger_customer"
    __table_args__ = (
        UniqueConstraint("connection_id", "ledger_id"),
        Index(
            "ix_ledger_customer_name",
            "connection_id",
            text("lower(replace(name, ' ', ''))"),
            postgresql_where=text("NOT deleted"),
        ),
    )

    name: Mapped[str]
    active: Mapped[bool]
    currency: Mapped[str | None]
    email: Mapped[str | None]
