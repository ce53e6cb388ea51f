"""Deciding which customer and which document of a ledger is ours."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.matching import Ask, Candidate, Create, Document, Found, adopt, match_customer

OAK = Candidate("58", "Oak & Ash Ltd", active=True, currency="GBP")
OURS = Document("INV-2041", "Ledgerbridge inv_8812", "58", "GBP", Decimal("540.00"))
THERE = replace(OURS, ledger_id="301")


def test_a_customer_nobody_there_is_called_like_is_created():
    assert match_customer("Meridian Care Homes Ltd", "GBP", [OAK]) == Create()


def test_case_and_runs_of_spaces_do_not_make_another_customer():
    assert match_customer("oak  & ash LTD", "GBP", [OAK]) == Found("58", "Oak & Ash Ltd")


def test_a_customer_kept_without_a_currency_is_found():
    unspecific = replace(OAK, currency=None)
    assert match_customer("Oak & Ash Ltd", "EUR", [unspecific]) == Found("58", "Oak & Ash Ltd")


@pytest.mark.parametrize(
    ("there", "taken", "reason"),
    [
        ([OAK, replace(OAK, ledger_id="59")], (), "2 customers there are called Oak & Ash Ltd."),
        ([replace(OAK, active=False)], (), "Oak & Ash Ltd is inactive there."),
        ([OAK], ("58",), "Another customer of billing is linked to Oak & Ash Ltd already."),
        (
            [replace(OAK, currency="USD")],
            (),
            (
                "Oak & Ash Ltd is kept in USD there, this invoice is in GBP,"
                " and a customer there has one currency."
            ),
        ),
    ],
)
def test_a_doubtful_customer_is_asked_about(there, taken, reason):
    assert match_customer("Oak & Ash Ltd", "GBP", there, taken) == Ask(reason)


def test_an_inactive_namesake_beside_an_active_one_is_passed_over():
    namesake = replace(OAK, ledger_id="12", active=False)
    assert match_customer("Oak & Ash Ltd", "GBP", [namesake, OAK]) == Found("58", OAK.name)


def test_a_document_that_agrees_in_everything_is_adopted():
    assert adopt(OURS, [THERE]) == Found("301", "INV-2041")


def test_a_number_nobody_used_is_free():
    assert adopt(OURS, [replace(THERE, number="INV-20410")]) == Create()


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        ({"marker": None}, "no mark of ours"),
        ({"marker": "Ledgerbridge inv_9999"}, "no mark of ours"),
        ({"marker": "Ledgerbridge inv_88120"}, "no mark of ours"),
        ({"customer_ledger_id": "59"}, "another customer"),
        ({"currency": "EUR"}, "currency EUR"),
        ({"total": Decimal("540.01")}, "a total of 540.01"),
        ({"voided": True}, "a void stamp"),
    ],
)
def test_a_document_that_differs_in_one_thing_is_never_adopted(difference, words):
    decision = adopt(OURS, [replace(THERE, **difference)])
    ours = "marker" not in difference
    assert decision == Ask(f"Number INV-2041 is taken by a document with {words}.", ours=ours)


def test_two_documents_of_our_number_are_asked_about():
    decision = adopt(OURS, [THERE, replace(THERE, ledger_id="302")])
    assert decision == Ask("There are 2 documents numbered INV-2041.")


def test_a_note_that_a_bookkeeper_wrote_around_still_carries_our_mark():
    noted = replace(THERE, marker="Phoned on Monday. Ledgerbridge inv_8812, ask Priya")
    assert adopt(OURS, [noted]) == Found("301", "INV-2041")
