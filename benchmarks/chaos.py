"""Everything at once that must never cost a duplicate or a loss, and what came of it."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from app.domain.states import PushState
from app.extensions import db
from app.models import Push
from benchmarks.billing_storm import BillingStorm, Mix
from benchmarks.companies import Company, make_companies
from benchmarks.installation import Installation, installation
from benchmarks.mayhem import Mayhem, inject_faults
from benchmarks.table import heading
from benchmarks.verdict import Verdict, judge

_SETTLED = {PushState.DONE, PushState.CANCELLED}
_NEARLY = 0.97  # of all pushes settled: the storm is over


@dataclass(frozen=True, slots=True)
class Plan:
    """How large a storm is."""

    workspaces: int
    companies: int  # of each workspace
    invoices: int  # of each company
    workers: int
    pause: float  # seconds between two disasters
    longest: float  # seconds the storm lasts at most
    settled_within: float  # seconds after its end; a pause of the ledger's lasts sixty of them
    latency: int  # milliseconds the ledger takes
    faults: float  # times as often as in the long storm
    pauses: int  # companies that are told to wait a minute
    pauses_within: int  # so many calls


# Each worker serves one company at a time, eight calls a second: six for ten thousand in minutes.
LONG = Plan(4, 5, 500, 6, 5.0, 540.0, 150.0, 20, faults=1, pauses=20, pauses_within=300)
SHORT = Plan(2, 3, 50, 3, 1.0, 35.0, 80.0, 20, faults=3, pauses=1, pauses_within=1)


@dataclass
class Outcome:
    """What a storm did, and what the books say afterwards."""

    seed: int
    verdict: Verdict
    pushes: int  # that billing asked for
    hooks: int
    hooks_again: int
    refused: list[str]
    disasters: Counter[str]
    faults: Counter[str]
    clock_off: Sequence[int]  # seconds, of each worker
    unsettled: Counter[str]
    storm_seconds: float
    settling_seconds: float

    @property
    def wrong(self) -> list[str]:
        """Return a sentence for everything that must not be."""
        left = [f"{count} pushes are left {state}" for state, count in self.unsettled.items()]
        return [*self.verdict.all, *left, *self.refused]


def seed_from_environment() -> int:
    """Return LB_SEED, or a new seed."""
    return int(os.environ.get("LB_SEED") or random.SystemRandom().randrange(1_000_000))


def weather(plan: Plan, seed: int, tell: Callable[[str], None]) -> Outcome:
    """Let a storm pass over a new installation and judge what is left."""
    with installation() as place:
        companies = make_companies(place, plan.workspaces, plan.companies, in_flight=(1, 4, 2, 8))
        tell(f"{len(companies)} companies of {plan.workspaces} workspaces connected")
        outcome = _Storm(place, companies, plan, seed, tell).run()
        if outcome.wrong:
            place.keep = True
            tell(f"Something is wrong: every log and the books are kept in {place.folder}")
        return outcome


class _Storm:
    def __init__(
        self,
        place: Installation,
        companies: Sequence[Company],
        plan: Plan,
        seed: int,
        tell: Callable[[str], None],
    ) -> None:
        self.place, self.companies, self.plan, self.seed = place, companies, plan, seed
        self.tell = tell
        self.billing = BillingStorm(companies, Mix(plan.invoices), seed)
        self.workers = [f"worker-{number}" for number in range(1, plan.workers + 1)]
        self.mayhem = Mayhem(place, companies, self.workers, seed, plan.pause)
        chance = random.Random(f"{seed}:clock")
        off = chance.choice((-1, 1)) * chance.randint(120, 1200)
        self.clock_off = [0] * (plan.workers - 1) + [off]

    def run(self) -> Outcome:
        self._prepare()
        began = time.monotonic()
        self._start()
        self.billing.begin()
        while not self._over(time.monotonic() - began):
            self.tell(f"{time.monotonic() - began:6.1f} s  {self.mayhem.strike()}")
        storm = time.monotonic() - began
        faults = self._calm()
        unsettled = self._settle()
        settling = time.monotonic() - began - storm
        return Outcome(
            self.seed,
            judge(self.place.simulator, self.companies, self.billing.billed),
            self.billing.counted["pushes"],
            self.billing.counted["sent"],
            self.billing.counted["again"],
            self.billing.refused,
            self.mayhem.done,
            faults,
            self.clock_off,
            unsettled,
            storm,
            settling,
        )

    def _prepare(self) -> None:
        simulator = self.place.simulator
        simulator.reset_counters()
        simulator.set_webhook(f"{self.place.place.url}/api/webhooks/quickbooks")
        simulator.switch(
            latency_ms=self.plan.latency,
            webhook_window_ms=500,
            webhook_duplicates=True,
            webhook_retry_scale=0.1,
        )
        inject_faults(
            self.place,
            self.companies,
            self.seed,
            self.plan.faults,
            self.plan.pauses,
            self.plan.pauses_within,
        )

    def _start(self) -> None:
        for name, off in zip(self.workers, self.clock_off, strict=True):
            if off:
                self.place.start(name, "benchmarks.wrong_clock", str(off))
            else:
                self.place.start(name, "workers.run")
        for number in (1, 2):  # two clocks by mistake
            self.place.start(f"clock-{number}", "workers.clock")

    def _over(self, lasted: float) -> bool:
        if lasted > self.plan.longest and self.billing.over:
            return True
        return self.billing.over and self._settled() >= _NEARLY

    def _settled(self) -> float:
        states = self._states()
        return sum(n for state, n in states.items() if state in _SETTLED) / states.total()

    def _states(self) -> Counter[str]:
        """Count the pushes by where they stand."""
        counted = select(Push.state, func.count()).group_by(Push.state)
        with self.place.app.app_context():
            return Counter({str(state): int(count) for state, count in db.session.execute(counted)})

    def _calm(self) -> Counter[str]:
        """End the storm; returns which faults fired how often."""
        fired: Counter[str] = Counter()
        for rule in self.place.simulator.faults():
            fired[_name_of(rule)] += rule["fired"]
        self.place.simulator.clear_faults()
        self.place.simulator.switch(latency_ms=0)
        return +fired

    def _settle(self) -> Counter[str]:
        """Wait until nothing is under way; returns what still is when the time is up."""
        deadline = time.monotonic() + self.plan.settled_within
        while self._settled() < 1 and time.monotonic() < deadline:
            time.sleep(0.2)
        return Counter({s: n for s, n in self._states().items() if s not in _SETTLED})


def _name_of(rule: dict[str, object]) -> str:
    when = " after the commit" if rule["when"] == "after" else ""
    extra = " with Retry-After" if rule["retry_after"] else ""
    shape = " (XML)" if rule["format"] == "xml" else ""
    return f"{rule['kind']}{when}{extra}{shape}"


def run() -> bool:
    """Weather a long storm, print its figures; False when something is wrong."""
    seed = seed_from_environment()
    heading(f"chaos, seed {seed}")
    outcome = weather(LONG, seed, lambda sentence: print(f"  {sentence}", flush=True))
    print(*(f"  {line}" for line in report(outcome)), sep="\n")
    return not outcome.wrong


def report(outcome: Outcome) -> list[str]:
    """Return the storm's figures as lines."""
    verdict = outcome.verdict
    return [
        f"seed {outcome.seed}; LB_SEED={outcome.seed} draws the same storm",
        f"pushes asked for          {outcome.pushes:>8}",
        f"invoices in the books     {verdict.invoices:>8}",
        f"duplicates                {len(verdict.duplicates):>8}",
        f"losses                    {len(verdict.losses):>8}",
        f"in the wrong books        {len(verdict.strangers):>8}",
        f"limit violations          {len(verdict.limits):>8}",
        f"left unsettled            {outcome.unsettled.total():>8}",
        f"answers asked for again   {verdict.replayed:>8}",
        f"hooks sent                {outcome.hooks:>8}   {outcome.hooks_again} not taken at once",
        f"storm                     {outcome.storm_seconds:>8.0f} s",
        f"settled after it          {outcome.settling_seconds:>8.0f} s",
        f"a worker's clock off by   {outcome.clock_off[-1]:>8} s",
        "disasters                 "
        + ", ".join(f"{count} × {what}" for what, count in outcome.disasters.most_common()),
        f"faults                    {outcome.faults.total():>8}",
        *(f"    {count:>5} × {what}" for what, count in outcome.faults.most_common()),
        *(f"WRONG  {sentence}" for sentence in outcome.wrong),
    ]
