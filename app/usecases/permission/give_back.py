"""Give a permission back to its vendor, and try again until the vendor took it.

The token is kept for that, sealed, in the commit that disconnects; it goes once it is given back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from zlib import crc32

import structlog
from sqlalchemy import delete, or_, select

from app import queue
from app.domain.states import ConnectionState
from app.extensions import db
from app.ledgers import LEDGERS
from app.ledgers.errors import LedgerError
from app.models import Connection, Grant, Revocation
from app.secrets import UnreadableSecret, unseal
from app.usecases.company.apps import app_by
from app.usecases.company.exclusive import Hold, exclusively

log = structlog.get_logger()

# First wait after a vendor did not answer; doubles, up to the longest.
_FIRST = timedelta(minutes=1)
_LONGEST = timedelta(hours=6)
# A permission of which nobody knows the end is tried to be given back for so long.
_MOST = timedelta(days=365)


def want_back(connection: Connection, grant: Grant, now: datetime) -> None:
    """Intend to give a permission back; in the transaction that disconnects."""
    keep_permission(connection.provider, connection.environment, connection.company_id)
    db.session.add(
        Revocation(
            workspace_id=connection.workspace_id,
            connection_id=connection.id,
            refresh_token_encrypted=grant.refresh_token_encrypted,
            own_app_id=grant.own_app_id,
            ends_at=grant.refresh_expires_at or grant.hard_expires_at,
            due_at=now + _FIRST,
        )
    )


def keep_permission(provider: str, environment: str, company_id: str) -> None:
    """Forget what was to be given back of a company: a token takes the whole permission with it.

    QuickBooks: OAuth 2.0, revoking either token ends the app's access to the company. For the
    transaction that connects the company anew.
    """
    theirs = select(Connection.id).where(
        Connection.provider == provider,
        Connection.environment == environment,
        Connection.company_id == company_id,
    )
    db.session.execute(
        delete(Revocation)
        .where(Revocation.connection_id.in_(theirs))
        .execution_options(all_workspaces=True, synchronize_session=False)
    )


@contextmanager
def kept_from_giving_back(
    provider: str, environment: str, company_id: str, wait_seconds: int = 0
) -> Iterator[Hold]:
    """Let nobody give a company's permission back meanwhile; false while somebody does.

    Whoever connects it anew holds this from before the new permission until that is stored: a
    token given back between the two would take the new permission with it.
    """
    subject = _subject(provider, environment, company_id)
    with exclusively("give_back", subject, wait_seconds) as alone:
        yield alone


@contextmanager
def connected_by_one(
    provider: str, environment: str, company_id: str, wait_seconds: int = 0
) -> Iterator[Hold]:
    """Let one person at a time connect a company; false while somebody else does."""
    with exclusively("connect", _subject(provider, environment, company_id), wait_seconds) as first:
        yield first


def _subject(provider: str, environment: str, company_id: str) -> int:
    return crc32(f"{provider}:{environment}:{company_id}".encode()) - 2**31


def give_back(connection_id: int, now: datetime) -> bool:
    """Give back what a connection gave up; False when the vendor must be asked again later."""
    connection = db.session.get_one(Connection, connection_id)
    company = connection.provider, connection.environment, connection.company_id
    db.session.commit()
    with kept_from_giving_back(*company) as alone:
        if not alone:
            return False
        found = _wanted(connection_id)
        if found is None:
            return True
        revocation_id, provider, environment, sealed, own_app_id = found
        try:
            kind = LEDGERS[provider]
            app, token = app_by(kind, own_app_id), unseal(sealed)
            db.session.commit()
            kind.oauth.revoke(app, environment, token)
        except (LedgerError, UnreadableSecret) as error:  # its key may be put back
            _later(revocation_id, now)
            code = error.code if isinstance(error, LedgerError) else "unreadable"
            log.warning("permission.not_given_back", connection_id=connection_id, code=code)
            return False
        db.session.execute(delete(Revocation).where(Revocation.id == revocation_id))
        db.session.commit()
        log.info("permission.given_back", connection_id=connection_id)
        return True


def _wanted(connection_id: int) -> tuple[int, str, str, bytes, int | None] | None:
    """Read what is to be given back; nothing of ours stays open while the vendor is asked."""
    row = db.session.execute(
        select(Revocation, Connection)
        .join(Connection, Connection.id == Revocation.connection_id)
        .where(
            Revocation.connection_id == connection_id,
            Connection.state == ConnectionState.DISCONNECTED,
        )
    ).one_or_none()
    found = None
    if row is not None:
        wanted, connection = row
        sealed = wanted.refresh_token_encrypted
        place = connection.provider, connection.environment
        found = wanted.id, *place, sealed, wanted.own_app_id
    db.session.commit()
    return found


def _later(revocation_id: int, now: datetime) -> None:
    row = db.session.get(Revocation, revocation_id, with_for_update=True, populate_existing=True)
    if row is not None:
        row.due_at = now + min(_FIRST * 2 ** min(row.attempts, 12), _LONGEST)
        row.attempts += 1
    db.session.commit()


def wake_given_up_permissions(now: datetime) -> int:
    """Wake a worker for every permission that is due to be given back; forget what has ended."""
    over = or_(
        Revocation.ends_at <= now,
        Revocation.ends_at.is_(None) & (Revocation.created_at <= now - _MOST),
    )
    db.session.execute(delete(Revocation).where(over))
    due = db.session.scalars(select(Revocation.connection_id).where(Revocation.due_at <= now)).all()
    db.session.commit()
    for connection_id in due:
        queue.wake(connection_id, "give_back")
    return len(due)
