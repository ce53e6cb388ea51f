"""Whether an invoice may be sent, and what it is told when it may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.domain.invoice import Customer, Invoice, Line
from app.domain.problem import Missing, Problem
from app.domain.push_plan import Mappings, plan_invoice
from app.domain.readiness import cause_key, missing_for, problem_of

SEAT = Line(
    position=1,
    external_id="1",
    description="November, 12 seats",
    service_code="MW-STD",
    tax_code="VAT20",
    tax_rate=Decimal(20),
    quantity=Decimal(12),
    unit_price=Decimal("37.50"),
    discount_percent=None,
    amount=Decimal("450.00"),
    tax_amount=Decimal("90.00"),
)
NOTE = replace(
    SEAT,
    position=2,
    external_id="2",
    description="Thank you for your order PO 7731",
    service_code=None,
    tax_code=None,
    tax_rate=None,
    quantity=Decimal(0),
    unit_price=Decimal(0),
    amount=Decimal(0),
    tax_amount=Decimal(0),
)
INVOICE = Invoice(
    external_id="inv_8812",
    number="INV-2041",
    revision=1,
    issue_date=date(2026, 11, 20),
    due_date=date(2026, 12, 20),
    currency="GBP",
    prices="tax_exclusive",
    customer=Customer("cus_17", "Oak & Ash Ltd"),
    lines=(SEAT, NOTE),
    subtotal=Decimal("450.00"),
    tax_total=Decimal("90.00"),
    total=Decimal("540.00"),
)
MAPPED = Mappings(services={"MW-STD": "31"}, tax_codes={"VAT20": "6"})
NOTHING = Mappings(services={}, tax_codes={})
NAMES = {
    ("service", "MW-STD"): "Managed Workstation",
    ("service", "SOC"): "Managed SOC (MDR)",
    ("tax_code", "VAT20"): "VAT Standard 20%",
    ("tax_code", "VAT0"): "VAT Zero 0%",
}


def missing(invoice: Invoice = INVOICE, mappings: Mappings = MAPPED, **company: Any) -> Any:
    uk: dict[str, Any] = {
        "tax_enabled": True,
        "books_closed_to": None,
        "closed_period_policy": "hold",
        "multicurrency": False,
        "home_currency": "GBP",
        "names": NAMES,
    }
    return missing_for(invoice, mappings, **(uk | company))


def test_a_mapped_invoice_with_a_text_line_misses_nothing() -> None:
    assert missing() == ()


def test_every_cause_is_named_at_once_and_each_code_once_in_the_order_of_the_lines() -> None:
    soc = replace(SEAT, position=3, service_code="SOC", tax_code="VAT0", tax_rate=Decimal(0))
    invoice = replace(INVOICE, currency="EUR", lines=(SEAT, NOTE, soc, replace(SEAT, position=4)))
    assert missing(invoice, NOTHING, books_closed_to=date(2026, 11, 30)) == (
        Missing("service", "MW-STD", "Managed Workstation"),
        Missing("service", "SOC", "Managed SOC (MDR)"),
        Missing("tax_code", "VAT20", "VAT Standard 20%"),
        Missing("tax_code", "VAT0", "VAT Zero 0%"),
        Missing("setting", "multicurrency_off", "EUR invoices, while the books are in GBP only"),
        Missing("closed_period", "2026-11-30", "books closed to 30 November 2026"),
    )


def test_a_code_nobody_named_is_shown_by_its_code() -> None:
    assert missing(mappings=NOTHING, names=None) == (
        Missing("service", "MW-STD", "MW-STD"),
        Missing("tax_code", "VAT20", "VAT20"),
    )


def test_a_sales_line_without_a_tax_code_is_missing_one() -> None:
    invoice = replace(INVOICE, lines=(replace(SEAT, tax_code=None), NOTE))
    assert missing(invoice) == (Missing("line", "tax_code", "line 1"),)


def test_a_free_line_that_sells_something_still_needs_its_item_and_tax_code() -> None:
    free = replace(SEAT, amount=Decimal(0), tax_amount=Decimal(0))
    assert missing(replace(INVOICE, lines=(free,)), NOTHING) == (
        Missing("service", "MW-STD", "Managed Workstation"),
        Missing("tax_code", "VAT20", "VAT Standard 20%"),
    )


def test_a_discount_over_everything_needs_no_service() -> None:
    off = replace(SEAT, service_code=None, amount=-SEAT.amount, tax_amount=-SEAT.tax_amount)
    assert missing(replace(INVOICE, lines=(*INVOICE.lines, off))) == ()


def test_a_priced_line_without_a_service_needs_an_item_of_its_own() -> None:
    invoice = replace(INVOICE, lines=(replace(SEAT, service_code=None),))
    assert missing(invoice) == (Missing("line", "service", "line 1"),)
    assert missing(invoice, replace(MAPPED, default_item_id="1")) == ()


def test_lines_that_lack_something_are_named_and_not_called_a_mapping() -> None:
    bare = replace(SEAT, service_code=None, position=3)
    invoice = replace(INVOICE, lines=(SEAT, NOTE, bare, replace(bare, position=4)))
    problem = problem_of(missing(invoice), ledger="QuickBooks", invoice=invoice)
    assert problem.code == "line_without_service"
    assert problem.title == (
        "Lines 3 and 4 have no service, so there is no QuickBooks item for them."
    )
    assert problem.what_to_do == (
        "Give lines 3 and 4 a service in billing. The invoice then goes by itself."
    )


def test_the_item_for_lines_without_a_service_does_not_stand_in_for_an_unmapped_one() -> None:
    assert missing(mappings=replace(MAPPED, services={}, default_item_id="1")) == (
        Missing("service", "MW-STD", "Managed Workstation"),
    )


def test_a_no_tax_invoice_needs_no_tax_code() -> None:
    untaxed = replace(SEAT, tax_code=None, tax_rate=None, tax_amount=Decimal(0))
    invoice = replace(INVOICE, prices="no_tax", lines=(untaxed,), tax_total=Decimal(0))
    assert missing(invoice, replace(MAPPED, tax_codes={})) == ()


def test_vat_on_the_document_with_vat_off_in_the_company_stops_it() -> None:
    assert missing(mappings=replace(MAPPED, tax_codes={}), tax_enabled=False) == (
        Missing("setting", "tax_off", "VAT is off"),
    )


def test_vat_lines_that_cancel_out_still_charge_vat() -> None:
    back = replace(SEAT, position=2, amount=Decimal(-450), tax_amount=Decimal(-90))
    invoice = replace(INVOICE, lines=(SEAT, back), tax_total=Decimal(0), total=Decimal(0))
    assert missing(invoice, tax_enabled=False) == (Missing("setting", "tax_off", "VAT is off"),)


def test_an_invoice_without_vat_goes_to_a_company_with_vat_off() -> None:
    zero = replace(SEAT, tax_code="OUT", tax_rate=Decimal(0), tax_amount=Decimal(0))
    invoice = replace(INVOICE, lines=(zero,), tax_total=Decimal(0), total=Decimal(450))
    assert missing(invoice, tax_enabled=False) == ()


def test_a_foreign_invoice_goes_to_a_company_with_multicurrency_on() -> None:
    assert missing(replace(INVOICE, currency="EUR"), multicurrency=True) == ()


@pytest.mark.parametrize(
    ("closed_to", "policy", "held"),
    [
        (date(2026, 11, 20), "hold", True),
        (date(2026, 11, 19), "hold", False),
        (date(2026, 11, 20), "next_open_day", False),
        (None, "hold", False),
    ],
)
def test_the_last_day_of_a_closed_period_is_closed(
    closed_to: date | None, policy: str, held: bool
) -> None:
    found = missing(books_closed_to=closed_to, closed_period_policy=policy)
    assert [one.kind for one in found] == (["closed_period"] if held else [])


@pytest.mark.parametrize("prices", ["tax_exclusive", "tax_inclusive", "no_tax"])
@pytest.mark.parametrize("tax_enabled", [True, False])
def test_an_invoice_that_misses_nothing_can_be_planned(prices: str, tax_enabled: bool) -> None:
    zero = replace(SEAT, tax_code="VAT0", tax_rate=Decimal(0), tax_amount=Decimal(0))
    invoice = replace(INVOICE, prices=prices, lines=(zero, NOTE), tax_total=Decimal(0))
    taxed = tax_enabled and prices != "no_tax"
    mappings = replace(MAPPED, tax_codes={"VAT0": "4"} if taxed else {})
    assert missing(invoice, mappings, tax_enabled=tax_enabled) == ()
    plan = plan_invoice(
        invoice, mappings, customer_ledger_id="58", country="GB", tax_enabled=tax_enabled
    )
    assert plan.invoice.prices == (prices if tax_enabled else "no_tax")
    assert [(line.item_id, line.tax_code_id) for line in plan.lines] == [
        ("31", "4" if taxed else None),
        (None, None),
    ]


def test_one_missing_mapping_is_said_in_three_sentences() -> None:
    soc = Missing("service", "SOC", "Managed SOC (MDR)")
    assert problem_of([soc], ledger="QuickBooks", invoice=INVOICE) == Problem(
        code="service_not_mapped",
        title="“Managed SOC (MDR)” is not mapped to a QuickBooks item.",
        means=(
            "£540.00 is not in your books, and its £90.00 of VAT is not in the VAT return."
            " Nothing was sent."
        ),
        what_to_do="Map “Managed SOC (MDR)”. The invoice then goes by itself.",
        missing=(soc,),
    )


def test_several_missing_things_are_one_problem_that_names_each() -> None:
    found = (Missing("service", "SOC", "SOC"), Missing("closed_period", "2026-11-20", "closed"))
    problem = problem_of(found, ledger="QuickBooks", invoice=INVOICE)
    assert problem.title == (
        "2 things stand in the way. “SOC” is not mapped to a QuickBooks item."
        " QuickBooks is closed to 20 November 2026 and the invoice is dated that day."
    )
    assert problem.what_to_do == (
        "Map “SOC”. Change the date in billing to 21 November 2026 or later,"
        " or reopen the period in QuickBooks. The invoice then goes by itself."
    )


@pytest.mark.parametrize(
    "one",
    [
        Missing("line", "service", "line 2"),
        Missing("line", "tax_code", "lines 2, 3 and 5"),
        Missing("tax_code", "VAT0", "VAT Zero 0%"),
        Missing("setting", "tax_off", "VAT is off"),
        Missing("setting", "multicurrency_off", "EUR invoices"),
        Missing("setting", "something_new", "something new"),
        Missing("closed_period", "2026-12-31", "books closed"),
        Missing("customer", "cus_17", "Oak & Ash Ltd"),
        Missing("connection", "", "no connection"),
        Missing("unheard_of", "x", "A thing"),
    ],
)
def test_every_kind_has_its_three_sentences(one: Missing) -> None:
    problem = problem_of([one], ledger="QuickBooks", invoice=INVOICE)
    for sentence in (problem.title, problem.means, problem.what_to_do):
        assert sentence.endswith(".")
        assert "None" not in sentence
    assert problem.code


def test_a_problem_survives_being_stored() -> None:
    problem = problem_of(missing(mappings=NOTHING), ledger="QuickBooks", invoice=INVOICE)
    assert Problem.from_json(problem.as_json()) == problem


def test_nothing_missing_is_no_problem() -> None:
    with pytest.raises(ValueError, match="Nothing is missing"):
        problem_of([])


def test_invoices_that_wait_for_one_tax_code_share_their_cause() -> None:
    assert cause_key(Missing("tax_code", "VAT0", "VAT Zero 0%")) == "tax_code:VAT0"
