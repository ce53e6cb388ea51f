"""Each answer of the contract at the billing application's door, and what is stored with it."""

import base64
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from standardwebhooks import Webhook

from app.extensions import db
from app.models import (
    Base,
    Customer,
    InboundEvent,
    Invoice,
    InvoiceLine,
    Push,
    Service,
    TaxCode,
    Workspace,
)
from app.usecases.accounts import create_hook_secret, create_workspace
from tests.billing import SECRET, event, finalised, invoice, line, signed

Counts = dict[str, int]
WHOLE = [InboundEvent, Invoice, InvoiceLine, Customer, Service, TaxCode, Push]


@pytest.fixture
def meridian(app: Flask) -> int:
    """A workspace whose billing application signs with SECRET."""
    with app.app_context():
        workspace = create_workspace("Meridian IT", "meridian", "GB", "GBP")
        create_hook_secret(workspace.id, secret=SECRET)
        return workspace.id


@pytest.fixture
def hook(client: FlaskClient, meridian: int) -> Callable[..., Any]:
    def send(body: Any, slug: str = "meridian", **signing: Any) -> Any:
        return client.post(f"/hooks/billing/{slug}", **signed(body, **signing))

    return send


@pytest.fixture
def rows(app: Flask) -> Callable[..., Any]:
    """Return all rows of a table, the oldest first."""

    def read(table: type[Base], **where: Any) -> list[Any]:
        with app.app_context():
            found = list(db.session.scalars(select(table).filter_by(**where).order_by(table.id)))
            db.session.expunge_all()
            return found

    return read


@pytest.fixture
def counts(app: Flask) -> Callable[[], Counts]:
    def count() -> Counts:
        with app.app_context():
            return {
                table.__tablename__: db.session.scalar(select(func.count()).select_from(table)) or 0
                for table in WHOLE
            }

    return count


NOTHING = dict.fromkeys((t.__tablename__ for t in WHOLE), 0)


def test_a_finalised_invoice_is_accepted_and_stored_whole(hook, rows, counts):
    answer = hook(finalised(), event_id="msg_1")

    stored = rows(Invoice)[0]
    assert (answer.status_code, answer.json) == (
        202,
        {"event_id": "msg_1", "status": "accepted", "invoice_id": f"lb-{stored.id}"},
    )
    assert (stored.number, str(stored.total), stored.status) == ("INV-2041", "540.00000", "open")
    assert counts() == NOTHING | {
        "inbound_event": 1,
        "invoice": 1,
        "invoice_line": 1,
        "customer": 1,
        "service": 1,
        "tax_code": 1,
    }


def test_the_raw_body_is_kept_with_its_event(hook, rows):
    hook(finalised())

    kept = rows(InboundEvent)[0]
    assert json.loads(kept.raw) == finalised()
    assert (kept.source, kept.type, kept.status) == ("billing", "invoice.finalised", "accepted")
    assert kept.subject == f"invoice:{rows(Invoice)[0].id}"


def test_the_signature_of_the_standards_own_library_is_understood(client, meridian):
    now, raw = datetime.now(UTC), json.dumps(finalised())
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": "v1,bm90IG91cnM= " + Webhook(SECRET).sign("msg_1", now, raw),
    }

    assert client.post("/hooks/billing/meridian", data=raw, headers=headers).status_code == 202


def test_a_replay_is_a_duplicate_and_stores_nothing(hook, counts):
    first = hook(finalised(), event_id="msg_1")
    before = counts()

    again = hook(finalised(), event_id="msg_1")

    assert (again.status_code, again.json["status"]) == (202, "duplicate")
    assert again.json["invoice_id"] == first.json["invoice_id"]
    assert counts() == before


def test_a_replay_written_anew_is_a_duplicate(hook):
    hook(finalised(), event_id="msg_1")

    again = hook(json.dumps(finalised(), indent=2).encode(), event_id="msg_1")

    assert again.json["status"] == "duplicate"


def test_an_event_id_used_for_something_else_is_not_swallowed(hook, rows):
    hook(finalised(), event_id="msg_1")

    other = hook(finalised(id="inv_2", number="INV-2"), event_id="msg_1")

    assert (other.status_code, list(other.json["errors"])) == (409, ["event_id"])
    assert other.json["message"] == "Event msg_1 came before and said something else."
    assert [i.number for i in rows(Invoice)] == ["INV-2041"]


def test_the_same_revision_under_another_event_id_is_a_duplicate(hook, rows):
    hook(finalised())

    again = hook(finalised())

    assert (again.status_code, again.json["status"]) == (202, "duplicate")
    assert len(rows(InvoiceLine)) == 1


def test_another_word_for_the_same_revision_is_refused(hook, rows):
    hook(finalised())

    other = hook(finalised(memo="Thanks a lot"))

    assert other.status_code == 409
    assert other.json["message"].startswith("Revision 1 of INV-2041 is here already and says")
    assert rows(Invoice)[0].memo == "Thank you"


def test_an_older_revision_is_refused(hook, rows):
    hook(finalised(revision=3))

    older = hook(finalised(revision=2, memo="old"))

    assert older.status_code == 409
    assert "older than revision 3" in older.json["message"]
    assert (rows(Invoice)[0].revision, rows(Invoice)[0].memo) == (3, "Thank you")


def test_a_newer_revision_replaces_the_invoice_and_keeps_the_lines_of_both(hook, rows):
    hook(finalised())
    more = line(quantity="14", amount="525.00", tax_amount="105.00")
    change = {"subtotal": "525.00", "tax_total": "105.00", "total": "630.00", "lines": [more]}

    hook(event("invoice.updated", invoice(revision=2, **change)))

    stored = rows(Invoice)[0]
    assert (stored.revision, str(stored.total), str(stored.balance)) == (
        2,
        "630.00000",
        "630.00000",
    )
    assert [(str(r.amount), r.revision) for r in rows(InvoiceLine)] == [
        ("450.00000", 1),
        ("525.00000", 2),
    ]


def test_lines_that_do_not_add_up_are_refused_with_the_difference(hook, counts):
    short = line(unit_price="449", quantity="1", amount="449.00")

    answer = hook(finalised(lines=[short]))

    assert answer.status_code == 422
    assert answer.json["errors"] == {
        "data.subtotal": "The lines add up to 449.00, the subtotal says 450.00: 1.00 too much."
    }
    assert counts() == NOTHING | {"inbound_event": 1}


def test_what_is_refused_may_come_again_corrected_under_the_same_id(hook):
    hook(finalised(total="541.00"), event_id="msg_1")

    assert hook(finalised(), event_id="msg_1").json["status"] == "accepted"


@pytest.mark.parametrize("off", [-301, 301], ids=["old", "future"])
def test_a_signature_five_minutes_off_is_refused(hook, counts, off):
    answer = hook(finalised(), at=time.time() + off)

    assert answer.status_code == 401
    assert counts() == NOTHING | {"inbound_event": 1}


def test_a_signature_within_five_minutes_is_taken(hook):
    assert hook(finalised(), at=time.time() - 290).status_code == 202


def test_a_wrong_signature_leaves_nothing_but_the_refusal(hook, rows, counts):
    answer = hook(finalised(), secret="whsec_" + base64.b64encode(b"x" * 24).decode())

    assert answer.status_code == 401
    assert counts() == NOTHING | {"inbound_event": 1}
    refused = rows(InboundEvent)[0]
    assert (refused.status, refused.event_id, refused.address) == ("refused", None, "127.0.0.1")
    assert refused.reason == "No signature is by a secret of this workspace."


def test_a_body_changed_on_the_way_is_refused(client, meridian):
    sent = signed(finalised())
    sent["data"] = sent["data"].replace(b"540.00", b"940.00")

    assert client.post("/hooks/billing/meridian", **sent).status_code == 401


def test_a_hook_without_signature_is_refused(client, meridian):
    assert client.post("/hooks/billing/meridian", json=finalised()).status_code == 401


def test_strangers_cannot_fill_the_log(client, meridian, rows):
    for _ in range(70):
        client.post("/hooks/billing/meridian", data=b"x" * 20_000)

    refused = rows(InboundEvent)
    assert len(refused) == 60
    assert {r.raw for r in refused} == {None}


def test_an_unknown_workspace_is_not_found(hook, counts):
    assert hook(finalised(), slug="nobody").status_code == 404
    assert counts() == NOTHING


def test_one_workspaces_secret_does_not_open_another(app, hook, counts):
    with app.app_context():
        other = create_workspace("Harbour Dental", "harbour", "GB", "GBP")
        create_hook_secret(other.id)

    assert hook(finalised(), slug="harbour").status_code == 401
    assert counts() == NOTHING | {"inbound_event": 1}


def test_two_workspaces_may_use_the_same_ids(app, client, hook, rows):
    theirs = "whsec_" + base64.b64encode(b"harbour's secret, 24 bytes").decode()
    with app.app_context():
        other = create_workspace("Harbour Dental", "harbour", "GB", "GBP")
        create_hook_secret(other.id, secret=theirs)

    hook(finalised(), event_id="msg_1")
    answer = hook(finalised(memo="ours"), slug="harbour", event_id="msg_1", secret=theirs)

    assert answer.json["status"] == "accepted"
    assert {i.workspace_id: i.memo for i in rows(Invoice)}[other_id(rows)] == "ours"
    assert len(rows(Customer)) == len(rows(Service)) == len(rows(TaxCode)) == 2


def other_id(rows: Callable[..., Any]) -> int:
    number: int = rows(Workspace, slug="harbour")[0].id
    return number


def test_both_secrets_are_good_while_they_are_changed_over(app, hook, meridian):
    with app.app_context():
        new = create_hook_secret(meridian)

    assert hook(finalised(), secret=new).status_code == 202
    assert hook(finalised(revision=2), secret=SECRET).status_code == 202


def test_two_mebibytes_are_too_much(hook, rows, counts):
    answer = hook(b" " * (2 * 1024 * 1024))

    assert answer.status_code == 413
    assert counts() == NOTHING | {"inbound_event": 1}
    assert rows(InboundEvent)[0].raw is None


def test_one_mebibyte_is_not(hook):
    body = json.dumps(finalised()).encode()

    assert hook(body + b" " * (1024 * 1024 - len(body))).status_code == 202


@pytest.mark.parametrize("kind", ["refund.made", "moon.landed"])
def test_what_nothing_is_done_about_is_kept_and_ignored(hook, rows, kind):
    answer = hook(event(kind, {"id": "cn_1", "whatever": [1.5, None]}), event_id="msg_1")

    assert (answer.status_code, answer.json) == (
        202,
        {"event_id": "msg_1", "status": "ignored", "invoice_id": None},
    )
    assert [(r.type, r.status) for r in rows(InboundEvent)] == [(kind, "ignored")]


def test_lists_of_billing_are_kept_up_to_date(hook, rows):
    hook(finalised())
    hook(event("service.updated", {"code": "MW-STD", "name": "Managed Workstation Plus"}))
    hook(event("tax_code.updated", {"code": "VAT20", "name": "VAT Standard 20%", "rate": "17.5"}))
    hook(event("customer.updated", {"id": "cus_17", "name": "Oak, Ash & Elm Ltd"}))

    assert [s.name for s in rows(Service)] == ["Managed Workstation Plus"]
    assert [str(t.rate) for t in rows(TaxCode)] == ["17.50000"]
    assert [(c.name, c.email) for c in rows(Customer)] == [("Oak, Ash & Elm Ltd", None)]


def test_a_void_closes_the_invoice_and_keeps_its_lines_readable(app, hook, rows):
    hook(finalised())

    answer = hook(event("invoice.voided", {"id": "inv_8812", "revision": 2}))

    assert answer.json["status"] == "accepted"
    with app.app_context():
        stored = db.session.scalars(select(Invoice)).one()
        assert (stored.status, stored.balance, stored.revision) == ("void", 0, 2)
        assert [str(kept.amount) for kept in stored.lines] == ["450.00000"]


def test_a_void_is_for_good(hook, rows):
    hook(finalised())
    hook(event("invoice.voided", {"id": "inv_8812", "revision": 1}))

    assert hook(event("invoice.voided", {"id": "inv_8812", "revision": 1})).json["status"] == (
        "duplicate"
    )
    assert hook(finalised(revision=2)).status_code == 409
    assert rows(Invoice)[0].status == "void"


def test_a_void_that_overtakes_its_invoice_keeps_it_from_being_booked(hook, rows):
    first = hook(event("invoice.voided", invoice(revision=2)))
    late = hook(finalised(revision=1))

    assert (first.json["status"], late.status_code) == ("accepted", 409)
    assert [(i.status, i.sync_state) for i in rows(Invoice)] == [("void", "not_sent")]
    assert rows(Push) == []


def test_a_void_of_an_invoice_nobody_described_is_refused(hook, counts):
    answer = hook(event("invoice.voided", {"id": "inv_1", "revision": 2}))

    assert answer.status_code == 422
    assert list(answer.json["errors"]) == ["data.id"]
    assert counts() == NOTHING | {"inbound_event": 1}


def test_what_somebody_opted_out_stays_out(app, hook, rows):
    hook(finalised(push="never"))

    hook(event("invoice.updated", invoice(revision=2, push="auto")))

    assert rows(Invoice)[0].push_policy == "never"


def test_a_payment_survives_a_new_revision(app, hook, rows):
    hook(finalised())
    with app.app_context():
        stored = db.session.scalars(select(Invoice)).one()
        stored.balance, stored.status = 420, "part_paid"
        db.session.commit()
    more = line(quantity="14", amount="525.00", tax_amount="105.00")
    change = {"subtotal": "525.00", "tax_total": "105.00", "total": "630.00", "lines": [more]}

    hook(event("invoice.updated", invoice(revision=2, **change)))

    assert [(i.status, str(i.balance)) for i in rows(Invoice)] == [("part_paid", "510.00000")]
