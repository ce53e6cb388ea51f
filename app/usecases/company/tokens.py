"""Hand out a valid access token; refresh in one place, one at a time, stored before use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import update

from app.extensions import db
from app.ledgers import LEDGERS
from app.ledgers.errors import (
    Disconnected,
    Misconfigured,
    PermissionDoubted,
    TryAgain,
    Unavailable,
    Unsure,
)
from app.ledgers.interface import App, Tokens
from app.models import Grant
from app.secrets import seal, unseal
from app.usecases.company import our_mistake
from app.usecases.company.apps import app_by
from app.usecases.company.exclusive import exclusively

log = structlog.get_logger()

# A token that ends sooner than this is renewed before use: a slow call must not outlive it.
_MARGIN = timedelta(minutes=5)
# How long to wait for another worker's refresh, seconds: its call may take 30.
_PATIENCE = 40
# A token just renewed that is refused may be a trouble of the ledger's: nobody calls for so long,
# and only when it is refused again after that is the permission gone (decision 12).
DOUBT = timedelta(seconds=60)
# Refusals further apart than this have nothing to do with each other.
_DOUBT_KEPT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Access:
    """A token good for use now, and the version of the grant it came from.

    doubted: a token just renewed was refused lately; the next call that is accepted ends that.
    """

    token: str
    version: int
    doubted: bool = False


@dataclass(frozen=True, slots=True)
class _Stored:
    provider: str
    environment: str
    refresh_token: str
    app: App  # that it was given to
    access: Access
    access_expires_at: datetime
    refused_at: datetime | None


def access_token(grant_id: int, now: datetime) -> Access:
    """Return a token that lasts; renews one about to end, and else uses it up. Raises LedgerError.

    PermissionDoubted while nobody may call because a new token was refused a moment ago.
    """
    stored = _read(grant_id)
    if stored.refused_at is not None and timedelta(0) <= now - stored.refused_at < DOUBT:
        raise PermissionDoubted("A permission just renewed was refused; it is tried again soon.")
    if stored.access_expires_at > now + _MARGIN:
        return stored.access
    try:
        return refresh(grant_id, stored.access.version, now)
    except (TryAgain, Misconfigured) as error:
        if stored.access_expires_at <= now:
            raise
        log.warning("token.used_up", grant_id=grant_id, error=type(error).__name__)
        return stored.access


def refresh(grant_id: int, unless_newer_than: int, now: datetime) -> Access:
    """Renew the token, unless somebody did since that version.

    Raises Disconnected when the permission is gone, Misconfigured when our application is refused
    (people are told), Unavailable when the vendor (or another worker's refresh) does not come to
    an end: the stored tokens stay in use.
    """
    with exclusively("refresh", grant_id, wait_seconds=_PATIENCE) as alone:
        if not alone:
            raise Unavailable("Another worker is renewing this permission.")
        stored = _read(grant_id)
        if stored.access.version > unless_newer_than:
            return stored.access
        return _renew(grant_id, stored, now)


def _renew(grant_id: int, stored: _Stored, now: datetime) -> Access:
    try:
        tokens = _asked(stored, now)
    except Disconnected:
        newer = _read(grant_id)  # perhaps somebody outside the lock won the race
        if newer.access.version > stored.access.version:
            return newer.access
        raise
    except Misconfigured as error:
        our_mistake.ring(grant_id, error, now)
        raise
    store(grant_id, stored.access.version, tokens, now)
    our_mistake.over(grant_id, now)
    log.info("token.refreshed", grant_id=grant_id)
    doubted = stored.refused_at is not None
    return Access(tokens.access_token, stored.access.version + 1, doubted)


def _asked(stored: _Stored, now: datetime) -> Tokens:
    oauth = LEDGERS[stored.provider].oauth
    try:
        return oauth.refresh(stored.app, stored.environment, stored.refresh_token, now)
    except Unsure as error:
        # Unsure is said of what may be booked; here only the answer to a question was lost.
        raise Unavailable(
            "The renewed permission did not arrive.",
            code=error.code,
            request_id=error.request_id,
            status=error.status,
        ) from error


def refused(grant_id: int, version: int, now: datetime) -> bool:
    """Note that the ledger refused a token just renewed; True when the permission is gone.

    version: of the grant the token came from. The first time nobody may call for a while.
    """
    grant = db.session.get(Grant, grant_id, with_for_update=True, populate_existing=True)
    if grant is None or grant.version > version:
        db.session.rollback()
        return grant is None  # given back, or renewed by somebody meanwhile
    before = grant.refused_at
    if before is None or now - before > _DOUBT_KEPT:
        grant.refused_at = now
    db.session.commit()
    return before is not None and DOUBT <= now - before <= _DOUBT_KEPT


def accepted(grant_id: int) -> None:
    """Note that the ledger accepted a token: no doubt is left."""
    db.session.execute(
        update(Grant)
        .where(Grant.id == grant_id, Grant.refused_at.is_not(None))
        .values(refused_at=None)
    )
    db.session.commit()


def store(grant_id: int, version: int, tokens: Tokens, now: datetime) -> None:
    """Save new tokens over that version, committed before anybody uses them."""
    done = db.session.execute(
        update(Grant)
        .where(Grant.id == grant_id, Grant.version == version)
        .values(version=version + 1, **sealed(tokens, now))
        .returning(Grant.id)
    ).first()
    db.session.commit()
    if done is None:
        raise Unavailable("The permission changed while it was being renewed.")


def sealed(tokens: Tokens, now: datetime) -> dict[str, object]:
    """Return the columns of a grant that hold these tokens, encrypted."""
    return {
        "access_token_encrypted": seal(tokens.access_token),
        "refresh_token_encrypted": seal(tokens.refresh_token),
        "access_expires_at": tokens.access_expires_at,
        "refresh_expires_at": tokens.refresh_expires_at,
        "hard_expires_at": tokens.hard_expires_at,
        "refreshed_at": now,
    }


def _read(grant_id: int) -> _Stored:
    grant = db.session.get(Grant, grant_id, populate_existing=True)
    if grant is None:
        db.session.rollback()
        raise Disconnected("The permission was given back.")
    stored = _Stored(
        provider=grant.provider,
        environment=grant.environment,
        refresh_token=unseal(grant.refresh_token_encrypted),
        app=app_by(LEDGERS[grant.provider], grant.own_app_id),
        access=Access(
            unseal(grant.access_token_encrypted), grant.version, grant.refused_at is not None
        ),
        access_expires_at=grant.access_expires_at,
        refused_at=grant.refused_at,
    )
    db.session.commit()  # nothing of ours may be open while the vendor is asked
    return stored


def access_version(grant_id: int) -> int:
    """Return the version of the grant as it stands; raises Disconnected when it is given back."""
    return _read(grant_id).access.version
