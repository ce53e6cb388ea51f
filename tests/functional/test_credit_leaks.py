"""A credit note is in no figure of the invoices, and no list of them shows one."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from app.domain.states import PushState, SyncState
from app.extensions import db
from app.models import CreditApplication, CreditNote, Customer, Invoice, SalesDocument
from app.queries import attention, counts, customers, invoices, overview, sync_state
from app.queries.api_invoices import Wanted, find_invoice, list_invoices
from app.queries.customer_figures import figures_of
from app.queries.invoices import Filter
from app.usecases.mail.notify import waiting_invoices
from tests.builders import a_connection, a_push, a_workspace, an_invoice

pytestmark = pytest.mark.usefixtures("app_context")
NOW = datetime.now(UTC)
TODAY = NOW.date()


def a_credit_note(invoice, state):
    """Make a credit note of 99.00 and its use, both in a state."""
    columns = {
        name: getattr(invoice, name)
        for name in SalesDocument.__mapper__.columns.keys()  # noqa: SIM118  # no mapping
        if name not in ("id", "kind", "external_id", "created_at", "updated_at", "number")
    }
    columns |= {"sync_state": state, "total": Decimal(99), "balance": Decimal(99)}
    credit = CreditNote(**columns | {"external_id": invoice.external_id, "number": "CN-0007"})
    db.session.add(credit)
    db.session.flush()
    use = columns | {"credit_note_id": credit.id, "applied_to": invoice.external_id}
    db.session.add(CreditApplication(**use | {"external_id": "use", "number": "CN-0007"}))
    return credit


@pytest.fixture(params=[SyncState.FAILED, SyncState.WAITING, SyncState.PUSHED])
def invoice(request, app_context):
    """One invoice of 540.00, and a credit note of 99.00 that stands as it does."""
    connection = a_connection(a_workspace())
    made = an_invoice(connection, state=request.param, at=NOW - timedelta(minutes=5))
    a_credit_note(made, request.param)
    db.session.commit()
    return made


def test_a_kind_is_selected_alone(invoice):
    for table, total in ((Invoice, 540), (CreditNote, 99), (CreditApplication, 99)):
        assert db.session.execute(select(func.count(), func.sum(table.total))).one() == (1, total)


def test_lists_and_sums_of_invoices(invoice):
    page = invoices.page(Filter(), TODAY)
    assert (page.count, page.sums) == (1, {"GBP": Decimal(540)})
    assert [row.id for row in page.rows] == [invoice.id]
    assert invoices.group_counts()["all"] == 1


def test_the_api(invoice):
    shown = list_invoices(invoice.workspace_id, Wanted(), None, 50).documents
    assert [one["total"] for one in shown] == ["540.00"]
    found = find_invoice(invoice.workspace_id, invoice.external_id)
    assert (found.id, found.total) == (invoice.id, 540)
    credit = db.session.scalars(select(CreditNote)).one()
    assert find_invoice(invoice.workspace_id, f"lb-{credit.id}") is None


def test_the_overview_and_what_needs_somebody(invoice):
    assert counts.not_in_ledger() == (invoice.sync_state == SyncState.FAILED)
    causes = [*attention.not_in_ledger("GBP"), *attention.differences("GBP")]
    assert all(cause.count == 1 for cause in causes)
    assert sum((sum(c.sums.values()) for c in causes), Decimal(0)) in (0, 540)


def test_what_customers_owe(invoice):
    customer = db.session.scalars(select(Customer)).one()
    figures = figures_of([customer.id], date(2026, 11, 24))[customer.id]
    assert (figures.count, figures.owed.sums) == (1, {"GBP": Decimal(540)})
    [row] = customers.page(customers.Wanted(), date(2026, 11, 24), "GBP").rows
    assert row.figures == figures


def test_what_is_on_its_way_and_what_waits(invoice):
    on_its_way = invoice.sync_state == SyncState.WAITING
    assert overview.queue().count == on_its_way
    assert overview.invoice_count() == 1
    stuck = invoice.sync_state in (SyncState.WAITING, SyncState.FAILED)
    assert waiting_invoices(invoice.connection_id)[0] == stuck
    days = overview.last_days(TODAY, "GBP")
    assert sum((day.total for day in days), Decimal(0)) == 540


def test_the_backlog_counts_pushes_and_adds_up_invoices(invoice):
    credit = db.session.scalars(select(CreditNote)).one()
    for document in (invoice, credit):
        a_push(document, PushState.WAITING, document_kind=document.kind)
    db.session.commit()
    found = sync_state.backlogs([invoice.connection_id], NOW)[invoice.connection_id]
    assert (found.due.count, found.due.sums) == (2, {"GBP": Decimal(540)})
