"""Everything that goes wrong, at once: the ledger's books hold what billing told, and once."""

import pytest

from benchmarks.chaos import SHORT, report, seed_from_environment, weather

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]


def test_a_storm_leaves_every_invoice_booked_once_and_nothing_under_way() -> None:
    seed = seed_from_environment()
    print(f"LB_SEED={seed}")

    outcome = weather(SHORT, seed, print)

    print(*report(outcome), sep="\n")
    assert outcome.wrong == []
    # What was not met proves nothing.
    assert len(outcome.disasters) == 6
    assert len(outcome.faults) >= 8
    assert outcome.verdict.replayed > 0
