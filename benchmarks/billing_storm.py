"""Billing in a storm: invoices, changes and voids of many companies, every hook sent twice."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from benchmarks.companies import Company
from benchmarks.invoices import Json, buyers, changed, event, event_id, make_invoice

_AGAIN_AFTER = 0.5  # seconds until an event that was not taken is sent again
_SECOND_TIME = 7  # events later
_BUYERS = 8
# In the books of every company like Northgate before we come.
_KNOWN = ("Tamar Joinery Ltd", "Pennine Couriers Ltd")


@dataclass(frozen=True, slots=True)
class Mix:
    """What billing does: invoices of each company, and of each how many are changed or voided."""

    invoices: int
    changes: float = 0.06
    voids: float = 0.03


@dataclass
class Billed:
    """What the books of one company must hold in the end."""

    totals: dict[str, Decimal] = field(default_factory=dict)
    void: set[str] = field(default_factory=set)
    customers: set[str] = field(default_factory=set)


class BillingStorm:
    """The billing applications of all workspaces; one thread for each tells what happens."""

    def __init__(self, companies: Sequence[Company], mix: Mix, seed: int) -> None:
        self.billed = {company.realm: Billed() for company in companies}
        self.counted: Counter[str] = Counter()  # pushes asked for, hooks sent, hooks sent again
        self._lock = threading.Lock()
        self.refused: list[str] = []
        self._threads = [
            threading.Thread(
                target=self._tell, args=(theirs, _story(self, theirs, mix, seed)), daemon=True
            )
            for theirs in _by_workspace(companies)
        ]

    def begin(self) -> None:
        """Let every workspace's billing tell its story."""
        for thread in self._threads:
            thread.start()

    def count(self, what: str) -> None:
        """Count something that one of the threads did."""
        with self._lock:
            self.counted[what] += 1

    @property
    def over(self) -> bool:
        """Tell whether everything was told and taken."""
        return not any(thread.is_alive() for thread in self._threads)

    def _tell(self, companies: Sequence[Company], story: Iterator[tuple[str, Json]]) -> None:
        billing = companies[0].billing
        earlier: deque[tuple[str, bytes]] = deque()
        for type_, invoice in story:
            told = event_id(type_, invoice), json.dumps(event(type_, invoice)).encode()
            self._post(billing, *told)
            earlier.append(told)
            if len(earlier) > _SECOND_TIME:
                self._post(billing, *earlier.popleft())
        for told in earlier:
            self._post(billing, *told)
        billing.close()

    def _post(self, billing: Any, id_: str, body: bytes) -> None:
        """Send one event until it is taken, as a billing application would."""
        while True:
            self.count("sent")
            status, said = billing.post(id_, body)
            if status < 500:
                break
            self.count("again")
            time.sleep(_AGAIN_AFTER)
        if status != 202:
            self.refused.append(f"{id_}: {status} {said[:200]}")


def _story(
    storm: BillingStorm, companies: Sequence[Company], mix: Mix, seed: int
) -> Iterator[tuple[str, Json]]:
    """Yield what happens in one workspace, in order; note what must come of it."""
    chance = random.Random(f"{seed}:{companies[0].workspace_id}")
    sold_to = {c.realm: buyers(c.prefix, _BUYERS, _KNOWN) for c in companies}
    alive: list[tuple[Company, Json]] = []
    for number in range(1, mix.invoices + 1):
        for company in companies:
            buyer = chance.choice(sold_to[company.realm])
            invoice = make_invoice(chance, f"{company.prefix}-{number:04}", buyer, company.entity)
            storm.billed[company.realm].customers.add(buyer.name)
            yield "finalised", _noted(storm, company, invoice)
            alive.append((company, invoice))
            if chance.random() < mix.changes:
                place = chance.randrange(len(alive))
                theirs, before = alive[place]
                alive[place] = theirs, changed(chance, before)
                yield "updated", _noted(storm, *alive[place])
            if chance.random() < mix.voids:
                theirs, last = alive.pop(chance.randrange(len(alive)))
                storm.billed[theirs.realm].void.add(last["number"])
                storm.count("pushes")
                yield "voided", last | {"revision": last["revision"] + 1}


def _noted(storm: BillingStorm, company: Company, invoice: Json) -> Json:
    storm.billed[company.realm].totals[invoice["number"]] = Decimal(invoice["total"])
    storm.count("pushes")
    return invoice


def _by_workspace(companies: Sequence[Company]) -> list[list[Company]]:
    ids = dict.fromkeys(company.workspace_id for company in companies)
    return [[c for c in companies if c.workspace_id == id_] for id_ in ids]
