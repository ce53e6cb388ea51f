"""By which application a vendor is asked: the shared one of the settings, or a workspace's own.

A permission belongs to the application it was given to: nobody else can renew it or give it back.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from app.extensions import db, settings
from app.ledgers.interface import App, LedgerKind
from app.models import OwnApp
from app.secrets import unseal


def in_use(workspace_id: int, provider: str) -> OwnApp | None:
    """Return the own application that a workspace's people are asked by; None for the shared one.

    It stays the same for whoever holds the workspace's row.
    """
    return db.session.scalar(
        select(OwnApp).where(
            OwnApp.workspace_id == workspace_id,
            OwnApp.provider == provider,
            OwnApp.retired_at.is_(None),
        )
    )


def app_by(kind: LedgerKind, own_app_id: int | None) -> App:
    """Return the application a permission was given to. Raises UnreadableSecret."""
    if own_app_id is None:
        return as_app(kind, None)
    return as_app(kind, db.session.get_one(OwnApp, own_app_id, populate_existing=True))


def as_app(kind: LedgerKind, own: OwnApp | None) -> App:
    """Return an application ready to ask by; None = the shared one. Raises UnreadableSecret."""
    shared = kind.app_of(settings())
    if own is None:
        return shared
    return replace(
        shared,
        client_id=own.client_id,
        client_secret=unseal(own.client_secret_encrypted),
        webhook_tokens=(),
    )


def door_of_workspace(kind: LedgerKind, workspace_id: int) -> App:
    """Return what notices of a workspace's own applications are verified with.

    Of those nobody is asked by any more too: companies may still go by them. Raises
    UnreadableSecret.
    """
    rows = db.session.execute(
        select(OwnApp.verifier_encrypted, OwnApp.verifier_before_encrypted)
        .where(OwnApp.workspace_id == workspace_id, OwnApp.provider == kind.provider.key)
        .order_by(OwnApp.id)
    )
    tokens = tuple(unseal(one) for row in rows for one in row if one is not None)
    return App(client_id="", client_secret="", webhook_tokens=tokens)


def notice_address(provider: str, slug: str | None = None) -> str:
    """Return where a vendor is to send its notices; slug: the workspace whose own app it is."""
    own = f"/{slug}" if slug else ""
    return f"{settings().public_url.rstrip('/')}/api/webhooks/{provider}{own}"
