"""Send the e-mails that wait, over SMTP; nothing is sent inside a transaction.

An e-mail is claimed by moving its due time on, so that a sender killed in the middle leaves it to
the next one; its Message-ID stays, so that a mailbox can tell a second copy.
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import parse_qs, unquote, urlsplit

import structlog
from sqlalchemy import select, update

from app.domain.mail_address import is_address
from app.extensions import db, settings
from app.models import Alert, Mail

log = structlog.get_logger()

# How long a mail server may keep us waiting for one answer, seconds.
_TIMEOUT = 20
# A claimed e-mail belongs to its sender this long.
_CLAIM = timedelta(minutes=10)
# Waits after each failure; after the last one somebody is told: about a day and a half in all.
_WAITS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 720, 720))
_AT_ONCE = 20
# An e-mail older than this is no news any more (a MAIL_URL set up late must not flood people).
_OLDEST = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where e-mails go: MAIL_URL taken apart."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    starttls: bool
    tls: bool
    sender: str

    @classmethod
    def from_url(cls, url: str, public_url: str) -> MailServer:
        """Read smtp://user:password@host:port?tls=1&from=address; smtps:// is TLS from the start.

        Without `from` the sender is ledgerbridge@ the host of PUBLIC_URL.
        """
        parts, asked = urlsplit(url), parse_qs(urlsplit(url).query)
        tls = parts.scheme == "smtps"
        return cls(
            host=parts.hostname or "localhost",
            port=parts.port or (465 if tls else 587),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            starttls=asked.get("tls", ["0"])[0] in ("1", "true"),
            tls=tls,
            sender=asked.get("from", [f"ledgerbridge@{urlsplit(public_url).hostname}"])[0],
        )


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail as claimed: read out of the table, so that no transaction stays open."""

    id: int
    workspace_id: int
    created_at: datetime
    recipients: list[str]
    subject: str
    body_text: str
    body_html: str
    attachment_name: str | None
    attachment: bytes | None
    attempts: int


def send_waiting(now: datetime) -> int:
    """Send what is due; returns how many were sent. Without MAIL_URL everything is kept."""
    if not settings().mail_url:
        return 0
    server = MailServer.from_url(settings().mail_url, settings().public_url)
    sent = 0
    while mails := _claim(now):
        sent += _send_all(server, mails, now)
        if len(mails) < _AT_ONCE:
            break
    return sent


def _claim(now: datetime) -> list[Letter]:
    """Take what is due; another sender at the same moment takes others."""
    due = (
        select(Mail.id)
        .where(Mail.due_at <= now)
        .order_by(Mail.due_at)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    claimed = db.session.scalars(
        update(Mail)
        .where(Mail.id.in_(due.scalar_subquery()))
        .values(due_at=now + _CLAIM, attempts=Mail.attempts + 1)
        .returning(Mail.id)
        .execution_options(synchronize_session=False)
    ).all()
    db.session.commit()
    columns = [getattr(Mail, each.name) for each in fields(Letter)]
    rows = db.session.execute(select(*columns).where(Mail.id.in_(claimed)).order_by(Mail.id)).all()
    db.session.commit()
    return [Letter(*row) for row in rows]


def _send_all(server: MailServer, mails: list[Letter], now: datetime) -> int:
    sent = 0
    for mail in mails:
        problem = _problem(server, mail, now)
        _record(mail, problem, now)
        sent += problem is None
    return sent


@dataclass(frozen=True, slots=True)
class _Problem:
    words: str
    final: bool


def _problem(server: MailServer, mail: Letter, now: datetime) -> _Problem | None:
    """Send one e-mail; returns what went wrong. Passwords are in no message of smtplib's."""
    if now - mail.created_at > _OLDEST:
        return _Problem("Not sent: it had become too old.", final=True)
    # One that came before addresses were looked at closely may hide those behind it in a header.
    people = [address for address in mail.recipients if is_address(address)]
    if not people:
        return _Problem("Nobody it goes to has an e-mail address that can be used.", final=True)
    if len(people) < len(mail.recipients):
        log.warning("mail.unusable", mail_id=mail.id, count=len(mail.recipients) - len(people))
    mail = replace(mail, recipients=people)
    try:
        _send(server, as_message(mail, server.sender))
    except smtplib.SMTPRecipientsRefused as error:
        codes = {code for code, _ in error.recipients.values()}
        return _Problem(f"Every address was refused: {codes}.", all(code >= 500 for code in codes))
    except smtplib.SMTPResponseException as error:
        permanent = error.smtp_code >= 500 and not isinstance(
            error, smtplib.SMTPAuthenticationError | smtplib.SMTPConnectError
        )
        return _Problem(f"The mail server answered {error.smtp_code}.", permanent)
    except (OSError, smtplib.SMTPException) as error:
        return _Problem(f"The mail server could not be used ({type(error).__name__}).", final=False)
    return None


def _send(server: MailServer, message: EmailMessage) -> None:
    context = ssl.create_default_context()
    with (
        smtplib.SMTP_SSL(server.host, server.port, timeout=_TIMEOUT, context=context)
        if server.tls
        else smtplib.SMTP(server.host, server.port, timeout=_TIMEOUT)
    ) as smtp:
        if server.starttls:
            smtp.starttls(context=context)
        if server.user:
            smtp.login(server.user, server.password)
        refused = smtp.send_message(message)
    if refused:
        log.warning("mail.partly_refused", refused=len(refused))


def as_message(mail: Letter, sender: str) -> EmailMessage:
    """Put a stored e-mail into its form for the wire."""
    message = EmailMessage()
    message["From"] = f"Ledgerbridge <{sender}>"
    message["To"] = ", ".join(mail.recipients)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = f"<mail-{mail.id}@{sender.partition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body_text)
    message.add_alternative(mail.body_html, subtype="html")
    if mail.attachment_name and mail.attachment is not None:
        message.add_attachment(
            mail.attachment, maintype="text", subtype="csv", filename=mail.attachment_name
        )
    return message


def _record(mail: Letter, problem: _Problem | None, now: datetime) -> None:
    """Note what came of one try; commits."""
    if problem is None:
        _store(mail, sent_at=now, due_at=None, error=None)
        log.info("mail.sent", mail_id=mail.id, attempts=mail.attempts)
    elif problem.final or mail.attempts > len(_WAITS):
        _store(mail, due_at=None, error=problem.words)
        _alarm(mail, problem)
        log.warning("mail.given_up", mail_id=mail.id, error=problem.words)
    else:
        _store(mail, due_at=now + _WAITS[mail.attempts - 1], error=problem.words)
        log.warning("mail.not_sent", mail_id=mail.id, error=problem.words)
    db.session.commit()


def _store(mail: Letter, **values: object) -> None:
    db.session.execute(update(Mail).where(Mail.id == mail.id).values(**values))


def _alarm(mail: Letter, problem: _Problem) -> None:
    db.session.add(
        Alert(
            workspace_id=mail.workspace_id,
            kind="mail.undeliverable",
            subject=f"mail:{mail.id}",
            message=f"The e-mail “{mail.subject}” could not be sent. {problem.words}",
        )
    )
