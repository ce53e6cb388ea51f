"""A test stand: the whole product in a folder of its own, ready to take invoices, then gone."""

from __future__ import annotations

import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app import embedded
from demo.billing import Billing
from demo.catalogue import Buyer
from demo.children import Household
from demo.finance import FinancePerson
from demo.invoices import demo_invoices
from demo.memory import Memory
from demo.processes import migrate, start_processes
from demo.product import SLUG, Product
from demo.surroundings import HOST, Surroundings
from simulator.client import SimulatorClient

Json = dict[str, Any]
_LONGEST = 60.0  # seconds for anything that is waited for


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


def wait_until(condition: Callable[[], object]) -> None:
    """Poll until a condition holds; raises TimeoutError."""
    deadline = time.monotonic() + _LONGEST
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {_LONGEST:.0f} seconds")
        time.sleep(0.005)


@contextmanager
def stand() -> Iterator[Stand]:
    """Start everything in a new folder; stop and remove it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="lb-bench-"))
    place = Surroundings(_free_port(), _free_port(), folder)
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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
