"""Write e-mails to people, in the transaction of what they are about; they are sent afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from flask import current_app
from sqlalchemy import func, select

from app.domain.mail_topics import Topic
from app.domain.states import IN_HAND, NEEDS_PERSON
from app.domain.wording import day_long, format_sums, number, plural
from app.extensions import db, settings
from app.ledgers import LEDGERS
from app.models import Connection, Invoice, Mail, OutboundEvent
from app.usecases.mail import send_mail
from app.usecases.mail.mail_lists import recipients_of

log = structlog.get_logger()


def write_mail(
    workspace_id: int,
    recipients: Sequence[str],
    subject: str,
    text: str,
    html: str,
    *,
    now: datetime,
    attachment: tuple[str, bytes] | None = None,
) -> Mail | None:
    """Add an e-mail to the transaction under way; None when nobody is there to read it.

    Caller: after the commit, queue.send_mail_soon().
    """
    if not recipients:
        log.warning("mail.nobody", workspace_id=workspace_id)
        return None
    name, content = attachment or (None, None)
    mail = Mail(
        workspace_id=workspace_id,
        recipients=list(recipients),
        subject=" ".join(subject.split()),
        body_text=text,
        body_html=html,
        attachment_name=name,
        attachment=content,
        due_at=now,
    )
    db.session.add(mail)
    db.session.flush()
    return mail


def send_waiting(now: datetime) -> int:
    """Send what waits; returns how many e-mails left."""
    return send_mail.send_waiting(now)


def rendered(template: str, values: Mapping[str, Any]) -> tuple[str, str]:
    """Return an e-mail's text and HTML; outside a request too, so nothing of a page is there."""
    environment = current_app.jinja_env
    text = environment.get_template(f"mails/{template}.txt").render(values)
    html = environment.get_template(f"mails/{template}.html").render(values)
    return text.strip() + "\n", html.strip() + "\n"


def local(moment: datetime, zone: str) -> datetime:
    """Return a moment in the time zone of a workspace."""
    return moment.astimezone(ZoneInfo(zone))


def page(path: str) -> str:
    """Return the full address of a page, for links in e-mails."""
    return settings().public_url.rstrip("/") + path


def tell_disconnected(connection: Connection, now: datetime) -> None:
    """Tell people and billing that a ledger took its permission back; in the caller's transaction.

    Caller: after the commit, queue.send_mail_soon().
    """
    values = _disconnected(connection, now)
    text, html = rendered("disconnected", values)
    workspace_id = connection.workspace_id
    people = recipients_of(connection, Topic.DISCONNECT)
    write_mail(workspace_id, people, values["subject"], text, html, now=now)
    tell_billing_disconnected(connection, now)


def tell_billing_disconnected(connection: Connection, now: datetime) -> None:
    """Tell billing that nothing moves, whoever ended it; in the caller's transaction."""
    db.session.add(
        OutboundEvent(
            workspace_id=connection.workspace_id,
            type="connection.disconnected",
            subject=f"connection:{connection.id}",
            data={
                "connection": str(connection.id),
                "ledger": connection.provider,
                "company": connection.company_name,
                "since": now.isoformat(),
            },
        )
    )


def _disconnected(connection: Connection, now: datetime) -> dict[str, Any]:
    ledger = LEDGERS[connection.provider].provider.name
    when = local(now, connection.workspace.time_zone)
    count, sums = waiting_invoices(connection.id)
    waiting = f"{plural(count, 'invoice')}, {format_sums(sums)} waiting" if count else ""
    subject = f"{ledger} disconnected{': ' if waiting else ''}{waiting} ({connection.company_name})"
    return {
        "subject": subject,
        "preheader": f"No invoice is lost. Reconnect with a {ledger} administrator’s sign-in.",
        "ledger": ledger,
        "happened": (
            f"on {day_long(when.date())} at {when:%H:%M} {ledger} stopped accepting our permission"
            f" for {connection.company_name}. Most often the person who connected was removed from"
            f" the {LEDGERS[connection.provider].provider.company_word}."
        ),
        "means": what_waiting_means(count, sums),
        "do": (
            f"reconnect with a {ledger} administrator’s sign-in and choose the same"
            f" {LEDGERS[connection.provider].provider.company_word}. Mappings, links and history"
            " stay as they are."
        ),
        "url": page(f"/connections/{connection.id}"),
    }


def what_waiting_means(count: int, sums: Mapping[str, Decimal]) -> str:
    """Say what a disconnect means for the invoices that wait."""
    if not count:
        return "new invoices will wait, and payments are not coming back. No invoice is lost."
    have = "has" if count == 1 else "have"
    return (
        f"{number(count)} {'invoice' if count == 1 else 'invoices'} worth {format_sums(sums)}"
        f" {have} not reached your books, and payments are not coming back. No invoice is lost."
    )


def waiting_invoices(connection_id: int) -> tuple[int, dict[str, Decimal]]:
    """Return how many invoices wait for this ledger, and their sums per currency."""
    rows = db.session.execute(
        select(Invoice.currency, func.count(), func.sum(Invoice.total))
        .where(
            Invoice.connection_id == connection_id,
            Invoice.sync_state.in_(IN_HAND | NEEDS_PERSON),
        )
        .group_by(Invoice.currency)
    ).all()
    return sum(row[1] for row in rows), {row[0]: row[2] for row in rows}
