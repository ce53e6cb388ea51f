"""What rings about a customer and was told to rest."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import WorkspaceRow


class PausedAlert(WorkspaceRow):
    """An alert that somebody has seen: it rests until a day, or until it says something else."""

    __tablename__ = "paused_alert"
    __table_args__ = (
        UniqueConstraint("customer_id", "kind"),
        CheckConstraint("kind IN ('overdue', 'not_billed')", name="kind_known"),
    )

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    kind: Mapped[str]
    said: Mapped[str]  # the alert's words: with other money in them it rings again
    until: Mapped[date]  # of the workspace's calendar
    paused_by: Mapped[str]
