"""What the pages of setting up count: what was tried, what was heard, what is mapped."""

from datetime import UTC, datetime

import pytest

from app.domain.reading import Reason, Task
from app.extensions import db
from app.models import Connection, Reading, Workspace
from app.usecases.receive_billing_event import receive
from tests import billing
from tests.builders import a_connection, a_person, a_workspace
from tests.northgate import make_northgate
from tests.visitor import Visitor, text_of

NOW = datetime.now(UTC)


@pytest.fixture
def northgate(app):
    """Mapped, one invoice of £540.00 waits, and nothing goes before the go-live."""
    with app.app_context():
        made = make_northgate()
        a_person(db.session.get_one(Workspace, made.workspace_id))
        db.session.get_one(Connection, made.connection_id).live = False
        db.session.commit()
        return made


def test_the_one_that_is_tried_is_on_its_way_and_not_among_what_would_go(app, client, northgate):
    with app.app_context():
        northgate.map("VAT20", "6", "tax_code")
        northgate.map("MW-STD", "31")
        tried = northgate.bill("INV-1")
    person, path = Visitor(client), f"/connections/{northgate.connection_id}/go-live"
    assert "Would go 1 £540.00" in text_of(person.get(path))
    assert person.post(f"{path}/try", invoice=tried).status_code == 303
    page = text_of(person.get(path))
    assert "INV-1 is on its way to QuickBooks" in page
    assert "Would go 1" not in page
    assert "On its way already 1 £540.00" in page
    dry = text_of(person.get(f"/connections/{northgate.connection_id}/dry-run"))
    assert "Nothing would go yet" in dry


def test_a_test_event_names_nothing_to_map_and_the_page_keeps_looking(app, client):
    with app.app_context():
        company = a_connection(a_workspace(), live=False)
        workspace = company.workspace_id
        a_person(db.session.get_one(Workspace, workspace), "owner")
        db.session.commit()
        receive(workspace, billing.event("connection.test", {}), "evt_t", b"{}", "127.0.0.1", NOW)
    person = Visitor(client)
    heard = person.get("/setup/billing", part=True)
    assert "1 event from billing so far" in text_of(heard)
    assert "can be mapped now" not in text_of(heard)
    assert "Updates itself" in text_of(heard)
    assert 'hx-trigger="every 3s"' in heard.text
    with app.app_context():
        receive(workspace, billing.finalised(), "evt_1", b"{}", "127.0.0.1", NOW)
    heard = person.get("/setup/billing", part=True)
    assert "Its services and tax codes can be mapped now" in text_of(heard)
    assert "Next: map services and tax codes" in text_of(heard)
    assert "Updates itself" not in text_of(heard)
    assert "hx-trigger" not in heard.text


def test_a_mapped_row_takes_along_what_the_list_below_says(app, client, northgate):
    with app.app_context():
        northgate.bill("INV-1")
    person = Visitor(client)
    page = text_of(person.get("/mappings"))
    assert "Not mapped 2 Services 1 Tax codes 1" in page
    assert "Nothing is mapped yet" in page
    form = {"connection": northgate.connection_id, "kind": "service", "code": "MW-STD"}
    answer = person.post(
        "/mappings/save", part=True, **form, ledger_name="Managed Workstation", expected=""
    )
    assert "1 service and 0 tax codes, most used first" in text_of(answer)
    assert "What was mapped just now stands in the list above" in text_of(answer)
    undone = text_of(person.post("/mappings/undo", part=True, **form))
    assert "0 services and 0 tax codes" in undone
    assert "Nothing is mapped yet" in undone


def test_the_history_of_a_new_company_counts_no_customers(app, client):
    with app.app_context():
        company = a_connection(a_workspace(), history_from=NOW.date())
        a_person(db.session.get_one(Workspace, company.workspace_id))
        for kind, documents in (("customer", 2), ("payment", 0), ("invoice", 0)):
            step = {"reason": Reason.HISTORY, "kind": kind, "task": Task.READ}
            of_one = {"workspace_id": company.workspace_id, "connection_id": company.id}
            done = {"documents": documents, "started_at": NOW, "finished_at": NOW}
            db.session.add(Reading(**of_one, **step, **done))
        db.session.commit()
        path = f"/connections/{company.id}"
    page = text_of(Visitor(client).get(path))
    assert "and what was still owed then: 0 documents." in page
