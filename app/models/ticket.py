"""What people asked for and got, as the helpdesk tells it by way of billing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import WorkspaceRow
from app.models.billing import Customer


class Ticket(WorkspaceRow):
    """A resolved ticket of a customer, as it was last told."""

    __tablename__ = "ticket"
    __table_args__ = (
        # The same ticket twice would stand twice in the customer's timeline.
        UniqueConstraint("workspace_id", "external_id"),
        Index("ix_ticket_customer", "customer_id", "resolved_at"),
    )

    external_id: Mapped[str]
    number: Mapped[str]
    subject: Mapped[str]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    resolved_at: Mapped[datetime]
    url: Mapped[str | None]

    customer: Mapped[Customer] = relationship()
