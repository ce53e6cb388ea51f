"""How many go and how many still wait for what, in sentences."""

from decimal import Decimal

import pytest

from app.domain.problem import Missing
from app.domain.still_waiting import (
    CONNECTION,
    CUSTOMER,
    LOOKED_FOR,
    NEW,
    Standing,
    going,
    going_words,
)

CLIENT, TAX = Missing(CUSTOMER, "c1", "Oak & Ash Ltd"), Missing("tax_code", "VAT0", "VAT Zero")
CREATED = Missing(NEW, "c3", "Quay Street Ltd")
FIRST = Missing(LOOKED_FOR, "c2", "Mill Lane Ltd")


def one(*waits: Missing, kind: str = "invoice") -> Standing:
    return Standing(1, kind, "GBP", Decimal("540.00"), frozenset(), waits)


@pytest.mark.parametrize(
    ("standings", "words"),
    [
        ([], ""),
        ([one()], "1 invoice goes to QuickBooks now."),
        (
            [one(), one(), one(kind="credit_note")],
            "2 invoices and 1 credit note go to QuickBooks now.",
        ),
        (
            [one(), one(), one(), one(CLIENT), one(CLIENT, TAX)],
            "3 invoices go to QuickBooks now. 2 still wait for: a customer (2), a tax code (1).",
        ),
        ([one(CREATED)], "1 invoice goes to QuickBooks now, once its customer is created there."),
        (
            [one(), one(CREATED), one(CREATED)],
            "3 invoices go to QuickBooks now, 2 of them once their customers are created there.",
        ),
        ([one(CREATED, CLIENT)], "1 still waits for: a customer (1)."),
        ([one(FIRST)], "1 goes once its customer is found or created there."),
        ([one(FIRST, TAX)], "1 still waits for: a tax code (1)."),
        (
            [one(Missing(CONNECTION, "not_live", ""))],
            "1 still waits for: pushing to be switched on (1).",
        ),
    ],
)
def test_what_goes_and_what_still_waits_is_said_with_its_causes(standings, words):
    assert going_words(going(standings), "QuickBooks") == words


def test_what_follows_somebody_who_is_made_first_does_not_go_now():
    assert going_words(going([one()]), "QuickBooks", follow=True) == "1 invoice follows by itself."


def test_a_customer_that_is_created_is_not_in_the_way():
    assert one(CREATED, TAX).only == ("tax_code", "VAT0")
    assert one(FIRST, TAX).only is None


def test_without_its_customer_only_the_rest_is_in_the_way():
    assert one(CLIENT, TAX).without(CUSTOMER, "c1").waits == (TAX,)
