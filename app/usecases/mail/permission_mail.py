"""Write the e-mails about a permission that ends, or is gone still; in the caller's transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.domain.mail_topics import Topic
from app.domain.permission import FINAL, days_left
from app.domain.states import ConnectionState
from app.domain.wording import day_long, format_sums, plural
from app.ledgers import LEDGERS
from app.models import Connection
from app.usecases.mail.mail_lists import recipients_of
from app.usecases.mail.notify import (
    local,
    page,
    rendered,
    waiting_invoices,
    what_waiting_means,
    write_mail,
)


def tell_ending(connection: Connection, what: str, ends_at: datetime, now: datetime) -> None:
    """Tell people that a permission ends; what: idle or final, see domain/permission.py."""
    provider = LEDGERS[connection.provider].provider
    ledger, company = provider.name, connection.company_name
    day = day_long(local(ends_at, connection.workspace.time_zone).date())
    # A warning at 14 days comes within a minute of them: "in 13 days" would be a quibble.
    left = max(1, round((ends_at - now).total_seconds() / 86_400))
    _send(
        connection,
        Topic.EXPIRY,
        {
            "subject": f"{ledger} permission ends in {plural(left, 'day')}, on {day} ({company})",
            "preheader": f"Reconnect before {day}, and nothing stops.",
            "heading": f"The permission for {company} ends on {day}",
            "happened": _why(connection, what, day),
            "means": (
                f"from {day} on nothing is pushed and no payment comes back until somebody"
                " reconnects. Nothing is lost."
            ),
            "do": (
                f"reconnect with a {ledger} administrator’s sign-in before {day} and choose the"
                f" same {provider.company_word}. Mappings, links and history stay as they are."
            ),
            "action": f"Reconnect {ledger}",
            "foot": f"Sent {_at_days(provider.expiry_warnings)} days before the end.",
        },
        now,
    )


def _why(connection: Connection, what: str, day: str) -> str:
    ledger = LEDGERS[connection.provider].provider.name
    if what == FINAL:
        return (
            f"{ledger} ends every permission after a fixed time, however often it is used: {day}."
        )
    if connection.state == ConnectionState.PAUSED:
        return f"pushing is paused, and our permission was not renewed. It ends on {day}."
    return f"{ledger} has not renewed our permission for a long time. It ends on {day}."


def _at_days(warnings: tuple[int, ...]) -> str:
    return " and ".join(str(days) for days in sorted(warnings, reverse=True))


def remind_of_disconnect(connection: Connection, since: datetime, now: datetime) -> None:
    """Tell people once more that a permission is gone."""
    provider = LEDGERS[connection.provider].provider
    ledger, company = provider.name, connection.company_name
    count, sums = waiting_invoices(connection.id)
    waiting = f": {plural(count, 'invoice')}, {format_sums(sums)} waiting" if count else ""
    when = local(since, connection.workspace.time_zone)
    _send(
        connection,
        Topic.DISCONNECT,
        {
            "subject": f"{ledger} still disconnected{waiting} ({company})",
            "preheader": f"No invoice is lost. Reconnect with a {ledger} administrator’s sign-in.",
            "heading": f"{ledger} is still disconnected. Nothing is being pushed.",
            "happened": (
                f"on {day_long(when.date())} at {when:%H:%M}, {_ago(since, now)}, {ledger} stopped"
                f" accepting our permission for {company}, and nobody has reconnected it since."
            ),
            "means": what_waiting_means(count, sums),
            "do": (
                f"reconnect with a {ledger} administrator’s sign-in and choose the same"
                f" {provider.company_word}, or disconnect it for good. Mappings, links and history"
                " stay as they are when you reconnect."
            ),
            "action": f"Reconnect {ledger}",
            "foot": "We remind you once a day until it is reconnected or disconnected for good.",
        },
        now,
    )


def tell_given_up(connection: Connection, actor: str, now: datetime) -> None:
    """Tell people, once, that one of them disconnected a company."""
    provider = LEDGERS[connection.provider].provider
    ledger, company = provider.name, connection.company_name
    when = local(now, connection.workspace.time_zone)
    _send(
        connection,
        Topic.DISCONNECT,
        {
            "subject": f"{ledger} disconnected by {actor} ({company})",
            "preheader": "Nothing was deleted. Pushing and pulling stopped.",
            "heading": f"{actor} disconnected {company}",
            "happened": (
                f"on {day_long(when.date())} at {when:%H:%M} {actor} disconnected {company} from"
                " Ledgerbridge. Its links to customers and invoices were cleared."
            ),
            "means": (
                "invoices finalised from now on wait, and payments do not come back. Nothing was"
                f" deleted in {ledger} or in billing; mappings and history are kept."
            ),
            "do": (
                f"nothing, if that was meant. Otherwise reconnect the same {provider.company_word}:"
                " customers are found by name and invoices by number, and nothing is booked twice."
            ),
            "action": f"Look at {company}",
            "foot": "Sent once, when somebody disconnects a company.",
        },
        now,
    )


def _ago(since: datetime, now: datetime) -> str:
    return f"{plural(max(1, days_left(now, since)), 'day')} ago"


def _send(connection: Connection, topic: Topic, values: dict[str, Any], now: datetime) -> None:
    values["url"] = page(f"/connections/{connection.id}")
    text, html = rendered("alarm", values)
    people = recipients_of(connection, topic)
    write_mail(connection.workspace_id, people, values["subject"], text, html, now=now)
