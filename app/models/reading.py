"""How far a book has been read, where its change feed is not enough."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.reading import BookKind, Reason, Task
from app.models.base import WorkspaceRow, one_of


class Reading(WorkspaceRow):
    """One step of reading a book: one kind of document, page by page.

    mark: where the next page begins, in the ledger's words; moves only in the commit that applied
    the page before it. documents, gone: read, and found deleted. calls: what the ledger counted.
    unreadable: ids of what it could not give. due_at: when a look for deletions is made for which
    the cursor does not wait.
    """

    __tablename__ = "reading"
    __table_args__ = (
        one_of("reason", Reason),
        one_of("kind", BookKind),
        one_of("task", Task),
        # Two pulls at once would each read everything.
        Index(
            "uq_reading_catch_up",
            "connection_id",
            "kind",
            "task",
            unique=True,
            postgresql_where=text("reason = 'catch_up' AND finished_at IS NULL"),
        ),
        Index("ix_reading_connection", "connection_id", "reason"),
    )

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    reason: Mapped[str]
    kind: Mapped[str]
    task: Mapped[str]
    # Changed since; or dated from, and before.
    since: Mapped[datetime | None]
    first_day: Mapped[date | None]
    before_day: Mapped[date | None]
    mark: Mapped[str | None]
    documents: Mapped[int] = mapped_column(server_default="0")
    gone: Mapped[int] = mapped_column(server_default="0")
    calls: Mapped[int] = mapped_column(server_default="0")
    unreadable: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    started_at: Mapped[datetime]
    # The new cursor, once every step of a catch-up is done; the earlier of the two clocks.
    covered_to: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
