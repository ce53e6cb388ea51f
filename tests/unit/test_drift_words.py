"""What the file of differences and the audit say of one is words, not codes."""

from decimal import Decimal

import pytest

from app.domain.deeds import deed_words, facts_of
from app.domain.drift import Cause, Kind
from app.models import Drift
from app.usecases.reconciliation.drift_csv import drift_csv


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (Cause.ACCEPTED, b"Left as it is"),
        (Cause.BY_HAND, b"Made by hand in QuickBooks"),
        (None, b"Opened.,,"),
    ],
)
def test_the_file_says_what_was_decided(decision, words):
    drift = Drift(
        kind=Kind.AMOUNT, document_kind="invoice", number="INV-1", customer_name="Oak & Ash Ltd",
        currency="GBP", ours="£2.00", theirs="£1.00", amount=Decimal(-1), explanation="Opened.",
        decision=decision,
    )  # fmt: skip
    said = drift_csv([drift], "QuickBooks")
    assert words in said
    assert decision is None or f",{decision}," not in said.decode()


@pytest.mark.parametrize("kind", list(Kind))
def test_the_audit_names_every_kind(kind):
    fact = facts_of({"kind": kind.value})[0]
    assert fact.after[0].isupper()
    assert "{" not in fact.after
    assert "_" not in fact.after


def test_the_audit_calls_it_as_the_button_does():
    said = deed_words("drift.accept", {"number": "INV-1"}, "")
    assert said == "Left the difference of INV-1 as it is"
