"""Let people see that e-mails about a connection arrive."""

from __future__ import annotations

from datetime import datetime

from app import queue
from app.domain.mail_topics import Topic
from app.extensions import db
from app.models import Connection
from app.usecases.audit import audit
from app.usecases.mail.mail_lists import recipients_of
from app.usecases.mail.notify import page, rendered, write_mail


def send_test(connection_id: int, actor: str, user_id: int | None, now: datetime) -> list[str]:
    """Write to everybody who is e-mailed about a connection; returns the addresses. Commits."""
    connection = db.session.get_one(Connection, connection_id)
    company = connection.company_name
    found = [address for topic in Topic for address in recipients_of(connection, topic)]
    people = list({address.casefold(): address for address in found}.values())
    values = {
        "subject": f"Test: e-mails about {company} arrive",
        "preheader": "Nothing happened and nothing needs doing.",
        "heading": f"E-mails about {company} arrive here",
        "happened": f"{actor} pressed “Send a test e-mail” in Ledgerbridge.",
        "means": "this address is told about the company: its daily check, or when it stops.",
        "do": "nothing. Whoever should not be told can be taken off the list in the settings.",
        "action": "See who is e-mailed",
        "url": page("/settings#mail"),
        "foot": "Sent once, because somebody asked for it.",
    }
    text, html = rendered("alarm", values)
    write_mail(connection.workspace_id, people, values["subject"], text, html, now=now)
    audit(
        connection.workspace_id,
        actor,
        "connection.test_mail",
        f"connection:{connection_id}",
        user_id=user_id,
        recipients=people,
    )
    db.session.commit()
    queue.send_mail_soon()
    return people
