"""The webhook log says in plain words what a notice is about, and names our invoices."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.extensions import db
from app.models import (
    InboundEvent,
    LedgerCustomerRow,
    LedgerInvoiceRow,
    LedgerPaymentRow,
    LedgerSettlementRow,
)
from tests.builders import a_connection, a_link, a_person, a_workspace, an_invoice
from tests.people import sign_in
from tests.visitor import text_of


def test_notices_are_in_plain_words_and_lead_to_our_invoice(app, client):
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        connection = a_connection(workspace)
        ours = an_invoice(connection)
        a_link(ours, ledger_id="313")
        page, number = f"/invoices/{ours.id}", ours.number
        told = ["refundreceipt:350 created", "purchase:363 updated"]
        told += ["invoice:313 updated", "invoice:314 updated"]
        for each in told:
            subject, _, verb = each.partition(" ")
            db.session.add(
                InboundEvent(
                    workspace_id=workspace.id,
                    connection_id=connection.id,
                    source="quickbooks",
                    event_id=each,
                    type=f"{subject.partition(':')[0]}.{verb}",
                    subject=subject,
                    status="accepted",
                    received_at=datetime.now(UTC),
                )
            )
        db.session.commit()
    sign_in(client)
    log = client.get("/webhook-log")
    shown = text_of(log)
    for words in ("Refund 350 created", "Expense 363 updated", "Invoice 314 updated"):
        assert words in shown
    assert f"Invoice {number} updated" in shown
    assert f'href="{page}"' in log.text


@pytest.fixture
def northgate(app):
    """Return a company whose book was read a minute ago: 313 is ours, 312 pays a part of it."""
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        connection = a_connection(workspace, pulled_at=datetime.now(UTC) - timedelta(minutes=1))
        ours = an_invoice(connection, number="INV-2041")
        a_link(ours, ledger_id="313")
        there = {
            "workspace_id": workspace.id,
            "connection_id": connection.id,
            "read_at": datetime.now(UTC),
        }
        payer = {"customer_ledger_id": "58", "currency": "GBP"}
        figures = {"total": Decimal(540), "tax_total": Decimal(90), "balance": Decimal(420)}
        part = {"payment_ledger_id": "312", "invoice_ledger_id": "313", "amount": Decimal(120)}
        oak = {"ledger_id": "58", "name": "Oak & Ash Ltd", "active": True}
        money = {"amount": Decimal(120), "unapplied": Decimal(0), "kind": "payment"}
        del there["read_at"]
        db.session.add(LedgerSettlementRow(**there, **part))
        there["read_at"] = datetime.now(UTC)
        db.session.add(LedgerCustomerRow(**there, **oak))
        db.session.add(LedgerPaymentRow(**there, **payer, **money, ledger_id="312"))
        named = {"customer_name": "Oak & Ash Ltd"}
        db.session.add(LedgerInvoiceRow(**there, **payer, **figures, **named, ledger_id="313"))
        db.session.add(LedgerInvoiceRow(**there, **payer, **figures, ledger_id="314", deleted=True))
        db.session.commit()
        return workspace.id, connection.id


def told(northgate, subject, ago=timedelta(minutes=5), source="quickbooks", type_=None):
    workspace_id, connection_id = northgate
    db.session.add(
        InboundEvent(
            workspace_id=workspace_id,
            connection_id=connection_id,
            source=source,
            event_id=subject,
            type=type_ or f"{subject.partition(':')[0]}.updated",
            subject=subject,
            status="accepted",
            received_at=datetime.now(UTC) - ago,
        )
    )
    db.session.commit()


def test_what_came_of_a_notice_is_said_with_its_company(app, client, northgate):
    came = {
        "payment:312": "Brought back: £120.00, Oak & Ash Ltd. On INV-2041 .",
        "invoice:313": "Brought back: £540.00, £420.00 owed, Oak & Ash Ltd.",
        "invoice:314": "Brought back: deleted there.",
        "customer:58": "Brought back: Oak & Ash Ltd.",
        "payment:999": "Read. Not found.",
        "purchase:363": "Read. Nothing that billing needs.",
    }
    with app.app_context():
        for subject in came:
            told(northgate, subject)
    sign_in(client)
    shown = text_of(client.get("/webhook-log"))
    for words in came.values():
        assert words in shown
    assert "Invoice INV-2041 updated ID 313 there" in shown
    assert shown.count("QuickBooks Northgate IT Services Ltd") == len(came)


def test_what_was_not_read_yet_says_so(app, client, northgate):
    with app.app_context():
        told(northgate, "payment:312", ago=timedelta(0))
    sign_in(client)
    assert "Waits to be read." in text_of(client.get("/webhook-log"))


def test_a_hook_of_billings_names_its_invoice(app, client, northgate):
    with app.app_context():
        told(northgate, "invoice:1", source="billing", type_="invoice.finalised")
    sign_in(client)
    log = client.get("/webhook-log")
    assert "Invoice finalised INV-2041" in text_of(log)
    assert 'href="/invoices/1"' in log.text


def test_another_workspace_sees_nothing_of_it(app, client, northgate):
    with app.app_context():
        other = a_workspace("other")
        a_person(other, email="eve@other.example")
        db.session.commit()
        told(northgate, "payment:312")
    sign_in(client, "eve@other.example")
    assert "312" not in text_of(client.get("/webhook-log"))
