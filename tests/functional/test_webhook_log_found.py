"""Webhook log: find a notice, hear of new ones, take them away as a file."""

import csv
import html
import io
import re
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


def test_what_is_found_goes_on_behind_a_page_and_is_counted_whole(app, viewer, made):
    at = datetime.now(UTC) - timedelta(minutes=1)
    with app.app_context():
        others = a_workspace(slug="others").id
        for number in range(66):
            # Ten are refused, and six are another workspace's.
            db.session.add(
                InboundEvent(
                    workspace_id=made if number < 60 else others, source="billing",
                    status="refused" if number < 10 else "accepted", type="invoice.finalised",
                    event_id=f"many-{number:02}", received_at=at,
                )
            )  # fmt: skip
        db.session.commit()

    first = viewer.get("/webhook-log?q=MANY-")
    behind = re.search(r'href="([^"]*before=[^"]*)"', first.text)
    second = viewer.get(html.unescape(behind[1]))
    file = viewer.get("/webhook-log/webhook-log.csv?q=many-").text

    assert re.findall(r"many-\d\d", first.text) == [f"many-{n:02}" for n in range(59, 9, -1)]
    assert re.findall(r"many-\d\d", second.text) == [f"many-{n:02}" for n in range(9, -1, -1)]
    for page in (first, second):
        assert re.findall(r"(All|Verified|Ignored|Refused) (\d+)", text_of(page)) == [
            ("All", "60"), ("Verified", "50"), ("Ignored", "0"), ("Refused", "10"),
        ]  # fmt: skip
    assert re.findall(r"many-\d\d", file) == [f"many-{n:02}" for n in range(59, -1, -1)]
