"""Get a new permission from a vendor, while nobody gives the one of before back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import structlog

from app.extensions import db, settings
from app.ledgers.errors import LedgerError
from app.ledgers.interface import LedgerKind, Tokens
from app.usecases.permission.connect_rules import ConnectRefused
from app.usecases.permission.give_back import connected_by_one, kept_from_giving_back

log = structlog.get_logger()

# So long somebody who connects waits for somebody else who does, and then for a permission of
# before to be given back, seconds.
_CONNECTING = 10
_GIVING_BACK = 10


@contextmanager
def not_given_back(kind: LedgerKind, environment: str, company_id: str) -> Iterator[None]:
    """Hold off the giving back of what this company was connected by before.

    Raises ConnectRefused where that is under way and takes long: what it takes with it by then
    nobody could tell. Also where somebody else is connecting the company.
    """
    db.session.commit()
    company = kind.provider.key, environment, company_id
    with (
        connected_by_one(*company, wait_seconds=_CONNECTING) as first,
        kept_from_giving_back(*company, wait_seconds=_GIVING_BACK if first else 0) as alone,
    ):
        if not first:
            raise ConnectRefused(
                f"Somebody else is connecting this {kind.provider.company_word} just now, so"
                " nothing was connected. Look in a minute whether they were done, then connect"
                " again if they were not."
            )
        if not alone:
            raise ConnectRefused(
                f"The permission of before is being given back to {kind.provider.name} just now."
                " Connect again in a minute."
            )
        yield


def refreshed(kind: LedgerKind, environment: str, refresh_token: str, now: datetime) -> Tokens:
    """Turn a refresh token into tokens. Raises ConnectRefused."""
    try:
        return kind.oauth.refresh(kind.app_of(settings()), environment, refresh_token, now)
    except LedgerError as error:
        raise ConnectRefused(
            f"{kind.provider.name} did not accept this refresh token: {error.message}"
        ) from error


def exchanged(
    kind: LedgerKind, environment: str, redirect_uri: str, code: str, now: datetime
) -> Tokens:
    """Turn the code of a consent into tokens. Raises ConnectRefused."""
    db.session.commit()
    try:
        return kind.oauth.exchange(kind.app_of(settings()), environment, redirect_uri, code, now)
    except LedgerError as error:
        log.warning("connect.exchange_refused", provider=kind.provider.key, code=error.code)
        raise ConnectRefused(
            f"{kind.provider.name} did not confirm the permission. Connect again."
        ) from error
