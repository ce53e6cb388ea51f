"""A permission, the ledger company it opens, and what its people mapped."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
    and_,
    case,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.mail_topics import Topic
from app.domain.perhaps_there import POLICIES as DUPLICATES
from app.domain.states import TARGET_OF, CatalogueKind, ConnectionState, MappingKind
from app.models.base import WorkspaceRow, one_of
from app.models.own_app import OwnApp
from app.models.workspace import Workspace


def _of_own_workspace() -> ForeignKeyConstraint:
    """Let no permission name another workspace's application."""
    return ForeignKeyConstraint(
        ["own_app_id", "workspace_id"], ["own_app.id", "own_app.workspace_id"]
    )


class Grant(WorkspaceRow):
    """One set of OAuth tokens, encrypted; version rises with every refresh (compare and swap).

    own_app_id: the workspace's own application it was given to, empty for the shared one; only that
    one may renew it or give it back.
    """

    __tablename__ = "oauth_grant"
    __table_args__ = (_of_own_workspace(),)

    provider: Mapped[str]
    environment: Mapped[str]
    access_token_encrypted: Mapped[bytes] = mapped_column(LargeBinary)
    refresh_token_encrypted: Mapped[bytes] = mapped_column(LargeBinary)
    access_expires_at: Mapped[datetime]
    refresh_expires_at: Mapped[datetime | None]
    hard_expires_at: Mapped[datetime | None]
    refreshed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default="1")
    # When a token just renewed was refused for the first time; empty again once a call is accepted.
    refused_at: Mapped[datetime | None]
    own_app_id: Mapped[int | None]

    own_app: Mapped[OwnApp | None] = relationship(viewonly=True)


class Revocation(WorkspaceRow):
    """A permission that was given up here and that the vendor has not taken back yet.

    ends_at: when it ends by itself. The row goes once the vendor took it back.
    """

    __tablename__ = "revocation"
    __table_args__ = (
        # A connection gives its permission back once; what is connected anew keeps it.
        UniqueConstraint("connection_id"),
        Index("ix_revocation_due", "due_at"),
        _of_own_workspace(),
    )

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    refresh_token_encrypted: Mapped[bytes] = mapped_column(LargeBinary)
    ends_at: Mapped[datetime | None]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(server_default="0")
    own_app_id: Mapped[int | None]  # as that of the grant it was


class PermissionWarning(WorkspaceRow):
    """People were told that a permission ends.

    what: idle = unless it is renewed before, final = whatever we do. A date that moved makes the
    warning void: the row is told again, with its new date.
    """

    __tablename__ = "permission_warning"
    __table_args__ = (
        one_of("what", ("idle", "final")),
        # The same warning twice, from two clocks or after a restart.
        UniqueConstraint("grant_id", "what", "days"),
    )

    grant_id: Mapped[int] = mapped_column(ForeignKey("oauth_grant.id", ondelete="CASCADE"))
    what: Mapped[str]
    days: Mapped[int]  # before the end
    ends_at: Mapped[datetime]


class Connection(WorkspaceRow):
    """One ledger company of a workspace, with what its people decided."""

    __tablename__ = "connection"
    __table_args__ = (
        one_of("state", ConnectionState),
        one_of("push_mode", ("auto", "review")),
        one_of("closed_period_policy", ("hold", "next_open_day")),
        one_of("tax_rounding", ("rate", "line")),
        one_of("long_numbers", ("refuse", "shorten")),
        one_of("customer_changes", ("never", "always")),
        one_of("duplicates", DUPLICATES),
        # Nothing at a time, or none a minute, would be a pause that nobody sees.
        CheckConstraint("in_flight >= 1", name="in_flight_positive"),
        CheckConstraint("calls_per_minute >= 1", name="calls_per_minute_positive"),
        # Two live links to one company would push everything twice, or into the wrong workspace.
        Index(
            "uq_connection_live_company",
            "provider",
            "environment",
            "company_id",
            unique=True,
            postgresql_where=text("state <> 'disconnected'"),
        ),
    )

    provider: Mapped[str]
    environment: Mapped[str]
    company_id: Mapped[str]
    company_name: Mapped[str]
    country: Mapped[str]
    home_currency: Mapped[str]
    grant_id: Mapped[int | None] = mapped_column(ForeignKey("oauth_grant.id"))
    state: Mapped[str] = mapped_column(server_default=ConnectionState.ACTIVE)
    state_reason: Mapped[str | None]  # a sentence, when not active
    disconnected_at: Mapped[datetime | None]
    # Which invoices come here; all of the workspace's when both are empty.
    entity: Mapped[str | None]
    currency: Mapped[str | None]
    # What finance decided.
    push_mode: Mapped[str] = mapped_column(server_default="auto")
    closed_period_policy: Mapped[str] = mapped_column(server_default="hold")
    # How the ledger rounds tax on prices without it: once for each rate, or line by line.
    tax_rounding: Mapped[str] = mapped_column(server_default="rate")
    long_numbers: Mapped[str] = mapped_column(server_default="refuse")
    # Whether what billing changes about a customer is sent by itself.
    customer_changes: Mapped[str] = mapped_column(server_default="never")
    # What becomes of an invoice that somebody has typed into the ledger already.
    duplicates: Mapped[str] = mapped_column(server_default="ask")
    review_recurring: Mapped[bool] = mapped_column(server_default=text("false"))
    # How fast we may be: writes at a time, calls a minute (empty: what the ledger allows).
    in_flight: Mapped[int] = mapped_column(server_default="1")
    calls_per_minute: Mapped[int | None]
    default_income_account_id: Mapped[str | None]
    default_income_account_name: Mapped[str | None]
    # What the ledger said of itself, and when.
    tax_enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    multicurrency: Mapped[bool] = mapped_column(server_default=text("false"))
    books_closed_to: Mapped[date | None]
    own_numbers: Mapped[bool] = mapped_column(server_default=text("true"))
    preferences: Mapped[dict[str, Any] | None]
    company_read_at: Mapped[datetime | None]
    catalogue_read_at: Mapped[datetime | None]
    # Everything up to here has been applied; moves only in the commit that applied it.
    pull_cursor: Mapped[datetime | None]
    pulled_at: Mapped[datetime | None]
    # The book is read from this date on, once; empty: connected before there was a choice.
    history_from: Mapped[date | None]
    # Newest and oldest notice since the last pull; a pull that started later clears them.
    pull_wanted_at: Mapped[datetime | None]
    pull_wanted_since: Mapped[datetime | None]

    # Nothing is pushed before somebody switches it on, but one invoice that is tried first.
    live: Mapped[bool] = mapped_column(server_default=text("true"))
    trial_id: Mapped[int | None]
    # Documents dated before it stay in billing; empty: connected before there was a choice.
    starts_on: Mapped[date | None]

    # Nobody calls before this: the ledger asked, or a limit is used up; kept beside the governor,
    # which forgets it when Redis is emptied.
    quiet_until: Mapped[datetime | None]
    quiet_reason: Mapped[str | None]  # a sentence

    grant: Mapped[Grant | None] = relationship()
    workspace: Mapped[Workspace] = relationship(foreign_keys="Connection.workspace_id")


class MailRecipient(WorkspaceRow):
    """Somebody who was chosen to be e-mailed about a connection: a person, or an address outside.

    A topic without any row goes to whom it goes unless somebody chose: owners and finance.
    connection_id is empty for what is about the whole workspace.
    """

    __tablename__ = "mail_recipient"
    __table_args__ = (
        one_of("topic", Topic),
        CheckConstraint("num_nonnulls(user_id, address) = 1", name="person_or_address"),
        # The same e-mail twice to one mailbox.
        UniqueConstraint("connection_id", "topic", "user_id"),
        UniqueConstraint("connection_id", "topic", "address"),
        Index(
            "uq_mail_recipient_of_all",
            "workspace_id",
            "topic",
            "user_id",
            "address",
            unique=True,
            postgresql_where=text("connection_id IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
    )

    connection_id: Mapped[int | None] = mapped_column(ForeignKey("connection.id"))
    topic: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    address: Mapped[str | None]  # in small letters


class CatalogueRow(WorkspaceRow):
    """One entry of the ledger's lists, as last read."""

    __tablename__ = "catalogue_entry"
    __table_args__ = (
        one_of("kind", CatalogueKind),
        UniqueConstraint("connection_id", "kind", "ledger_id"),
    )

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    kind: Mapped[str]
    ledger_id: Mapped[str]
    name: Mapped[str]
    active: Mapped[bool]
    rate: Mapped[Decimal | None]
    account: Mapped[str | None]
    details: Mapped[dict[str, Any]]

    @property
    def usable(self) -> bool:
        """Tell whether a sale may name it: active, and neither a category nor for purchases."""
        return self.active and self.details.get("for_sales") is not False

    @property
    def why_unusable(self) -> str:
        """Say why no sale may name it, as push_plan.GoneTarget does."""
        if not self.active:
            return "inactive"
        return str(self.details.get("is_a") or "code for purchases only")

    @classmethod
    def is_usable(cls) -> ColumnElement[bool]:
        """Match the entries of which usable is true."""
        for_sales = func.coalesce(cls.details["for_sales"].astext, "true")
        return and_(cls.active, for_sales != "false")


class Mapping(WorkspaceRow):
    """What billing's code is called in one ledger, who said so and when."""

    __tablename__ = "mapping"
    __table_args__ = (
        one_of("kind", MappingKind),
        # Two targets for one code: the ledger booked would depend on luck.
        UniqueConstraint("connection_id", "kind", "code"),
    )

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    kind: Mapped[str]
    code: Mapped[str]
    ledger_id: Mapped[str]
    ledger_name: Mapped[str]
    set_by: Mapped[str]
    set_at: Mapped[datetime]
    # What undo brings back: ledger_id, ledger_name, set_by, set_at; {} = unmapped; NULL = nothing.
    replaced: Mapped[dict[str, Any] | None]

    @classmethod
    def leads_to(cls, entry: type[CatalogueRow]) -> ColumnElement[bool]:
        """Match mappings with the entries they lead to."""
        target = case(*((cls.kind == ours, theirs) for ours, theirs in TARGET_OF.items()))
        return and_(
            entry.connection_id == cls.connection_id,
            entry.kind == target,
            entry.ledger_id == cls.ledger_id,
        )

    def as_replaced(self) -> dict[str, Any]:
        """Return what undo brings back once this is mapped to something else."""
        return {
            "ledger_id": self.ledger_id,
            "ledger_name": self.ledger_name,
            "set_by": self.set_by,
            "set_at": self.set_at.isoformat(),
        }
