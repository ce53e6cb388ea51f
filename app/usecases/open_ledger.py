"""Open a ledger company for business: a valid token, the governor's leave, one repeat on 401."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from secrets import token_hex
from typing import TypeVar

import structlog
from flask import current_app
from sqlalchemy import func, or_, update

from app.extensions import db, redis_client, settings
from app.governor import Admitted, Governor, Wait
from app.ledgers import LEDGERS
from app.ledgers.errors import Disconnected, NotAuthorised, Throttled
from app.ledgers.interface import Call, Ledger, LedgerKind, Limits
from app.models import Connection
from app.usecases import tokens
from app.usecases.permission_gone import mark_broken

log = structlog.get_logger()
T = TypeVar("T")
Pace = Callable[[float], None]

# A read asked for by a person or a job waits this long for its turn, seconds.
_PATIENCE = 3.0

# How long a token that was good is used without looking at its end again; tokens are renewed five
# minutes before they end, see tokens.py.
_REOPEN_AFTER = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Line:
    """What it takes to call one company; read once, so that no transaction stays open."""

    connection_id: int
    workspace_id: int
    provider: str
    environment: str
    company_id: str
    grant_id: int
    writes: int  # at a time
    limits: Limits
    quiet_until: datetime | None
    quiet_reason: str | None

    @property
    def kind(self) -> LedgerKind:
        """Return the vendor."""
        return LEDGERS[self.provider]

    @property
    def company(self) -> str:
        """Return the name under which the governor counts this company's calls."""
        return f"{self.provider}:{self.environment}:{self.company_id}"


class NotConnected(Exception):
    """Raised when a connection holds no permission."""


def line_of(connection_id: int) -> Line:
    """Read what it takes to call a connection's company; raises NotConnected."""
    connection = db.session.get_one(Connection, connection_id)
    if connection.grant_id is None:
        raise NotConnected(f"Connection {connection_id} has no permission.")
    line = Line(
        connection_id=connection.id,
        workspace_id=connection.workspace_id,
        provider=connection.provider,
        environment=connection.environment,
        company_id=connection.company_id,
        grant_id=connection.grant_id,
        writes=writes_at_once(connection),
        limits=limits_of(connection),
        quiet_until=connection.quiet_until,
        quiet_reason=connection.quiet_reason,
    )
    db.session.commit()
    return line


def writes_at_once(connection: Connection) -> int:
    """Return how many writes of ours may be in flight in a company."""
    return min(connection.in_flight, LEDGERS[connection.provider].provider.limits.in_flight)


def limits_of(connection: Connection) -> Limits:
    """Return how fast we may be in a company: the vendor's limits, or slower where people say so.

    One place more than there are writes at a time: a read need not wait for a month's end.
    """
    vendor = LEDGERS[connection.provider].provider.limits
    own = connection.calls_per_minute or vendor.per_minute
    return replace(
        vendor,
        per_minute=min(own, vendor.per_minute),
        in_flight=writes_at_once(connection) + 1,
    )


def governor() -> Governor:
    """Return the governor over this application's Redis."""
    kept = current_app.extensions.get("ledgerbridge_governor")
    if not isinstance(kept, Governor):
        kept = current_app.extensions["ledgerbridge_governor"] = Governor(redis_client())
    return kept


def with_ledger(connection_id: int, now: datetime, do: Callable[[Ledger], T]) -> T:
    """Do something with an open ledger company, as one call by the governor's count.

    Raises LedgerError; Throttled also when the governor says wait. On a permission that is gone the
    connection is marked, people are told, and Disconnected is raised.
    """
    line = line_of(connection_id)
    if line.quiet_until is not None and line.quiet_until > now:
        wait = (line.quiet_until - now).total_seconds()
        raise Throttled(line.quiet_reason or "", retry_after=wait)
    holder = token_hex(8)
    admitted = enter(line, holder, _PATIENCE)
    if isinstance(admitted, Wait):
        raise Throttled(admitted.reason, retry_after=admitted.seconds)
    try:
        return OpenCompany(line, holder).do(now, do)
    except Throttled as error:
        pause_company(line, error)
        raise
    finally:
        governor().leave(line.company, holder)


def enter(line: Line, holder: str, patience: float, pace: Pace = time.sleep) -> Admitted | Wait:
    """Take one of the company's places; keep the ledger's pace where it is a matter of moments.

    patience: the longest single wait, in seconds, that is kept here instead of handed back. Only
    the rhythm of calls is kept; a pause or a full house is always handed back. Raises
    GovernorUnavailable.
    """
    admitted = governor().enter(line.company, holder, line.limits)
    while isinstance(admitted, Wait) and admitted.kind == "rate" and admitted.seconds <= patience:
        pace(admitted.seconds)
        admitted = governor().enter(line.company, holder, line.limits)
    return admitted


class OpenCompany:
    """A ledger company kept open over many calls, so that its HTTP connection is reused."""

    def __init__(self, line: Line, holder: str) -> None:
        self.line = line
        self.holder = holder  # under which the governor counts these calls
        self._access: tokens.Access | None = None
        self._ledger: Ledger | None = None
        self._opened_at: datetime | None = None

    def do(self, now: datetime, deed: Callable[[Ledger], T]) -> T:
        """Do something with a valid token; renew it once and repeat once when it is refused.

        Raises LedgerError. Disconnected also marks the connection and has its people told.
        """
        try:
            return self._attempted(now, deed)
        except NotAuthorised as error:
            permission_gone(self.line, error, now)
            raise Disconnected(
                error.message, code=error.code, request_id=error.request_id, status=error.status
            ) from error
        except Disconnected as error:
            permission_gone(self.line, error, now)
            raise

    def _attempted(self, now: datetime, deed: Callable[[Ledger], T]) -> T:
        ledger, access = self._open(now)
        require_no_transaction()
        try:
            return deed(ledger)
        except NotAuthorised:
            access = tokens.refresh(self.line.grant_id, access.version, now)
            return deed(self._with(access, now))

    def _open(self, now: datetime) -> tuple[Ledger, tokens.Access]:
        fresh = self._opened_at is not None and now - self._opened_at < _REOPEN_AFTER
        if fresh and self._ledger is not None and self._access is not None:
            return self._ledger, self._access
        access = tokens.access_token(self.line.grant_id, now)
        return self._with(access, now), access

    def _with(self, access: tokens.Access, now: datetime) -> Ledger:
        self._access, self._opened_at = access, now
        self._ledger = opened(self.line, access.token, self.holder)
        return self._ledger


def opened(line: Line, token: str, holder: str) -> Ledger:
    """Open the company with a token; every call is counted."""
    require_no_transaction()
    app = line.kind.app_of(settings())
    return line.kind.open(app, line.environment, line.company_id, token, _counted(line, holder))


def on_paper(provider: str, environment: str, company_id: str) -> Ledger:
    """Open a company without a permission: enough to build bodies, too little to call."""
    kind = LEDGERS[provider]
    return kind.open(kind.app_of(settings()), environment, company_id, "", _nobody_calls)


def _nobody_calls(_call: Call) -> None:
    raise RuntimeError("A ledger opened on paper was called.")


def pause_company(line: Line, error: Throttled) -> float:
    """Hold back the whole company for as long as the ledger asked; returns the seconds; commits.

    Kept in the database as well: a Redis that is emptied meanwhile must not end the pause. The
    later of two ends stands.
    """
    floor = line.kind.provider.limits.pause_floor.total_seconds()
    seconds = floor if error.retry_after is None else error.retry_after
    reason = f"{line.kind.provider.name} asked us to wait."
    governor().pause(line.company, seconds, reason)
    until = func.clock_timestamp() + timedelta(seconds=seconds)
    db.session.execute(
        update(Connection)
        .where(
            Connection.id == line.connection_id,
            or_(Connection.quiet_until.is_(None), Connection.quiet_until < until),
        )
        .values(quiet_until=until, quiet_reason=reason)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    log.warning("ledger.throttled", connection_id=line.connection_id, seconds=seconds)
    return seconds


def give_rest(line: Line, seconds: float) -> None:
    """Ask nothing of a ledger that does not answer for a while; forgotten with Redis, at worst."""
    reason = f"{line.kind.provider.name} does not answer. We try again by ourselves."
    governor().pause(line.company, seconds, reason)
    log.warning("ledger.silent", connection_id=line.connection_id, seconds=seconds)


def permission_gone(line: Line, error: Exception, now: datetime) -> None:
    """Mark the connection broken and have its people told."""
    log.warning("connection.permission_gone", connection_id=line.connection_id)
    mark_broken(line.connection_id, str(error), now)


def require_no_transaction() -> None:
    """Refuse to go to the network inside a database transaction: it would hold rows for a minute.

    Raises RuntimeError: only a mistake of ours can bring us here.
    """
    if db.session().in_transaction():
        raise RuntimeError("A ledger call was about to be made inside a database transaction.")


def _counted(line: Line, holder: str) -> Callable[[Call], None]:
    def count(call: Call) -> None:
        governor().record(line.company, metered=call.metered, holder=holder)
        log.info(
            "ledger.call",
            connection_id=line.connection_id,
            operation=call.operation,
            status=call.status,
            milliseconds=call.milliseconds,
            request_id=call.request_id,
        )

    return count
