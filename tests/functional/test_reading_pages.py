"""What people see of a book that is read: how far it is, what it cost, what could not be read."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.domain.reading import BookKind, Reason, Task
from app.extensions import db
from app.models import Connection, LedgerInvoiceRow, Reading
from tests.builders import a_connection, a_person, a_workspace
from tests.people import send, sign_in
from tests.visitor import text_of

NOW = datetime.now(UTC)
SETTINGS = {"push_mode": "auto", "closed_period_policy": "hold", "account": ""}


@pytest.fixture
def northgate(app):
    """Return the number of a connection of Priya's workspace, read since 1 October."""
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        connection = a_connection(workspace)
        connection.history_from = date(2026, 10, 1)
        db.session.commit()
        return connection.id


@pytest.fixture
def priya(client, northgate):
    sign_in(client)
    return client


def step(app, connection_id, reason, kind, task=Task.READ, **values):
    """Write down one step of a reading."""
    with app.app_context():
        workspace_id = db.session.get_one(Connection, connection_id).workspace_id
        values = {"started_at": NOW, "since": NOW - timedelta(days=40)} | values
        row = Reading(
            workspace_id=workspace_id,
            connection_id=connection_id,
            reason=reason,
            kind=kind,
            task=task,
            **values,
        )
        db.session.add(row)
        db.session.commit()


def history(app, northgate):
    for kind, done in (("customer", 1), ("payment", 1), ("invoice", 1), ("credit_note", 0)):
        finished = NOW if done else None
        step(app, northgate, Reason.HISTORY, kind, documents=3125, finished_at=finished)


def seen(client, url):
    return text_of(client.get(url))


def test_the_history_s_progress_is_on_both_pages(app, priya, northgate):
    history(app, northgate)
    progress = "3 of 4 kinds, 9,375 documents read."
    assert progress in seen(priya, f"/connections/{northgate}")
    assert f"History since 1 October 2026: {progress}" in seen(priya, "/sync-state")


def test_a_history_that_is_read_is_no_news_on_the_sync_state(app, priya, northgate):
    step(app, northgate, Reason.HISTORY, "invoice", documents=7, finished_at=NOW)
    assert "7 documents" in seen(priya, f"/connections/{northgate}")
    assert "History since" not in seen(priya, "/sync-state")


def test_catching_up_says_how_far_it_is_and_then_what_it_cost(app, priya, northgate):
    for kind in ("payment", "invoice"):
        done = {"finished_at": NOW} if kind == "payment" else {}
        step(app, northgate, Reason.CATCH_UP, kind, documents=1500, calls=4, gone=20, **done)
    shown = seen(priya, "/sync-state")
    assert "1 of 2 parts, 3,000 documents read." in shown
    with app.app_context():
        for row in db.session.scalars(select(Reading)):
            row.finished_at = NOW
        db.session.commit()
    shown = seen(priya, "/sync-state")
    assert "3,000 documents read, 40 deletions found. It took 8 reads" in shown


def test_what_could_not_be_read_is_said_until_it_is(app, priya, northgate):
    step(app, northgate, Reason.CATCH_UP, "invoice", unreadable=["181"], finished_at=NOW)
    said = "could not give us 1 invoice (id 181)"
    assert said in seen(priya, f"/connections/{northgate}")
    assert said in seen(priya, "/sync-state")
    with app.app_context():
        connection = db.session.get_one(Connection, northgate)
        row = LedgerInvoiceRow(
            workspace_id=connection.workspace_id,
            connection_id=northgate,
            ledger_id="181",
            total=0,
            tax_total=0,
            balance=0,
            read_at=NOW + timedelta(minutes=1),
        )
        db.session.add(row)
        db.session.commit()
    assert said not in seen(priya, "/sync-state")


def test_another_date_is_chosen_on_the_page(app, priya, northgate):
    earlier = SETTINGS | {"history_from": "2026-04-01"}
    assert send(priya, f"/connections/{northgate}/settings", **earlier).status_code == 200
    with app.app_context():
        assert db.session.get_one(Connection, northgate).history_from == date(2026, 4, 1)
        kinds = set(db.session.scalars(select(Reading.kind)))
        assert kinds == set(BookKind)


@pytest.mark.parametrize("typed", ["2999-01-01", "soon"])
def test_a_date_that_cannot_be_is_refused_beside_its_field(app, priya, northgate, typed):
    answer = send(
        priya, f"/connections/{northgate}/settings", **(SETTINGS | {"history_from": typed})
    )
    assert answer.status_code == 422
    assert "can be read from a day between 1 January 2000 and today" in text_of(answer)
    assert 'aria-invalid="true"' in answer.text
