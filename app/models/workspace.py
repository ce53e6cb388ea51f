"""A customer of ours, its people and its machines' access."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Row, WorkspaceRow, one_of

ROLES = ("owner", "finance", "viewer")
THEMES = ("system", "light", "dark")


class Workspace(Row):
    """One customer of ours; times of day below are in its own time zone."""

    __tablename__ = "workspace"
    __table_args__ = (
        CheckConstraint("reconcile_hour BETWEEN 0 AND 23", name="reconcile_hour_of_day"),
        one_of("reconcile_mail", ("daily", "difference", "never")),
    )

    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    country: Mapped[str]
    currency: Mapped[str]
    time_zone: Mapped[str] = mapped_column(server_default="Europe/London")
    reconcile_hour: Mapped[int] = mapped_column(server_default="6")
    reconcile_mail: Mapped[str] = mapped_column(server_default="daily")


class User(WorkspaceRow):
    """A person of a workspace."""

    __tablename__ = "user_account"
    __table_args__ = (
        one_of("role", ROLES),
        one_of("theme", THEMES),
        # One person signs in by e-mail, whatever the case: no second account of the same address.
        Index("uq_user_account_email", text("lower(email)"), unique=True),
    )

    email: Mapped[str]
    name: Mapped[str]
    password_hash: Mapped[str]
    role: Mapped[str]
    disabled_at: Mapped[datetime | None]
    signed_in_at: Mapped[datetime | None]  # when last
    # What only this person sees: keys that act without Ctrl or Alt (WCAG 2.1.4), and colours.
    shortcuts: Mapped[bool] = mapped_column(server_default=text("true"))
    theme: Mapped[str] = mapped_column(server_default="system")
    workspace: Mapped[Workspace] = relationship(lazy="joined")


class SignIn(WorkspaceRow):
    """One browser somebody is signed in with; without its row a copied cookie opens nothing."""

    __tablename__ = "sign_in"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    # As it is: the cookie around it is signed, so nobody can make one from a copy of this table.
    token: Mapped[str] = mapped_column(unique=True)


class ApiKey(WorkspaceRow):
    """A machine's access; only the hash of the key is kept."""

    __tablename__ = "api_key"

    name: Mapped[str]
    prefix: Mapped[str]  # the first characters, to tell keys apart on the page
    key_hash: Mapped[str] = mapped_column(unique=True)
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class HookSecret(WorkspaceRow):
    """A secret that billing signs its hooks with; several while rotating."""

    __tablename__ = "hook_secret"

    secret_encrypted: Mapped[bytes] = mapped_column(LargeBinary)
    revoked_at: Mapped[datetime | None]


class AuditEntry(WorkspaceRow):
    """Who did what, when; never changed."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_subject", "workspace_id", "subject"),
        # The audit log, newest first, page by page.
        Index("ix_audit_entry_newest", "workspace_id", "created_at", "id"),
    )

    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    actor: Mapped[str]  # the person's name, "Ledgerbridge", "command line" or an API key's name
    action: Mapped[str]  # for example connection.connect, mapping.save
    subject: Mapped[str]  # for example connection:7
    detail: Mapped[dict[str, Any] | None]


class Alert(WorkspaceRow):
    """Something a person must look at, open until it is over."""

    __tablename__ = "alert"
    __table_args__ = (
        # The same alarm does not ring twice at once.
        Index(
            "uq_alert_open",
            "workspace_id",
            "kind",
            "subject",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    kind: Mapped[str]  # for example connection.disconnected
    subject: Mapped[str]
    message: Mapped[str]
    closed_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]  # when people were last told again by e-mail
