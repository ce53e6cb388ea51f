"""Ring when a ledger takes nothing at all for a company: a subscription that ended, a lost right.

No document is at fault, so none of them says it aloud; the company is tried again every half hour,
and the alarm ends by itself when the ledger has taken something.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import update

from app import queue
from app.domain.mail_topics import Topic
from app.domain.wording import format_sums, plural
from app.extensions import db
from app.ledgers import LEDGERS
from app.ledgers.errors import LedgerError
from app.ledgers.interface import Explanation
from app.models import Alert, Connection
from app.usecases.mail import alarms
from app.usecases.mail.mail_lists import recipients_of
from app.usecases.mail.notify import page, rendered, waiting_invoices, write_mail

log = structlog.get_logger()

KIND = "connection.refuses_all"


def ring(connection_id: int, error: LedgerError, now: datetime) -> None:
    """Ring for a company, and write one e-mail an incident; commits."""
    log.warning("connection.refuses_all", connection_id=connection_id, code=error.code)
    connection = db.session.get_one(Connection, connection_id)
    said = LEDGERS[connection.provider].explain(error)
    workspace_id, subject = connection.workspace_id, f"connection:{connection_id}"
    sentence = f"{said.happened} {said.do}"
    rang = alarms.ring(workspace_id, KIND, subject, sentence)
    if rang:
        values = _mail(connection, said)
        text, html = rendered("alarm", values)
        people = recipients_of(connection, Topic.ALARM)
        write_mail(workspace_id, people, values["subject"], text, html, now=now)
    else:
        _say(workspace_id, subject, sentence)  # it may refuse for another reason by now
    db.session.commit()
    if rang:
        queue.send_mail_soon()


def over(connection_id: int, now: datetime) -> None:
    """End the alarm: the ledger took something of this company; commits."""
    connection = db.session.get_one(Connection, connection_id)
    if alarms.end(connection.workspace_id, KIND, f"connection:{connection_id}", now):
        log.info("connection.takes_again", connection_id=connection_id)
    db.session.commit()


def _say(workspace_id: int, subject: str, sentence: str) -> None:
    db.session.execute(
        update(Alert)
        .where(
            Alert.workspace_id == workspace_id,
            Alert.kind == KIND,
            Alert.subject == subject,
            Alert.closed_at.is_(None),
        )
        .values(message=sentence)
    )


def _mail(connection: Connection, said: Explanation) -> dict[str, Any]:
    ledger = LEDGERS[connection.provider].provider.name
    count, sums = waiting_invoices(connection.id)
    waiting = f"{plural(count, 'invoice')}, {format_sums(sums)} waiting" if count else ""
    heading = f"{ledger} takes nothing for {connection.company_name}"
    return {
        "subject": f"{heading}{': ' if waiting else ''}{waiting}",
        "preheader": f"{said.happened} No invoice is lost.",
        "heading": heading,
        "happened": said.happened,
        "means": _means(count, format_sums(sums)),
        "do": said.do,
        "action": "See the connection",
        "url": page(f"/connections/{connection.id}"),
        "foot": (
            f"Sent once. We try again every half hour, and the alarm on the overview ends when"
            f" {ledger} has taken something."
        ),
    }


def _means(count: int, worth: str) -> str:
    if not count:
        return "new invoices will wait here, in order. No invoice is lost."
    have = "has" if count == 1 else "have"
    return (
        f"{plural(count, 'invoice')} worth {worth} {have} not reached your books. They wait here,"
        " in order, and no invoice is lost."
    )
