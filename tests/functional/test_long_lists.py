"""Lists that stay quick however long they are: what is found, what is asked, what is handed out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.problem import Missing
from app.domain.states import SyncState
from app.extensions import db
from app.models import Attempt, Connection, LedgerCustomerRow, Workspace
from app.models.scope import enter_workspace
from app.queries import found, invoice_file, invoices, sync_log
from app.queries.invoices import Filter
from app.queries.sync_log import LogFilter
from tests.asked import asked
from tests.books_there import payment_there
from tests.builders import a_connection, a_link, a_person, a_push, a_workspace, an_invoice
from tests.visitor import Visitor

EVER = datetime(2020, 1, 1, tzinfo=UTC)


def booked(workspace: Workspace, connection: Connection, **changes: Any) -> str:
    """Make an invoice that was pushed at the second try; returns its number."""
    invoice = an_invoice(connection, **changes)
    a_link(invoice)
    push = a_push(invoice, "done")  # type: ignore[arg-type]
    for outcome in ("retrying", "pushed"):
        db.session.add(
            Attempt(
                workspace_id=workspace.id,
                connection_id=connection.id,
                push_id=push.id,
                started_at=datetime.now(UTC),
                milliseconds=200,
                outcome=outcome,
                words="In QuickBooks.",
                ledger_request_id=f"1-{invoice.number}-{outcome}",
            )
        )
    db.session.flush()
    return invoice.number


@pytest.fixture
def numbers(app_context: Flask) -> Iterator[list[str]]:
    """Three booked invoices of two customers; the same of another workspace beside them."""
    for slug, company in (("meridian", "2"), ("northgate", "1")):
        workspace = a_workspace(slug)
        connection = a_connection(workspace, company_id=company)
        named = [
            booked(workspace, connection, customer=customer)
            for customer in ("Oak & Ash Ltd", "Oak & Ash Ltd", "100% Dental_Care Ltd")
        ]
        db.session.commit()
    enter_workspace(db.session, workspace.id)
    yield named
    db.session.info.clear()


def listed(typed: str) -> list[str]:
    page = invoices.page(Filter(typed=typed), datetime.now(UTC).date())
    assert page.count == len(page.rows)
    return sorted(row.number for row in page.rows)


def logged(typed: str) -> list[str]:
    rows, _ = sync_log.page(LogFilter(EVER, typed=typed))
    return sorted({row.what for row in rows})


@pytest.mark.parametrize("few", [5000, 1], ids=["looked up first", "met everywhere"])
def test_what_was_typed_is_found_wherever_it_is(numbers, few, monkeypatch):
    monkeypatch.setattr(found, "_FEW", few)
    for look in (listed, logged):
        assert look(numbers[0]) == numbers[:1]
        assert look(numbers[0].lower()) == numbers[:1]
        assert look("oak & ash") == numbers[:2]
        assert look("100% dental_") == numbers[2:]
        assert look("nobody of this name") == look("1%Dental") == []


def test_a_request_id_finds_its_invoice(numbers):
    for look in (listed, logged):
        assert look(f"1-{numbers[1]}-retrying") == [numbers[1]]


def test_the_log_counts_what_it_lists(numbers):
    assert sync_log.counts(EVER) == {"done": 3, "all": 6}
    assert sync_log.counts(EVER, nearly_all=True) == {"done": 3, "all": 6}
    assert sync_log.counts(datetime.now(UTC), nearly_all=True) == {"done": 0, "all": 0}
    assert len(sync_log.page(LogFilter(EVER))[0]) == 6
    assert len(sync_log.page(LogFilter(EVER, done=True))[0]) == 3


@pytest.mark.parametrize("few", [5000, 1], ids=["looked up first", "met everywhere"])
def test_payments_are_found_by_payer_reference_and_id(numbers, few, monkeypatch):
    monkeypatch.setattr(found, "_FEW", few)
    ours = db.session.scalars(select(Connection)).one()
    another = a_connection(a_workspace("aire"), company_id="3")
    for connection in (ours, another):
        whose = {"workspace_id": connection.workspace_id, "connection_id": connection.id}
        payer = LedgerCustomerRow(
            **whose, ledger_id="7", name="Oak & Ash Ltd", active=True, read_at=EVER
        )
        db.session.add(payer)
        payment_there(connection, "71", "5.00", customer_ledger_id="7", reference="BACS 20")
        payment_there(connection, "72", "5.00", customer_ledger_id="7")
        payment_there(connection, "73", "5.00", reference="BACS 21")
    db.session.commit()

    def paid(typed: str) -> list[str]:
        rows, _ = sync_log.page(LogFilter(EVER, typed=typed, direction="in"))
        return sorted(row.what.removeprefix("Payment ") for row in rows)

    assert paid("oak & ash") == ["71", "72"]
    assert paid("bacs 2") == ["71", "73"]
    assert paid("73") == ["73"]
    assert paid("7") == []


def test_a_tab_comes_to_what_its_list_does(numbers):
    connection = db.session.scalars(select(Connection)).one()
    for state in SyncState:
        an_invoice(connection, "12.50", state)
        a_link(an_invoice(connection, "0.25", state))
    db.session.commit()
    how, today = invoices.standing(), datetime.now(UTC).date()
    for group in invoices.GROUPS:
        read, asked_for = (invoices.page(Filter(group), today, standing=s) for s in (how, None))
        assert (read.count, read.sums) == (asked_for.count, asked_for.sums), group
        assert invoices.group_counts()[group] == read.count


# ------------------------------------------------------------------ pages


def test_a_page_asks_as_often_with_sixty_invoices_as_with_two(app: Flask, client: FlaskClient):
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        connection = a_connection(workspace)
        made = workspace.id, connection.id
        bill(*made, 1)
    priya = Visitor(client)
    few = {path: _count(app, priya, path) for path in PAGES}
    with app.app_context():
        bill(*made, 29)
    many = {path: _count(app, priya, path) for path in PAGES}

    assert few == many


PAGES = (
    "/", "/invoices", "/invoices?show=needs", "/invoices?q=INV", "/invoices?owed=open",
    "/sync-log", "/sync-log?show=all", "/sync-log?show=all&q=INV", "/customers", "/mappings",
    "/customers?show=owing", "/customers?show=not-billed", "/customers?sort=newest", "/audit",
    "/webhook-log", "/events", "/sync-state", "/reconciliation", "/invoices/only-there",
)  # fmt: skip


def test_a_part_of_a_page_does_not_ask_for_its_tabs(app: Flask, client: FlaskClient):
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        bill(workspace.id, a_connection(workspace).id, 1)
    priya = Visitor(client)
    for path in ("/invoices", "/sync-log?show=all"):
        for part in (False, True):
            with asked(app) as statements:
                assert priya.get(path, part=part).status_code == 200
            tabs = [one for one in statements if "GROUP BY invoice.sync_state" in one]
            assert bool(tabs) is not part, path


def bill(workspace_id: int, connection_id: int, pairs: int) -> None:
    """Make so many booked invoices and as many that wait, each of a customer of its own."""
    workspace = db.session.get_one(Workspace, workspace_id)
    connection = db.session.get_one(Connection, connection_id)
    for number in range(pairs):
        booked(workspace, connection, customer=f"Customer {pairs} {number}")
        missing = Missing("service", "MDR", "Managed SOC (MDR)")
        stuck = an_invoice(connection, missing=missing, customer=f"Other {pairs} {number}")
        a_push(stuck)
    db.session.commit()


def _count(app: Flask, priya: Visitor, path: str) -> int:
    with asked(app) as statements:
        assert priya.get(path).status_code == 200
    return len(statements)


# ------------------------------------------------------------------ the file


def test_the_file_has_every_page_of_the_list_and_runs_no_formula(app, client, monkeypatch):
    monkeypatch.setattr(invoice_file, "_AT_ONCE", 2)
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        connection = a_connection(workspace)
        named = [booked(workspace, connection, customer="=Oak & Ash Ltd") for _ in range(5)]
        an_invoice(connection, "1234.50", SyncState.FAILED)
        an_invoice(a_connection(a_workspace("meridian"), company_id="2"))
        db.session.commit()
    priya = Visitor(client)
    answer = priya.get("/invoices/invoices.csv?before=2020-01-01_1")
    assert answer.is_streamed
    assert priya.get("/invoices/invoices.csv?q=oak").text == answer.text
    assert answer.text.startswith("\ufeffinvoice,")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert sorted(row["invoice"] for row in rows if row["ledger id"]) == sorted(named)
    assert {row["customer"] for row in rows if row["ledger id"]} == {"'=Oak & Ash Ltd"}
    assert len(rows) == 6
    [refused] = [row for row in rows if not row["ledger id"]]
    assert refused["total"] == "1234.50"
    assert refused["in the ledger"] == "Refused"
    assert refused["currency"] == "GBP"
