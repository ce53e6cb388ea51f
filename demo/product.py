"""The product from within: accounts as its operator makes them, and what its tables say."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import structlog
from flask import Flask
from sqlalchemy import func, select

from app import create_app
from app.config import Settings
from app.extensions import db
from app.models import (
    Connection,
    CustomerLink,
    DocumentLink,
    Drift,
    Invoice,
    LedgerPaymentRow,
    Mail,
    Reading,
    Reconciliation,
    User,
    Workspace,
)
from app.usecases import accounts, manage_connection
from demo.memory import Memory

SLUG, EMAIL, PERSON = "northgate", "demo@northgate.example", "Priya Nair"


@dataclass(frozen=True, slots=True)
class Login:
    """Who may sign in, and the secret billing signs with."""

    email: str
    password: str
    hook_secret: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a reconciliation came out."""

    verdict: str
    differences: int
    error: str | None

    @property
    def words(self) -> str:
        """Say it in the words of the last line."""
        differs = f"{self.differences} difference{'' if self.differences == 1 else 's'}"
        return {"square": "square", "differs": differs}.get(self.verdict, "not made")


class Product:
    """The application in this process, for what has no page to click on."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    @classmethod
    def make(cls, settings: dict[str, str], log: Path) -> Product:
        """Make an application of its own, whose events go to a log, not to the terminal."""
        app = create_app(Settings.from_environment(settings))
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(log.open("a")))
        return cls(app)

    def close(self) -> None:
        """Let go of the database."""
        with self._app.app_context():
            db.engine.dispose()

    # ------------------------------------------------------------------ accounts

    def login(self, memory: Memory) -> tuple[Login, bool]:
        """Return the demo's login and whether it is new; made once, then remembered."""
        known = [memory.get(name) for name in ("email", "password", "hook_secret")]
        with self._app.app_context():
            workspace = accounts.workspace_by_slug(SLUG)
            if workspace is not None and all(known) and self._has_user(workspace):
                return Login(*map(str, known)), False
            workspace = workspace or accounts.create_workspace(
                "Northgate IT Services Ltd", SLUG, "GB", "GBP"
            )
            password = memory.get("password") or secrets.token_urlsafe(9)
            memory.keep(email=EMAIL, password=password)
            if not self._has_user(workspace):
                accounts.create_user(workspace.id, EMAIL, "owner", password, name=PERSON)
            secret = accounts.create_hook_secret(workspace.id)
            memory.keep(hook_secret=secret)
            return Login(EMAIL, password, secret), True

    @staticmethod
    def workspace_id() -> int:
        """Return the demo's workspace; needs an application context."""
        return db.session.scalars(select(Workspace.id).where(Workspace.slug == SLUG)).one()

    @staticmethod
    def _has_user(workspace: Workspace) -> bool:
        found = select(User.id).where(User.email == EMAIL, User.workspace_id == workspace.id)
        return db.session.scalar(found) is not None

    def connection(self) -> str | None:
        """Return the company of the live connection, if there is one."""
        live = select(Connection.company_name).where(Connection.state != "disconnected")
        with self._app.app_context():
            return db.session.scalar(live)

    def live(self) -> bool:
        """Tell whether pushing is switched on for the live connection."""
        switched_on = select(Connection.live).where(Connection.state != "disconnected")
        with self._app.app_context():
            return bool(db.session.scalar(switched_on))

    def history_is_read(self) -> bool:
        """Tell whether nothing of the books is left to be read."""
        left = select(func.count()).select_from(Reading).where(Reading.finished_at.is_(None))
        with self._app.app_context():
            return not db.session.scalar(left)

    def states(self) -> Counter[str]:
        """Count the invoices by where they stand."""
        return self._counted(Invoice.sync_state)

    def statuses(self) -> Counter[str]:
        """Count the invoices by what is owed on them."""
        return self._counted(Invoice.status)

    def _counted(self, column: object) -> Counter[str]:
        with self._app.app_context():
            rows = db.session.execute(select(column, func.count()).group_by(column))  # type: ignore[call-overload]
            return Counter({str(name): int(count) for name, count in rows})

    def problems(self) -> Counter[str]:
        """Count the sentences that say why invoices are where they should not be."""
        with self._app.app_context():
            rows = db.session.scalars(select(Invoice.problem).where(Invoice.problem.is_not(None)))
            return Counter(str((problem or {}).get("title")) for problem in rows)

    def totals(self) -> dict[str, Decimal]:
        """Return billing's total of every invoice, by number."""
        with self._app.app_context():
            return dict(db.session.execute(select(Invoice.number, Invoice.total)).all())

    def balances(self) -> dict[str, Decimal]:
        """Return what is still owed on every invoice, by number, as billing knows it."""
        with self._app.app_context():
            return dict(db.session.execute(select(Invoice.number, Invoice.balance)).all())

    def pushed_at(self) -> dict[str, datetime]:
        """Return when each booked invoice was booked, by number."""
        booked = (
            select(DocumentLink.number, DocumentLink.pushed_at)
            .where(DocumentLink.document_kind == "invoice", DocumentLink.number.is_not(None))
        )  # fmt: skip
        with self._app.app_context():
            return {str(number): at for number, at in db.session.execute(booked)}

    def pause(self) -> None:
        """Pause the connection, as its page does."""
        with self._app.app_context():
            manage_connection.pause(self._connection_id(), PERSON, None, datetime.now(UTC))

    def resume(self) -> datetime:
        """Resume it; returns when that was."""
        began = datetime.now(UTC)
        with self._app.app_context():
            manage_connection.resume(self._connection_id(), PERSON, None, began)
        return began

    @staticmethod
    def _connection_id() -> int:
        return db.session.scalars(
            select(Connection.id).where(Connection.state != "disconnected")
        ).one()

    def customers(self) -> Counter[str]:
        """Count the customers by how they were matched: found, created, adopted."""
        return self._counted(CustomerLink.how)

    def payments_back(self) -> int:
        """Count the payments that came back from the ledger.

        A company connected again is read again: a payment is one, however often it was read.
        """
        counted = (
            select(func.count(LedgerPaymentRow.ledger_id.distinct()))
            .join(Connection, Connection.id == LedgerPaymentRow.connection_id)
            .where(Connection.state != "disconnected")
            .where(~LedgerPaymentRow.deleted, ~LedgerPaymentRow.voided)
        )
        with self._app.app_context():
            return int(db.session.scalar(counted) or 0)

    def verdict(self, since: datetime | None = None) -> Verdict | None:
        """Return how the newest finished reconciliation came out, if there is one.

        since: only one that a person asked for after this moment.
        """
        newest = select(Reconciliation).where(Reconciliation.finished_at.is_not(None))
        if since is not None:
            newest = newest.where(
                Reconciliation.trigger == "person", Reconciliation.started_at >= since
            )
        with self._app.app_context():
            row = db.session.scalars(newest.order_by(Reconciliation.id.desc())).first()
            if row is None:
                return None
            return Verdict(row.verdict, _open_drifts(), row.error)

    def mails(self) -> list[str]:
        """Return the subjects of the e-mails written, oldest first."""
        with self._app.app_context():
            return list(db.session.scalars(select(Mail.subject).order_by(Mail.id)))


def _open_drifts() -> int:
    return int(db.session.scalar(select(func.count()).where(Drift.closed_at.is_(None))) or 0)
