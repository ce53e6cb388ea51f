"""Every difference says what happened, what it means and what to do, beside its buttons."""

import re

import pytest

from app.domain.difference_words import meaning_of
from app.domain.drift import Kind
from app.domain.states import DocumentKind, SyncState
from app.extensions import db
from app.models import Connection, Drift
from tests.builders import (
    a_check,
    a_connection,
    a_difference,
    a_link,
    a_person,
    a_workspace,
    an_invoice,
)
from tests.visitor import Visitor, text_of


def a_company():
    workspace = a_workspace()
    a_person(workspace)
    return a_connection(workspace, live=True)


@pytest.fixture
def connection(app):
    with app.app_context():
        made = a_company()
        db.session.commit()
        yield db.session.get_one(Connection, made.id)


@pytest.mark.parametrize("document", [DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE])
def test_every_kind_has_its_three_sentences_and_its_buttons(client, connection, document):
    check = a_check(connection, "differs")
    for kind in Kind:
        happened = f"It happened so: {kind}."
        a_difference(check, kind=kind, document_kind=document, explanation=happened)
    db.session.commit()
    page = Visitor(client).get("/reconciliation")
    rows = re.findall(r'<tr role="row" id="drift-.*?</tr>', page.text, re.DOTALL)
    assert len(rows) == len(Kind)
    for kind in Kind:
        meaning = meaning_of(kind, "QuickBooks", document)
        said = f"What it means: {meaning.means} What to do: {meaning.do} INV-"
        assert said in text_of(page)
        [row] = [row for row in rows if f"It happened so: {kind}." in row]
        takes = kind == Kind.BALANCE and document == DocumentKind.INVOICE
        assert ("Take over £1,000.00 owed" if takes else "Leave as it is") in row


def test_an_invoice_and_the_reconciliation_do_not_send_the_reader_to_each_other(app, client):
    with app.app_context():
        connection = a_company()
        invoice = an_invoice(connection, "540.00", SyncState.DIFFERS)
        a_link(invoice, url="https://quickbooks.example/301")
        check = a_check(connection, "differs")
        drift = a_difference(check, invoice_id=invoice.id, ledger_id="301")
        db.session.commit()
        back, drift_id = f"/invoices/{invoice.id}", drift.id
    priya = Visitor(client)
    page = priya.get(back)
    assert "Open in QuickBooks" in text_of(page)
    banner = page.text.partition('<div class="btn-list mt-3">')[2].partition("</div>")[0]
    assert "/reconciliation?" not in banner
    answer = priya.post(f"/reconciliation/drifts/{drift_id}/accept", back=back)
    assert answer.location == back
    with app.app_context():
        assert db.session.get_one(Drift, drift_id).decision == "accepted"


def test_before_a_check_lists_it_the_check_is_offered_where_it_is(client, connection):
    invoice = an_invoice(connection, "540.00", SyncState.DIFFERS)
    a_link(invoice)
    db.session.commit()
    priya = Visitor(client)
    page = text_of(priya.get(f"/invoices/{invoice.id}"))
    assert "Check the books now, to leave it as it is" in page
    assert "Check QuickBooks now" in text_of(priya.get("/"))
