"""Where billing hears of events, and how far each event has come on its way there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.outbound import DeliveryState
from app.models.base import WorkspaceRow, one_of
from app.models.events import OutboundEvent


class EventEndpoint(WorkspaceRow):
    """An address of billing's that events are sent to.

    types: those it wants, none named = all. old_secret_encrypted signs beside the new one until
    old_secret_until. taken_at: when it last took an event; failures: since then; failing_since: the
    first of them; rest_until: nothing is sent before. A removed one keeps no secret.
    """

    __tablename__ = "event_endpoint"
    __table_args__ = (
        # The same address twice would hear everything twice.
        Index(
            "uq_event_endpoint_url",
            "workspace_id",
            "url",
            unique=True,
            postgresql_where=text("removed_at IS NULL"),
        ),
    )

    url: Mapped[str]  # may carry a token: shown to owners, logged nowhere
    types: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    secret_encrypted: Mapped[bytes | None] = mapped_column(LargeBinary)
    old_secret_encrypted: Mapped[bytes | None] = mapped_column(LargeBinary)
    old_secret_until: Mapped[datetime | None]
    off_at: Mapped[datetime | None]
    off_reason: Mapped[str | None]
    removed_at: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(server_default="0")
    failing_since: Mapped[datetime | None]
    rest_until: Mapped[datetime | None]


class OutboundDelivery(WorkspaceRow):
    """One event on its way to one endpoint.

    subject is the event's: of one subject the earlier goes first. until: afterwards it is given up.
    status, answer: what came of the last try, for people.
    """

    __tablename__ = "outbound_delivery"
    __table_args__ = (
        one_of("state", DeliveryState),
        # One event twice at one endpoint: each would be sent and retried by itself.
        UniqueConstraint("endpoint_id", "event_id"),
        # What stands before a delivery, and what waits for an endpoint.
        Index(
            "ix_outbound_delivery_line",
            "endpoint_id",
            "subject",
            "event_id",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_outbound_delivery_due",
            "endpoint_id",
            "due_at",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_outbound_delivery_given_up",
            "endpoint_id",
            postgresql_where=text("state = 'given_up'"),
        ),
        # What was sent of an event, and which events nobody wanted.
        Index("ix_outbound_delivery_of", "event_id", postgresql_include=["workspace_id"]),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("outbound_event.id"))
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("event_endpoint.id"))
    subject: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=DeliveryState.WAITING)
    due_at: Mapped[datetime]
    until: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(server_default="0")
    tried_at: Mapped[datetime | None]
    status: Mapped[int | None]
    answer: Mapped[str | None]

    event: Mapped[OutboundEvent] = relationship()
    endpoint: Mapped[EventEndpoint] = relationship()
