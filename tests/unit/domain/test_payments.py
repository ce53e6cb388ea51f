"""What became of a payment, part by part, between two reads of it."""

from decimal import Decimal

import pytest

from app.domain.payments import Change, Outcome, changes, settled_otherwise

TEN, TWELVE = Decimal("10.00"), Decimal("12.00")
PART = ("312", "301")


@pytest.mark.parametrize(
    ("before", "after", "ours", "outcome"),
    [
        (None, TEN, True, Outcome.APPLIED),
        (None, TEN, False, Outcome.UNLINKED),
        (TEN, TWELVE, True, Outcome.UPDATED),
        (TEN, TWELVE, False, Outcome.UNLINKED),
        (TEN, TEN, True, Outcome.REPLAYED),
        (TEN, TEN, False, Outcome.REPLAYED),
        (TEN, None, True, Outcome.REVERSED),
        (TEN, None, False, Outcome.REVERSED),
    ],
)
def test_every_part_has_one_outcome(before, after, ours, outcome):
    was = {} if before is None else {PART: before}
    now = {} if after is None else {PART: after}
    found = list(changes(was, now, {"301"} if ours else set()))
    assert found == [Change(PART, outcome, before, after)]


def test_each_invoice_of_a_payment_is_named_for_itself():
    before = {("312", "301"): TEN, ("312", "302"): TEN}
    after = {("312", "302"): TEN, ("312", "303"): TWELVE}
    found = [(one.part[1], one.outcome) for one in changes(before, after, {"301", "302", "303"})]
    assert found == [("301", "reversed"), ("302", "replayed"), ("303", "applied")]


@pytest.mark.parametrize(
    ("paid", "parts", "otherwise"),
    [(TEN, [], TEN), (TWELVE, [TEN], Decimal("2.00")), (TEN, [TEN], 0), (0, [TEN], 0)],
)
def test_what_no_payment_explains_was_settled_otherwise(paid, parts, otherwise):
    assert settled_otherwise(Decimal(paid), parts) == otherwise
