"""E-mails leave through a mail server, once, and what cannot be delivered is an alarm."""

import socketserver
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Alert, Connection, Mail, OutboundEvent
from app.usecases.accounts import create_user
from app.usecases.mail.notify import send_waiting, tell_disconnected, write_mail
from app.usecases.mail.send_mail import MailServer
from tests.northgate import make_northgate

pytestmark = pytest.mark.usefixtures("app_context")


class MailHost(socketserver.ThreadingTCPServer):
    """A mail server that keeps what it gets; refuse: what it answers to MAIL, RCPT or DATA."""

    allow_reuse_address = daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Conversation)
        self.letters, self.refuse = [], {}


class Conversation(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("220 here")
        while line := self.rfile.readline().strip().decode():
            word = line.split()[0].upper()
            if word in self.server.refuse:
                self.say(self.server.refuse[word])
            elif word == "DATA":
                self.say("354 go on")
                self.server.letters.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                self.say("250 kept")
            else:
                self.say("221 bye" if word == "QUIT" else "250 fine")
            if word == "QUIT":
                return

    def say(self, text):
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def mail_host():
    with MailHost() as host:
        threading.Thread(target=host.serve_forever, args=(0.02,), daemon=True).start()
        yield host
        host.shutdown()


@pytest.fixture
def northgate(app_context, mail_host):
    url = f"smtp://127.0.0.1:{mail_host.server_address[1]}?from=bridge@northgate.example"
    settings = app_context.extensions["ledgerbridge_settings"]
    app_context.extensions["ledgerbridge_settings"] = replace(settings, mail_url=url)
    return make_northgate()


NOW = datetime.now(UTC)


def write(northgate, subject="All square"):
    mail = write_mail(
        northgate.workspace_id,
        ["priya@northgate.example"],
        subject,
        "All square, £900.00.\n",
        "<html><head></head><body>All square, £900.00.</body></html>",
        now=NOW,
        attachment=("differences.csv", b"document\r\n"),
    )
    db.session.commit()
    return mail


def test_a_waiting_e_mail_is_sent_once_with_both_parts_and_the_file(northgate, mail_host):
    mail = write(northgate)
    assert [send_waiting(NOW), send_waiting(NOW)] == [1, 0]
    [raw] = mail_host.letters
    letter = message_from_bytes(raw, policy=policy.default)
    assert (letter["To"], letter["Subject"]) == ("priya@northgate.example", "All square")
    assert letter["From"] == "Ledgerbridge <bridge@northgate.example>"
    kinds = [part.get_content_type() for part in letter.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "text/csv"]
    db.session.refresh(mail)
    assert (mail.sent_at, mail.due_at, mail.error) == (NOW, None, None)


def test_a_subject_cannot_smuggle_a_header(northgate, mail_host):
    write(northgate, "All square\r\nBcc: stranger@example.org")
    send_waiting(NOW)
    letter = message_from_bytes(mail_host.letters[0], policy=policy.default)
    assert letter["Bcc"] is None
    assert letter["Subject"] == "All square Bcc: stranger@example.org"


def test_a_mail_server_that_is_busy_is_asked_again_later(northgate, mail_host):
    mail = write(northgate)
    mail_host.refuse["MAIL"] = "451 later"
    assert send_waiting(NOW) == 0
    db.session.refresh(mail)
    assert (mail.attempts, mail.due_at) == (1, NOW + timedelta(minutes=1))
    mail_host.refuse.clear()
    assert [send_waiting(NOW), send_waiting(NOW + timedelta(minutes=1))] == [0, 1]


def test_a_mail_server_that_is_away_is_no_loss(northgate, mail_host):
    mail = write(northgate)
    mail_host.shutdown()
    mail_host.server_close()
    assert send_waiting(NOW) == 0
    db.session.refresh(mail)
    assert mail.due_at is not None
    assert mail.error == "The mail server could not be used (ConnectionRefusedError)."


def test_an_address_that_does_not_exist_is_an_alarm_and_not_tried_again(northgate, mail_host):
    mail = write(northgate)
    mail_host.refuse["RCPT"] = "550 nobody here"
    send_waiting(NOW)
    db.session.refresh(mail)
    assert (mail.due_at, mail.sent_at) == (None, None)
    [alarm] = db.session.scalars(select(Alert))
    assert alarm.kind == "mail.undeliverable"
    assert "All square" in alarm.message


def test_a_day_and_a_half_of_failures_is_an_alarm(northgate, mail_host):
    mail = write(northgate)
    mail_host.refuse["MAIL"] = "451 later"
    moment, tries = NOW, 0
    while mail.due_at is not None:
        moment, tries = mail.due_at, tries + 1
        send_waiting(moment)
        db.session.refresh(mail)
    assert tries == 9
    assert moment - NOW > timedelta(hours=30)
    assert db.session.scalars(select(Alert.kind)).all() == ["mail.undeliverable"]


def test_a_sender_that_was_killed_leaves_the_e_mail_to_the_next(northgate, mail_host):
    mail = write(northgate)
    mail.due_at = NOW + timedelta(minutes=10)  # as claimed, and never heard of again
    mail.attempts = 1
    db.session.commit()
    assert send_waiting(NOW + timedelta(minutes=10)) == 1


def test_without_a_mail_server_everything_is_kept(northgate, app_context, mail_host):
    settings = app_context.extensions["ledgerbridge_settings"]
    app_context.extensions["ledgerbridge_settings"] = replace(settings, mail_url="")
    mail = write(northgate)
    assert send_waiting(NOW) == 0
    db.session.refresh(mail)
    assert (mail.sent_at, mail.attempts) == (None, 0)


def test_news_of_last_week_is_not_sent(northgate, mail_host):
    mail = write(northgate)
    mail.created_at = NOW - timedelta(days=7)
    db.session.commit()
    assert send_waiting(NOW) == 0
    assert mail_host.letters == []


def test_people_and_billing_hear_of_a_permission_that_ended(northgate):
    create_user(northgate.workspace_id, "priya@northgate.example", "finance", "correct horse")
    create_user(northgate.workspace_id, "eve@northgate.example", "viewer", "correct horse")
    northgate.bill("INV-2041")
    northgate.bill("INV-2042", net="200.00")
    tell_disconnected(db.session.get_one(Connection, northgate.connection_id), NOW)
    db.session.commit()
    [mail] = db.session.scalars(select(Mail))
    assert mail.recipients == ["priya@northgate.example"]
    assert mail.subject == (
        "QuickBooks disconnected: 2 invoices, £780.00 waiting (Northgate IT Services Ltd)"
    )
    for part in (mail.body_text, mail.body_html):
        assert "2 invoices worth £780.00 have not reached your books" in part
    types = db.session.scalars(select(OutboundEvent.type)).all()
    assert "connection.disconnected" in types


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://u%40x:p%2F@mail.example:2525?tls=1", ("mail.example", 2525, "u@x", True, False)),
        ("smtp://mail.example", ("mail.example", 587, "", False, False)),
        ("smtps://mail.example", ("mail.example", 465, "", False, True)),
    ],
)
def test_mail_url_is_understood(url, expected):
    server = MailServer.from_url(url, "https://bridge.example")
    assert (server.host, server.port, server.user, server.starttls, server.tls) == expected
    assert server.sender == "ledgerbridge@bridge.example"
    assert "p/" not in repr(server)


def test_an_address_kept_from_before_that_misleads_a_header_silences_nobody(northgate, mail_host):
    people = ["ana@northgate.example", "(x@northgate.example", "bob@northgate.example"]
    write_mail(northgate.workspace_id, people, "Pushing stopped", "text", "<p>html</p>", now=NOW)
    write_mail(northgate.workspace_id, [".x@northgate.example"], "It did", "t", "<p>h</p>", now=NOW)
    db.session.commit()

    assert send_waiting(NOW) == 1
    letter = message_from_bytes(mail_host.letters[0], policy=policy.default)
    assert [each.addr_spec for each in letter["To"].addresses] == [people[0], people[2]]
    given_up = db.session.scalars(select(Mail).where(Mail.sent_at.is_(None))).one()
    assert (given_up.due_at, "can be used" in given_up.error) == (None, True)
