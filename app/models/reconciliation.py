"""The daily verdict on two books, and every difference with what was decided about it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.states import NUMBERED, DocumentKind
from app.models.base import WorkspaceRow, one_of
from app.models.billing import SalesDocument


class Reconciliation(WorkspaceRow):
    """One comparison of billing with one ledger over the days first to last."""

    __tablename__ = "reconciliation"
    __table_args__ = (
        one_of("verdict", ("running", "square", "differs", "failed")),
        Index("ix_reconciliation_newest", "connection_id", "started_at"),
    )

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    trigger: Mapped[str]  # clock | person | command
    first_day: Mapped[date]
    last_day: Mapped[date]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    verdict: Mapped[str]
    currency: Mapped[str]
    our_count: Mapped[int] = mapped_column(server_default="0")
    our_total: Mapped[Decimal] = mapped_column(server_default="0")
    ledger_count: Mapped[int] = mapped_column(server_default="0")
    ledger_total: Mapped[Decimal] = mapped_column(server_default="0")
    figures: Mapped[dict[str, Any] | None]  # known causes and sums, per currency
    error: Mapped[str | None]


class Drift(WorkspaceRow):
    """One difference, open until a later run no longer sees it."""

    __tablename__ = "drift"
    __table_args__ = (
        one_of("document_kind", NUMBERED),
        # The same difference of one document is one row, however many days it lasts.
        Index(
            "uq_drift_open",
            "connection_id",
            "kind",
            "subject",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    kind: Mapped[str]  # missing_there | missing_here | amount | balance | voided_there | …
    document_kind: Mapped[str] = mapped_column(server_default=DocumentKind.INVOICE)
    subject: Mapped[str]  # invoice:12 or ledger:301; credit_note:13 or ledger_credit_note:302
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"))  # ours, of any kind
    # Which of ours a document of the ledger's may be that none of ours is linked to.
    twin_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"))
    ledger_id: Mapped[str | None]
    number: Mapped[str | None]
    customer_name: Mapped[str | None]
    currency: Mapped[str]
    ours: Mapped[str]  # as shown: an amount, a status, "not there"
    theirs: Mapped[str]
    amount: Mapped[Decimal]  # ledger minus billing
    explanation: Mapped[str]
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("reconciliation.id"))
    seen_by_id: Mapped[int] = mapped_column(ForeignKey("reconciliation.id"))
    closed_at: Mapped[datetime | None]
    decision: Mapped[str | None]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]

    invoice: Mapped[SalesDocument | None] = relationship(foreign_keys=[invoice_id])
    twin: Mapped[SalesDocument | None] = relationship(foreign_keys=[twin_id])
