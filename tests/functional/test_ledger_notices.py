"""What the pages say about a ledger's notices: the ledger's own, and those refused at its door."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from app import clock
from app.extensions import db
from app.models import Connection, InboundEvent
from app.queries import notices
from app.usecases.book.receive_webhook import refuse
from tests.builders import a_connection, a_person, a_workspace, an_invoice
from tests.people import sign_in


@pytest.fixture
def northgate(app):
    """Return the number of a connection that billing and two ledgers' doors heard about."""
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        connection = a_connection(workspace)
        db.session.flush()
        an_invoice(connection)
        known = {"workspace_id": workspace.id, "connection_id": connection.id}
        event("accepted", 4, "quickbooks", **known)
        event("accepted", 2, "billing", **known)
        event("refused", 1, "quickbooks")
        event("refused", 3, "another")
        event("refused", 5, "quickbooks", ago=timedelta(hours=25))
        db.session.commit()
        return connection.id


def event(status, count, source, ago=timedelta(), **known):
    at = datetime.now(UTC) - ago
    db.session.add_all(
        InboundEvent(source=source, status=status, received_at=at, **known) for _ in range(count)
    )


def text_of(client, path):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get(path).text))


def test_only_the_ledgers_own_notices_and_refusals_are_counted(app, northgate):
    with app.app_context():
        heard = notices.heard(db.session.get_one(Connection, northgate), datetime.now(UTC))
    assert (heard.count, heard.refused, heard.last.source) == (4, 1, "quickbooks")


def test_the_connections_page_counts_them_apart(client, northgate):
    sign_in(client)
    page = text_of(client, f"/connections/{northgate}")
    assert "Last 24 hours, verified 4 Signature refused 1" in page
    assert "4 received in 24 hours and verified; 1 refused" in page


def test_the_log_says_who_was_refused_how_often_and_why(app, client, northgate):
    with app.app_context():
        for _ in range(3):
            refuse("quickbooks", "The signature does not match.", "198.51.100.7", clock.now())
        refuse("another", "The signature does not match.", "203.0.113.9", clock.now())
    sign_in(client)
    page = text_of(client, "/webhook-log")
    assert "QuickBooks 198.51.100.7 The signature does not match. 3" in page
    assert "203.0.113.9" not in page


def test_the_doctor_says_how_the_door_does(app, cli, northgate):
    with app.app_context():
        refuse("quickbooks", "The signature does not match.", "198.51.100.7", clock.now())
        event("ignored", 1, "quickbooks", type="body", raw=b"?", event_id="f00")
        db.session.commit()
    said = cli.invoke(args=["doctor"]).output
    assert "a simulated ledger on it can send webhooks there, a live one cannot" in said
    assert "/api/webhooks/quickbooks, last received 20" in said
    assert "1 body refused in 24 hours from 198.51.100.7: The signature does not match." in said
    assert "1 body of 24 hours, well signed, held nothing that could be read." in said


def test_the_overview_counts_the_refused_ones_in_the_total(client, northgate):
    sign_in(client)
    assert "4 of 5 notices verified today" in text_of(client, "/")
