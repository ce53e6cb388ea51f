"""What an invoice of ours is worth, given what the ledger has of it."""

from decimal import Decimal

import pytest

from app.domain.settlement import Booked, Standing, happened, outdated, standing
from app.domain.states import InvoiceStatus, SyncState

TOTAL = Decimal("540.00")
OPEN = Standing(InvoiceStatus.OPEN, TOTAL, SyncState.PUSHED)
PART_PAID = Standing(InvoiceStatus.PART_PAID, Decimal("420.00"), SyncState.PUSHED)
PAID = Standing(InvoiceStatus.PAID, Decimal(0), SyncState.PUSHED)
VOID = Standing(InvoiceStatus.VOID, Decimal(0), SyncState.PUSHED)


def booked(balance="540.00", total="540.00", **more):
    return Booked(Decimal(total), Decimal(balance), **more)


@pytest.mark.parametrize(
    ("there", "after"),
    [
        (booked(), OPEN),
        (booked("420.00"), PART_PAID),
        (booked("0"), PAID),
        (booked("-1.00"), Standing(InvoiceStatus.PAID, Decimal("-1.00"), SyncState.PUSHED)),
        (
            booked("300.00", "300.00"),
            Standing(InvoiceStatus.OPEN, TOTAL, SyncState.DIFFERS),
        ),
        (
            booked("900.00", "900.00"),
            Standing(InvoiceStatus.OPEN, TOTAL, SyncState.DIFFERS),
        ),
        (
            booked("180.00", "300.00"),
            Standing(InvoiceStatus.PART_PAID, Decimal("420.00"), SyncState.DIFFERS),
        ),
        (booked("0", "539.99"), Standing(InvoiceStatus.PAID, Decimal(0), SyncState.DIFFERS)),
        (
            booked("60.00", "660.00"),
            Standing(InvoiceStatus.PAID, Decimal(0), SyncState.DIFFERS),
        ),
        (
            booked("0", "0", voided=True),
            Standing(InvoiceStatus.OPEN, TOTAL, SyncState.VOIDED),
        ),
        (
            booked("0", "0", deleted=True),
            Standing(InvoiceStatus.OPEN, TOTAL, SyncState.DELETED_THERE),
        ),
    ],
)
def test_open_is_what_billing_asked_for_less_what_the_ledger_has_settled(there, after):
    assert standing(TOTAL, OPEN, there) == after


def test_an_invoice_void_in_billing_stays_void_whatever_the_ledger_owes():
    assert standing(TOTAL, VOID, booked()) == VOID
    gone = standing(TOTAL, VOID, booked("0", "0", voided=True))
    assert gone == Standing(InvoiceStatus.VOID, Decimal(0), SyncState.VOIDED)


@pytest.mark.parametrize(
    "state", [SyncState.WAITING, SyncState.PUSHING, SyncState.FAILED, SyncState.BLOCKED]
)
def test_what_is_on_its_way_keeps_its_state_and_learns_its_balance(state):
    now = Standing(InvoiceStatus.OPEN, TOTAL, state)
    after = standing(Decimal("600.00"), now, booked("420.00"))
    assert after == Standing(InvoiceStatus.PART_PAID, Decimal("480.00"), state)


@pytest.mark.parametrize(
    ("total", "left", "shown"),
    [("240.00", "540.00", "240.00"), ("240.00", "240.00", "0"), ("600.00", "420.00", "480.00")],
)
def test_of_a_credit_note_that_changes_no_more_is_unused_than_it_comes_to(total, left, shown):
    now = Standing(InvoiceStatus.OPEN, TOTAL, SyncState.BLOCKED)
    assert standing(Decimal(total), now, booked(left)).balance == Decimal(shown)


@pytest.mark.parametrize(
    ("settled", "before", "there", "events"),
    [
        ("0", OPEN, booked(), ()),
        ("0", OPEN, booked("420.00"), ("invoice.part_paid",)),
        ("120.00", PART_PAID, booked("420.00"), ()),
        ("120.00", PART_PAID, booked("100.00"), ("invoice.part_paid",)),
        ("0", OPEN, booked("0"), ("invoice.paid",)),
        ("120.00", PART_PAID, booked("0"), ("invoice.paid",)),
        ("540.00", PAID, booked("0"), ()),
        ("540.00", PAID, booked("120.00"), ("invoice.payment_reversed",)),
        ("540.00", PAID, booked("540.00"), ("invoice.payment_reversed",)),
        ("0", OPEN, booked("0", "0", voided=True), ("invoice.voided_in_ledger",)),
        ("0", OPEN, booked("0", "0", deleted=True), ("invoice.voided_in_ledger",)),
        (
            "120.00",
            PART_PAID,
            booked("0", "0", voided=True),
            ("invoice.payment_reversed", "invoice.voided_in_ledger"),
        ),
        ("0", OPEN, booked("300.00", "300.00"), ("invoice.pushed",)),
        # Our own push saw it paid before the payment itself was read.
        ("0", PAID, booked("0"), ("invoice.paid",)),
        ("300.00", PART_PAID, booked("0", "300.00"), ("invoice.paid",)),
        # Raised there after it was paid: billing's customer owes no more than before.
        ("540.00", PAID, booked("60.00", "600.00"), ("invoice.pushed",)),
        ("0", PAID, booked("540.00"), ("invoice.payment_reversed",)),
        ("120.00", VOID, booked("0"), ()),
    ],
)
def test_billing_hears_of_each_change_once(settled, before, there, events):
    after = standing(TOTAL, before, there)
    assert happened(Decimal(settled), before, there, after) == events
    assert happened(there.paid, after, there, standing(TOTAL, after, there)) == ()


def test_billing_hears_of_another_amount_there_each_time():
    there = booked("300.00", "300.00")
    differs = Standing(InvoiceStatus.OPEN, TOTAL, SyncState.DIFFERS)
    heard = [
        happened(Decimal(0), differs, there, differs, total_before=Decimal(total))
        for total in ("400.00", "300.00")
    ]
    assert heard == [("invoice.pushed",), ()]


@pytest.mark.parametrize(
    ("seen", "known", "older"),
    [
        ("2", "3", True),
        ("3", "3", False),
        ("10", "9", False),
        ("9", "10", True),
        (None, "3", False),
        ("2026-11-20T09:00:00", "2026-11-21T09:00:00", False),
    ],
)
def test_only_plain_numbers_tell_an_older_version(seen, known, older):
    assert outdated(seen, known) is older
