"""Get a new permission from a vendor, while nobody gives the one of before back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import structlog

from app.extensions import db
from app.ledgers.errors import LedgerError
from app.ledgers.interface import App, LedgerKind, Tokens
from app.models import OwnApp
from app.secrets import UnreadableSecret
from app.usecases.company.apps import as_app, in_use
from app.usecases.permission.connect_rules import ConnectRefused
from app.usecases.permission.give_back import connected_by_one, kept_from_giving_back

log = structlog.get_logger()

# So long somebody who connects waits for somebody else who does, and then for a permission of
# before to be given back, seconds.
_CONNECTING = 10
_GIVING_BACK = 10

_TAKEN_OUT = "The app you were asked by was taken out of use meanwhile. Connect again."
_UNREADABLE = (
    "The client secret of your own app cannot be read here any more. An owner enters it again under"
    " Settings."
)


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


def asked_by(workspace_id: int, kind: LedgerKind) -> tuple[int | None, App]:
    """Return the application that a workspace's people are asked by; its own goes first.

    With the number of its own, None for the shared one. Raises ConnectRefused.
    """
    own = in_use(workspace_id, kind.provider.key)
    app = _readable(kind, own)
    number = None if own is None else own.id
    db.session.commit()
    if not app.client_id:
        raise ConnectRefused(
            f"There is no {kind.provider.vendor} app to ask by yet. An owner enters your own under"
            " Settings, or whoever operates this Ledgerbridge sets the shared one."
        )
    return number, app


def own_app_of(workspace_id: int, kind: LedgerKind) -> int:
    """Return the number of a workspace's own application. Raises ConnectRefused."""
    own = in_use(workspace_id, kind.provider.key)
    if own is None:
        raise ConnectRefused(f"This workspace has no {kind.provider.vendor} app of its own.")
    return own.id


def _app(kind: LedgerKind, own_app_id: int | None) -> App:
    """Return the application a person was asked by, unless it was taken out meanwhile."""
    own = db.session.get(OwnApp, own_app_id, populate_existing=True) if own_app_id else None
    if own_app_id is not None and (own is None or own.retired_at is not None):
        raise ConnectRefused(_TAKEN_OUT)
    app = _readable(kind, own)
    db.session.commit()
    return app


def _readable(kind: LedgerKind, own: OwnApp | None) -> App:
    try:
        return as_app(kind, own)
    except UnreadableSecret as error:
        raise ConnectRefused(_UNREADABLE) from error


def held(own_app_id: int | None) -> None:
    """Keep an application from being removed until what refers to it is stored.

    Raises ConnectRefused where it was meanwhile.
    """
    if own_app_id is not None and not db.session.get(
        OwnApp, own_app_id, with_for_update={"key_share": True}, populate_existing=True
    ):
        raise ConnectRefused(_TAKEN_OUT)


def refreshed(
    kind: LedgerKind, own_app_id: int | None, environment: str, refresh_token: str, now: datetime
) -> Tokens:
    """Turn a refresh token into tokens. Raises ConnectRefused."""
    app = _app(kind, own_app_id)
    try:
        return kind.oauth.refresh(app, environment, refresh_token, now)
    except LedgerError as error:
        raise ConnectRefused(
            f"{kind.provider.name} did not accept this refresh token: {error.message}"
        ) from error


def exchanged(
    kind: LedgerKind,
    own_app_id: int | None,
    environment: str,
    redirect_uri: str,
    code: str,
    now: datetime,
) -> Tokens:
    """Turn the code of a consent into tokens. Raises ConnectRefused."""
    app = _app(kind, own_app_id)
    try:
        return kind.oauth.exchange(app, environment, redirect_uri, code, now)
    except LedgerError as error:
        log.warning("connect.exchange_refused", provider=kind.provider.key, code=error.code)
        raise ConnectRefused(
            f"{kind.provider.name} did not confirm the permission. Connect again."
        ) from error
