"""The books from before a company was connected are read once, behind everything else."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app import queue
from app.domain.reading import Reason
from app.extensions import db
from app.ledgers.errors import Unavailable
from app.ledgers.quickbooks import portions
from app.models import (
    Connection,
    LedgerCreditRow,
    LedgerCustomerRow,
    LedgerInvoiceRow,
    LedgerPaymentRow,
    Reading,
)
from app.queries.readings import readings
from app.usecases.book.history import read_history
from app.usecases.manage_connection import SettingRefused, save_settings
from app.usecases.sweep import wake_unfinished_readings
from simulator.client import NORTHGATE
from tests.back import in_turn
from tests.connected import connect, rest

pytestmark = pytest.mark.usefixtures("app_context")
TODAY = datetime.now(UTC).date()


@pytest.fixture
def northgate(app_context, simulator):
    """A company with four old invoices, the second paid, just connected."""
    customer = simulator.books(NORTHGATE)["customers"][0]["Id"]
    for number, days in enumerate((90, 60, 30, 20)):
        made = invoice(simulator, customer, f"OLD-{number}", days)
        if number == 1:
            paid = str(TODAY - timedelta(days=59))
            simulator.record_payment(NORTHGATE, customer, [(made, "12.00")], date=paid)
    connected = connect(simulator)
    simulator.reset_counters()
    return connected


def invoice(simulator, customer, number, days):
    """Book an invoice over 12.00 so many days ago; returns its id."""
    detail = {"ItemRef": {"value": "7"}, "TaxCodeRef": {"value": "6"}}
    line = {"Amount": 10, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    made = simulator.create(
        NORTHGATE,
        "invoices",
        DocNumber=number,
        TxnDate=str(TODAY - timedelta(days=days)),
        CustomerRef={"value": customer},
        GlobalTaxCalculation="TaxExcluded",
        Line=[line],
    )
    return made["Id"]


def history(northgate):
    """Read on, as the job does."""
    return in_turn(lambda: read_history(northgate.connection_id, datetime.now(UTC)))


def since(northgate, days):
    """Let finance choose another date."""
    first = TODAY - timedelta(days=days)
    save_settings(
        northgate.connection_id, "Priya Nair", None, datetime.now(UTC), history_from=first
    )
    rest()  # no worker is to take up what this woke


def old_ones():
    rows = db.session.scalars(
        select(LedgerInvoiceRow.number).where(LedgerInvoiceRow.number.like("OLD-%"))
    ).all()
    db.session.commit()
    return sorted(rows)


def progress(northgate):
    connection = db.session.get_one(Connection, northgate.connection_id)
    found = readings([connection])[connection.id].history
    db.session.commit()
    return found


def mirrored(model):
    rows = set(db.session.scalars(select(model.ledger_id)))
    db.session.commit()
    return rows


def test_a_new_connection_reads_from_today_all_customers_and_what_is_owed(northgate, simulator):
    assert history(northgate).done
    books = simulator.books(NORTHGATE)
    assert mirrored(LedgerCustomerRow) == {one["Id"] for one in books["customers"]}
    owed = {one["Id"] for one in books["invoices"] if one["Balance"] > 0}
    assert mirrored(LedgerInvoiceRow) == owed
    assert old_ones() == ["OLD-0", "OLD-2", "OLD-3"]
    assert simulator.counters(NORTHGATE)["metered"] == progress(northgate).calls == 6


def test_an_earlier_date_reads_the_rest_and_nothing_twice(northgate, simulator):
    history(northgate)
    simulator.reset_counters()
    since(northgate, 45)
    since(northgate, 100)
    assert history(northgate).done
    assert old_ones() == ["OLD-0", "OLD-1", "OLD-2", "OLD-3"]
    assert len(mirrored(LedgerPaymentRow)) >= 1
    asked = [one["statement"] for one in simulator.requests(NORTHGATE)]
    assert len(asked) == 8
    assert all(f"TxnDate < '{TODAY - timedelta(days=45)}'" in one for one in asked[4:])
    assert not any("Customer " in one for one in asked)


def test_a_later_date_drops_what_was_not_read_yet(northgate, simulator):
    since(northgate, 100)
    since(northgate, 25)
    assert history(northgate).done
    read = [
        one["statement"] for one in simulator.requests(NORTHGATE) if "FROM Pay" in one["statement"]
    ]
    assert any(f"TxnDate >= '{TODAY - timedelta(days=25)}'" in one for one in read)
    assert not any(f"{TODAY - timedelta(days=100)}" in one for one in read)


def test_it_goes_on_where_it_was_stopped(northgate, simulator, monkeypatch):
    monkeypatch.setattr(portions, "ROWS", 2)
    since(northgate, 100)
    simulator.inject("reset", operation="query", nth=5)
    with pytest.raises(Unavailable):
        history(northgate)
    db.session.rollback()
    halfway = progress(northgate)
    assert 0 < halfway.read < halfway.parts
    assert not halfway.finished
    read = {one["statement"] for one in simulator.requests(NORTHGATE)[:-1]}
    simulator.reset_counters()
    assert history(northgate).done
    assert read.isdisjoint(one["statement"] for one in simulator.requests(NORTHGATE))
    assert old_ones() == ["OLD-0", "OLD-1", "OLD-2", "OLD-3"]


def test_it_gives_way_to_whoever_waits_for_a_worker(northgate):
    queue.wake(northgate.connection_id, "drain")
    assert not history(northgate).done
    assert progress(northgate).calls == 1


def test_it_gives_way_to_the_company_s_own_pushes(northgate):
    northgate.map_all()
    northgate.bill("INV-0001")
    rest()
    assert not history(northgate).done
    assert progress(northgate).calls == 1


def test_the_clock_wakes_it_until_all_is_read(northgate):
    rest()
    assert wake_unfinished_readings(datetime.now(UTC)) == 1
    rest()
    history(northgate)
    assert wake_unfinished_readings(datetime.now(UTC)) == 0


def test_a_date_that_cannot_be_is_refused_by_name(northgate):
    for first in ("31 June", TODAY + timedelta(days=2), TODAY.replace(year=1999)):
        with pytest.raises(SettingRefused) as refused:
            save_settings(
                northgate.connection_id, "Priya Nair", None, datetime.now(UTC), history_from=first
            )
        assert refused.value.field == "history_from"
        db.session.rollback()
    assert db.session.get_one(Connection, northgate.connection_id).history_from == TODAY


def test_credit_notes_are_history_too(northgate, simulator):
    detail = {"ItemRef": {"value": "7"}, "TaxCodeRef": {"value": "6"}}
    line = {"Amount": 10, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    customer = simulator.books(NORTHGATE)["customers"][0]["Id"]
    memo = simulator.create(
        NORTHGATE,
        "credit-memos",
        TxnDate=str(TODAY - timedelta(days=40)),
        CustomerRef={"value": customer},
        Line=[line],
    )
    since(northgate, 50)
    history(northgate)
    assert memo["Id"] in mirrored(LedgerCreditRow)


def test_a_connection_from_before_there_was_a_choice_reads_nothing(northgate):
    connection = db.session.get_one(Connection, northgate.connection_id)
    connection.history_from = None
    db.session.query(Reading).filter(Reading.reason == Reason.HISTORY).delete()
    db.session.commit()
    assert history(northgate).done
    assert progress(northgate) is None


def test_a_day_with_many_invoices_is_read_whole_though_one_is_deleted_meanwhile(
    northgate, simulator, monkeypatch
):
    """Positions inside one date shift when an earlier document goes."""
    customer = simulator.books(NORTHGATE)["customers"][0]["Id"]
    ids = [invoice(simulator, customer, f"DAY-{number:02}", 45) for number in range(22)]
    for one in ids:
        simulator.record_payment(NORTHGATE, customer, [(one, "12.00")])
    since(northgate, 50)
    monkeypatch.setattr(portions, "ROWS", 10)
    read, pages = portions.read_page, []

    def read_page(client, wanted, mark):
        page = read(client, wanted, mark)
        pages.append({one.ledger_id for one in page.invoices} & set(ids))
        if pages.count(pages[-1]) == 2 and len(pages[-1]) == 10:  # the first ten, again
            simulator.delete(NORTHGATE, "invoices", ids[0])
        return page

    monkeypatch.setattr(portions, "read_page", read_page)
    assert history(northgate).done
    assert ids[0] not in {one["Id"] for one in simulator.books(NORTHGATE)["invoices"]}
    assert set(ids) <= mirrored(LedgerInvoiceRow)
