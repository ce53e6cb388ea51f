"""Credit notes are reviewed, previewed and decided about as invoices are: pages, REST, dry run."""

from decimal import Decimal

import pytest

from app.domain.states import DocumentKind
from app.extensions import db
from app.models import Workspace
from app.usecases.accounts import create_api_key
from app.usecases.manage_connection import save_settings
from app.usecases.push.dry_run import Fate, dry_run
from tests.builders import a_person
from tests.connected import connect, now
from tests.crediting import CREDIT, INVOICE, credit, go, memos, owed, revise, states, void
from tests.visitor import Visitor, text_of

PRIYA = "Priya Nair"
ADDRESS = f"/api/v1/credit-notes/cn_{CREDIT}"


@pytest.fixture
def northgate(app, simulator):
    """CN-0007 is on INV-0001; from now on everything waits for review."""
    with app.app_context():
        made = connect(simulator)
        a_person(db.session.get_one(Workspace, made.workspace_id))
        made.map_all()
        made.bill(INVOICE)
        credit(made, on={INVOICE: "120.00"})
        go(made, 1)
        save_settings(made.connection_id, PRIYA, None, now(), push_mode="review")
        return made


@pytest.fixture
def call(app, client, northgate):
    """Ask the REST interface."""
    with app.app_context():
        key = create_api_key(northgate.workspace_id, "Meridian")

    def asked(method, address, **more):
        headers = {"Authorization": f"Bearer {key}"}
        return client.open(address, method=method, headers=headers, **more)

    return asked


def test_held_credit_notes_are_a_batch_of_their_own_and_go_as_it_was_seen(app, client, northgate):
    with app.app_context():
        northgate.bill("INV-0002")
        credit(northgate, "CN-0008")
    visitor = Visitor(client)
    page = visitor.get("/invoices/held")
    text = text_of(page)
    assert "1 invoice and 1 credit note wait for review" in text
    assert "Credit notes 1 £120.00 Push 1 credit note, £120.00" in text
    form = {
        "connection": northgate.connection_id,
        "day": "2026-11-20",
        "recurring": "0",
        "kind": "credit_note",
    }
    wrong = visitor.post("/invoices/held", **form, expected="2")
    assert "Meanwhile 1 credit note waits, not 2." in text_of(visitor.get(wrong.location))
    visitor.post("/invoices/held", **form, expected="1")
    with app.app_context():
        go(northgate, 1)
        assert set(memos(northgate)) == {CREDIT, "CN-0008"}
        assert northgate.states()["INV-0002"] == "held"


def test_a_batch_of_credit_notes_is_released_by_rest(app, northgate, call):
    with app.app_context():
        credit(northgate, "CN-0008")
    [batch] = call("GET", "/api/v1/held").json["data"]
    assert (batch["kind"], batch["count"]) == ("credit_note", 1)
    body = {name: batch[name] for name in ("connection", "day", "recurring", "kind")}
    body["connection"] = int(body["connection"])
    without = {name: said for name, said in body.items() if name != "kind"}
    assert call("POST", "/api/v1/held/push", json=without | {"expected": 1}).status_code == 409
    assert call("POST", "/api/v1/held/push", json=body | {"expected": 1}).json == {"pushed": 1}


def test_a_dry_run_shows_it_with_what_it_comes_off_and_keeps_its_money_apart(
    app, client, northgate, call
):
    with app.app_context():
        revise(northgate, "50.00", on={INVOICE: "60.00"})
        found = dry_run(northgate.connection_id)
        [one] = found.documents
        assert (one.number, one.kind, one.fate) == (CREDIT, "credit_note", Fate.HELD)
        assert one.note == f"It comes off {INVOICE} first."
        assert b"CreditMemo" not in one.body
        assert found.sums(Fate.HELD) == {}
        assert found.sums(Fate.HELD, DocumentKind.CREDIT_NOTE) == {"GBP": Decimal(60)}
    address = f"/connections/{northgate.connection_id}/dry-run"
    shown = text_of(Visitor(client).get(address))
    assert "Changed credit note for Oak & Ash Ltd" in shown
    assert "Waits for review 1 credit notes of £60.00" in shown
    summary = call("GET", f"/api/v1{address}").json["summary"]
    assert summary["held"] == {"count": 1, "totals": {}, "credit_totals": {"GBP": "60.00"}}


def test_rest_offers_for_a_credit_note_what_it_offers_for_an_invoice(client):
    paths = client.get("/api/openapi.json").json["paths"]

    def offered(kind):
        start = f"/api/v1/{kind}/"
        return {
            (path.removeprefix(start).partition("/")[2], method)
            for path, methods in paths.items()
            if path.startswith(start)
            for method in methods
            if method in ("get", "post") and "document" not in path
        }

    typed_there = {("link", "post"), ("push-another", "post")}  # is asked about invoices only
    assert offered("credit-notes") == offered("invoices") - typed_there
    said = paths["/api/v1/credit-notes/{name}/hold"]["post"]
    assert said["summary"] == "Keep a credit note back until somebody pushes it."
    invoice = paths["/api/v1/invoices/{name}/never-push"]["post"]
    assert invoice["summary"] == "Opt an invoice out of pushing."


def test_a_held_revision_is_previewed_rejected_and_shown_as_it_stands(app, northgate, call, client):
    with app.app_context():
        revise(northgate, "50.00", on={INVOICE: "60.00"})
    assert call("GET", f"{ADDRESS}/preview").json["operation"] == "update"
    held = call("GET", ADDRESS).json
    assert held["sync"]["state"] == "held"
    assert [one["amount"] for one in held["still_applied_to"]] == ["120.00"]
    assert call("POST", f"{ADDRESS}/hold").json["sync"]["state"] == "held"

    kept = call("POST", f"{ADDRESS}/never-push").json
    assert kept["sync"]["state"] == "differs"
    assert [one["sync"]["state"] for one in kept["applied_to"]] == ["not_sent"]
    [still] = kept["still_applied_to"]
    assert (still["amount_there"], still["sync"]["state"]) == ("120.00", "pushed")
    assert call("POST", f"{ADDRESS}/never-push").status_code == 409
    with app.app_context():
        page = text_of(Visitor(client).get(f"/invoices/{kept['id'].removeprefix('lb-')}"))
    assert "Still applied in QuickBooks: billing’s change, which takes it off, was not sent" in page
    assert "Not applied: billing’s change was not sent" in page


def test_a_credit_note_is_voided_and_pushed_by_rest(app, northgate, call):
    answer = call("POST", f"{ADDRESS}/void")
    assert (answer.status_code, answer.json["status"]) == (202, "accepted")
    with app.app_context():
        go(northgate, 1)
        assert states()[0] == "held"
    assert call("POST", f"{ADDRESS}/push").json["sync"]["state"] == "waiting"
    with app.app_context():
        go(northgate, 1)
        assert (states(), owed(northgate)) == (("voided", []), Decimal(540))
    assert call("POST", "/api/v1/credit-notes/cn_none/push").status_code == 404


def test_a_part_that_cannot_be_taken_off_is_a_banner_and_in_the_list(
    app, client, northgate, simulator
):
    with app.app_context():
        save_settings(northgate.connection_id, PRIYA, None, now(), push_mode="auto")
        simulator.inject("fault", entity="Payment", operation="delete", code="6540", times=1)
        void(northgate)
        go(northgate, 1)
    visitor = Visitor(client)
    listed = visitor.get("/credit-notes?show=needs")
    assert "Refused" in text_of(listed)
    address = next(
        part.partition('"')[0]
        for part in listed.text.split('href="')
        if part.startswith("/invoices/") and part.partition('"')[0].rsplit("/", 1)[1].isdecimal()
    )
    page = visitor.get(address)
    text = text_of(page)
    assert f"Not taken off {INVOICE}, £120.00: " in text
    assert "Try again now" in text
