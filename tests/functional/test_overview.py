"""The overview's figures: what they add up to, and whose they are."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.problem import Missing, Problem
from app.domain.states import SyncState
from app.extensions import db
from app.models import Alert, Connection, Service
from app.models.scope import enter_workspace
from app.queries import attention, counts, overview
from app.queries.arrived import Arrived, what_arrived
from tests.asked import asked
from tests.books_there import payment_there
from tests.builders import (
    a_check,
    a_connection,
    a_difference,
    a_link,
    a_person,
    a_workspace,
    an_invoice,
)
from tests.people import sign_in

VAT_ZERO = Missing("tax_code", "VAT0", "VAT Zero 0%")
MANAGED_SOC = Missing("service", "SOC", "Managed SOC (MDR)")
CLOSED = Problem("6210", "QuickBooks is closed to 31 October.", what_to_do="Change the date.")


@pytest.fixture
def northgate(app):
    """Return the number of a connection whose workspace has Priya in it."""
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        connection = a_connection(workspace)
        db.session.commit()
        return connection.id


@pytest.fixture
def at_northgate(app, northgate):
    """Its connection, with a session that sees its workspace only."""
    with app.app_context():
        connection = db.session.get_one(Connection, northgate)
        enter_workspace(db.session, connection.workspace_id)
        yield connection


def shown(client, path="/", **headers):
    """Return a page's text without its tags."""
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_invoices_with_one_cause_are_one_row_with_their_money(at_northgate):
    for total in ("1200.00", "642.50"):
        an_invoice(at_northgate, total, missing=VAT_ZERO)

    cause = attention.not_in_ledger("GBP")[0]

    assert (cause.kind, cause.name, cause.count) == ("tax_code", "VAT Zero 0%", 2)
    assert {code: str(sum_) for code, sum_ in cause.sums.items()} == {"GBP": "1842.50"}


def test_causes_come_dearest_first_and_add_up_to_all_that_is_stopped(at_northgate):
    an_invoice(at_northgate, "100.00", missing=MANAGED_SOC)
    an_invoice(at_northgate, "4962.00", SyncState.FAILED, problem=CLOSED)
    an_invoice(at_northgate, "300.00", SyncState.HELD)
    an_invoice(at_northgate, "200.00", SyncState.DEAD)

    causes = attention.not_in_ledger("GBP")

    assert [cause.kind for cause in causes] == ["refused", "review", "gave_up", "service"]
    assert str(attention.totals(causes)["GBP"]) == "5562.00"
    assert sum(cause.count for cause in causes) == counts.not_in_ledger()


def test_an_invoice_that_waits_for_two_things_counts_once(at_northgate):
    both = Problem("not_mapped", "Two are missing.", missing=(VAT_ZERO, MANAGED_SOC))
    an_invoice(at_northgate, "540.00", SyncState.BLOCKED, problem=both)

    causes = attention.not_in_ledger("GBP")

    assert [(cause.kind, cause.count) for cause in causes] == [("tax_code", 1)]


def test_currencies_are_never_added_up(at_northgate):
    an_invoice(at_northgate, "100.00", missing=VAT_ZERO)
    an_invoice(at_northgate, "90.00", missing=VAT_ZERO, currency="EUR")

    causes = attention.not_in_ledger("GBP")

    assert len(causes) == 1
    assert {code: str(sum_) for code, sum_ in causes[0].sums.items()} == {
        "GBP": "100.00",
        "EUR": "90.00",
    }


def test_what_is_on_its_way_needs_nobody(at_northgate):
    for state in (SyncState.WAITING, SyncState.PUSHING, SyncState.RETRYING, SyncState.PUSHED):
        an_invoice(at_northgate, "100.00", state)

    assert attention.not_in_ledger("GBP") == []
    assert str(overview.queue().sums["GBP"]) == "300.00"


@pytest.mark.parametrize("state", ["broken", "paused"])
def test_what_is_on_its_way_stands_still_when_the_connection_does(at_northgate, state):
    an_invoice(at_northgate, "100.00", SyncState.WAITING)
    at_northgate.state = state

    assert [cause.kind for cause in attention.not_in_ledger("GBP")] == ["standing"]
    assert overview.queue().count == 0


def test_a_broken_connection_is_told_even_when_nothing_waits(at_northgate):
    at_northgate.state = "broken"

    causes = attention.not_in_ledger("GBP")

    assert [(cause.kind, cause.count) for cause in causes] == [("standing", 0)]


def test_nothing_of_another_workspace_is_counted(app, at_northgate):
    enter_workspace(db.session, None)
    other = a_connection(a_workspace("southgate"), company_id="2")
    an_invoice(other, "100.00", missing=VAT_ZERO)
    an_invoice(other, "100.00", SyncState.WAITING)
    other.state = "broken"
    db.session.add(Service(workspace_id=other.workspace_id, code="SOC", name="Managed SOC"))
    a_difference(a_check(other, "differs"))
    enter_workspace(db.session, at_northgate.workspace_id)

    assert attention.not_in_ledger("GBP") == []
    assert attention.differences("GBP") == []
    assert (counts.not_in_ledger(), counts.not_mapped(), counts.differences()) == (0, {}, 0)
    assert [link.id for link in counts.connections()] == [at_northgate.id]
    assert overview.latest_checks() == {}
    nothing = Arrived(False, services=0, tax_codes=0, hooks=False, pushed=False, sample=False)
    assert what_arrived(at_northgate.workspace_id) == nothing


def test_differences_that_somebody_decided_about_are_not_shown(at_northgate):
    check = a_check(at_northgate, "differs")
    a_difference(check, "-300.00")
    a_difference(check, "300.00", kind="missing_here")
    a_difference(check, "-40.00", decision="accepted", decided_by="Priya Nair")

    cause = attention.differences("GBP")[0]

    assert (cause.count, str(cause.sums["GBP"]), str(cause.net["GBP"])) == (2, "600.00", "0.00")
    assert counts.differences() == 2


def test_what_was_changed_in_the_ledger_needs_a_person_before_any_comparison(at_northgate):
    edited = an_invoice(at_northgate, "138.75", SyncState.DIFFERS)
    a_link(edited, ledger_total="149.25")
    an_invoice(at_northgate, "240.00", SyncState.DELETED_THERE)
    an_invoice(at_northgate, "60.00", SyncState.VOIDED)
    an_invoice(at_northgate, "999.00", SyncState.VOIDED, status="void")

    [cause] = attention.differences("GBP")

    assert (cause.kind, cause.count, str(cause.sums["GBP"])) == ("changed_there", 3, "310.50")


@pytest.mark.parametrize("decision", [None, "accepted"])
def test_what_a_comparison_lists_already_counts_once(at_northgate, decision):
    deleted = an_invoice(at_northgate, "240.00", SyncState.DELETED_THERE)
    check = a_check(at_northgate, "differs")
    a_difference(check, "-240.00", kind="deleted_there", invoice_id=deleted.id, decision=decision)

    kinds = [(cause.kind, cause.count) for cause in attention.differences("GBP")]

    assert kinds == ([] if decision else [("differences", 1)])


def test_what_was_changed_in_the_ledger_leads_to_the_invoices(app, client, northgate):
    with app.app_context():
        connection = db.session.get_one(Connection, northgate)
        first = an_invoice(connection, "240.00", SyncState.DELETED_THERE)
        number, invoice_id = first.number, first.id
        db.session.commit()
    sign_in(client)
    assert f"1 invoice was deleted in QuickBooks: {number}" in shown(client)
    assert f'href="/invoices/{invoice_id}?need=' in client.get("/").text

    with app.app_context():
        second = an_invoice(db.session.get_one(Connection, northgate), "60.00", SyncState.VOIDED)
        numbers = {number, second.number}
        an_invoice(db.session.get_one(Connection, northgate), "75.00")
        db.session.commit()
    assert "2 invoices were changed, voided or deleted in QuickBooks" in shown(client)
    page = client.get(f"/invoices?cause=changed_there:&connection={northgate}").text
    assert set(re.findall(r'/invoices/\d+">(INV-[^<]+)</a>', page)) == numbers


def test_the_chart_has_thirty_days_by_the_invoices_own_date(at_northgate):
    july = date(2026, 7, 2)
    an_invoice(at_northgate, "540.00", SyncState.PUSHED, issue_date=july)
    an_invoice(at_northgate, "60.00", SyncState.WAITING, issue_date=july)
    an_invoice(at_northgate, "70.00", SyncState.HELD, issue_date=july)
    an_invoice(at_northgate, "9.00", issue_date=date(2026, 6, 20))
    an_invoice(at_northgate, "8.00", issue_date=july, currency="EUR")

    days = overview.last_days(date(2026, 7, 20), "GBP")

    found = [
        (str(d.day), str(d.in_ledger), str(d.stopped), str(d.on_its_way)) for d in days if d.total
    ]
    assert found == [("2026-07-02", "540.00", "70.00", "60.00")]
    assert len(days) == 30


def test_today_begins_at_midnight_where_the_workspace_is():
    began = overview.midnight(ZoneInfo("Europe/London"), date(2026, 7, 2))

    assert began == datetime(2026, 7, 1, 23, 0, tzinfo=UTC)


def test_the_heading_is_the_money_that_is_missing(app, client, northgate):
    with app.app_context():
        connection = db.session.get_one(Connection, northgate)
        an_invoice(connection, "18420.00", missing=VAT_ZERO)
        an_invoice(connection, "90.00", missing=VAT_ZERO, currency="CHF")
        a_difference(a_check(connection, "differs"), "-216.00")
        db.session.commit()
    sign_in(client)

    page = shown(client)

    assert "£18,420.00 and CHF 90.00 are not in your ledger yet" in page
    assert "2 invoices, 1 cause. Another £216.00 differs between billing and QuickBooks." in page
    assert "2 invoices wait for a tax-code mapping: VAT Zero 0%" in page


def test_all_square_is_said_only_after_a_comparison(app, client, northgate):
    with app.app_context():
        connection = db.session.get_one(Connection, northgate)
        an_invoice(connection)
        db.session.commit()
    sign_in(client)
    assert "Nothing needs you." in shown(client)
    assert "All square" not in shown(client)

    with app.app_context():
        a_check(db.session.get_one(Connection, northgate))
        db.session.commit()

    assert "All square. Nothing needs you." in shown(client)


def test_the_first_visit_shows_the_steps(client, northgate):
    sign_in(client)

    page = shown(client)

    assert "2 steps to the first invoice in your ledger" in page
    assert "Connect a ledger QuickBooks, Northgate IT Services Ltd." in page


def test_the_number_of_queries_does_not_grow_with_what_there_is(app, client, northgate):
    sign_in(client)

    def queries():
        with asked(app) as statements:
            client.get("/")
        return len(statements)

    def invoice_more(count, customer):
        with app.app_context():
            connection = db.session.get_one(Connection, northgate)
            for number in range(count):
                code = Missing("service", f"S{customer}{number}", f"Service {number}")
                an_invoice(connection, missing=code, customer=f"{customer} {number}")
                an_invoice(connection, customer=f"{customer} {number}", state=SyncState.FAILED)
            a_difference(a_check(connection, "differs"))
            db.session.commit()

    invoice_more(1, "Oak & Ash")
    few = queries()
    invoice_more(8, "Meridian Care Homes")

    assert queries() == few < 40


def test_an_old_day_says_its_date_and_a_recent_moment_how_long_ago(app, client, northgate):
    with app.app_context():
        connection = db.session.get_one(Connection, northgate)
        connection.pulled_at = datetime.now(UTC) - timedelta(minutes=4, seconds=2)
        an_invoice(connection)
        db.session.commit()
    sign_in(client)

    assert "Read 4 minutes ago" in shown(client)


@pytest.mark.parametrize(
    ("kind", "subject", "title"),
    [
        (
            "connection.misconfigured",
            "connection:1",
            "QuickBooks does not accept the app it is asked by",
        ),
        ("meter.quota", "quickbooks:2026-11:70", "This month’s reads of QuickBooks run out"),
        ("mail.undeliverable", "mail:7", "An e-mail could not be sent"),
        ("customer.not_changed", "connection:1:customer:7", "A customer was not changed"),
    ],
)
def test_an_open_alarm_is_a_row_with_its_sentence(app, client, northgate, kind, subject, title):
    with app.app_context():
        connection = db.session.get_one(Connection, northgate)
        a_link(an_invoice(connection))
        alarm(connection, kind, subject)
        alarm(connection, kind, f"{subject}:over", closed_at=datetime.now(UTC))
        db.session.commit()
    sign_in(client)
    page = shown(client)
    assert page.count(title) == 1
    assert page.count("A sentence for people.") == 1
    assert "1 thing needs you" in page


def test_a_broken_connection_is_one_row_and_an_old_unsent_mail_none(app, client, northgate):
    with app.app_context():
        connection = db.session.get_one(Connection, northgate)
        connection.state = "broken"
        a_link(an_invoice(connection))
        alarm(connection, "connection.disconnected", f"connection:{northgate}")
        alarm(
            connection,
            "mail.undeliverable",
            "mail:7",
            created_at=datetime.now(UTC) - timedelta(days=8),
        )
        db.session.commit()
    sign_in(client)
    page = shown(client)
    assert page.count("QuickBooks is disconnected") == 1
    assert "A sentence for people." not in page


def alarm(connection, kind, subject, **changes):
    db.session.add(
        Alert(
            workspace_id=connection.workspace_id,
            kind=kind,
            subject=subject,
            message="A sentence for people.",
            **changes,
        )
    )


def test_payments_pulled_back_are_those_of_the_sync_log(client, app, northgate):
    with app.app_context():
        connection = db.session.get_one(Connection, northgate)
        an_invoice(connection)
        payment_there(connection, "41", "160.00", unapplied="40.00")
        payment_there(connection, "42", "12.00")
        payment_there(connection, "43", "30.00", kind="refund")
        payment_there(connection, "44", "0.00", kind="credit")
        payment_there(connection, "45", "9.00", deleted=True)
        db.session.commit()
    sign_in(client)
    said = "£142.00 2 payments, less 1 refund, latest"
    assert f"Payments pulled back {said}" in shown(client)
