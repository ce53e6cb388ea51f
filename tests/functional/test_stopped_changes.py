"""A change of a booked invoice that is stopped: the invoice is in the ledger all the same."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.domain.problem import Missing, Problem
from app.domain.states import SyncState
from app.extensions import db
from app.models import Connection
from app.models.scope import enter_workspace
from app.queries import attention, overview
from tests.builders import a_connection, a_creation, a_link, a_person, a_workspace, an_invoice
from tests.people import sign_in
from tests.visitor import text_of

VAT_ZERO = Missing("tax_code", "VAT0", "VAT Zero 0%")
REFUSED = Problem("6000", "QuickBooks refused it.", what_to_do="Look at it.")


@pytest.fixture
def northgate(app):
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        connection = a_connection(workspace)
        db.session.commit()
        return connection.id


@pytest.fixture
def at_northgate(app, northgate):
    with app.app_context():
        connection = db.session.get_one(Connection, northgate)
        enter_workspace(db.session, connection.workspace_id)
        yield connection


def a_stopped_change(connection, total="552.00", **changes):
    invoice = an_invoice(connection, total, **({"missing": VAT_ZERO} | changes))
    a_creation(invoice, total=Decimal("540.00"))
    return a_link(invoice, sent_total=Decimal("540.00"), ledger_total=Decimal("540.00"))


def test_its_money_is_not_counted_as_missing_and_its_cause_is_one_row_with_the_others(
    at_northgate,
):
    a_stopped_change(at_northgate)
    an_invoice(at_northgate, "100.00", missing=VAT_ZERO)
    [cause] = attention.not_in_ledger("GBP")
    assert (cause.count, cause.changes) == (2, 1)
    assert cause.sums == {"GBP": Decimal("100.00")}


def test_it_counts_as_pushed_with_what_was_written_and_as_in_the_ledger(at_northgate):
    a_stopped_change(at_northgate)
    now = datetime.now(UTC)
    assert overview.pushed_since(now - timedelta(days=1)).sums == {"GBP": Decimal("540.00")}
    [day] = [day for day in overview.last_days(now.date(), "GBP") if day.total]
    assert (day.in_ledger, day.stopped) == (Decimal("552.00"), Decimal("0.00"))


def test_a_change_on_its_way_is_in_the_ledger_too(at_northgate):
    a_link(an_invoice(at_northgate, "552.00", SyncState.WAITING))
    [day] = [d for d in overview.last_days(datetime.now(UTC).date(), "GBP") if d.total]
    assert (day.in_ledger, day.on_its_way) == (Decimal("552.00"), Decimal("0.00"))


def test_the_overview_says_that_only_a_change_waits(app, client, northgate):
    with app.app_context():
        connection = db.session.get_one(Connection, northgate)
        a_stopped_change(connection, missing=None, state=SyncState.FAILED, problem=REFUSED)
        db.session.commit()
    sign_in(client)
    page = text_of(client.get("/"))
    assert "1 change of a booked invoice is not in your ledger yet" in page
    assert "What was changed is in QuickBooks as it was before." in page
    assert "It is in QuickBooks already: only the change waits." in page
    assert "£552.00 is not in your ledger" not in page


def test_beside_what_is_missing_it_is_named_and_not_added(app, client, northgate):
    with app.app_context():
        connection = db.session.get_one(Connection, northgate)
        a_stopped_change(connection)
        an_invoice(connection, "100.00", missing=VAT_ZERO)
        db.session.commit()
    sign_in(client)
    page = text_of(client.get("/"))
    assert "£100.00 is not in your ledger yet" in page
    assert "1 invoice, 1 cause. 1 change of a booked invoice waits too." in page
    assert "Of them 1 is in QuickBooks already: only the change waits." in page
