"""Pushing everything that a list of invoices shows, however long that takes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import WorkspaceRow, one_of

DEEDS = ("push", "retry")


class BulkPush(WorkspaceRow):
    """One press for all that match: done by a worker in steps, each in one commit with its count.

    wanted: the list's filter. matched: how many a person was shown. up_to: the newest invoice
    there was then; what came later was not meant. reached: everything up to this one is done.
    looked_at, changed: of how many, and how many of them went.
    """

    __tablename__ = "bulk_push"
    __table_args__ = (
        one_of("deed", DEEDS),
        # Two at once of a workspace would push the same invoices twice over.
        Index(
            "uq_bulk_push_open",
            "workspace_id",
            unique=True,
            postgresql_where=text("finished_at IS NULL"),
        ),
    )

    deed: Mapped[str]
    wanted: Mapped[dict[str, Any]]
    matched: Mapped[int]
    up_to: Mapped[int]
    reached: Mapped[int] = mapped_column(server_default="0")
    looked_at: Mapped[int] = mapped_column(server_default="0")
    changed: Mapped[int] = mapped_column(server_default="0")
    started_by: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    finished_at: Mapped[datetime | None]
    stopped_by: Mapped[str | None]
