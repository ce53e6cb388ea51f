"""The penny contract: predicted = booked = billed, or refused before anything is sent.

The simulator's own arithmetic is what books. `make bench ARGS=penny` draws 10,000.
"""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.billed import AMERICAN, BRITISH, Company
from benchmarks.penny import EQUAL, FIGURES, WORDS, hold_many


@pytest.mark.parametrize(
    ("company", "cases", "least_equal"),
    [(BRITISH, 250, 0.6), (BRITISH.by_line, 100, 0.6), (AMERICAN, 150, 0.3)],
    ids=["vat-per-rate", "vat-per-line", "sales-tax"],
)
def test_every_invoice_is_booked_as_predicted_and_most_as_billed(
    simulator: Any, company: Company, cases: int, least_equal: float
) -> None:
    tally = hold_many(simulator, company, cases)
    assert tally.total() >= cases
    assert set(tally) == {EQUAL, FIGURES, WORDS}
    assert tally[EQUAL] > least_equal * tally.total(), tally
