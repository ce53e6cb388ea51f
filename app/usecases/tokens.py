"""Hand out a valid access token; refresh in one place, one at a time, stored before use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import update

from app.extensions import db, settings
from app.ledgers import LEDGERS
from app.ledgers.errors import Disconnected, Unavailable
from app.ledgers.interface import Tokens
from app.models import Grant
from app.secrets import seal, unseal
from app.usecases.exclusive import exclusively

log = structlog.get_logger()

# A token that ends sooner than this is renewed before use: a slow call must not outlive it.
_MARGIN = timedelta(minutes=5)
# How long to wait for another worker's refresh, seconds: its call may take 30.
_PATIENCE = 40


@dataclass(frozen=True, slots=True)
class Access:
    """A token good for use now, and the version of the grant it came from."""

    token: str
    version: int


@dataclass(frozen=True, slots=True)
class _Stored:
    provider: str
    environment: str
    refresh_token: str
    access: Access
    access_expires_at: datetime


def access_token(grant_id: int, now: datetime) -> Access:
    """Return a token that lasts; refreshes when it is about to end. Raises LedgerError."""
    stored = _read(grant_id)
    if stored.access_expires_at > now + _MARGIN:
        return stored.access
    return refresh(grant_id, stored.access.version, now)


def refresh(grant_id: int, unless_newer_than: int, now: datetime) -> Access:
    """Renew the token, unless somebody did since that version.

    Raises Disconnected when the permission is gone, Unavailable when the vendor (or another
    worker's refresh) does not come to an end.
    """
    with exclusively("refresh", grant_id, wait_seconds=_PATIENCE) as alone:
        if not alone:
            raise Unavailable("Another worker is renewing this permission.")
        stored = _read(grant_id)
        if stored.access.version > unless_newer_than:
            return stored.access
        return _renew(grant_id, stored, now)


def _renew(grant_id: int, stored: _Stored, now: datetime) -> Access:
    kind = LEDGERS[stored.provider]
    app = kind.app_of(settings())
    try:
        tokens = kind.oauth.refresh(app, stored.environment, stored.refresh_token, now)
    except Disconnected:
        newer = _read(grant_id)  # perhaps somebody outside the lock won the race
        if newer.access.version > stored.access.version:
            return newer.access
        raise
    store(grant_id, stored.access.version, tokens, now)
    log.info("token.refreshed", grant_id=grant_id)
    return Access(tokens.access_token, stored.access.version + 1)


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
    grant = db.session.get_one(Grant, grant_id, populate_existing=True)
    stored = _Stored(
        provider=grant.provider,
        environment=grant.environment,
        refresh_token=unseal(grant.refresh_token_encrypted),
        access=Access(unseal(grant.access_token_encrypted), grant.version),
        access_expires_at=grant.access_expires_at,
    )
    db.session.commit()  # nothing of ours may be open while the vendor is asked
    return stored


def access_version(grant_id: int) -> int:
    """Return the version of the grant as it stands."""
    return _read(grant_id).access.version
