"""How many calls a connection made, kept where nobody empties it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import WorkspaceRow


class CallMeter(WorkspaceRow):
    """A connection's calls of one calendar month, brought up to date from Redis every minute.

    seen: what Redis showed last; a figure below it means that Redis was emptied meanwhile.
    """

    __tablename__ = "call_meter"
    # Two rows for one month would count every call twice; the month first, to add all of it up.
    __table_args__ = (UniqueConstraint("month", "connection_id"),)

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    month: Mapped[date]  # its first day, UTC
    metered: Mapped[int] = mapped_column(server_default="0")
    metered_seen: Mapped[int] = mapped_column(server_default="0")
    free: Mapped[int] = mapped_column(server_default="0")
    free_seen: Mapped[int] = mapped_column(server_default="0")
