"""Workers killed in the middle of a push: every invoice is booked once all the same."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from demo import books
from simulator.client import NORTHGATE
from tests.fixtures.whole_product import WholeProduct

# After each kill the next worker waits ten seconds for the write of the one before it.
pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]

# Where a worker is when the power goes: the simulator holds the answer back (it hangs before or
# after it has booked), so that the kill falls into the middle of that very call.
MOMENTS = (
    ("Customer", "query", "before"),
    ("Customer", "create", "before"),
    ("Customer", "create", "after"),
    *(("Invoice", "create", when) for when in ("before", "after") * 3),
    ("Invoice", "create", "after"),
)
HELD_BACK = 100  # seconds; longer than the test


def test_ten_workers_killed_in_mid_push_leave_exactly_forty_invoices(
    product: WholeProduct, wait_until: Callable[..., Any]
) -> None:
    assert len(MOMENTS) == 10
    simulator = product.simulator
    product.finalise()
    product.map_everything()
    product.start_workers(2)
    for entity, operation, when in MOMENTS:
        nth = 4 if entity == "Invoice" else 1
        rule = simulator.inject(
            "hang", entity=entity, operation=operation, when=when, nth=nth, seconds=HELD_BACK
        )
        wait_until(lambda rule=rule: fired(product, rule), timeout=30)
        product.kill_the_worker_that_pushes()

    wait_until(product.all_are("pushed"), timeout=60)

    wanted = {i["number"]: Decimal(i["total"]) for i in product.invoices}
    books.check_totals(simulator, wanted)
    # A kill may strand another write as well, booked a moment before and not yet noted.
    replayed, unanswered = simulator.counters(NORTHGATE)["replayed"], booked_but_unanswered()
    assert unanswered <= replayed <= unanswered + len(MOMENTS)
    customers = [each["DisplayName"] for each in simulator.books(NORTHGATE)["customers"]]
    assert sorted(customers) == sorted({i["customer"]["name"] for i in product.invoices})


def fired(product: WholeProduct, rule: int) -> bool:
    return any(each["id"] == rule and each["fired"] for each in product.simulator.faults())


def booked_but_unanswered() -> int:
    return sum(operation == "create" and when == "after" for _, operation, when in MOMENTS)
