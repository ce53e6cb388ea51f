"""What is asked before the invoices that were ticked are moved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.states import SyncState
from app.extensions import db
from app.models import Invoice
from tests.builders import a_connection, a_person, a_push, a_workspace, an_invoice
from tests.visitor import Visitor, text_of

Make = Callable[..., int]


@pytest.fixture
def make(app: Flask) -> Make:
    """Make an invoice of Northgate's with its push; returns its id."""
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        a_person(workspace, "viewer", "vera@northgate.example")
        connection_id = a_connection(workspace).id
        db.session.commit()

    def made(total: str, state: SyncState, sent: datetime | None = None, **changes: Any) -> int:
        from app.models import Connection

        with app.app_context():
            invoice = an_invoice(
                db.session.get_one(Connection, connection_id), total, state, **changes
            )
            if state not in (SyncState.PUSHED, SyncState.NOT_SENT):
                a_push(invoice, first_sent_at=sent)
            db.session.commit()
            return invoice.id

    return made


@pytest.fixture
def priya(client: FlaskClient, make: Make) -> Visitor:
    return Visitor(client)


def ask(person: Visitor, deed: str, *ids: int, **more: Any) -> str:
    return text_of(person.post("/invoices/bulk/confirm", deed=deed, invoice=list(ids), **more))


def test_the_question_counts_and_sums_only_what_the_deed_is_for(priya, make):
    ids = [
        make("100.00", SyncState.FAILED),
        make("20.50", SyncState.HELD),
        make("7.00", SyncState.FAILED, currency="EUR"),
        make("9000.00", SyncState.PUSHED),
        make("300.00", SyncState.NOT_SENT),
    ]
    page = ask(priya, "push", *ids)
    assert "Push 3 invoices, £120.50 and €7.00?" in page
    assert "2 stay as they are Already in the ledger, on their way, or opted out" in page
    assert "Hold 2 invoices" in ask(priya, "hold", *ids)
    assert "Do not push 3 invoices" in ask(priya, "never", *ids)


@pytest.mark.parametrize(
    ("deed", "asked", "then", "leads_to"),
    [
        (
            "retry",
            "Try 2 invoices, £120.50, again?",
            "waiting",
            "/invoices/all/1?back=/sync-log?show%3Dneeds",
        ),
        ("never", "Do not push 2 invoices, £120.50?", "not_sent", "/sync-log?show=needs"),
    ],
)
def test_the_sync_log_asks_with_the_same_question_and_leads_back(
    priya, make, app, deed, asked, then, leads_to
):
    ids = [make("100.00", SyncState.FAILED), make("20.50", SyncState.DEAD)]
    log = priya.get("/sync-log?show=needs").text
    assert 'formaction="/invoices/bulk/confirm"' in log

    page = ask(priya, deed, *ids, back="/sync-log?show=needs")
    assert asked in page
    assert states(app) == {"failed", "dead"}
    done = priya.post("/invoices/bulk", deed=deed, invoice=ids, back="/sync-log?show=needs")
    assert (done.location, states(app)) == (leads_to, {then})


def states(app: Flask) -> set[str]:
    with app.app_context():
        return set(db.session.scalars(select(Invoice.sync_state)))


def test_what_was_sent_already_is_neither_held_nor_opted_out(priya, make):
    sent = make("100.00", SyncState.RETRYING, datetime.now(UTC))
    assert "Nothing to do here" in ask(priya, "hold", sent)
    assert "Nothing to do here" in ask(priya, "never", sent)
    assert "Push 1 invoice" in ask(priya, "push", sent)


def test_what_something_is_missing_for_is_said_to_stop_again(priya, make):
    page = ask(priya, "push", make("100.00", SyncState.BLOCKED), make("1.00", SyncState.HELD))
    assert "Something is missing for 1 of them, which stops again" in page


def test_a_yes_does_it_and_leads_back_to_the_list_as_it_was(priya, make, app):
    invoice_id = make("100.00", SyncState.FAILED)
    question = priya.post(
        "/invoices/bulk/confirm", deed="hold", invoice=[invoice_id], back="/invoices?show=needs"
    )
    assert f'name="invoice" value="{invoice_id}"' in question.text
    done = priya.post("/invoices/bulk", deed="hold", invoice=[invoice_id],
                      back="/invoices?show=needs")  # fmt: skip
    assert done.location == "/invoices?show=needs"
    with app.app_context():
        assert db.session.get_one(Invoice, invoice_id).sync_state == "held"


def test_another_sites_address_is_never_led_back_to(priya, make):
    done = priya.post("/invoices/bulk", deed="hold", invoice=[make("1.00", SyncState.FAILED)],
                      back="https://elsewhere.example/")  # fmt: skip
    assert done.location == "/invoices"


def test_without_anything_to_move_there_is_no_button(priya, make):
    page = priya.post("/invoices/bulk/confirm", deed="hold", invoice=[make("1", SyncState.PUSHED)])
    assert "The one you chose is already in the ledger" in text_of(page)
    assert 'name="deed"' not in page.text


def test_a_reloaded_question_leads_to_the_list(priya):
    assert priya.get("/invoices/bulk/confirm").location == "/invoices"


def test_a_viewer_and_another_workspace_are_asked_nothing(client, app, make):
    invoice_id = make("100.00", SyncState.FAILED)
    vera = Visitor(client, "vera@northgate.example")
    assert vera.post("/invoices/bulk/confirm", deed="push", invoice=[1]).status_code == 403
    with app.app_context():
        a_person(a_workspace("harcourt"), "owner", "tom@harcourt.example")
    client.post("/logout")
    with app.test_client() as other:
        page = ask(Visitor(other, "tom@harcourt.example"), "push", invoice_id)
    assert "Push 1 invoice" not in page
    assert "£100.00" not in page
