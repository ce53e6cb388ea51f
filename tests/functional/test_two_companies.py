"""Where a workspace has two companies in one ledger, each line says which it means."""

import pytest
from sqlalchemy import select

from app.domain.states import PushState
from app.extensions import db
from app.models import Attempt, Connection, Mail, Workspace
from app.usecases.reconciliation.reconciliation_mail import write_report
from tests.builders import (
    a_check,
    a_connection,
    a_difference,
    a_person,
    a_push,
    a_reader,
    a_workspace,
    an_invoice,
)
from tests.people import sign_in
from tests.visitor import text_of

NORTHGATE, LEEDS = "Northgate IT Services Ltd", "Northgate Leeds Ltd"


@pytest.fixture
def one(app):
    """Return a workspace with one company, in which something differs."""
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        connection = a_connection(workspace)
        a_difference(a_check(connection, "differs"))
        push = a_push(an_invoice(connection), PushState.DONE)
        values = {"milliseconds": 5, "outcome": "pushed", "words": "Booked."}
        where = {"workspace_id": workspace.id, "connection_id": connection.id}
        db.session.add(Attempt(push_id=push.id, started_at=push.due_at, **where, **values))
        db.session.commit()
        return workspace.id


@pytest.fixture
def two(app, one):
    """Return that workspace with another company in the same ledger."""
    with app.app_context():
        a_connection(db.session.get_one(Workspace, one), company_id="777", company_name=LEEDS)
        db.session.commit()


def test_one_company_needs_no_name(one, client):
    sign_in(client)
    assert "1 difference between billing and QuickBooks 1 amount" in text_of(client.get("/"))
    assert "To QuickBooks" in text_of(client.get("/sync-log?show=all"))


def test_two_are_told_apart(two, client):
    sign_in(client)
    overview, log = text_of(client.get("/")), text_of(client.get("/sync-log?show=all"))
    assert "1 difference between billing and QuickBooks (Northgate IT Services Ltd)" in overview
    assert "Reconciliation with QuickBooks (Northgate IT Services Ltd)" in overview
    assert "To Northgate IT Services Ltd" in log
    assert LEEDS not in log.partition("Direction")[2]


@pytest.mark.parametrize(("companies", "called"), [("one", "QuickBooks"), ("two", NORTHGATE)])
def test_the_e_mails_subject_says_which(app, request, companies, called):
    request.getfixturevalue(companies)
    with app.app_context():
        connection = db.session.scalars(select(Connection).order_by(Connection.id)).first()
        a_reader(connection.workspace_id)
        run = a_check(connection, "square")
        write_report(run, connection, run.finished_at)
        [mail] = db.session.scalars(select(Mail))
        assert mail.subject.startswith(f"All square: 0 invoices ({called}, ")
