"""What the ledger would book otherwise is not sent, until billing or a person decides."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from app.domain.states import MappingKind
from app.extensions import db
from app.models import AuditEntry, CatalogueRow, Connection, Drift, Invoice, Mapping
from app.usecases.book.pull import pull
from app.usecases.manage_connection import save_settings
from app.usecases.push.actions import book_ledger_tax, push_now, retry
from app.usecases.read_company import read_company
from app.usecases.reconciliation.reconcile import reconcile
from simulator.client import BAYLINE, FOGHORN, NORTHGATE
from tests.billing import line
from tests.connected import connect, now

pytestmark = pytest.mark.usefixtures("app_context")

BY_LINE = ("2.02", "2.02", "2.02")  # 6.06: QuickBooks rounds the sum, and has 6.07


@pytest.fixture
def northgate(app_context, simulator):
    made = connect(simulator)
    made.map_all()
    simulator.reset_counters()
    return made


def requests(simulator, realm=NORTHGATE):
    return simulator.counters(realm)["requests"]


def test_tax_rounded_otherwise_is_kept_here_with_both_figures_and_nothing_is_asked(
    northgate, simulator
):
    northgate.bill_three("INV-0001", BY_LINE)
    northgate.drain()
    assert northgate.states() == {"INV-0001": "blocked"}
    problem = northgate.problem("INV-0001")
    assert problem["code"] == "tax_differs"
    assert problem["title"] == (
        "QuickBooks would book £6.07 of VAT, billing says £6.06: £0.01 more."
        " Its total would be £36.43 instead of £36.42."
    )
    assert "rounds it once for each rate" in problem["what_to_do"]
    assert requests(simulator) == 0  # not even its customer


def test_a_line_whose_tax_is_not_that_of_its_rate_is_named(northgate):
    taxed = line(
        description="Consulting", quantity="1", unit_price="100.00", amount="100.00",
        tax_amount="5.00",
    )  # fmt: skip
    northgate.bill("INV-0001", subtotal="100.00", tax_total="5.00", total="105.00", lines=[taxed])
    northgate.drain()
    assert (
        "Line 1, “Consulting”, carries £5.00 of VAT; 20% of £100.00 is £20.00."
        in northgate.problem("INV-0001")["what_to_do"]
    )


def test_a_person_may_let_quickbooks_tax_be_booked_and_both_figures_stay(northgate):
    invoice_id = northgate.bill_three("INV-0001", BY_LINE)
    northgate.drain()
    assert book_ledger_tax([invoice_id], "Priya Nair", None, now()) == 1
    northgate.drain()
    assert northgate.states() == {"INV-0001": "differs"}
    assert northgate.books() == {"INV-0001": Decimal("36.43")}
    problem = northgate.problem("INV-0001")
    assert "booked £36.43, billing says £36.42" in problem["title"]
    assert "booked £6.07 of VAT, billing says £6.06" in problem["title"]
    assert problem["what_to_do"].startswith("Priya Nair chose to book it")
    assert northgate.push_of("INV-0001").note.endswith("as Priya Nair chose.")
    deeds = db.session.scalars(select(AuditEntry.action)).all()
    assert "invoice.book_ledger_tax" in deeds


def test_a_lost_answer_of_what_was_so_decided_is_found_again(northgate, simulator):
    simulator.inject("reset", entity="Invoice", operation="create", when="after", nth=1)
    invoice_id = northgate.bill_three("INV-0001", BY_LINE)
    northgate.drain()
    book_ledger_tax([invoice_id], "Priya Nair", None, now())
    northgate.drain()
    push = northgate.push_of("INV-0001")
    push.look_first, push.due_at = True, now()
    db.session.commit()
    northgate.drain()
    assert northgate.states() == {"INV-0001": "differs"}
    assert northgate.books() == {"INV-0001": Decimal("36.43")}


def test_a_decision_is_for_its_revision_and_its_figures_only(northgate):
    invoice_id = northgate.bill_three("INV-0001", BY_LINE)
    northgate.drain()
    book_ledger_tax([invoice_id], "Priya Nair", None, now())
    reduced = db.session.scalars(select(CatalogueRow).where(CatalogueRow.name == "5.0% R")).one()
    mapping = db.session.scalars(select(Mapping).where(Mapping.code == "VAT20")).one()
    mapping.ledger_id = reduced.ledger_id
    db.session.commit()
    northgate.drain()
    assert northgate.states() == {"INV-0001": "blocked"}
    what_to_do = northgate.problem("INV-0001")["what_to_do"]
    assert "“VAT20” is 20% in billing and mapped to 5% in QuickBooks" in what_to_do


def test_there_is_nothing_to_decide_about_what_is_not_kept_for_its_tax(northgate):
    invoice_id = northgate.bill("INV-0001")
    assert book_ledger_tax([invoice_id], "Priya Nair", None, now()) == 0
    northgate.drain()
    assert book_ledger_tax([invoice_id], "Priya Nair", None, now()) == 0
    assert northgate.states() == {"INV-0001": "pushed"}


def test_trying_again_changes_nothing_about_the_figures(northgate):
    invoice_id = northgate.bill_three("INV-0001", BY_LINE)
    northgate.drain()
    retry([invoice_id], "Priya Nair", None, now())
    northgate.drain()
    push_now([invoice_id], "Priya Nair", None, now())
    northgate.drain()
    assert northgate.states() == {"INV-0001": "blocked"}


def test_where_quickbooks_rounds_line_by_line_the_setting_says_so_and_it_goes(northgate, simulator):
    simulator.switch(vat_rounding="line")
    northgate.bill_three("INV-0001", BY_LINE)
    northgate.drain()
    save_settings(northgate.connection_id, "Priya Nair", None, now(), tax_rounding="line")
    northgate.drain()
    assert northgate.states() == {"INV-0001": "pushed"}
    assert northgate.books() == {"INV-0001": Decimal("36.42")}


def test_a_rate_that_is_not_known_stops_it_and_reading_again_lets_it_go(northgate):
    entry = db.session.scalars(select(CatalogueRow).where(CatalogueRow.name == "20.0% S")).one()
    entry.rate, entry.details = None, {}
    db.session.commit()
    northgate.bill("INV-0001")
    northgate.drain()
    assert northgate.problem("INV-0001")["code"] == "tax_rate_unknown"
    read_company(northgate.connection_id, now())
    northgate.drain()
    assert northgate.states() == {"INV-0001": "pushed"}


def test_prices_that_include_tax_may_differ_in_the_tax_alone_and_it_is_seen(northgate, simulator):
    gross = line(quantity="1", unit_price="120.00", amount="120.00", tax_amount="20.00")
    northgate.bill(
        "INV-0001", prices="tax_inclusive", subtotal="100.00", tax_total="20.00",
        total="120.00", lines=[gross],
    )  # fmt: skip
    northgate.drain()
    assert northgate.states() == {"INV-0001": "pushed"}
    booked = northgate.booked("INV-0001")
    reduced = booked["Line"][0]["SalesItemLineDetail"] | {"TaxCodeRef": {"value": "5"}}
    lines = [booked["Line"][0] | {"SalesItemLineDetail": reduced}]
    simulator.edit(NORTHGATE, "invoices", booked["Id"], Line=lines)
    pull(northgate.connection_id, now())
    assert northgate.booked("INV-0001")["TotalAmt"] == Decimal("120.00")
    assert northgate.states() == {"INV-0001": "differs"}
    assert "£5.71 of tax" in northgate.problem("INV-0001")["title"]


def test_the_comparison_says_that_it_was_booked_so_and_not_changed_by_anybody(northgate):
    northgate.bill_a_penny_apart("INV-0001")
    northgate.drain()
    pull(northgate.connection_id, now())
    reconcile(northgate.connection_id, "command", now())
    [drift] = db.session.scalars(select(Drift)).all()
    assert (drift.kind, drift.amount) == ("amount", Decimal("-0.01"))
    assert drift.explanation == "QuickBooks booked it so, with other tax. Nobody changed it since."


# ------------------------------------------------------------------ the United States


def american(simulator, realm, tax_code):
    """Connect an American company; SALES is what billing calls its tax."""
    made = connect(simulator, realm=realm)
    for kind, code, name in (
        (MappingKind.SERVICE, "MW-STD", "Managed Workstation"),
        (MappingKind.TAX_CODE, "SALES", tax_code),
        (MappingKind.TAX_CODE, "FREE", "NON"),
    ):
        db.session.add(made._mapping(kind, code, name))
    db.session.commit()
    simulator.reset_counters()
    return made


def dollars(number, *lines, tax, **changes):
    """Return what an American invoice of these (net, tax, code) lines says."""
    rates = {"SALES": "8", "FREE": "0"}
    made = [
        line(
            id=f"{n}", quantity="1", unit_price=net, amount=net, tax_amount=of_line,
            tax_code={"code": code, "name": code, "rate": rates[code]},
        )
        for n, (net, of_line, code) in enumerate(lines, 1)
    ]  # fmt: skip
    net = sum((Decimal(one[0]) for one in lines), Decimal(0))
    sums = {"subtotal": str(net), "tax_total": tax, "total": str(net + Decimal(tax))}
    return {"number": number, "currency": "USD", "lines": made} | sums | changes


def booked_there(simulator, realm):
    [found] = [
        one
        for one in simulator.books(realm)["invoices"]
        if str(one.get("PrivateNote", "")).startswith("Ledgerbridge")
    ]
    return found["TotalAmt"], found["TxnTaxDetail"]["TotalTax"]


def test_the_mapping_says_the_one_rate_of_an_american_invoice(simulator):
    foghorn = american(simulator, FOGHORN, "California")
    lines = (("150.00", "12.00", "SALES"), ("10.00", "0.00", "FREE"))
    foghorn.bill(**dollars("INV-1", *lines, tax="12.00"))
    foghorn.drain()
    assert foghorn.states() == {"INV-1": "pushed"}
    assert booked_there(simulator, FOGHORN) == (Decimal("172.00"), Decimal("12.00"))


def test_an_american_rate_that_is_not_the_ledgers_is_stopped(simulator):
    foghorn = american(simulator, FOGHORN, "Tucson")
    foghorn.bill(**dollars("INV-1", ("150.00", "12.00", "SALES"), tax="12.00"))
    foghorn.drain()
    problem = foghorn.problem("INV-1")
    assert "$" not in problem["title"]
    assert "would book USD\u00a013.65 of sales tax, billing says USD\u00a012.00" in problem["title"]
    assert "mapped to 9.1%" in problem["what_to_do"]


def test_taxable_lines_without_a_rate_are_stopped_because_nothing_would_be_taxed(simulator):
    foghorn = american(simulator, FOGHORN, "TAX")
    foghorn.bill(**dollars("INV-1", ("150.00", "12.00", "SALES"), tax="12.00"))
    foghorn.drain()
    assert "names a rate" in foghorn.problem("INV-1")["what_to_do"]


def test_a_customer_exempt_in_billing_is_booked_without_tax(simulator):
    foghorn = american(simulator, FOGHORN, "California")
    foghorn.bill(**dollars("INV-1", ("150.00", "0.00", "SALES"), tax="0.00"))
    foghorn.drain()
    assert foghorn.states() == {"INV-1": "pushed"}
    assert booked_there(simulator, FOGHORN) == (Decimal("150.00"), 0)


def test_a_customer_exempt_there_and_taxed_here_is_found_by_comparing(simulator):
    foghorn = american(simulator, FOGHORN, "California")
    simulator.create(FOGHORN, "customers", DisplayName="School District", Taxable=False)
    bill = dollars("INV-1", ("150.00", "12.00", "SALES"), tax="12.00")
    foghorn.bill(**bill, customer="School District")
    foghorn.drain()
    assert foghorn.states() == {"INV-1": "differs"}
    assert "booked USD\u00a00.00 of sales tax" in foghorn.problem("INV-1")["title"]


def test_american_prices_that_include_tax_are_refused_in_words(simulator):
    foghorn = american(simulator, FOGHORN, "California")
    gross = dollars("INV-1", ("108.00", "8.00", "SALES"), tax="8.00")
    gross |= {"prices": "tax_inclusive", "subtotal": "100.00", "total": "108.00"}
    foghorn.bill(**gross)
    foghorn.drain()
    assert "Prices include tax" in foghorn.problem("INV-1")["title"]


@pytest.mark.parametrize(("tax", "state"), [("15.38", "pushed"), ("12.00", "differs")])
def test_automated_sales_tax_is_not_guessed_but_compared(simulator, tax, state):
    bayline = american(simulator, BAYLINE, "TAX")
    bayline.bill(**dollars("INV-1", ("150.00", tax, "SALES"), tax=tax))
    bayline.drain()
    assert bayline.states() == {"INV-1": state}
    assert booked_there(simulator, BAYLINE) == (Decimal("165.38"), Decimal("15.38"))


def test_automated_tax_is_read_with_the_company(simulator):
    american(simulator, BAYLINE, "TAX")
    connection = db.session.scalars(select(Connection)).one()
    assert (connection.preferences or {})["automated_sales_tax"] is True
    assert db.session.scalars(select(Invoice)).all() == []
