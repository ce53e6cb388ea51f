"""What goes wrong in a storm, all of it drawn from one seed."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from benchmarks.companies import Company
from benchmarks.installation import Installation

Rule = dict[str, Any]
_WRITES: Rule = {"entity": "Invoice", "times": None}
_CUSTOMERS: Rule = {"entity": "Customer", "times": None}
# Of a hundred calls: how many meet what. One that met something may meet the next one too.
_FAULTS: tuple[tuple[float, Rule], ...] = (
    (1.0, {"kind": "reset", "when": "before"} | _WRITES),
    (2.0, {"kind": "reset", "when": "after"} | _WRITES),
    (0.3, {"kind": "hang", "when": "before", "seconds": 4} | _WRITES),
    (0.3, {"kind": "hang", "when": "after", "seconds": 4} | _WRITES),
    (0.5, {"kind": "slow", "seconds": 1} | _WRITES),
    (0.2, {"kind": "throttled", "retry_after": 2} | _WRITES),
    (0.2, {"kind": "throttled", "retry_after": 3, "format": "xml"} | _WRITES),
    (0.2, {"kind": "throttled", "retry_after": 1, "when": "after"} | _WRITES),
    (0.5, {"kind": "server_error", "when": "before"} | _WRITES),
    (1.0, {"kind": "server_error", "when": "after"} | _WRITES),
    (0.3, {"kind": "unavailable"} | _WRITES),
    (0.3, {"kind": "html", "when": "after"} | _WRITES),
    (0.3, {"kind": "xml", "when": "before"} | _WRITES),
    (0.3, {"kind": "xml", "when": "after"} | _WRITES),
    (0.5, {"kind": "truncated"} | _WRITES),
    (0.5, {"kind": "invalid_json"} | _WRITES),
    (3.0, {"kind": "reset", "when": "after"} | _CUSTOMERS),
    (3.0, {"kind": "server_error", "when": "before"} | _CUSTOMERS),
    (3.0, {"kind": "truncated"} | _CUSTOMERS),
    (5.0, {"kind": "server_error", "entity": "token", "operation": "refresh", "times": None}),
)
# Relative: what happens next. Everything happens once before anything happens by chance.
_DISASTERS = {
    "worker killed": 12,
    "clock killed": 1,
    "Redis emptied": 4,
    "Redis killed": 2,
    "PostgreSQL killed": 2,
    "tokens expired": 4,
}


def inject_faults(
    place: Installation,
    companies: Sequence[Company],
    seed: int,
    often: float,
    pauses: int,
    pauses_within: int,
) -> None:
    """Set the simulator up to fail; every share is the same for every company, its luck is not.

    often: times as often as above. pauses: how many companies meet a refusal that names no time to
    wait, which costs each a minute. pauses_within: so many calls of each.
    """
    for number, (percent, rule) in enumerate(_FAULTS):
        place.simulator.inject(**rule, chance=often * percent / 100, seed=seed + number)
    chance = random.Random(f"{seed}:pauses")
    for number, company in enumerate(chance.sample(companies, pauses), chance.randint(0, 1)):
        format_ = ("json", "xml")[number % 2]
        nth = chance.randint(1, pauses_within)
        place.simulator.inject("throttled", realm=company.realm, format=format_, nth=nth)
    for company in companies:
        nth = chance.randint(5, 60)
        place.simulator.inject("expired_token", realm=company.realm, nth=nth, **_ONE)


_ONE: Rule = {"entity": "Invoice", "times": 1}


class Mayhem:
    """Kills and empties what the product runs on, at instants drawn from the seed."""

    def __init__(
        self,
        place: Installation,
        companies: Sequence[Company],
        workers: Sequence[str],
        seed: int,
        pause: float,
    ) -> None:
        self.done: Counter[str] = Counter()
        self._place, self._companies, self._workers = place, companies, workers
        self._pause = pause  # seconds between two disasters, on average
        self._chance = random.Random(f"{seed}:mayhem")
        self._next = self._drawn()
        self._deeds: dict[str, Callable[[], object]] = {
            "worker killed": lambda: place.kill(self._chance.choice(self._workers)),
            "clock killed": lambda: place.kill("clock-1"),
            "Redis emptied": place.empty_redis,
            "Redis killed": place.kill_redis,
            "PostgreSQL killed": place.kill_postgres,
            "tokens expired": self._expire,
        }

    def _drawn(self) -> Iterator[str]:
        first = list(_DISASTERS)
        self._chance.shuffle(first)
        yield from first
        while True:
            yield self._chance.choices(list(_DISASTERS), list(_DISASTERS.values()))[0]

    def strike(self) -> str:
        """Let some time pass, then something happen; returns what."""
        time.sleep(self._chance.uniform(0.5, 1.5) * self._pause)
        what = next(self._next)
        self._deeds[what]()
        self.done[what] += 1
        return what

    def _expire(self) -> None:
        company = self._chance.choice(self._companies)
        self._place.simulator.expire_tokens(company.realm)
