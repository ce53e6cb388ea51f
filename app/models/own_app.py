"""The application a workspace registered with a ledger's vendor itself."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import WorkspaceRow


class OwnApp(WorkspaceRow):
    """A workspace's own application; its secrets are encrypted and never shown again.

    retired_at: nobody is asked by it any more; companies that were connected by it go on with it
    until they are reconnected, because a permission belongs to the application it was given to.
    """

    __tablename__ = "own_app"
    __table_args__ = (
        # The same application twice, with two secrets.
        UniqueConstraint("workspace_id", "provider", "client_id"),
        # For the references: an application is never another workspace's.
        UniqueConstraint("id", "workspace_id"),
        # Two by which people would be asked: which it is would depend on luck.
        Index(
            "uq_own_app_in_use",
            "workspace_id",
            "provider",
            unique=True,
            postgresql_where=text("retired_at IS NULL"),
        ),
    )

    provider: Mapped[str]
    client_id: Mapped[str]
    client_secret_encrypted: Mapped[bytes] = mapped_column(LargeBinary)
    secret_set_at: Mapped[datetime]
    secret_set_by: Mapped[str]
    # What the vendor signs its notices with; the one of before counts too while it is changed.
    verifier_encrypted: Mapped[bytes | None] = mapped_column(LargeBinary)
    verifier_set_at: Mapped[datetime | None]
    verifier_set_by: Mapped[str | None]
    verifier_before_encrypted: Mapped[bytes | None] = mapped_column(LargeBinary)
    retired_at: Mapped[datetime | None]
