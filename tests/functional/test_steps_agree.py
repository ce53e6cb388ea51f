"""The steps of setting up say one thing on every page: what stops an invoice, and what is done."""

import pytest

from app.domain.states import SyncState
from app.extensions import db
from app.models import Connection, DocumentLink, Invoice, Push, Workspace
from tests.builders import a_connection, a_person
from tests.northgate import NOW, make_northgate
from tests.visitor import Visitor, text_of


@pytest.fixture
def northgate(app):
    """One invoice of £540.00 waits; nothing is mapped and pushing is not switched on."""
    with app.app_context():
        made = make_northgate()
        a_person(db.session.get_one(Workspace, made.workspace_id))
        db.session.get_one(Connection, made.connection_id).live = False
        db.session.commit()
        made.bill("INV-1")
        return made


@pytest.fixture
def person(client, northgate):
    return Visitor(client)


def map_all(app, northgate):
    with app.app_context():
        northgate.map("VAT20", "6", "tax_code")
        northgate.map("MW-STD", "31")


def path(northgate, page):
    return f"/connections/{northgate.connection_id}/{page}"


def next_button(answer):
    return answer.text.split('id="flow-next"')[0].rsplit("<a ", 1)[1]


def test_vat_off_there_is_one_matter_on_every_page(app, person, northgate):
    map_all(app, northgate)
    with app.app_context():
        db.session.get_one(Connection, northgate.connection_id).tax_enabled = False
        db.session.commit()
    matter = "1 waiting invoice charges VAT, and VAT is switched off in QuickBooks"
    first = text_of(person.get("/"))
    assert matter in first
    assert "All are mapped" not in first
    assert "Nothing would go yet. 1 check needs you." in first
    mapping = person.get("/mappings")
    assert matter in text_of(mapping)
    assert "btn-primary" not in next_button(mapping)
    check = text_of(person.get(path(northgate, "check")))
    assert "1 check needs you" in check
    assert "It then goes by itself" not in check


def test_nothing_goes_by_itself_before_pushing_is_switched_on(person, northgate):
    for page in ("check", "go-live", "dry-run"):
        shown = text_of(person.get(path(northgate, page)))
        assert "then goes once pushing is switched on" in shown
        assert "by itself" not in shown.replace("the invoice is typed by itself", ""), page


def test_the_check_is_done_when_everything_passes_and_leads_on(app, person, northgate):
    waits = person.get(path(northgate, "check"))
    assert "btn-primary" not in next_button(waits)
    map_all(app, northgate)
    passes = person.get(path(northgate, "check"))
    assert "Every check passes" in text_of(passes)
    assert "btn-primary" in next_button(passes)
    assert "1 invoice, £540.00, would go. Every check passes." in text_of(person.get("/"))


def test_each_document_exactly_stands_in_the_steps(person, northgate):
    shown = person.get(path(northgate, "dry-run"))
    assert "Step 4 of 5" in text_of(shown)
    assert path(northgate, "go-live") in next_button(shown) + shown.text.split("flow-next")[1][:80]


def test_what_was_tried_and_is_there_is_said_everywhere_without_a_reload(app, person, northgate):
    map_all(app, northgate)
    person.post(f"{path(northgate, 'go-live')}/try", invoice=1)
    moving = person.get(path(northgate, "go-live"), part=True)
    assert 'hx-trigger="every 2s"' in moving.text
    assert "INV-1 is on its way to QuickBooks" in text_of(moving)
    with app.app_context():
        invoice = db.session.get_one(Invoice, 1)
        invoice.sync_state = SyncState.PUSHED
        push = db.session.query(Push).one()
        push.state, push.finished_at = "done", NOW
        db.session.add(
            DocumentLink(
                workspace_id=invoice.workspace_id,
                connection_id=northgate.connection_id,
                document_kind="invoice",
                document_id=1,
                ledger_id="301",
                version="0",
                revision=1,
                pushed_at=NOW,
            )
        )
        db.session.commit()
    there = person.get(path(northgate, "go-live"), part=True)
    shown = text_of(there)
    assert "hx-trigger" not in there.text
    assert "INV-1 is in QuickBooks" in shown
    assert "On its way" not in shown
    assert "Nothing would go" not in shown
    for part in ("heading", "flow", "count-invoices"):
        assert f'id="{part}"' in there.text
    assert "waiting for you" not in shown


def test_live_is_said_of_companies_alone(app, person, northgate):
    with app.app_context():
        home = db.session.get_one(Workspace, northgate.workspace_id)
        a_connection(home, environment="production", company_id="99")
        db.session.commit()
    for page in ("/", "/sync-state", "/sync-log", "/webhook-log", "/setup/billing"):
        shown = text_of(person.get(page))
        assert "Live" not in shown, page
        assert "Go live" not in shown, page
    assert "Live company Your real books." in text_of(person.get("/connect"))
    assert "Sandbox A practice company" in text_of(person.get("/connect"))
