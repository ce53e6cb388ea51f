"""What the pages say about a ledger's notices: the ledger's own, and those refused at its door."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from app.extensions import db
from app.models import Connection, InboundEvent
from app.queries import notices
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


def test_the_overview_counts_the_refused_ones_in_the_total(client, northgate):
    sign_in(client)
    assert "4 of 5 notices verified today" in text_of(client, "/")
