"""Webhook log: find a notice, hear of new ones, take them away as a file."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from app.extensions import db
from app.models import InboundEvent
from tests.builders import a_connection, a_link, a_person, a_workspace, an_invoice
from tests.people import sign_in
from tests.visitor import text_of


@pytest.fixture
def made(app):
    """An invoice of ours that QuickBooks calls 145, a payment, and a refusal that is a formula."""
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace, "viewer")
        connection = a_connection(workspace)
        invoice = an_invoice(connection, number="INV-7001")
        a_link(invoice, ledger_id="145")
        ours = {"workspace_id": workspace.id, "connection_id": connection.id}
        notice(**ours, event_id="evt-a", type="invoice.updated", subject="invoice:145")
        notice(**ours, event_id="evt-b", type="payment.created", subject="payment:9034")
        notice(event_id=None, status="refused", reason="=forged", address="203.0.113.9")
        db.session.commit()
        return workspace.id


def notice(source="quickbooks", status="accepted", **values):
    at = datetime.now(UTC) - timedelta(minutes=5)
    db.session.add(InboundEvent(source=source, status=status, received_at=at, **values))


@pytest.fixture
def viewer(client, made):
    sign_in(client)
    return client


@pytest.mark.parametrize(
    ("typed", "found", "gone"),
    [
        ("inv-7001", "evt-a", "evt-b"),
        ("9034", "evt-b", "evt-a"),
        ("EVT-B", "evt-b", "evt-a"),
        ("203.0.113", "=forged", "evt-a"),
    ],
)
def test_a_notice_is_found_by_invoice_number_id_and_address(viewer, typed, found, gone):
    page = text_of(viewer.get(f"/webhook-log?q={typed}"))

    listed = page.partition("Event ID")[2].partition("Refused in the last")[0]
    assert found in listed
    assert gone not in listed


def test_new_notices_are_counted_and_wait_to_be_shown(app, viewer, made):
    since = datetime.now(UTC).isoformat()
    ask = {"since": since}
    assert text_of(viewer.get("/webhook-log/new", query_string=ask)) == ""
    with app.app_context():
        now = datetime.now(UTC)
        for each in ("evt-c", "evt-d"):
            db.session.add(
                InboundEvent(
                    workspace_id=made, source="billing", status="accepted", event_id=each,
                    type="invoice.finalised", received_at=now,
                )
            )  # fmt: skip
        db.session.commit()

    assert "Show 2 new rows" in text_of(viewer.get("/webhook-log/new", query_string=ask))
    assert viewer.get("/webhook-log/new?since=yesterday").status_code == 404


def test_the_file_has_what_the_filters_show(viewer):
    answer = viewer.get("/webhook-log/webhook-log.csv?status=refused")
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))

    assert len(rows) == 2
    assert datetime.fromisoformat(rows[1][0]).tzinfo is not None
    assert rows[1][4:] == ["refused", "'=forged", "", "203.0.113.9"]
