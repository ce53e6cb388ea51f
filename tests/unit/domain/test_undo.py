"""What of a run may be taken back, and what stays with which reason."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from app.domain.states import InvoiceStatus, PushState
from app.domain.undo import (
    Created,
    Refusal,
    There,
    in_the_way,
    is_taken_back,
    kept_problem,
    refusal,
    refusal_words,
    share,
    taken_back_problem,
    way_words,
)

CLOSED_TO = date(2026, 10, 31)
THERE = There(
    total=Decimal("540.00"),
    balance=Decimal("540.00"),
    number="INV-2041",
    issued_on=date(2026, 11, 20),
)
CREATED = Created(
    creation_id=7,
    invoice_id=12,
    number="INV-2041",
    customer="Oak & Ash Ltd",
    currency="GBP",
    total=Decimal("540.00"),
    status=InvoiceStatus.OPEN,
    dated=date(2026, 11, 20),
    linked=True,
    ledger_total=Decimal("540.00"),
    sent_number="INV-2041",
    booked_total=Decimal("540.00"),
    there=THERE,
)


def there(**changes):
    return {"there": replace(THERE, **changes)}


@pytest.mark.parametrize("seen", [THERE, None])
def test_what_nobody_touched_may_be_taken_back(seen):
    assert refusal(replace(CREATED, there=seen), CLOSED_TO) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"undo": PushState.DONE}, Refusal.TAKEN_BACK),
        ({"undo": PushState.WAITING}, Refusal.BEING_TAKEN_BACK),
        ({"undo": PushState.DEAD}, Refusal.BEING_TAKEN_BACK),
        ({"status": InvoiceStatus.VOID}, Refusal.VOID_IN_BILLING),
        ({"under_way": True}, Refusal.UNDER_WAY),
        ({"linked": False}, Refusal.UNLINKED),
        (there(voided=True), Refusal.GONE),
        (there(deleted=True), Refusal.GONE),
        ({"adopted": True}, Refusal.ADOPTED),
        ({"own_last": False}, Refusal.LATER_PUSH),
        ({"dated": CLOSED_TO}, Refusal.CLOSED_PERIOD),
        (there(balance=Decimal(0)), Refusal.PAID),
        (there(balance=Decimal("-1.00")), Refusal.PAID),
        (there(balance=Decimal("539.99")), Refusal.PART_PAID),
        (there(balance=Decimal(0), credited=True), Refusal.CREDIT_APPLIED),
        ({"there": None, "status": InvoiceStatus.PAID}, Refusal.PAID),
        ({"there": None, "status": InvoiceStatus.PART_PAID}, Refusal.PART_PAID),
        (there(total=Decimal(480), balance=Decimal(480)), Refusal.CHANGED),
        (there(number="1043"), Refusal.CHANGED),
        ({"there": None, "ledger_total": Decimal(480)}, Refusal.CHANGED),
    ],
)
def test_what_was_touched_stays_and_says_why(changes, reason):
    assert refusal(replace(CREATED, **changes), CLOSED_TO) == reason


@pytest.mark.parametrize(
    "changes",
    [
        {"undo": PushState.CANCELLED},  # tried before, and left there
        {"dated": date(2026, 11, 1)},
        {"dated": None},
        {"ledger_total": Decimal("540.01"), "booked_total": Decimal("540.01"), "there": None},
    ],
)
def test_what_is_no_reason_to_stay(changes):
    assert refusal(replace(CREATED, **changes), CLOSED_TO) is None


def test_an_invoice_of_nothing_is_not_paid():
    nothing = Decimal(0)
    zero = replace(
        CREATED,
        status=InvoiceStatus.PAID,
        total=nothing,
        ledger_total=nothing,
        booked_total=nothing,
        there=replace(THERE, total=nothing, balance=nothing),
    )
    assert refusal(zero, None) is None


def test_asked_again_before_sending_its_own_undo_is_not_in_the_way():
    under_way = replace(CREATED, under_way=True, undo=PushState.PUSHING)
    assert in_the_way(under_way, CLOSED_TO) is None
    assert in_the_way(replace(under_way, there=replace(THERE, balance=Decimal(1))), None)


@pytest.mark.parametrize("reason", Refusal)
def test_every_reason_is_a_sentence(reason):
    happened, do = refusal_words(reason, "QuickBooks", CLOSED_TO)
    assert happened.endswith(".")
    assert do == "" or do.endswith(".")
    assert kept_problem(reason, "QuickBooks", CLOSED_TO).means


def test_currencies_are_never_added_up():
    euro = replace(CREATED, currency="EUR", total=Decimal("10.00"))
    found = share([CREATED, CREATED, euro])
    assert found.count == 3
    assert found.sums == {"GBP": Decimal("1080.00"), "EUR": Decimal("10.00")}


@pytest.mark.parametrize(("how", "number"), [("delete", "free again"), ("void", "stays used")])
def test_each_way_says_what_it_means_for_the_number(how, number):
    problem = taken_back_problem(
        "INV-2041", Decimal("540.00"), "GBP", how, "Priya Nair", date(2026, 11, 27), "QuickBooks"
    )
    assert problem.title.startswith("Taken back on 27 Nov 2026 by Priya Nair: ")
    assert number in problem.means
    assert is_taken_back(problem.as_json())
    assert way_words(how, "QuickBooks")[1].endswith(".")


def test_another_problem_is_not_a_taking_back():
    assert not is_taken_back(None)
    assert not is_taken_back({"code": "differs"})
