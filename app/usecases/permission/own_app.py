"""Bring a workspace's own application, change its secrets, and take it out of use.

A permission belongs to the application it was given to. So one that companies go by is only
retired: nobody is asked by it any more, and they go on with it until they are reconnected.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import structlog
from sqlalchemy import exists, or_, select

from app.domain.wording import listed
from app.extensions import db, settings
from app.ledgers import LEDGERS
from app.ledgers.interface import LedgerKind
from app.models import Connection, Grant, OwnApp, Revocation, Workspace
from app.secrets import seal
from app.usecases.accounts import AccountRefused
from app.usecases.audit import audit
from app.usecases.company.apps import in_use

log = structlog.get_logger()

# QuickBooks: OAuth 2.0. Ids and secrets are some 50 characters; nobody's are longer than this.
_LONGEST = 512


def bring(
    workspace_id: int,
    provider: str,
    client_id: str,
    client_secret: str,
    verifier: str,
    *,
    actor: str,
    user_id: int | None,
    now: datetime,
) -> OwnApp:
    """Ask a workspace's people by this application from now on. Commits.

    The one of before is retired, or goes where nothing was given to it. verifier: may be empty.
    Raises AccountRefused.
    """
    kind = LEDGERS[provider]
    client_id = _word(client_id, "client_id", "client ID")
    secret = _word(client_secret, "client_secret", "client secret")
    verifier = _word(verifier, "verifier", "verifier token") if verifier.strip() else ""
    if client_id == kind.app_of(settings()).client_id:
        sentence = "This is the app of this Ledgerbridge already: there is nothing to enter here."
        raise AccountRefused("client_id", sentence)
    _refuse_unknown(kind, client_id, secret, now)
    _locked(workspace_id)
    before = in_use(workspace_id, provider)
    if before is not None and before.client_id != client_id:
        _out_of_use(before, now)
    own = _one(workspace_id, provider, client_id)
    own.retired_at = None
    _set_secret(own, secret, actor, now)
    if verifier:
        _set_verifier(own, verifier, actor, now)
    db.session.add(own)
    db.session.flush()
    _note(own, "own_app.bring", actor, user_id)
    db.session.commit()
    return own


def replace_secret(
    own: OwnApp, client_secret: str, actor: str, user_id: int | None, now: datetime
) -> None:
    """Store the secret that the vendor made anew for the same application. Commits.

    Raises AccountRefused.
    """
    secret = _word(client_secret, "client_secret", "client secret")
    number, kind = own.id, LEDGERS[own.provider]
    _refuse_unknown(kind, own.client_id, secret, now)
    own = _held(number)
    _set_secret(own, secret, actor, now)
    _note(own, "own_app.secret", actor, user_id)
    db.session.commit()


def replace_verifier(
    own: OwnApp, verifier: str, actor: str, user_id: int | None, now: datetime
) -> None:
    """Store a verifier token; the one of before counts too until it is ended. Commits.

    Raises AccountRefused.
    """
    verifier = _word(verifier, "verifier", "verifier token")
    own = _held(own.id)
    _set_verifier(own, verifier, actor, now)
    _note(own, "own_app.verifier", actor, user_id)
    db.session.commit()


def end_verifier_before(own: OwnApp, actor: str, user_id: int | None) -> None:
    """Let only the newest verifier token count. Commits. Raises AccountRefused."""
    own = _held(own.id)
    if own.verifier_before_encrypted is not None:
        own.verifier_before_encrypted = None
        _note(own, "own_app.end_verifier", actor, user_id)
    db.session.commit()


def take_out(own: OwnApp, actor: str, user_id: int | None, now: datetime) -> bool:
    """Take an application out of use; True when it is gone, secrets and all. Commits.

    One that companies go by is retired. Raises AccountRefused for one that is already: its secrets
    are needed until the last company has been reconnected.
    """
    number, workspace_id = own.id, own.workspace_id
    _locked(workspace_id)
    own = _held(number)
    if own.retired_at is not None and _is_needed(own):
        sentence = _needed_by(own)
        db.session.rollback()
        raise AccountRefused(f"own-app-{number}", sentence)
    _note(own, "own_app.take_out", actor, user_id)
    gone = _out_of_use(own, now)
    db.session.commit()
    log.info("own_app.taken_out", workspace_id=workspace_id, own_app_id=number, gone=gone)
    return gone


def _held(number: int) -> OwnApp:
    """Return an application, locked. Raises AccountRefused where somebody removed it meanwhile."""
    own = db.session.get(OwnApp, number, with_for_update=True, populate_existing=True)
    if own is None:
        db.session.rollback()
        raise AccountRefused(f"own-app-{number}", "Somebody removed this app meanwhile.")
    return own


def _out_of_use(own: OwnApp, now: datetime) -> bool:
    """Retire an application, or remove it where nothing needs it."""
    db.session.refresh(own, with_for_update=True)  # nobody connects by it meanwhile
    if _is_needed(own):
        own.retired_at = own.retired_at or now
        db.session.flush()
        return False
    db.session.delete(own)
    db.session.flush()
    return True


def _is_needed(own: OwnApp) -> bool:
    """Tell whether a permission was given to it that stands, or is to be given back."""
    by_it = or_(
        exists().where(Grant.own_app_id == own.id), exists().where(Revocation.own_app_id == own.id)
    )
    return bool(db.session.scalar(select(by_it)))


def _needed_by(own: OwnApp) -> str:
    names = db.session.scalars(
        select(Connection.company_name)
        .join(Grant, Grant.id == Connection.grant_id)
        .where(Grant.own_app_id == own.id)
        .order_by(Connection.company_name)
    ).all()
    ledger = LEDGERS[own.provider].provider.name
    if not names:
        return (
            f"{ledger} has not taken back yet what was given to this app. That is tried by itself;"
            " remove the app afterwards."
        )
    go = "goes" if len(names) == 1 else "go"
    return (
        f"{listed(list(names))} still {go} by this app, so nothing was removed. Reconnect"
        f" {'it' if len(names) == 1 else 'each'} first, or disconnect"
        f" {'it' if len(names) == 1 else 'them'}."
    )


def _one(workspace_id: int, provider: str, client_id: str) -> OwnApp:
    found = db.session.scalar(
        select(OwnApp).where(
            OwnApp.workspace_id == workspace_id,
            OwnApp.provider == provider,
            OwnApp.client_id == client_id,
        )
    )
    return found or OwnApp(workspace_id=workspace_id, provider=provider, client_id=client_id)


def _locked(workspace_id: int) -> None:
    """Let one person at a time decide by which application people are asked."""
    row = select(Workspace.id).where(Workspace.id == workspace_id)
    db.session.execute(row.with_for_update(key_share=True))  # whoever connects is not held up


def _set_secret(own: OwnApp, secret: str, actor: str, now: datetime) -> None:
    own.client_secret_encrypted = seal(secret)
    own.secret_set_at, own.secret_set_by = now, actor


def _set_verifier(own: OwnApp, verifier: str, actor: str, now: datetime) -> None:
    own.verifier_before_encrypted = own.verifier_encrypted
    own.verifier_encrypted = seal(verifier)
    own.verifier_set_at, own.verifier_set_by = now, actor


def _refuse_unknown(kind: LedgerKind, client_id: str, secret: str, now: datetime) -> None:
    """Refuse a pair that the vendor does not know; one nobody can ask about is taken."""
    asking = replace(kind.app_of(settings()), client_id=client_id, client_secret=secret)
    db.session.rollback()  # nothing of ours may be open while the vendor is asked
    if not kind.oauth.knows(asking, kind.provider.environments[0], now):
        raise AccountRefused(
            "client_secret",
            f"{kind.provider.vendor} does not know this client ID with this secret, so nothing was"
            " saved. Copy both again, from the same keys.",
        )


def _word(typed: str, field: str, name: str) -> str:
    """Return what was copied from the vendor's page; raises AccountRefused."""
    word = typed.strip()
    if not (word.isascii() and word.isprintable() and " " not in word and 0 < len(word) < _LONGEST):
        raise AccountRefused(field, f"Copy the {name} as it is shown: it has no spaces.")
    return word


def _note(own: OwnApp, action: str, actor: str, user_id: int | None) -> None:
    """Note who did it, and never a secret."""
    about, vendor = f"own_app:{own.id}", LEDGERS[own.provider].provider.vendor
    detail = {"vendor": vendor, "client_id": own.client_id}
    audit(own.workspace_id, actor, action, about, user_id=user_id, **detail)
