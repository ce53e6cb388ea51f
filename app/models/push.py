"""Intentions to write to a ledger, each try, and the links that result."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.states import DocumentKind, Lane, Operation, PushState
from app.models.base import WorkspaceRow, one_of
from app.models.billing import Customer
from app.models.connection import Connection


class Push(WorkspaceRow):
    """One intention: create, update, void or delete one document in one ledger.

    body and key are stored before the first byte leaves and never change afterwards; first_sent_at
    tells how old the key is. claimed_until: a worker has it; past that moment it may be claimed
    again, whatever happened to the worker.
    """

    __tablename__ = "push"
    __table_args__ = (
        one_of("state", PushState),
        one_of("document_kind", DocumentKind),
        one_of("operation", Operation),
        # Two open pushes for one document would race each other into the ledger.
        Index(
            "uq_push_open",
            "connection_id",
            "document_kind",
            "document_id",
            unique=True,
            postgresql_where=text("state NOT IN ('done', 'cancelled')"),
        ),
        # One key names one document for ever: a second use would replay somebody else's answer.
        Index(
            "uq_push_key",
            "connection_id",
            "key",
            unique=True,
            postgresql_where=text("key IS NOT NULL"),
        ),
        # What the drain and the sweep look for, and nothing else.
        Index(
            "ix_push_due",
            "connection_id",
            "due_at",
            postgresql_where=text("state IN ('waiting', 'retrying', 'unconfirmed', 'pushing')"),
        ),
        # The order in which a drain takes it: no sorting of a backlog for every hundred.
        Index(
            "ix_push_claim",
            "connection_id",
            "lane",
            "due_at",
            "id",
            postgresql_where=text("state IN ('waiting', 'retrying', 'unconfirmed', 'pushing')"),
        ),
        Index("ix_push_document", "document_kind", "document_id"),
        # One creation taken back twice: the second would hit what was pushed anew meanwhile.
        Index(
            "uq_push_undoes",
            "undoes_id",
            unique=True,
            postgresql_where=text("state <> 'cancelled'"),
        ),
        Index("ix_push_run", "run_id", postgresql_where=text("run_id IS NOT NULL")),
    )

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    document_kind: Mapped[str]
    document_id: Mapped[int]
    operation: Mapped[str]
    revision: Mapped[int]
    state: Mapped[str]
    lane: Mapped[int] = mapped_column(SmallInteger, server_default=str(int(Lane.NORMAL)))
    due_at: Mapped[datetime]
    quiet_since: Mapped[datetime | None]  # first of the changes that wait to be sent as one
    attempts: Mapped[int] = mapped_column(server_default="0")
    claimed_by: Mapped[str | None]
    claimed_until: Mapped[datetime | None]
    key: Mapped[str | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    total: Mapped[Decimal | None]  # that the body says; billing may have changed it since
    number: Mapped[str | None]  # the same of the document's number, and ledgers keep less of some
    # The key left us at least once: bytes and key stay, also where the ledger says it did not act.
    key_used: Mapped[bool] = mapped_column(server_default=text("false"))
    first_sent_at: Mapped[datetime | None]
    look_first: Mapped[bool] = mapped_column(server_default=text("false"))  # adopt before creating
    problem: Mapped[dict[str, Any] | None]
    asked: Mapped[dict[str, Any] | None]  # an item: what a person wants made; see item_wish.py
    note: Mapped[str | None]  # what was done differently than billing said, a sentence
    finished_at: Mapped[datetime | None]
    run_id: Mapped[int | None] = mapped_column(ForeignKey("push_run.id"))  # that sent it first
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("push.id"))  # the creation taken back
    booked_total: Mapped[Decimal | None]  # as the ledger answered this push
    aim: Mapped[dict[str, Any] | None]  # of a customer's push, see app/domain/customer.py

    connection: Mapped[Connection] = relationship()


class PushRun(WorkspaceRow):
    """One stretch of pushing into one company, from the first document due until none is.

    What a person undoes when a whole month's end went out wrong.
    """

    __tablename__ = "push_run"
    __table_args__ = (
        # Two runs under way in one company would share its documents by chance.
        Index(
            "uq_push_run_open",
            "connection_id",
            unique=True,
            postgresql_where=text("finished_at IS NULL"),
        ),
        Index("ix_push_run_newest", "connection_id", "started_at"),
    )

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]
    undone_how: Mapped[str | None]  # void | delete

    connection: Mapped[Connection] = relationship()


class Attempt(WorkspaceRow):
    """One try of one push: when, how long, what came of it, in words for people."""

    __tablename__ = "attempt"
    __table_args__ = (
        Index("ix_attempt_push", "push_id", "started_at"),
        # The log, and how much is in it by outcome.
        Index(
            "ix_attempt_order",
            "workspace_id",
            "started_at",
            "id",
            postgresql_include=["outcome"],
        ),
        # How many there are of all: equal entries are one, so a million of them are read quickly.
        Index("ix_attempt_outcome", "workspace_id", "outcome"),
        Index(
            "ix_attempt_request",
            "ledger_request_id",
            postgresql_where=text("ledger_request_id IS NOT NULL"),
        ),
        # Asked for at every scrape, and there are very few of them.
        Index("ix_attempt_unexplained", "code", postgresql_where=text("unexplained")),
    )

    push_id: Mapped[int] = mapped_column(ForeignKey("push.id"))
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    started_at: Mapped[datetime]
    milliseconds: Mapped[int]
    outcome: Mapped[str]  # a SyncState, or throttled | not_authorised | adopted
    words: Mapped[str]
    code: Mapped[str | None]
    ledger_message: Mapped[str | None]
    ledger_request_id: Mapped[str | None]
    # The code was one that nobody had put into words yet.
    unexplained: Mapped[bool] = mapped_column(server_default=text("false"))
    actor: Mapped[str] = mapped_column(server_default="Ledgerbridge")

    push: Mapped[Push] = relationship()


class CustomerLink(WorkspaceRow):
    """Our customer is this customer of the ledger."""

    __tablename__ = "customer_link"
    __table_args__ = (
        # Two ledger customers for one of ours would split their debts.
        UniqueConstraint("connection_id", "customer_id"),
        Index("ix_customer_link_ledger", "connection_id", "ledger_id"),
    )

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    ledger_id: Mapped[str]
    ledger_name: Mapped[str]
    how: Mapped[str]  # created | found | chosen | adopted
    currency: Mapped[str | None]  # in which the ledger keeps them, for good
    # The ledger's, as our last write left it; empty: somebody may have changed them since.
    version: Mapped[str | None]
    sent: Mapped[dict[str, Any] | None]  # what billing said when we last wrote or linked them
    gone: Mapped[str | None]  # why nothing may be booked to them any more, a sentence
    set_by: Mapped[str | None]  # the person who chose them
    set_at: Mapped[datetime | None]

    customer: Mapped[Customer] = relationship()


class DocumentLink(WorkspaceRow):
    """Our document is this document of the ledger; what we last sent and what it answered.

    version: the newest we heard of, by whatever way. agreed: the last state of which nothing of
    anybody else's is unseen, as version and content; a write of ours names that version and no
    newer one. asked: the state that a person is asked about.
    """

    __tablename__ = "document_link"
    __table_args__ = (
        # Two ledger documents for one of ours: the duplicate this product exists to prevent.
        UniqueConstraint("connection_id", "document_kind", "document_id"),
        # One ledger document for two of ours: one of them would never be booked.
        UniqueConstraint("connection_id", "document_kind", "ledger_id"),
        # What was booked today.
        Index("ix_document_link_pushed", "workspace_id", "document_kind", "pushed_at"),
    )

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    document_kind: Mapped[str]
    document_id: Mapped[int]
    ledger_id: Mapped[str]
    version: Mapped[str]
    revision: Mapped[int]
    number: Mapped[str | None]
    sent_total: Mapped[Decimal | None]
    ledger_total: Mapped[Decimal | None]
    ledger_tax_total: Mapped[Decimal | None]
    settled: Mapped[Decimal] = mapped_column(server_default="0")  # of it, as billing has heard
    url: Mapped[str | None]
    adopted: Mapped[bool] = mapped_column(server_default=text("false"))
    pushed_at: Mapped[datetime]
    agreed: Mapped[dict[str, Any] | None]
    asked: Mapped[dict[str, Any] | None]
