"""The REST door of the billing application: keys, bodies, lists, actions, its document."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.domain.states import Lane
from app.extensions import db
from app.models import (
    ApiKey,
    Connection,
    Customer,
    DocumentLink,
    InboundEvent,
    Invoice,
    LedgerPaymentRow,
    LedgerSettlementRow,
    OutboundEvent,
    Push,
    Service,
)
from app.usecases.accounts import create_api_key, create_workspace
from app.usecases.push.claim import claim
from app.usecases.push.judge import block_unready
from tests.billing import event, finalised, invoice, line

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@pytest.fixture
def meridian(app: Flask) -> int:
    with app.app_context():
        return create_workspace("Meridian IT", "meridian", "GB", "GBP").id


@pytest.fixture
def key(app: Flask, meridian: int) -> str:
    with app.app_context():
        return create_api_key(meridian, "Billing")


@pytest.fixture
def call(client: FlaskClient, key: str) -> Callable[..., Any]:
    def send(method: str, path: str, body: Any = None, key: str = key, **headers: str) -> Any:
        shown = {"Authorization": f"Bearer {key}", **headers}
        return client.open(f"/api/v1{path}", method=method, json=body, headers=shown)

    return send


@pytest.fixture
def harbour(app: Flask) -> str:
    """The API key of another workspace."""
    with app.app_context():
        other = create_workspace("Harbour Dental", "harbour", "GB", "GBP").id
        return create_api_key(other, "Billing")


@pytest.fixture
def connection(app: Flask, meridian: int) -> int:
    """A QuickBooks company, connected before any invoice came."""
    with app.app_context():
        row = Connection(
            workspace_id=meridian,
            provider="quickbooks",
            environment="sandbox",
            company_id="4620816365",
            company_name="Meridian Books",
            country="GB",
            home_currency="GBP",
        )
        db.session.add(row)
        db.session.commit()
        return row.id


@pytest.fixture
def booked(app: Flask, call: Callable[..., Any], meridian: int, connection: int) -> None:
    """INV-2041 is QuickBooks invoice 301, and 120.00 of it are paid."""
    call("POST", "/events", finalised())
    with app.app_context():
        stored = db.session.scalars(select(Invoice)).one()
        stored.sync_state, stored.status, stored.balance = "pushed", "part_paid", 420
        shared = {"workspace_id": meridian, "connection_id": connection}
        read = {"read_at": NOW, "currency": "GBP", "customer_ledger_id": "58"}
        link = DocumentLink(
            **shared,
            document_kind="invoice",
            document_id=stored.id,
            ledger_id="301",
            version="0",
            revision=1,
            url="https://books.example/invoice?txnId=301",
            pushed_at=NOW,
        )
        payment = LedgerPaymentRow(
            **shared,
            **read,
            ledger_id="312",
            received_on=date(2026, 11, 21),
            amount=150,
            unapplied=30,
            reference="BACS-7781",
        )
        part = LedgerSettlementRow(
            **shared, payment_ledger_id="312", invoice_ledger_id="301", amount=120
        )
        push = db.session.scalars(select(Push)).one()
        push.state, push.attempts = "done", 1
        db.session.add_all([link, payment, part])
        db.session.commit()


def test_without_a_key_nobody_gets_in(client, call):
    for answer in (
        client.get("/api/v1/invoices"),
        client.post("/api/v1/events", json=finalised()),
        call("GET", "/invoices", key="lb_nothing"),
        call("GET", "/invoices", key=""),
    ):
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_key_opens_nothing(app, call):
    with app.app_context():
        db.session.scalars(select(ApiKey)).one().revoked_at = NOW
        db.session.commit()

    assert call("GET", "/invoices").status_code == 401


def test_the_use_of_a_key_is_noted(app, call):
    call("GET", "/invoices")

    with app.app_context():
        assert db.session.scalars(select(ApiKey)).one().last_used_at is not None


def test_an_event_by_rest_is_taken_like_a_hook(call):
    answer = call("POST", "/events", finalised())

    assert (answer.status_code, answer.json["status"]) == (202, "accepted")
    assert answer.json["invoice_id"] == "lb-1"


def test_the_same_revision_again_is_a_duplicate(app, call):
    call("POST", "/events", finalised())

    again = call("POST", "/events", finalised())

    assert (again.status_code, again.json["status"]) == (202, "duplicate")
    with app.app_context():
        assert len(db.session.scalars(select(InboundEvent)).all()) == 1


def test_the_same_revision_with_other_content_is_refused(call):
    call("POST", "/events", finalised())

    assert call("POST", "/events", finalised(memo="Thanks a lot")).status_code == 409


def test_an_idempotency_key_is_the_events_id(call):
    headers = {"Idempotency-Key": "retry-1"}
    first = call("POST", "/events", finalised(), **headers)
    again = call("POST", "/events", finalised(), **headers)

    assert [first.json["event_id"], again.json["event_id"]] == ["retry-1", "retry-1"]
    assert [first.json["status"], again.json["status"]] == ["accepted", "duplicate"]


def test_a_body_that_is_no_json_is_refused_with_a_sentence(client, key):
    answer = client.post(
        "/api/v1/events", data=b"{'type'", headers={"Authorization": f"Bearer {key}"}
    )

    assert answer.status_code == 422
    assert answer.json["errors"]["body"].startswith("The body is not JSON")


def test_descriptions_go_back_and_forth(app, call):
    for name in ("Workstation", "Managed Workstation", "Workstation"):
        assert call("PUT", "/services/MW-STD", {"name": name}).status_code == 202

    with app.app_context():
        assert [s.name for s in db.session.scalars(select(Service))] == ["Workstation"]


def test_a_customer_and_a_tax_code_are_described(app, call):
    call("PUT", "/customers/cus_17", {"name": "Oak & Ash Ltd", "email": "ap@oakash.example"})
    call("PUT", "/tax-codes/VAT%2F20", {"name": "VAT Standard 20%", "rate": "20"})
    wrong = call("PUT", "/tax-codes/VAT5", {"name": "VAT Reduced 5%", "rate": 5})

    assert wrong.status_code == 422
    assert list(wrong.json["errors"]) == ["data.rate"]
    with app.app_context():
        assert db.session.scalars(select(Customer)).one().email == "ap@oakash.example"


def test_an_invoice_is_shown_as_in_the_contract(call, booked, connection):
    shown = call("GET", "/invoices/inv_8812").json

    assert shown == {
        "id": "lb-1",
        "external_id": "inv_8812",
        "number": "INV-2041",
        "currency": "GBP",
        "total": "540.00",
        "balance": "420.00",
        "status": "part_paid",
        "sync": {
            "state": "pushed",
            "connection": str(connection),
            "ledger": "quickbooks",
            "ledger_id": "301",
            "ledger_url": "https://books.example/invoice?txnId=301",
            "pushed_at": "2026-11-20T09:30:00Z",
            "attempts": 1,
            "problem": None,
        },
        "payments": [
            {
                "ledger_id": "312",
                "amount": "120.00",
                "date": "2026-11-21",
                "reference": "BACS-7781",
                "kind": "payment",
            }
        ],
        "settled_otherwise": "0.00",
    }
    assert call("GET", "/invoices/lb-1").json == shown


def test_billings_id_counts_where_both_exist(call):
    call("POST", "/events", finalised())
    call("POST", "/events", finalised(id="lb-1", number="INV-1"))

    assert call("GET", "/invoices/lb-1").json["number"] == "INV-1"


def test_an_invoice_that_waits_says_for_what(call):
    call("POST", "/events", finalised())

    sync = call("GET", "/invoices/inv_8812").json["sync"]

    assert sync["state"] == "blocked"
    assert sync["problem"]["code"] == "no_connection"


def test_a_line_nobody_mapped_is_accepted_and_waits_with_its_name(app, call, connection):
    unmapped = line(id="2", service={"code": "BKP-365", "name": "Backup for Microsoft 365"})
    sums = {"subtotal": "900.00", "tax_total": "180.00", "total": "1080.00"}

    assert call("POST", "/events", finalised(lines=[line(), unmapped], **sums)).status_code == 202
    with app.app_context():
        block_unready(claim(connection, "worker", datetime.now(UTC), 10), connection)

    sync = call("GET", "/invoices/inv_8812").json["sync"]
    assert sync["state"] == "blocked"
    assert [missing["code"] for missing in sync["problem"]["missing"]] == [
        "MW-STD",
        "BKP-365",
        "VAT20",
    ]


def test_a_list_goes_on_page_by_page(call):
    for number in range(1, 6):
        call("POST", "/events", finalised(id=f"inv_{number}", number=f"INV-{number}"))

    numbers, cursor = [], ""
    while cursor is not None:
        page = call("GET", f"/invoices?limit=2&cursor={cursor}").json
        numbers += [shown["number"] for shown in page["data"]]
        cursor = page["next_cursor"]

    assert numbers == ["INV-5", "INV-4", "INV-3", "INV-2", "INV-1"]


def test_what_changed_since_a_moment_is_listed_in_its_order(app, call):
    for number in range(1, 4):
        call("POST", "/events", finalised(id=f"inv_{number}", number=f"INV-{number}"))
    with app.app_context():
        since = db.session.scalar(select(func.max(Invoice.updated_at))).isoformat()
    call("POST", "/events", event("invoice.voided", {"id": "inv_2", "revision": 1}))
    call("POST", "/events", event("invoice.voided", {"id": "inv_1", "revision": 1}))

    changed = {"changed_since": since, "limit": 2}
    first = call("GET", f"/invoices?{urlencode(changed)}").json
    rest = call("GET", f"/invoices?{urlencode(changed | {'cursor': first['next_cursor']})}").json

    numbers = [shown["number"] for shown in first["data"] + rest["data"]]
    assert numbers == ["INV-3", "INV-2", "INV-1"]


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ("status=open", 1),
        ("status=void", 1),
        ("number=INV-2041", 1),
        ("customer=cus_17", 2),
        ("customer=cus_18", 0),
        ("sync_state=blocked", 1),
    ],
)
def test_a_list_is_narrowed(call, wanted, count):
    call("POST", "/events", finalised())
    call("POST", "/events", finalised(id="inv_2", number="INV-2"))
    call("POST", "/events", event("invoice.voided", {"id": "inv_2", "revision": 1}))

    assert len(call("GET", f"/invoices?{wanted}").json["data"]) == count


@pytest.mark.parametrize("query", ["limit=0", "limit=many", "status=lost", "cursor=%00x"])
def test_a_question_nobody_can_answer_is_refused(call, query):
    answer = call("GET", f"/invoices?{query}")

    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [f"query.{query.partition('=')[0]}"]


def test_another_workspaces_invoices_are_not_there(call, harbour, booked):
    assert call("GET", "/invoices/inv_8812", key=harbour).status_code == 404
    assert call("GET", "/invoices/lb-1", key=harbour).status_code == 404
    assert call("POST", "/invoices/lb-1/push", key=harbour).status_code == 404
    assert call("GET", "/invoices/lb-1/preview", key=harbour).status_code == 404
    for path in ("/invoices", "/payments", "/events", "/connections", "/drifts"):
        assert call("GET", path, key=harbour).json["data"] == []


def test_an_invoice_is_held_and_pushed_again(call, connection):
    call("POST", "/events", finalised())

    assert call("POST", "/invoices/inv_8812/hold").json["sync"]["state"] == "held"
    assert call("POST", "/invoices/inv_8812/push").json["sync"]["state"] == "waiting"


@pytest.mark.parametrize("stopped", ["failed", "dead"])
def test_what_was_refused_or_given_up_is_pushed_again_ahead_of_the_rest(
    app, call, connection, stopped
):
    call("POST", "/events", finalised())
    with app.app_context():
        db.session.query(Push).update({"state": stopped, "attempts": 250})
        db.session.query(Invoice).update({"sync_state": stopped})
        db.session.commit()

    assert call("POST", "/invoices/inv_8812/push").json["sync"]["state"] == "waiting"

    with app.app_context():
        [push] = db.session.query(Push)
        assert (push.lane, push.attempts) == (Lane.EXPRESS, 0)


def test_an_invoice_is_opted_out(call, connection):
    call("POST", "/events", finalised())

    assert call("POST", "/invoices/inv_8812/never-push").json["sync"]["state"] == "not_sent"


def test_what_is_booked_cannot_be_held(call, booked):
    answer = call("POST", "/invoices/inv_8812/hold")

    assert answer.status_code == 409
    assert answer.json["message"] == "INV-2041 cannot be held: its sync state is pushed."


def test_an_invoice_is_voided_by_rest(call, connection):
    call("POST", "/events", finalised())

    assert call("POST", "/invoices/inv_8812/void").status_code == 202
    assert call("GET", "/invoices/inv_8812").json["status"] == "void"


def test_payments_are_polled_once_each(call, booked, connection):
    first = call("GET", "/payments").json
    again = call("GET", f"/payments?after={first['next']}").json

    assert first["data"] == [
        {
            "id": "1",
            "connection": str(connection),
            "ledger": "quickbooks",
            "ledger_id": "312",
            "kind": "payment",
            "customer_id": None,
            "customer_ledger_id": "58",
            "amount": "150.00",
            "unapplied": "30.00",
            "currency": "GBP",
            "date": "2026-11-21",
            "reference": "BACS-7781",
            "voided": False,
            "invoices": [
                {
                    "invoice_id": "lb-1",
                    "external_id": "inv_8812",
                    "ledger_id": "301",
                    "amount": "120.00",
                }
            ],
        }
    ]
    assert (again["data"], again["next"]) == ([], first["next"])


def test_a_feed_never_skips_what_is_stored_late(app, call, meridian):
    def told(type_: str) -> OutboundEvent:
        return OutboundEvent(workspace_id=meridian, type=type_, subject="invoice:1", data={})

    with app.app_context():
        slow = db.session()
        slow.add(told("invoice.pushed"))
        slow.flush()
        with db.engine.begin() as quick:
            row = {"workspace_id": meridian, "subject": "invoice:1", "data": {}}
            quick.execute(OutboundEvent.__table__.insert(), row | {"type": "invoice.paid"})
        early = call("GET", "/events").json
        slow.commit()

    late = call("GET", f"/events?after={early['next'] or ''}").json

    types = [row["type"] for row in early["data"] + late["data"]]
    assert types == ["invoice.pushed", "invoice.paid"]


def test_the_document_describes_every_call(client):
    document = client.get("/api/openapi.json").json

    assert "/api/v1/invoices/{name}" in document["paths"]
    body = document["paths"]["/api/v1/events"]["post"]["requestBody"]["content"]
    bodies = [one["$ref"] for one in body["application/json"]["schema"]["oneOf"]]
    schemas = "#/components/schemas"
    kinds = ("EventBody", "CreditNoteEventBody", "TicketEventBody")
    assert bodies == [f"{schemas}/{kind}" for kind in kinds]
    amount = document["components"]["schemas"]["LineBody"]["properties"]["amount"]
    assert (amount["type"], amount["format"]) == ("string", "decimal")


def test_the_document_can_be_read_as_a_page(client):
    page = client.get("/api/docs")

    assert page.status_code == 200
    assert "/api/v1/payments" in page.text
    icon = re.search(r'rel="icon"[^>]+href="([^"]+)"', page.text)
    assert icon
    assert client.get(icon[1]).status_code == 200
    assert "http" not in page.text.replace("http-equiv", "").replace("https://billing", "")


def test_the_health_of_the_house(client, services):
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").json == {"status": "ready"}

    services.stop_redis()
    sick = client.get("/readyz")

    assert client.get("/healthz").status_code == 200
    assert (sick.status_code, list(sick.json["problems"])) == (503, ["redis"])


def test_the_figures_count_what_is_open(client, call, connection):
    call("POST", "/events", finalised())
    call("POST", "/events", finalised(total="1.00"))

    figures = client.get("/metrics").text

    assert 'ledgerbridge_pushes_open{state="waiting"} 1.0' in figures
    assert "ledgerbridge_pushes_due 1.0" in figures
    lately = "ledgerbridge_inbound_events_last_hour"
    assert f'{lately}{{source="billing",status="refused"}} 1.0' in figures


def test_ids_with_slashes_are_ids(call):
    call("POST", "/events", event(data=invoice(id="2026/11/inv", number="INV-9")))

    assert call("GET", "/invoices/2026/11/inv").json["number"] == "INV-9"
    assert call("GET", "/invoices/2026%2F11%2Finv").json["number"] == "INV-9"
