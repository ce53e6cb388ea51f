"""The demo's invoices: the same every time, true to life, right to the penny."""

from datetime import UTC, date, datetime
from decimal import Decimal

from app.billing.read_event import read_event
from demo.bookkeeper import receipts
from demo.catalogue import BUYERS, CHOSEN_ITEMS, CHOSEN_TAX_CODES, MONTHLY, OCCASIONAL
from demo.invoices import demo_invoices, finalised

TODAY = date(2026, 11, 21)


def test_every_invoice_is_one_the_product_accepts() -> None:
    now = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
    for invoice in demo_invoices(TODAY):
        read_event(finalised(invoice, now.isoformat()), now)  # wrong sums are refused here


def test_the_same_day_makes_the_same_invoices() -> None:
    assert demo_invoices(TODAY) == demo_invoices(TODAY)


def test_forty_invoices_hold_everything_that_is_sold_at_every_rate() -> None:
    lines = [line for invoice in demo_invoices(TODAY) for line in invoice["lines"]]

    assert {line["service"]["code"] for line in lines} >= {a.code for a in MONTHLY + OCCASIONAL}
    rates = {line["tax_code"]["code"] for line in lines}
    assert rates == {"VAT20", "VAT5", "VAT0", "EXEMPT", "DISB"}
    assert any(line["discount_percent"] for line in lines)
    assert {i["prices"] for i in demo_invoices(TODAY)} == {"tax_exclusive", "tax_inclusive"}


def test_each_buyers_first_invoice_needs_no_person_to_be_mapped() -> None:
    chosen_by_hand = set(CHOSEN_ITEMS) | set(CHOSEN_TAX_CODES)
    first = demo_invoices(TODAY)[: len(BUYERS)]

    assert {invoice["customer"]["id"] for invoice in first} == {buyer.id for buyer in BUYERS}
    for line in (line for invoice in first for line in invoice["lines"]):
        assert not {line["service"]["code"], line["tax_code"]["code"]} & chosen_by_hand


def test_customers_pay_in_full_in_part_and_for_several_invoices_never_too_much() -> None:
    invoices = demo_invoices(TODAY)
    due = {invoice["number"]: Decimal(invoice["total"]) for invoice in invoices}
    paid = receipts(invoices)

    assert max(len(receipt.invoices) for receipt in paid) == 3
    parts = [share for receipt in paid for share in receipt.invoices]
    assert len({number for number, _ in parts}) == len(parts)
    assert {due[number] == amount for number, amount in parts} == {True, False}
    assert all(amount <= due[number] for number, amount in parts)
