"""Ring when a vendor's quota of calls nears its end: after it every read is refused for weeks.

The quota is shared by every company that is connected through our application, so everybody whom
it would stop is told.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select, update

from app import queue
from app.domain.metering import WARNINGS, month_of, next_month, warning_reached
from app.domain.states import ConnectionState
from app.domain.wording import MONTHS, day_long, number
from app.extensions import db
from app.ledgers import LEDGERS
from app.ledgers.interface import Provider
from app.models import Alert, Connection
from app.queries.meter import Metered, metered_of_installation
from app.usecases.mail import alarms
from app.usecases.mail.mail_lists import recipients_of_all
from app.usecases.mail.notify import page, rendered, write_mail

KIND = "meter.quota"


def warn_of_quotas(now: datetime) -> None:
    """Ring in every workspace a quota concerns, once a warning and month; commits.

    What rang for an earlier month is over.
    """
    told = 0
    _end_earlier(now)
    for key, ledger in LEDGERS.items():
        used = metered_of_installation(key, now)
        warning = warning_reached(used.calls, used.quota) if used.quota else None
        if warning is not None:
            workspaces = _concerned(ledger.provider)
            told += sum(_tell(each, ledger.provider, warning, used, now) for each in workspaces)
    db.session.commit()
    if told:
        queue.send_mail_soon()


def _subject(provider: str, month: date, warning: int) -> str:
    return f"{provider}:{month:%Y-%m}:{warning}"


def _end_earlier(now: datetime) -> None:
    db.session.execute(
        update(Alert)
        .where(
            Alert.kind == KIND,
            Alert.closed_at.is_(None),
            Alert.subject.not_like(f"%:{month_of(now):%Y-%m}:%"),
        )
        .values(closed_at=now)
    )


def _concerned(provider: Provider) -> list[int]:
    """Return the workspaces whose reads would be refused."""
    return list(
        db.session.scalars(
            select(Connection.workspace_id)
            .where(
                Connection.provider == provider.key,
                Connection.environment.in_(provider.metered_environments),
                Connection.state != ConnectionState.DISCONNECTED,
            )
            .distinct()
        )
    )


def _tell(
    workspace_id: int, provider: Provider, warning: int, used: Metered, now: datetime
) -> bool:
    """Ring and write the e-mail; False when this warning of this month rang before."""
    month = month_of(now)
    subject = _subject(provider.key, month, warning)
    if alarms.rang(workspace_id, KIND, subject):
        return False
    for lower in [each for each in WARNINGS if each < warning]:
        alarms.end(workspace_id, KIND, _subject(provider.key, month, lower), now)
    if not alarms.ring(workspace_id, KIND, subject, _message(provider, used, now)):
        return False
    _write(workspace_id, provider, warning, used, now)
    return True


def _message(provider: Provider, used: Metered, now: datetime) -> str:
    return (
        f"{number(used.calls)} of {number(used.quota or 0)} reads of {MONTHS[now.month - 1]} are"
        f" used. At the end of them {provider.name} answers no read before {_next(now)}, and"
        " payments stop coming back."
    )


def _write(
    workspace_id: int, provider: Provider, warning: int, used: Metered, now: datetime
) -> None:
    ledger = provider.name
    heading = f"{warning}% of this month’s {ledger} reads are used"
    values = {
        "subject": f"{heading} ({number(used.calls)} of {number(used.quota or 0)})",
        "preheader": f"At the end of them no payment comes back before {_next(now)}.",
        "heading": heading,
        "happened": (
            f"all companies connected through this Ledgerbridge made {number(used.calls)} reads in"
            f" {MONTHS[now.month - 1]}. {ledger} allows {number(used.quota or 0)} a month."
        ),
        "means": (
            f"at the end of them {ledger} refuses every read before {_next(now)}: payments stop"
            " coming back, the daily check cannot be made, and new customers cannot be looked for."
            " Invoices of customers who are linked already are pushed all the same."
        ),
        "do": (
            "ask whoever operates this Ledgerbridge to see which company reads so much, or to take"
            " a larger plan for its application."
        ),
        "action": "See Ledgerbridge",
        "url": page("/"),
        "foot": "Sent at 70% and at 90%, once a month each.",
    }
    text, html = rendered("alarm", values)
    people = recipients_of_all(workspace_id)
    write_mail(workspace_id, people, values["subject"], text, html, now=now)


def _next(now: datetime) -> str:
    return day_long(next_month(now).date())
