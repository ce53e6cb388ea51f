"""Open a ledger company for business: a valid token, the governor's leave, one repeat on 401."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from secrets import token_hex
from typing import TypeVar

import structlog
from flask import current_app
from sqlalchemy import func, or_, update

from app.extensions import db, redis_client, settings
from app.governor import Admitted, Governor, Wait
from app.ledgers import LEDGERS
from app.ledgers.errors import (
    Disconnected,
    LedgerError,
    NotAuthorised,
    PermissionDoubted,
    Throttled,
)
from app.ledgers.interface import Call, Ledger, OnCall
from app.models import Connection
from app.usecases.company import tokens
from app.usecases.company.line import Line, line_of
from app.usecases.company.permission_gone import mark_broken

log = structlog.get_logger()
T = TypeVar("T")
Pace = Callable[[float], None]

# No ledger's limit lasts longer than a day; a pause beyond it is a mistake somewhere in between.
_LONGEST_PAUSE = 86_400.0  # seconds

# A read asked for by a person or a job waits this long for its turn, seconds.
_PATIENCE = 3.0

# While every place is taken, it looks again this often, seconds: a call takes a moment.
_LOOK_AGAIN = 0.1

# How long a token that was good is used without looking at its end again; tokens are renewed five
# minutes before they end, see tokens.py.
_REOPEN_AFTER = timedelta(minutes=2)

# Statuses with which the ledger's books answer, not the gateway before them.
_OF_THE_BOOKS = (200, 400)


def governor() -> Governor:
    """Return the governor over this application's Redis."""
    kept = current_app.extensions.get("ledgerbridge_governor")
    if not isinstance(kept, Governor):
        kept = current_app.extensions["ledgerbridge_governor"] = Governor(redis_client())
    return kept


def with_ledger(
    connection_id: int,
    now: datetime,
    do: Callable[[Ledger], T],
    *,
    turn_within: float | None = None,
) -> T:
    """Do something with an open ledger company, as one call by the governor's count.

    turn_within: how long to wait for our turn altogether, seconds. Raises LedgerError; Throttled
    also when the governor says wait. On a permission that is gone the connection is marked, people
    are told, and Disconnected is raised.
    """
    line = line_of(connection_id)
    if line.quiet_until is not None and line.quiet_until > now:
        wait = (line.quiet_until - now).total_seconds()
        raise Throttled(line.quiet_reason or "", retry_after=wait)
    holder = token_hex(8)
    admitted = _come_in(line, holder, turn_within)
    if isinstance(admitted, Wait):
        raise Throttled(admitted.reason, retry_after=admitted.seconds)
    try:
        return OpenCompany(line, holder).do(now, do)
    except Throttled as error:
        pause_company(line, error)
        raise
    finally:
        governor().leave(line.company, holder)


def _come_in(line: Line, holder: str, within: float | None) -> Admitted | Wait:
    """Take a place; wait a little also for one to become free: two people may read at once."""
    if within is not None:
        return _come_in_soon(line, holder, time.monotonic() + within)
    admitted = enter(line, holder, _PATIENCE)
    looks = int(_PATIENCE / _LOOK_AGAIN)
    while isinstance(admitted, Wait) and admitted.kind == "busy" and looks:
        time.sleep(_LOOK_AGAIN)
        looks -= 1
        admitted = enter(line, holder, _PATIENCE)
    return admitted


def _come_in_soon(line: Line, holder: str, deadline: float) -> Admitted | Wait:
    """Take a place until a moment of the monotonic clock: somebody holds a web request open."""
    while True:
        admitted = governor().enter(line.company, holder, line.limits)
        if isinstance(admitted, Admitted) or admitted.kind == "paused":
            return admitted
        wait = _LOOK_AGAIN if admitted.kind == "busy" else admitted.seconds
        if time.monotonic() + wait > deadline:
            return admitted
        time.sleep(wait)


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
        self._accepted = False  # the token at hand, by a call

    def do(self, now: datetime, deed: Callable[[Ledger], T]) -> T:
        """Do something with a valid token; renew it once and repeat once when it is refused.

        Raises LedgerError. Disconnected also marks the connection and has its people told;
        PermissionDoubted when a token just renewed was refused, but not long enough.
        """
        try:
            return self._attempted(now, deed)
        except NotAuthorised as error:
            raise self._refused(error, now) from error
        except Disconnected as error:
            permission_gone(self.line, error, now)
            raise

    def _attempted(self, now: datetime, deed: Callable[[Ledger], T]) -> T:
        ledger, access = self._open(now)
        require_no_transaction()
        try:
            done = deed(ledger)
        except NotAuthorised:
            access = tokens.refresh(self.line.grant_id, access.version, now)
            done = deed(self._with(access, now))
        if access.doubted and self._accepted:
            tokens.accepted(self.line.grant_id)
            self._access = replace(access, doubted=False)
        return done

    def _refused(self, error: NotAuthorised, now: datetime) -> LedgerError:
        """Say what becomes of a permission whose new token was refused."""
        version = self._access.version if self._access else 0
        self._ledger = self._access = None  # the next call looks how the permission stands
        gone = tokens.refused(self.line.grant_id, version, now)
        if gone:
            permission_gone(self.line, error, now)
        else:
            log.warning("connection.permission_doubted", connection_id=self.line.connection_id)
        kind = Disconnected if gone else PermissionDoubted
        return kind(
            error.message, code=error.code, request_id=error.request_id, status=error.status
        )

    def _open(self, now: datetime) -> tuple[Ledger, tokens.Access]:
        fresh = self._opened_at is not None and now - self._opened_at < _REOPEN_AFTER
        ledger, access = self._ledger, self._access
        if fresh and ledger is not None and access is not None:
            return ledger, access
        access = tokens.access_token(self.line.grant_id, now)
        return self._with(access, now), access

    def _with(self, access: tokens.Access, now: datetime) -> Ledger:
        self._access, self._opened_at, self._accepted = access, now, False
        self._ledger = opened(self.line, access.token, self._heard)
        return self._ledger

    def _heard(self, call: Call) -> None:
        """Count a call; an answer of the books themselves says that the token is good."""
        self._accepted = self._accepted or call.status in _OF_THE_BOOKS
        _count(self.line, self.holder, call)


def opened(line: Line, token: str, on_call: OnCall) -> Ledger:
    """Open the company with a token."""
    require_no_transaction()
    app = line.kind.app_of(settings())
    return line.kind.open(app, line.environment, line.company_id, token, on_call)


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
    seconds = min(floor if error.retry_after is None else error.retry_after, _LONGEST_PAUSE)
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


def _count(line: Line, holder: str, call: Call) -> None:
    governor().record(line.company, metered=call.metered, holder=holder)
    log.info(
        "ledger.call",
        connection_id=line.connection_id,
        operation=call.operation,
        status=call.status,
        milliseconds=call.milliseconds,
        request_id=call.request_id,
    )
