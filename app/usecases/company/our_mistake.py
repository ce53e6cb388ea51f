"""Ring when a vendor refuses our own application: no company did anything, and the link stays.

A wrong client id or secret, or a request the vendor does not know. Whoever operates Ledgerbridge
must act; once a permission can be renewed again the alarm ends by itself.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy import func, select

from app import queue
from app.domain.mail_topics import Topic
from app.extensions import db
from app.ledgers import LEDGERS
from app.ledgers.errors import Misconfigured
from app.models import Alert, Connection
from app.usecases.company.exclusive import in_turn
from app.usecases.mail import alarms
from app.usecases.mail.mail_lists import recipients_of
from app.usecases.mail.notify import page, rendered, write_mail

log = structlog.get_logger()

KIND = "connection.misconfigured"


def ring(grant_id: int, error: Misconfigured, now: datetime) -> None:
    """Ring for the permission that could not be renewed; commits.

    Owners get one e-mail an incident, however many companies of theirs it stops.
    """
    log.error("token.misconfigured", grant_id=grant_id, code=error.code, tid=error.request_id)
    connection = _of_grant(grant_id)
    if connection is None:
        db.session.rollback()
        return
    workspace_id = connection.workspace_id
    in_turn("alarm", workspace_id)
    message = _message(connection, error)
    rang = alarms.ring(workspace_id, KIND, f"connection:{connection.id}", message)
    if rang and _ringing(workspace_id) == 1:
        _write(connection, error, now)
    db.session.commit()
    queue.send_mail_soon()


def over(grant_id: int, now: datetime) -> None:
    """End the alarm: the permission was renewed; commits."""
    connection = _of_grant(grant_id)
    if connection is not None:
        end(connection, now)
    db.session.commit()


def end(connection: Connection, now: datetime) -> None:
    """End the alarm in the transaction under way."""
    alarms.end(connection.workspace_id, KIND, f"connection:{connection.id}", now)


def _of_grant(grant_id: int) -> Connection | None:
    return db.session.scalar(select(Connection).where(Connection.grant_id == grant_id))


def _ringing(workspace_id: int) -> int:
    count = select(func.count(Alert.id)).where(
        Alert.workspace_id == workspace_id, Alert.kind == KIND, Alert.closed_at.is_(None)
    )
    return db.session.execute(count).scalar_one()


def _message(connection: Connection, error: Misconfigured) -> str:
    happened = LEDGERS[connection.provider].explain(error).happened
    who = "whoever operates Ledgerbridge puts that right"
    if _by_own_app(connection):
        happened = _own_refused(connection)
        who = "an owner enters the client secret again under Settings"
    return (
        f"{happened} The permission for {connection.company_name} cannot be renewed until {who}."
        " Nothing is lost and nobody need reconnect."
    )


def _by_own_app(connection: Connection) -> bool:
    return connection.grant is not None and connection.grant.own_app_id is not None


def _own_refused(connection: Connection) -> str:
    vendor = LEDGERS[connection.provider].provider.vendor
    return f"{vendor} does not accept your own app by the client ID and secret kept here."


def _write(connection: Connection, error: Misconfigured, now: datetime) -> None:
    ledger = LEDGERS[connection.provider]
    name, explained = ledger.provider.name, ledger.explain(error)
    values = {
        "subject": f"{name} does not accept this Ledgerbridge ({connection.company_name})",
        "preheader": "A setting of this installation is wrong. Nobody need reconnect.",
        "heading": f"{name} does not accept this Ledgerbridge",
        "happened": (
            f"{explained.happened} So the permission for {connection.company_name} could not be"
            " renewed. It is a mistake of this installation, not of the company."
        ),
        "means": (
            "within the hour nothing is pushed and no payment comes back. Nothing is lost, the"
            " connection stays as it is, and all of it goes on by itself afterwards."
        ),
        "do": (
            "tell whoever operates this Ledgerbridge:"
            f" {explained.do[0].lower()}{explained.do[1:]} Do not reconnect: it would not help."
        ),
        "action": "See the connection",
        "url": page(f"/connections/{connection.id}"),
        "foot": "Sent once. The alarm on the overview ends when a permission can be renewed again.",
    }
    if _by_own_app(connection):
        values |= _own_words(connection)
    text, html = rendered("alarm", values)
    people = recipients_of(connection, Topic.ALARM, ("owner",))
    write_mail(connection.workspace_id, people, values["subject"], text, html, now=now)


def _own_words(connection: Connection) -> dict[str, str]:
    """Return what is said otherwise where it is the workspace's own application."""
    provider = LEDGERS[connection.provider].provider
    heading = f"{provider.vendor} does not accept your own app"
    return {
        "subject": f"{heading} ({connection.company_name})",
        "preheader": "Its client secret was changed, mostly. Nobody need reconnect.",
        "heading": heading,
        "happened": (
            f"{_own_refused(connection)} So the permission for {connection.company_name} could not"
            " be renewed. Most often a new client secret was made there and not entered here."
        ),
        "do": (
            f"copy the client secret of the app from {provider.vendor}’s developer site into"
            " Settings, Your own app. Do not reconnect: it would not help."
        ),
        "action": "Open the settings",
        "url": page(f"/settings#app-{provider.key}"),
    }
