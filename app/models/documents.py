"""Files that belong to an invoice: the PDF billing sent its customer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.states import FileState
from app.models.base import WorkspaceRow, one_of
from app.models.billing import Invoice


class InvoiceDocument(WorkspaceRow):
    """A PDF to be attached to an invoice in its ledger: handed over whole, or by an address.

    What becomes of it says nothing about the invoice.
    """

    __tablename__ = "invoice_document"
    __table_args__ = (
        one_of("state", FileState),
        # Two files of one name: which of them the ledger has could not be told.
        UniqueConstraint("invoice_id", "name"),
        CheckConstraint("url IS NOT NULL OR sha256 IS NOT NULL", name="from_somewhere"),
        Index(
            "ix_invoice_document_due",
            "due_at",
            postgresql_where=text("state IN ('wanted', 'sending')"),
        ),
    )

    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"))
    name: Mapped[str]
    url: Mapped[str | None]
    sha256: Mapped[str | None]  # of what was handed over
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    state: Mapped[str] = mapped_column(server_default=FileState.WANTED)
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(server_default="0")  # at fetching it
    problem: Mapped[dict[str, Any] | None]
    attached_at: Mapped[datetime | None]
    ledger_id: Mapped[str | None]

    invoice: Mapped[Invoice] = relationship()
