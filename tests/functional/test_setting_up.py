"""The pages from an empty workspace to the first push: what each shows, offers and refuses."""

import subprocess
from datetime import UTC, datetime

import pytest

from app.billing.signature import verify
from app.extensions import db
from app.models import AuditEntry, CatalogueRow, Connection, Invoice, Mapping, Service, Workspace
from app.usecases.receive_billing_event import receive, refuse
from app.web.request_samples import signed_test
from tests import billing
from tests.asked import asked
from tests.builders import a_connection, a_person, a_workspace
from tests.people import sign_in
from tests.visitor import Visitor, text_of

VIC = "vic@northgate.example"
NOW = datetime.now(UTC)


@pytest.fixture
def workspace(app):
    with app.app_context():
        made = a_workspace()
        a_person(made, "owner")
        a_person(made, "viewer", VIC)
        db.session.commit()
        return made.id


@pytest.fixture
def company(app, workspace):
    """A company that waits for its go-live, this month's documents to go."""
    with app.app_context():
        made = a_connection(
            db.session.get_one(Workspace, workspace),
            live=False,
            starts_on=NOW.date().replace(day=1),
        )
        db.session.commit()
        return made.id


def bill(app, workspace, number="INV-1", **changes):
    body = billing.finalised(number=number, id=f"inv_{number}", **changes)
    with app.app_context():
        receive(workspace, body, f"evt_{number}", b"{}", "127.0.0.1", datetime.now(UTC))


def map_all(app, company):
    with app.app_context():
        of_company = {"workspace_id": db.session.get_one(Connection, company).workspace_id}
        of_company["connection_id"] = company
        set_by = {"set_by": "Priya Nair", "set_at": NOW}
        for kind, code, target, rate in (
            ("service", "MW-STD", "item", None),
            ("tax_code", "VAT20", "tax_code", 20),
        ):
            db.session.add(
                CatalogueRow(
                    **of_company,
                    kind=target,
                    ledger_id="6",
                    name=code,
                    active=True,
                    rate=rate,
                    details={},
                )
            )
            db.session.add(
                Mapping(
                    **of_company, **set_by, kind=kind, code=code, ledger_id="6", ledger_name=code
                )
            )
        db.session.commit()


def of_today(**changes):
    return {"issue_date": NOW.date().isoformat()} | changes


def test_an_empty_workspace_begins_with_the_connection(client, workspace):
    page = text_of(Visitor(client).get("/"))
    assert "5 steps to the first invoice in your ledger" in page
    assert "Nothing is pushed until you switch it on in step 5." in page
    assert "Step 1 of 5" in text_of(client.get("/connect"))


def test_the_first_page_follows_what_is_done(app, client, workspace, company):
    page = text_of(Visitor(client).get("/"))
    assert "4 steps to" in page
    assert "QuickBooks, Northgate IT Services Ltd." in page
    bill(app, workspace, **of_today())
    page = text_of(client.get("/"))
    assert "3 steps to" in page
    assert "1 service and 1 tax code came from billing. 2 are not mapped yet" in page
    assert "1 invoice has arrived and waits here." in page


def test_billings_page_shows_its_address_and_waits_for_the_first_event(app, client, workspace):
    person = Visitor(client)
    page = person.get("/setup/billing")
    assert "/hooks/billing/northgate" in page.text
    assert "Waiting for the first event" in text_of(page)
    assert 'hx-trigger="every 3s"' in page.text
    with app.app_context():
        reason = "No signature is by a secret of this workspace."
        refuse(workspace, reason, raw=b"{}", address="127.0.0.1", now=datetime.now(UTC))
    assert reason in text_of(person.get("/setup/billing", part=True))
    bill(app, workspace, **of_today())
    heard = person.get("/setup/billing", part=True)
    assert "Received today at" in text_of(heard)
    assert reason not in text_of(heard)
    assert "hx-trigger" not in heard.text  # that ends the poll


def test_a_secret_is_shown_once_inside_what_is_to_be_copied_and_audited(app, client, workspace):
    person = Visitor(client)
    made = person.post("/setup/billing/secret")
    secret = made.text.split('id="new-secret"')[1].split('value="')[1].split('"')[0]
    assert secret.startswith("whsec_")
    assert made.text.count(secret) > 2  # in what is to be copied too
    assert secret not in person.get("/setup/billing").text
    with app.app_context():
        assert "hook_secret.create" in {e.action for e in db.session.query(AuditEntry)}


@pytest.mark.parametrize(
    "path",
    ["/setup/billing/secret", *(f"/connections/1/go-live{x}" for x in ("", "/start", "/try"))],
)
def test_a_viewer_looks_and_does_not_act(client, workspace, company, path):
    person = Visitor(client, VIC)
    assert person.get("/connections/1/go-live").status_code == 200
    assert "Save and work out again" not in person.get("/connections/1/go-live").text
    assert person.post(path).status_code == 403


def test_what_would_go_is_shown_before_it_is_switched_on(app, client, workspace, company):
    bill(app, workspace, **of_today())
    bill(app, workspace, "INV-0", issue_date="2020-01-31")
    page = text_of(Visitor(client).get(f"/connections/{company}/go-live"))
    assert "Nothing would go to QuickBooks yet" in page
    assert "2 things stand in the way." in page
    assert "1 invoice worth £540.00, dated before 1 " in page
    check = text_of(client.get(f"/connections/{company}/check"))
    assert "2 checks need you" in check
    early = text_of(client.get("/invoices/2"))
    assert "the start date of pushing to QuickBooks." in early
    assert "Not switched on yet" in text_of(client.get("/invoices/1"))


def test_the_button_does_what_was_seen_or_says_that_more_came(app, client, workspace, company):
    person, path = Visitor(client), f"/connections/{company}/go-live"
    seen = person.get(path).text.split('name="seen" value="')[1].split('"')[0]
    map_all(app, company)
    bill(app, workspace, **of_today())
    late = person.post(path, seen=seen)
    assert late.status_code == 422
    assert "More came meanwhile." in text_of(late)
    seen = late.text.split('name="seen" value="')[1].split('"')[0]
    assert person.post(path, seen=seen).status_code == 303
    page = text_of(person.get(path))
    assert "Pushing to QuickBooks is on" in page
    assert "Switched on by Priya Nair today at" in page
    with app.app_context():
        assert db.session.get_one(Connection, company).live


def test_the_one_that_is_tried_changes_nothing_of_what_the_button_says(
    app, client, workspace, company
):
    map_all(app, company)
    for number in ("INV-1", "INV-2"):
        bill(app, workspace, number, **of_today())
    person, path = Visitor(client), f"/connections/{company}/go-live"
    assert "Switch on and push 2 invoices, £1,080.00" in text_of(person.get(path))
    assert person.post(f"{path}/try", invoice=1).status_code == 303
    page = person.get(path)
    assert "Switch on and push 1 invoice, £540.00" in text_of(page)
    assert 'hx-trigger="every 2s"' in person.get(path, part=True).text
    with app.app_context():
        db.session.get_one(Invoice, 1).sync_state = "failed"
        db.session.commit()
    assert "hx-trigger" not in person.get(path, part=True).text  # settled: that ends the poll
    seen = page.text.split('name="seen" value="')[1].split('"')[0]
    assert person.post(path, seen=seen).status_code == 303


def test_a_wrong_date_is_refused_by_its_field_and_what_was_typed_stays(client, workspace, company):
    answer = Visitor(client).post(
        f"/connections/{company}/go-live/start", starts_on="1999-01-01", push_mode="review"
    )
    assert answer.status_code == 422
    assert "Nothing was saved." in text_of(answer)
    assert 'value="1999-01-01"' in answer.text
    assert "is-invalid" in answer.text


def test_another_workspaces_company_is_not_found(app, client, workspace):
    with app.app_context():
        other = a_connection(a_workspace("southgate"), live=False, company_id="99")
        db.session.commit()
        number = other.id
    person = Visitor(client)
    for path in ("check", "go-live"):
        assert person.get(f"/connections/{number}/{path}").status_code == 404
    assert person.post(f"/connections/{number}/go-live", seen="").status_code == 404


def test_a_second_company_that_waits_stands_among_what_needs_somebody(app, client, workspace):
    with app.app_context():
        home = db.session.get_one(Workspace, workspace)
        a_connection(home, currency="GBP")
        second = a_connection(home, company_id="99", currency="EUR", live=False)
        db.session.commit()
        number = second.id
    bill(app, workspace, currency="EUR", **of_today())
    page = Visitor(client).get("/")
    assert "is not switched on yet" in text_of(page)
    assert f"/connections/{number}/go-live" in page.text


def test_the_mapping_page_counts_what_its_codes_will_hold_back(app, client, workspace, company):
    bill(app, workspace, **of_today())
    page = text_of(Visitor(client).get("/mappings"))
    assert "Step 3 of 5" in page
    assert "2 mappings are missing. They hold back £540.00." in page
    assert (
        "It goes to QuickBooks once everything on it is mapped and pushing is switched on" in page
    )


def test_the_first_page_asks_as_often_with_more_codes(app, client, workspace, company):
    sign_in(client)

    def questions():
        with asked(app) as statements:
            client.get("/")
        return len(statements)

    bill(app, workspace, **of_today())
    questions()
    few = questions()
    with app.app_context():
        db.session.add_all(
            Service(workspace_id=workspace, code=f"S{n}", name=f"S {n}") for n in range(9)
        )
        db.session.commit()
    assert questions() == few


def test_the_lines_to_copy_sign_as_our_door_wants_it(workspace):
    url, secret = "http://127.0.0.1:8000/hooks/billing/northgate", billing.SECRET
    shell = "curl() { printf '%s\\n' \"$@\"; }\n" + signed_test(url, secret)
    said = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=True)
    *lines, body = said.stdout.splitlines()
    headers = dict(line.split(": ", 1) for line in lines if line.startswith("webhook-"))
    assert verify(body.encode(), headers, [secret], datetime.now(UTC)).startswith("evt_test_")
