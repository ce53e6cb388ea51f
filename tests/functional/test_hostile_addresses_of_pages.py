"""Addresses that nobody's page leads to are answered with a sentence, never with a fault."""

import pytest

from app.extensions import db
from tests.builders import a_connection, a_person, a_workspace, an_invoice
from tests.people import PRIYA, send, sign_in

# What urllib refuses to take apart.
UNREADABLE = ("http://[", "//[x", "http://a\uff03@b.example/")
LISTS = ("/invoices", "/audit", "/log", "/webhook-log")
FILES = ("/invoices/invoices.csv", "/audit/audit-log.csv", "/webhook-log/webhook-log.csv")


@pytest.fixture
def priya(app, client):
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace, "owner", PRIYA)
        for _ in range(60):
            an_invoice(a_connection(workspace) if _ == 0 else workspace.connections[0])
        db.session.commit()
    sign_in(client)
    return client
