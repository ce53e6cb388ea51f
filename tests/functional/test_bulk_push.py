"""Pushing everything a list shows: in steps, once, stoppable, whatever becomes of the worker."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.domain.problem import Problem
from app.domain.states import PushState, SyncState
from app.extensions import db
from app.models import AuditEntry, BulkPush, Connection, Invoice, Push
from app.queries.invoices import Filter
from app.usecases import sweep
from app.usecases.push import push_all
from app.usecases.push.actions import hold
from app.web import bulk_push as web_bulk_push
from tests.builders import a_connection, a_person, a_push, a_workspace, an_invoice
from tests.visitor import Visitor, text_of

HELD = SyncState.HELD
ALL = "/invoices/all/push?show=needs"


class Books:
    """Five invoices of one company that wait for review, and one that is there already."""

    def __init__(self, slug: str = "northgate", company_id: str = "1") -> None:
        workspace = a_workspace(slug)
        connection = a_connection(workspace, company_id=company_id)
        self.workspace_id, self.connection_id = workspace.id, connection.id
        self.held = [self.hold(f"{n}00.00") for n in range(1, 6)]
        an_invoice(connection, state=SyncState.PUSHED)
        db.session.commit()

    def hold(self, total: str, **changes: object) -> int:
        connection = db.session.get_one(Connection, self.connection_id)
        invoice = an_invoice(connection, total, HELD, **changes)  # type: ignore[arg-type]
        a_push(invoice, PushState.HELD)
        db.session.commit()
        return invoice.id


@pytest.fixture
def books(app_context: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Books]:
    monkeypatch.setattr(push_all, "STEP", 2)
    made = Books()
    yield made
    db.session.info.clear()


def begin(books: Books, wanted: Filter | None = None, deed: str = "push") -> BulkPush:
    newest = db.session.scalar(select(func.max(Invoice.id))) or 0
    bulk, _ = push_all.begin(
        books.workspace_id,
        deed,
        wanted or Filter("needs"),
        newest,
        datetime.now(UTC).date(),
        "Priya",
        None,
    )
    assert bulk is not None
    return bulk


def waiting() -> list[int]:
    state = Invoice.sync_state == SyncState.WAITING
    return list(db.session.scalars(select(Invoice.id).where(state).order_by(Invoice.id)))


def figures(bulk: BulkPush) -> tuple[int, int, int]:
    db.session.refresh(bulk)
    return bulk.matched, bulk.looked_at, bulk.changed


def test_all_that_match_are_made_due_and_counted(books):
    bulk = begin(books)

    push_all.push_on(bulk.id)

    assert waiting() == books.held
    assert figures(bulk) == (5, 5, 5)
    assert bulk.finished_at is not None
    due = select(func.count(Push.id)).where(Push.state == PushState.WAITING)
    assert db.session.scalar(due) == 5
    each = select(func.count(AuditEntry.id)).where(AuditEntry.action == "invoice.push_now")
    assert db.session.scalar(each) == 5


def test_a_worker_killed_in_a_step_leaves_that_step_undone_and_the_next_goes_on(books, monkeypatch):
    bulk = begin(books)
    real, calls = push_all.step, []

    def dies_in_the_second(*args: object) -> object:
        calls.append(args)
        made = real(*args)  # type: ignore[arg-type]
        if len(calls) == 2:
            raise KeyboardInterrupt  # after everything but the commit
        return made

    monkeypatch.setattr(push_all, "step", dies_in_the_second)
    with pytest.raises(KeyboardInterrupt):
        push_all.push_on(bulk.id)
    db.session.rollback()
    assert figures(bulk) == (5, 2, 2)
    assert waiting() == books.held[:2]

    monkeypatch.setattr(push_all, "step", real)
    push_all.push_on(bulk.id)
    push_all.push_on(bulk.id)  # a job that comes twice does it once

    assert figures(bulk) == (5, 5, 5)
    assert waiting() == books.held


def test_stopped_it_leaves_the_rest_as_it_is(books):
    bulk = begin(books)
    push_all._step(bulk.id, datetime.now(UTC))

    assert push_all.stop(bulk.id, "Priya", None, datetime.now(UTC))
    push_all.push_on(bulk.id)

    assert waiting() == books.held[:2]
    assert (*figures(bulk), bulk.stopped_by) == (5, 2, 2, "Priya")
    assert not push_all.stop(bulk.id, "Priya", None, datetime.now(UTC))


def test_what_somebody_holds_meanwhile_stays_held(books):
    hold(books.held[:1], "Tom", None, datetime.now(UTC))  # before: Priya was shown it as well
    bulk = begin(books)
    hold(books.held[3:4], "Tom", None, datetime.now(UTC))

    push_all.push_on(bulk.id)

    assert waiting() == books.held[:3] + books.held[4:]
    assert figures(bulk) == (5, 5, 4)


def test_what_came_later_and_what_is_another_workspaces_is_not_pushed(books):
    elsewhere = Books("meridian", "2")
    bulk = begin(books)
    books.hold("9.00")

    push_all.push_on(bulk.id)

    assert waiting() == books.held
    assert not set(elsewhere.held) & set(waiting())


def test_only_what_the_filter_shows_goes_and_what_moved_on_is_left(books):
    one = books.hold("50.00", customer="Meridian Care Homes Ltd")
    other = books.hold("60.00", customer="Meridian Care Homes Ltd")
    bulk = begin(books, Filter("needs", typed="meridian"))
    db.session.get_one(Invoice, other).sync_state = SyncState.NOT_SENT
    db.session.commit()

    push_all.push_on(bulk.id)

    assert waiting() == [one]
    assert figures(bulk) == (2, 1, 1)


def test_the_refused_of_one_cause_are_tried_again(books):
    connection = db.session.get_one(Connection, books.connection_id)
    refused = Problem("6210", "QuickBooks is closed.")
    invoice = an_invoice(connection, state=SyncState.FAILED, problem=refused)
    a_push(invoice, PushState.FAILED)
    db.session.commit()

    push_all.push_on(begin(books, Filter(cause="refused:6210"), "retry").id)

    assert waiting() == [invoice.id]


def test_the_clock_goes_on_with_what_a_worker_left(books):
    bulk = begin(books)
    assert sweep.wake_open_bulk_pushes(datetime.now(UTC)) == 1
    push_all.push_on(bulk.id)
    assert sweep.wake_open_bulk_pushes(datetime.now(UTC)) == 0


# ------------------------------------------------------------------ the pages


@pytest.fixture
def shown(app: Flask) -> Books:
    with app.app_context():
        made = Books()
        workspace = db.session.get_one(Connection, made.connection_id).workspace
        a_person(workspace)
        a_person(workspace, "viewer", "vera@northgate.example")
        return made


def test_a_person_is_asked_once_and_pressing_twice_is_one(app, client: FlaskClient, shown):
    priya = Visitor(client)
    assert "/invoices/all/push?show=needs" in priya.get("/invoices?show=needs").text
    asked = priya.get(ALL)
    assert "Push 5 invoices, £1,500.00?" in text_of(asked)
    assert f'action="{ALL}"' in asked.text
    with app.app_context():
        newest = db.session.scalar(select(func.max(Invoice.id)))

    first = priya.post(ALL, up_to=newest)
    second = priya.post(ALL, up_to=newest)

    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    page = priya.get(first.location)
    assert "5 invoices are being pushed already." in text_of(page)
    assert "0 of 5 invoices" in text_of(page)
    assert "every 2s" in priya.get(first.location, part=True).text
    assert "0 of 5 invoices are being pushed. Show progress" in text_of(priya.get("/invoices"))
    assert priya.post(f"{first.location}/stop").status_code == 303
    over = priya.get(first.location, part=True).text
    assert "Stopped after 0 of 5 invoices" in over
    assert "every 2s" not in over


def test_more_of_one_cause_than_a_request_takes_are_left_to_a_worker(
    app, client, shown, monkeypatch
):
    monkeypatch.setattr(web_bulk_push, "_AT_ONCE", 2)
    begun = Visitor(client).post("/invoices/all/push?cause=review:&connection=1", up_to=10)
    assert begun.location == "/invoices/all/1"
    with app.app_context():
        assert waiting() == []


def test_a_viewer_sees_how_far_it_is_and_starts_and_stops_nothing(app, client, shown):
    with app.app_context():
        number = begin(shown).id
    vera = Visitor(client, "vera@northgate.example")
    page = vera.get(f"/invoices/all/{number}")
    assert "0 of 5 invoices" in text_of(page)
    assert ">Stop<" not in page.text
    assert vera.get(ALL).status_code == 403
    assert vera.post(ALL, up_to=10).status_code == 403
    assert vera.post(f"/invoices/all/{number}/stop").status_code == 403


def test_there_is_no_pressing_for_everything_that_is_there_nor_for_anothers(app, client, shown):
    with app.app_context():
        number = begin(Books("meridian", "2")).id
    priya = Visitor(client)
    assert priya.get("/invoices/all/push?show=all").status_code == 404
    assert priya.get("/invoices/all/retry?show=needs").status_code == 404
    assert priya.get("/invoices/all/push?cause=service:MW-STD").status_code == 404
    assert priya.get(f"/invoices/all/{number}").status_code == 404
    assert priya.post(f"/invoices/all/{number}/stop").status_code == 404
