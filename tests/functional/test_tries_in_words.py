"""A try on the invoice's page: who asked for it, and whether there was an answer at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.states import PushState, SyncState
from app.extensions import db
from app.models import Attempt, AuditEntry, CustomerLink, InvoiceLine
from app.usecases.push.noted import note_without_call
from tests.builders import a_connection, a_person, a_push, a_workspace, an_invoice
from tests.visitor import Visitor, text_of

NOW = datetime.now(UTC)


@pytest.fixture
def tried(app):
    """Booked at the second try, for which Nina pressed; then linked without a call."""
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        invoice = an_invoice(a_connection(workspace), state=SyncState.PUSHED)
        push = a_push(invoice, PushState.DONE)
        db.session.flush()
        ids = {"workspace_id": workspace.id, "push_id": push.id}
        for minutes, outcome in ((9, SyncState.FAILED), (5, SyncState.PUSHED)):
            at = NOW - timedelta(minutes=minutes)
            db.session.add(
                Attempt(
                    **ids, connection_id=push.connection_id, started_at=at, milliseconds=700,
                    outcome=outcome, words="Asked QuickBooks.", ledger_request_id=f"r{minutes}",
                )
            )  # fmt: skip
        db.session.add(
            AuditEntry(
                workspace_id=workspace.id, actor="Nina Okafor", action="invoice.retry",
                subject=f"invoice:{invoice.id}", created_at=NOW - timedelta(minutes=6),
            )
        )  # fmt: skip
        note_without_call(push, "linked", "Linked to invoice 7.", NOW, None)
        db.session.commit()
        return f"/invoices/{invoice.id}"


def test_it_says_who_asked_and_nothing_of_an_answer_where_nothing_was_asked(client, tried):
    page = text_of(Visitor(client).get(tried))
    assert page.count("Ledgerbridge, as Nina Okafor asked") == 1
    assert "Attempt 2, 0.7 s. In the ledger. Ledgerbridge, as Nina Okafor asked" in page
    assert "Attempt 1, 0.7 s. Refused. Ledgerbridge, by itself" in page
    assert "no request ID" not in page


def test_what_was_said_of_the_press_is_gone_once_it_has_come_to_rest(client, tried):
    assert (
        '<div id="told" hx-swap-oob="innerHTML"></div>'
        in Visitor(client).get(tried, part=True).text
    )


@pytest.fixture
def released(app):
    """It came, waited for its VAT code, and went once Priya had mapped that; then its customer."""
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        connection = a_connection(workspace)
        invoice = an_invoice(connection, state=SyncState.PUSHED)
        db.session.add(
            InvoiceLine(
                workspace_id=workspace.id, invoice_id=invoice.id, revision=1, position=1,
                external_id="l1",
                description="Hosting", quantity=1, unit_price=540, amount=540, tax_code="VAT0",
                tax_amount=0,
            )
        )  # fmt: skip
        push = a_push(invoice, PushState.DONE)
        db.session.flush()
        invoice.created_at = NOW - timedelta(minutes=9)
        mine = {"workspace_id": workspace.id, "created_at": NOW - timedelta(minutes=6)}
        about = {"kind": "tax_code", "code": "VAT0", "ledger_name": "0.0% Z"}
        here = f"connection:{connection.id}"
        for code, minutes in (("VAT0", 6), ("OTHER", 5), ("VAT0", 20)):
            values = mine | {"created_at": NOW - timedelta(minutes=minutes)}
            db.session.add(
                AuditEntry(
                    **values, actor="Priya Nair", action="mapping.save", subject=here,
                    detail=about | {"code": code},
                )
            )  # fmt: skip
        db.session.add(
            CustomerLink(
                workspace_id=workspace.id, connection_id=connection.id, ledger_id="7",
                customer_id=invoice.customer_id, ledger_name="Oak & Ash", how="created",
                created_at=NOW - timedelta(minutes=4),
            )
        )  # fmt: skip
        db.session.add(
            Attempt(
                workspace_id=workspace.id, push_id=push.id, connection_id=connection.id,
                started_at=NOW - timedelta(minutes=3), milliseconds=700, outcome="pushed",
                words="Booked in QuickBooks.", ledger_request_id="r1",
            )
        )  # fmt: skip
        db.session.commit()
        return f"/invoices/{invoice.id}"


def test_who_released_it_and_by_what_is_said_in_the_order_it_happened(client, released):
    priya = Visitor(client)
    page = text_of(priya.get(released))
    happened = page[page.index("What happened") :]
    order = [
        "Booked in QuickBooks.",
        "Ledgerbridge, once Priya Nair mapped VAT0 to 0.0% Z",
        "Customer Oak & Ash created in QuickBooks",
        "Priya Nair mapped VAT0 to 0.0% Z",
        "Finalised in billing",
    ]
    places = [happened.index(words) for words in order[:3]]
    places += [happened.rindex(words) for words in order[3:]]
    assert places == sorted(places)
    assert happened.count("mapped VAT0") == 2
    assert "OTHER" not in happened
    assert "Customer is" not in happened
    detail = text_of(priya.get("/sync-log/attempt/1", part=True))
    assert "Started by Ledgerbridge, once Priya Nair mapped VAT0 to 0.0% Z" in detail
