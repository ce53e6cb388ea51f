"""A test stand: the whole product in a folder of its own, ready to take invoices, then gone."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app import embedded
from benchmarks.installation import free_port, wait_until
from demo.billing import Billing
from demo.catalogue import Buyer
from demo.children import Household
from demo.finance import FinancePerson
from demo.invoices import demo_invoices
from demo.memory import Memory
from demo.processes import migrate, start_processes
from demo.product import SLUG, Product
from demo.surroundings import Surroundings
from simulator.client import SimulatorClient

Json = dict[str, Any]


class Stand:
    """The product with everything mapped, connected to a simulator that sends no notices."""

    def __init__(self, place: Surroundings, product: Product) -> None:
        self.place, self.product = place, product
        self.simulator = SimulatorClient(place.simulator_url)
        login, _ = product.login(Memory(place.folder))
        self.billing = Billing(f"{place.url}/hooks/billing/{SLUG}", login.hook_secret)
        self._next_number = 1
        self._connect_and_map(login.email, login.password)

    def _connect_and_map(self, email: str, password: str) -> None:
        """Connect, and let billing sell everything once, so that everything can be mapped."""
        finance = FinancePerson(self.place.url)
        finance.log_in(email, password)
        finance.connect(self.place.simulator_url)
        self.simulator.set_webhook("")
        self.billing.finalise(self.invoices(12))
        finance.accept_certain()
        finance.close()
        self.wait_for_all()

    def invoices(self, count: int, buyers: Sequence[Buyer] = ()) -> list[Json]:
        """Make invoices nobody made before; of the demo's buyers unless told."""
        chosen = {"buyers": buyers} if buyers else {}
        made = demo_invoices(
            datetime.now(UTC).date(),
            count,
            first_number=self._next_number,
            only_monthly=True,
            **chosen,  # type: ignore[arg-type]  # either nothing or the buyers
        )
        self._next_number += count
        return made

    def wait_for_all(self) -> None:
        """Wait until everything billing finalised is booked."""
        wait_until(lambda: set(self.product.states()) == {"pushed"})


def new_buyers(count: int) -> list[Buyer]:
    """Make customers the ledger does not know."""
    place = ("1 Mill Lane", "Leeds", "LS1 1AA")
    names = ((n, f"Moorland Practice {n:02} Ltd") for n in range(1, count + 1))
    return [Buyer(f"cus_m{n}", name, f"ap{n}@moorland.example", place, 30) for n, name in names]


@contextmanager
def stand() -> Iterator[Stand]:
    """Start everything in a new folder; stop and remove it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="lb-bench-"))
    place = Surroundings(free_port(), free_port(), folder)
    household = Household(folder, print)
    product: Product | None = None
    try:
        settings = place.settings(embedded.postgres_url(folder), embedded.redis_url(folder))
        migrate(settings)
        place.logs.mkdir()
        start_processes(place, household, settings)
        product = Product.make(settings, place.logs / "benchmarks.log")
        yield Stand(place, product)
    finally:
        if product is not None:
            product.close()
        household.stop()
        embedded.stop(folder)
        shutil.rmtree(folder, ignore_errors=True)
