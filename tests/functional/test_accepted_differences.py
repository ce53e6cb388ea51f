"""A difference that somebody left as it is: the invoice says so, and needs nobody any more."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.domain.problem import Problem
from app.domain.states import SyncState
from app.extensions import db
from app.models import DocumentLink, Drift
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

DIFFERS = Problem("differs", "QuickBooks booked £540.00, billing says £552.00.")
SAID = {"ours": "£552.00", "theirs": "£540.00"}


@pytest.fixture
def drift(app):
    """INV-… of 552.00 is booked at 540.00, and a check has found it."""
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        connection = a_connection(workspace)
        invoice = an_invoice(connection, "552.00", SyncState.DIFFERS, problem=DIFFERS)
        a_link(invoice, ledger_total=Decimal("540.00"), ledger_tax_total=Decimal(0))
        found = a_difference(
            a_check(connection, "differs"), "-12.00", invoice_id=invoice.id, **SAID
        )
        db.session.commit()
        return found.id, invoice.id


def accept(app, drift_id, **changes):
    with app.app_context():
        drift = db.session.get_one(Drift, drift_id)
        drift.decision, drift.decided_by = "accepted", "Priya Nair"
        drift.decided_at = datetime(2026, 11, 21, 9, 2, tzinfo=UTC)
        for name, value in changes.items():
            setattr(drift, name, value)
        db.session.commit()


def test_the_invoices_page_says_who_accepted_it_and_asks_for_nothing(app, client, drift):
    drift_id, invoice_id = drift
    priya = Visitor(client)
    assert "accepted" not in text_of(priya.get(f"/invoices/{invoice_id}"))
    accept(app, drift_id)
    page = text_of(priya.get(f"/invoices/{invoice_id}"))
    assert "Differs, accepted" in page
    assert "Priya Nair left this difference as it is on 21 November 2026, 09:02" in page
    assert "QuickBooks booked £540.00, billing says £552.00." in page
    assert "Correct it in billing" not in page


def test_the_lists_say_so_too(app, client, drift):
    accept(app, drift[0])
    priya = Visitor(client)
    assert "Differs, accepted" in text_of(priya.get("/invoices"))
    assert "Differs, accepted" in text_of(priya.get("/customers/1"))


def test_a_change_since_then_is_not_accepted(app, client, drift):
    accept(app, drift[0])
    with app.app_context():
        db.session.query(DocumentLink).one().ledger_total = Decimal("500.00")
        db.session.commit()
    assert "accepted" not in text_of(Visitor(client).get(f"/invoices/{drift[1]}"))


def test_a_tax_that_was_accepted_is_no_work_either(app, client, drift):
    said = {"kind": "tax", "ours": "£0.00", "theirs": "£90.00"}
    with app.app_context():
        link = db.session.query(DocumentLink).one()
        link.ledger_total, link.ledger_tax_total = Decimal("552.00"), Decimal("90.00")
        db.session.commit()
    accept(app, drift[0], **said)
    priya = Visitor(client)
    assert "Differs, accepted" in text_of(priya.get(f"/invoices/{drift[1]}"))
    assert "other figures in QuickBooks" not in text_of(priya.get("/"))
