"""Audit log: who did what, found, opened and taken away as a file."""

import csv
import html
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from app.extensions import db
from app.models import AuditEntry, TaxCode, User
from app.usecases.audit import audit
from tests.asked import asked
from tests.builders import a_connection, a_customer, a_person, a_workspace
from tests.people import sign_in
from tests.visitor import text_of

TOM = "tom@northgate.example"


@pytest.fixture
def made(app):
    """Northgate with an owner, a viewer, and a few deeds of each kind of doer."""
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace, "owner")
        tom = a_person(workspace, "viewer", TOM)
        tom.name = "Tom Ashby"
        connection, customer = a_connection(workspace), a_customer(workspace)
        db.session.add(TaxCode(workspace_id=workspace.id, code="VAT0", name="VAT Zero 0%", rate=0))
        about = f"connection:{connection.id}"
        audit(
            workspace.id, "Tom Ashby", "mapping.save", about, user_id=tom.id,
            kind="tax_code", code="VAT0", ledger_name="0.0% Z", before={"ledger_name": "Exempt"},
        )  # fmt: skip
        audit(workspace.id, "Ledgerbridge", "connection.broken", about, reason="invalid_grant")
        audit(workspace.id, "API key =cmd", "customer.link", f"customer:{customer.id}", name="Oak")
        db.session.commit()
        return workspace.id


@pytest.fixture
def viewer(client, made):
    sign_in(client, TOM)
    return client


def test_a_viewer_reads_in_plain_words_who_did_what(viewer):
    page = text_of(viewer.get("/audit"))

    assert "Tom Ashby Mapped VAT Zero 0% to 0.0% Z In the ledger 0.0% Z before: Exempt" in page
    assert "Ledgerbridge, by itself Saw the permission for Northgate IT Services Ltd end" in page
    assert "Linked Oak & Ash Ltd to Oak" in page
    assert "mapping.save" not in page


@pytest.mark.parametrize(
    ("asked", "found", "gone"),
    [
        ("who=Ledgerbridge", "Saw the permission", "Mapped"),
        ("kind=mappings", "Mapped VAT Zero", "Saw the permission"),
        ("q=oak %26 ash", "Linked Oak", "Mapped"),
        ("q=vat zero", "Mapped VAT Zero", "Linked Oak"),
        ("q=invalid_grant", "Saw the permission", "Mapped"),
        ("q=tom", "Mapped VAT Zero", "Linked Oak"),
    ],
)
def test_filters_and_search_leave_what_was_asked_for(viewer, asked, found, gone):
    page = text_of(viewer.get(f"/audit?{asked}"))

    assert found in page
    assert gone not in page


def test_a_person_is_found_by_what_they_did(app, viewer):
    with app.app_context():
        tom = db.session.query(User).filter_by(email=TOM).one().id

    page = text_of(viewer.get(f"/audit?who={tom}"))

    assert "Mapped VAT Zero" in page
    assert "Saw the permission" not in page


def test_the_period_leaves_older_entries_out(app, viewer):
    with app.app_context():
        old = datetime.now(UTC) - timedelta(days=40)
        mappings = AuditEntry.action == "mapping.save"
        db.session.execute(update(AuditEntry).where(mappings).values(created_at=old))
        db.session.commit()

    assert "Mapped VAT Zero" not in viewer.get("/audit").text
    assert "Mapped VAT Zero" in viewer.get("/audit?period=ever").text


def test_pages_follow_each_other_without_a_gap(app, viewer, made):
    with app.app_context():
        for number in range(120):
            audit(made, "Ledgerbridge", "invoice.hold", "invoice:0", number=f"INV-{number:03}")
        db.session.commit()

    seen, path = [], "/audit?kind=documents"
    for _ in range(3):
        page = viewer.get(html.unescape(path)).text
        seen += re.findall(r"Held (INV-\d+) back", page)
        path = "".join(re.findall(r'href="([^"]+)" rel="next"', page))

    assert path == ""
    assert len(seen) == len(set(seen)) == 120


def test_the_file_has_iso_times_and_no_cell_that_is_a_formula(viewer):
    answer = viewer.get("/audit/audit-log.csv?q=oak")
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))

    assert rows[0] == ["when", "who", "kind", "what", "before", "after"]
    assert datetime.fromisoformat(rows[1][0]).tzinfo is not None
    assert rows[1][1:4] == ["API key =cmd", "Customers", "Linked Oak & Ash Ltd to Oak"]


def test_another_workspace_sees_nothing_of_it(app, made):
    with app.app_context():
        a_person(a_workspace("southgate"), "owner", "sue@southgate.example")
    client = app.test_client()
    sign_in(client, "sue@southgate.example")

    page = text_of(client.get("/audit?period=ever"))

    assert "Let Priya Nair in" in page
    assert "Mapped" not in page
    assert "Tom Ashby" not in page


def test_a_cursor_nobody_handed_out_is_no_page(viewer):
    assert viewer.get("/audit?before=nonsense").status_code == 404


def test_a_page_asks_no_oftener_for_fifty_entries_than_for_a_few(app, viewer, made):
    few = questions_of(app, viewer)
    with app.app_context():
        for number in range(60):
            code = f"X{number}"
            audit(made, "Ledgerbridge", "mapping.save", "connection:1", kind="tax_code", code=code)
            audit(made, "Priya Nair", "customer.link", f"customer:{number}", name="Oak")
        db.session.commit()

    assert questions_of(app, viewer) <= few


def questions_of(app, client):
    """Count the statements that the page needs."""
    with asked(app) as statements:
        client.get("/audit")
    return len(statements)
