"""Which of the ledger's invoices is perhaps ours, and what becomes of ours then."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from app.domain.perhaps_there import (
    Ours,
    Theirs,
    Way,
    asking,
    candidates,
    described,
    skipped,
    way,
)

OURS = Ours("INV-2041", "Oak & Ash Ltd", "58", "GBP", Decimal("540.00"), date(2026, 11, 20))
SAME = Theirs(
    "301", "INV-2041", "58", "Oak & Ash Ltd", "GBP", Decimal("540.00"), date(2026, 11, 20)
)
ELSE_NUMBER = replace(SAME, number="1042")


def judged(theirs, ours=OURS, others=()):
    return [(one.reason, one.strong) for one in candidates(ours, [theirs], others)]


@pytest.mark.parametrize(
    ("changes", "reason", "strong"),
    [
        ({}, "Same number, customer, total and date.", True),
        ({"number": "inv - 2041"}, "Same number, customer, total and date.", True),
        ({"total": Decimal("540.00000")}, "Same number, customer, total and date.", True),
        (
            {"issued_on": date(2026, 11, 26)},
            "Same number, customer and total; dated 6 days apart.",
            True,
        ),
        (
            {"issued_on": date(2026, 11, 27)},
            "Same number, customer and total; dated 7 days apart.",
            False,
        ),
        ({"issued_on": None}, "Same number, customer and total; no date.", False),
        ({"total": Decimal("450.00")}, "Same number, customer and date; another total.", False),
        ({"currency": "EUR"}, "Same number, customer and date; another total.", False),
        (
            {"customer_ledger_id": "59"},
            "Same number, total and date; another customer.",
            False,
        ),
        ({"number": "1042"}, "Same customer, total and date; another number.", False),
        (
            {"number": None, "issued_on": date(2026, 11, 19)},
            "Same customer and total; no number and dated 1 day apart.",
            False,
        ),
    ],
)
def test_what_agrees_in_most_is_named_with_what_does_not(changes, reason, strong):
    assert judged(replace(SAME, **changes)) == [(reason, strong)]


@pytest.mark.parametrize(
    "changes",
    [
        {"number": "1042", "total": Decimal("540.01")},
        {"number": "1042", "currency": "EUR"},
        {"number": "1042", "customer_ledger_id": "59"},
        {"number": "1042", "issued_on": date(2026, 11, 27)},  # weekly, or a month apart
        {"number": "1042", "issued_on": date(2026, 10, 20)},
        {"number": "1042", "issued_on": None},
        {"number": "1042", "anothers": True},
        {"customer_ledger_id": "59", "total": Decimal("1.00")},
    ],
)
def test_what_agrees_in_too_little_is_nobodys_question(changes):
    assert judged(replace(SAME, **changes)) == []


def test_a_customer_that_is_not_linked_is_known_by_name():
    unlinked = replace(OURS, customer="oak  & ASH ltd", customer_ledger_id=None)

    assert judged(ELSE_NUMBER, unlinked) == [
        ("Same customer, total and date; another number.", False)
    ]
    assert judged(ELSE_NUMBER, replace(unlinked, customer="Ash Ltd")) == []
    assert judged(replace(ELSE_NUMBER, customer=None), unlinked) == []


def test_what_a_person_called_another_is_never_asked_about_again():
    assert judged(SAME, others=["300"]) != []
    assert judged(SAME, others=["301"]) == []


def test_the_likeliest_comes_first():
    found = candidates(OURS, [replace(ELSE_NUMBER, ledger_id="299"), SAME])

    assert [one.theirs.ledger_id for one in found] == ["301", "299"]


@pytest.mark.parametrize(
    ("there", "policy", "decided"),
    [
        ([], "link", Way.GO),
        ([SAME], "ask", Way.ASK),
        ([SAME], "link", Way.LINK),
        ([SAME], "skip", Way.SKIP),
        ([ELSE_NUMBER], "link", Way.ASK),
        ([ELSE_NUMBER], "skip", Way.ASK),
        ([SAME, replace(SAME, ledger_id="302")], "link", Way.ASK),
        ([SAME, replace(ELSE_NUMBER, ledger_id="302")], "skip", Way.ASK),
    ],
)
def test_only_one_that_is_surely_it_is_decided_without_a_person(there, policy, decided):
    assert way(candidates(OURS, there), policy) == decided


def test_the_question_names_what_was_found_and_what_to_do():
    one = asking(candidates(OURS, [ELSE_NUMBER]), OURS, "QuickBooks")

    assert one.title == (
        "QuickBooks has an invoice that may be this one: 1042, Oak & Ash Ltd, £540.00, 20 Nov 2026."
    )
    assert one.means == "£540.00 was not sent, so that it is not in the books twice."
    assert one.candidates[0]["ledger_id"] == "301"
    two = asking(candidates(OURS, [ELSE_NUMBER, SAME]), OURS, "QuickBooks")
    assert two.title == "QuickBooks has 2 invoices that may be this one."
    assert [each["strong"] for each in two.candidates] == [True, False]


def test_what_is_left_out_says_what_the_ledger_has():
    [one] = candidates(OURS, [SAME])

    assert skipped(one, "QuickBooks").title.startswith("QuickBooks has it already: INV-2041, Oak")
    assert described(replace(SAME, number=None, issued_on=None, customer=None)) == (
        "without a number, £540.00"
    )
