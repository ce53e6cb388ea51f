"""What billing calls things, and what it finalised."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.states import InvoiceStatus, MappingKind, SyncState
from app.models.base import Exact, WorkspaceRow, one_of
from app.models.connection import Connection


class Service(WorkspaceRow):
    """Something billing sells."""

    __tablename__ = "service"
    __table_args__ = (UniqueConstraint("workspace_id", "code"),)

    code: Mapped[str]
    name: Mapped[str]


class TaxCode(WorkspaceRow):
    """A rate billing charges; percent."""

    __tablename__ = "tax_code"
    __table_args__ = (UniqueConstraint("workspace_id", "code"),)

    code: Mapped[str]
    name: Mapped[str]
    rate: Mapped[Decimal]


class SalesClass(WorkspaceRow):
    """What billing counts lines under in reports."""

    __tablename__ = "sales_class"
    __table_args__ = (UniqueConstraint("workspace_id", "code"),)

    code: Mapped[str]
    name: Mapped[str]


class Department(WorkspaceRow):
    """A place or part of the business that sells."""

    __tablename__ = "department"
    __table_args__ = (UniqueConstraint("workspace_id", "code"),)

    code: Mapped[str]
    name: Mapped[str]


class PaymentTerms(WorkspaceRow):
    """When billing wants to be paid, as it calls that."""

    __tablename__ = "payment_terms"
    __table_args__ = (UniqueConstraint("workspace_id", "code"),)

    code: Mapped[str]
    name: Mapped[str]


Code = Service | TaxCode | SalesClass | Department | PaymentTerms
Codes = type[Service] | type[TaxCode] | type[SalesClass] | type[Department] | type[PaymentTerms]

# Where billing's codes of each kind are kept.
CODES_OF: dict[MappingKind, Codes] = {
    MappingKind.TAX_CODE: TaxCode,
    MappingKind.SERVICE: Service,
    MappingKind.CLASS: SalesClass,
    MappingKind.DEPARTMENT: Department,
    MappingKind.PAYMENT_TERMS: PaymentTerms,
}


class Customer(WorkspaceRow):
    """Whom billing invoices."""

    __tablename__ = "customer"
    __table_args__ = (
        UniqueConstraint("workspace_id", "external_id"),
        Index("ix_customer_parent_id", "parent_id", postgresql_where=text("parent_id IS NOT NULL")),
    )

    external_id: Mapped[str]
    name: Mapped[str]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    tax_number: Mapped[str | None]
    address: Mapped[dict[str, Any] | None]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))  # whose part it is

    parent: Mapped[Customer | None] = relationship(remote_side="Customer.id")


class Invoice(WorkspaceRow):
    """An invoice of billing in its newest revision, and where it stands.

    status, balance: what the ledger last said is owed. sync_state, problem: where the document is
    on its way, as the newest push left it; written together with that push, nowhere else.
    """

    __tablename__ = "invoice"
    __table_args__ = (
        one_of("status", InvoiceStatus),
        one_of("sync_state", SyncState),
        one_of("prices", ("tax_exclusive", "tax_inclusive", "no_tax")),
        one_of("push_policy", ("auto", "review", "never")),
        # The same invoice of billing twice would be booked twice.
        UniqueConstraint("workspace_id", "external_id"),
        Index("ix_invoice_state", "workspace_id", "sync_state"),
        Index("ix_invoice_newest", "workspace_id", "issue_date", "id"),
        Index("ix_invoice_changed", "workspace_id", "updated_at", "id"),
        Index("ix_invoice_number", "workspace_id", "number"),
        Index("ix_invoice_connection", "connection_id", "issue_date"),
    )

    external_id: Mapped[str]
    number: Mapped[str]
    revision: Mapped[int]
    issue_date: Mapped[date]
    due_date: Mapped[date | None]
    currency: Mapped[str]
    prices: Mapped[str]
    entity: Mapped[str | None]
    recurring: Mapped[bool]
    push_policy: Mapped[str]
    reference: Mapped[str | None]
    memo: Mapped[str | None]
    url: Mapped[str | None]
    department_code: Mapped[str | None]
    terms_code: Mapped[str | None]
    exchange_rate: Mapped[Decimal | None] = mapped_column(Exact)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    subtotal: Mapped[Decimal]
    tax_total: Mapped[Decimal]
    total: Mapped[Decimal]
    finalised_at: Mapped[datetime]
    status: Mapped[str]
    balance: Mapped[Decimal]
    connection_id: Mapped[int | None] = mapped_column(ForeignKey("connection.id"))
    sync_state: Mapped[str]
    problem: Mapped[dict[str, Any] | None]
    # That the ledger's tax may be booked instead of billing's, by a person and for one revision
    # with these figures only: revision, tax, total, by, at.
    tax_decision: Mapped[dict[str, Any] | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())

    customer: Mapped[Customer] = relationship()
    connection: Mapped[Connection | None] = relationship()
    lines: Mapped[list[InvoiceLine]] = relationship(
        primaryjoin="and_(InvoiceLine.invoice_id == Invoice.id,"
        " InvoiceLine.revision == Invoice.revision)",
        order_by="InvoiceLine.position",
        viewonly=True,
    )


class InvoiceLine(WorkspaceRow):
    """One line of one revision of an invoice; never changed."""

    __tablename__ = "invoice_line"
    __table_args__ = (
        UniqueConstraint("invoice_id", "revision", "position"),
        Index("ix_invoice_line_service", "workspace_id", "service_code"),
        Index("ix_invoice_line_tax_code", "workspace_id", "tax_code"),
    )

    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"))
    revision: Mapped[int]
    position: Mapped[int]
    external_id: Mapped[str]
    service_code: Mapped[str | None]
    tax_code: Mapped[str | None]
    tax_rate: Mapped[Decimal | None]
    description: Mapped[str]
    service_date: Mapped[date | None]
    class_code: Mapped[str | None]
    quantity: Mapped[Decimal] = mapped_column(Exact)
    unit_price: Mapped[Decimal] = mapped_column(Exact)
    discount_percent: Mapped[Decimal | None]
    amount: Mapped[Decimal]
    tax_amount: Mapped[Decimal]
