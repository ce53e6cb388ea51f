"""What came in, what must go out, and the e-mails we wrote."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Identity, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, WorkspaceRow, one_of


class InboundEvent(Base):
    """One billing hook or ledger notice, verified or refused, its raw body kept.

    workspace_id is empty for a body nobody could be found for, so this table is not scoped: pages
    ask for their own workspace's rows by name.
    """

    __tablename__ = "inbound_event"
    __table_args__ = (
        one_of("status", ("accepted", "ignored", "refused")),
        # The same event twice would act twice.
        Index(
            "uq_inbound_event",
            "source",
            text("coalesce(workspace_id, 0)"),
            "event_id",
            unique=True,
            postgresql_where=text("status <> 'refused' AND event_id IS NOT NULL"),
        ),
        Index("ix_inbound_event_newest", "workspace_id", "received_at"),
        # What was refused at anybody's door, and nothing else.
        Index(
            "ix_inbound_event_refused",
            "workspace_id",
            "received_at",
            postgresql_where=text("status = 'refused'"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    workspace_id: Mapped[int | None] = mapped_column(ForeignKey("workspace.id"))
    connection_id: Mapped[int | None] = mapped_column(ForeignKey("connection.id"))
    source: Mapped[str]  # billing, or a provider's key
    event_id: Mapped[str | None]
    type: Mapped[str | None]
    received_at: Mapped[datetime]
    status: Mapped[str]
    reason: Mapped[str | None]  # why it was refused or ignored, a sentence
    address: Mapped[str | None]
    raw: Mapped[bytes | None] = mapped_column(LargeBinary)
    # Of a ledger's notice: the event_id of the row, nobody's, that keeps the body it came in.
    body: Mapped[str | None]
    subject: Mapped[str | None]  # for example invoice:12, or the entity and id the notice names


class OutboundEvent(WorkspaceRow):
    """Something billing must hear.

    addressed: its deliveries are written, one for each endpoint that wants it (see
    usecases/events/hand_out).
    """

    __tablename__ = "outbound_event"
    __table_args__ = (
        Index("ix_outbound_event_subject", "workspace_id", "subject"),
        Index("ix_outbound_event_newest", "workspace_id", "id"),
        # The feed's order.
        Index("ix_outbound_event_order", "workspace_id", "created_at", "id"),
        # What is still to be addressed, and nothing else.
        Index("ix_outbound_event_new", "id", postgresql_where=text("NOT addressed")),
    )

    type: Mapped[str]
    subject: Mapped[str]
    data: Mapped[dict[str, Any]]
    delivered_at: Mapped[datetime | None]
    addressed: Mapped[bool] = mapped_column(server_default=text("false"))


class Mail(WorkspaceRow):
    """An e-mail: written in the transaction that caused it, sent afterwards, kept."""

    __tablename__ = "mail"
    __table_args__ = (
        # What the sender looks for, and nothing else.
        Index("ix_mail_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )

    recipients: Mapped[list[Any]]
    subject: Mapped[str]
    body_text: Mapped[str]
    body_html: Mapped[str]
    attachment_name: Mapped[str | None]
    attachment: Mapped[bytes | None] = mapped_column(LargeBinary)
    due_at: Mapped[datetime | None]  # when it is tried next; empty once sent or given up
    sent_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    error: Mapped[str | None]
