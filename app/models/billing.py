"""What billing calls things, and what it finalised."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from app.domain.states import SALES, DocumentKind, InvoiceStatus, MappingKind, SyncState
from app.models.base import Exact, WorkspaceRow, one_of
from app.models.connection import Connection


class Code(WorkspaceRow):
    """A thing that billing calls by a code of its own, and that people map to a ledger's entry."""

    __abstract__ = True

    code: Mapped[str]
    name: Mapped[str]

    @declared_attr.directive
    def __table_args__(cls) -> tuple[UniqueConstraint]:  # noqa: N805  # SQLAlchemy gives the class
        """Let the database refuse a second one of the code: it would be mapped twice."""
        return (UniqueConstraint("workspace_id", "code"),)


class Service(Code):
    """Something billing sells."""

    __tablename__ = "service"


class TaxCode(Code):
    """A rate billing charges; percent."""

    __tablename__ = "tax_code"

    rate: Mapped[Decimal]


class SalesClass(Code):
    """What billing counts lines under in reports."""

    __tablename__ = "sales_class"


class Department(Code):
    """A place or part of the business that sells."""

    __tablename__ = "department"


class PaymentTerms(Code):
    """When billing wants to be paid, as it calls that."""

    __tablename__ = "payment_terms"


# Where billing's codes of each kind are kept.
CODES_OF: dict[MappingKind, type[Code]] = {
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


class SalesDocument(WorkspaceRow):
    """A document of billing in its newest revision, and where it stands: one table for all kinds.

    What is true of one on its way into a ledger is true of all, so everything that pushes works on
    this. Whoever selects a kind sees that kind only.

    status, balance: what is open of billing's total after what the ledger has settled. sync_state,
    problem: where the document is on its way, as the newest push left it; written together with
    that push, nowhere else.
    """

    __tablename__ = "invoice"
    __mapper_args__ = {  # noqa: RUF012  # read once, by SQLAlchemy
        "polymorphic_on": "kind",
        "polymorphic_abstract": True,
    }
    __table_args__ = (
        one_of("kind", SALES),
        one_of("status", InvoiceStatus),
        one_of("sync_state", SyncState),
        one_of("prices", ("tax_exclusive", "tax_inclusive", "no_tax")),
        one_of("push_policy", ("auto", "review", "never")),
        # The same document of billing twice would be booked twice.
        UniqueConstraint("workspace_id", "kind", "external_id"),
        # How many stand where, and what they come to, read without the documents themselves.
        Index(
            "ix_invoice_standing",
            "workspace_id",
            "sync_state",
            "kind",
            "currency",
            postgresql_include=["connection_id", "total", "status"],
        ),
        Index("ix_invoice_newest", "workspace_id", "issue_date", "id"),
        Index("ix_invoice_changed", "workspace_id", "updated_at", "id"),
        # Searched through for a part of a number.
        Index("ix_invoice_called", "workspace_id", "number", postgresql_include=["id", "kind"]),
        Index("ix_invoice_order", "workspace_id", "kind", "created_at", "id"),
        Index("ix_invoice_connection", "connection_id", "issue_date"),
        Index("ix_invoice_of_customer", "customer_id", "issue_date", "id"),
        # Who owes what, and what is overdue: a few of all there are.
        Index(
            "ix_invoice_owed",
            "workspace_id",
            "kind",
            "customer_id",
            postgresql_include=["currency", "due_date", "balance", "total"],
            postgresql_where=text("status IN ('open', 'part_paid')"),
        ),
        Index(
            "ix_invoice_linked_before",
            "connection_id",
            "linked_before",
            postgresql_where=text("linked_before IS NOT NULL"),
        ),
    )

    kind: Mapped[str] = mapped_column(server_default=DocumentKind.INVOICE)
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
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
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
    # The ledger's ids of what a person said is another invoice, however alike.
    others_there: Mapped[list[Any] | None]
    # The ledger's id of what a disconnect unlinked it from; empty again once it is linked.
    linked_before: Mapped[str | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())

    customer: Mapped[Customer] = relationship()
    connection: Mapped[Connection | None] = relationship()
    lines: Mapped[list[InvoiceLine]] = relationship(
        primaryjoin="and_(InvoiceLine.invoice_id == SalesDocument.id,"
        " InvoiceLine.revision == SalesDocument.revision)",
        order_by="InvoiceLine.position",
        viewonly=True,
    )


class Invoice(SalesDocument):
    """What billing's customer is asked to pay."""

    __mapper_args__ = {"polymorphic_identity": DocumentKind.INVOICE}  # noqa: RUF012


class CreditNote(SalesDocument):
    """What billing's customer need not pay after all; its balance is not used up yet."""

    __mapper_args__ = {"polymorphic_identity": DocumentKind.CREDIT_NOTE}  # noqa: RUF012

    @property
    def unused(self) -> Decimal:
        """Return what is not used: nothing, where billing made it less than what is used there."""
        return max(self.balance, Decimal(0))


class CreditApplication(SalesDocument):
    """The part of a credit note that billing puts on one invoice; its total is that part.

    It never changes: another amount is another application, and this one is void. applied_to:
    billing's id of the invoice, which may come later than the credit note.
    """

    __mapper_args__ = {"polymorphic_identity": DocumentKind.CREDIT_APPLICATION}  # noqa: RUF012

    credit_note_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), nullable=True)
    applied_to: Mapped[str] = mapped_column(nullable=True)


Index(
    "ix_invoice_credit_note",
    CreditApplication.credit_note_id,
    postgresql_where=text("credit_note_id IS NOT NULL"),
)
# What waits for an invoice that billing may not have sent yet.
Index(
    "ix_invoice_applied_to",
    CreditApplication.workspace_id,
    CreditApplication.applied_to,
    postgresql_where=text("applied_to IS NOT NULL"),
)


class InvoiceLine(WorkspaceRow):
    """One line of one revision of an invoice or a credit note; never changed."""

    __tablename__ = "invoice_line"
    __table_args__ = (
        UniqueConstraint("invoice_id", "revision", "position"),
        Index("ix_invoice_line_service", "workspace_id", "service_code"),
        Index("ix_invoice_line_tax_code", "workspace_id", "tax_code"),
        # What was sold on the invoices of some months, read without the lines themselves.
        Index(
            "ix_invoice_line_sold",
            "invoice_id",
            "revision",
            postgresql_include=[
                "workspace_id",
                "service_code",
                "tax_code",
                "class_code",
                "amount",
                "tax_amount",
            ],
        ),
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
