"""Hundreds of things a bookkeeper may do, in any order; billing's balances are the ledger's.

BOOKKEEPER_EXAMPLES and BOOKKEEPER_STEPS make it larger; what fails is then made as small as it
gets, which takes minutes.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from random import Random

import pytest
import redis
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.extensions import db
from app.models import Connection
from app.usecases.book.pull import pull
from app.usecases.store_invoice import Conflict
from benchmarks.billing_view import billings_view, broken_histories
from benchmarks.bookkeeper_walk import ACTS, Walk, disagreements
from simulator.client import NORTHGATE, VERIFIER_TOKEN, SimulatorClient
from tests.back import brought_back, drained
from tests.connected import Connected, connect

INVOICES = 12
EXAMPLES = int(os.environ.get("BOOKKEEPER_EXAMPLES", "4"))
STEPS = int(os.environ.get("BOOKKEEPER_STEPS", "70"))
LARGE = "BOOKKEEPER_EXAMPLES" in os.environ
# Every deed is offered as often as any other: a rare one only at every so many-th step.
COMMON = 4
CHANCE = st.builds(Random, st.integers(0, 9999))


@dataclass
class Place:
    """Where the machine works; begin_anew empties database, Redis and simulator."""

    app: Flask
    simulator: SimulatorClient
    begin_anew: Callable[[], None]
    done: Counter[str] = field(default_factory=Counter)


class Bookkeeper(RuleBasedStateMachine):
    """People, workers and billing at one company; its deeds are rules, added below."""

    place: Place

    def __init__(self) -> None:
        super().__init__()
        self.workers, self.pulls = ThreadPoolExecutor(3), list[Future[None]]()
        self.walk = Walk(self.place.simulator, NORTHGATE, Random(0))
        self.steps = 0

    @cached_property
    def northgate(self) -> Connected:
        """Book twelve invoices of three customers, at the first deed: some runs have none."""
        self.place.begin_anew()
        with self.place.app.app_context():
            made = connect(self.place.simulator)
            made.map_all()
            for number in range(INVOICES):
                name, net = f"INV-{number:04}", f"{90 + 7 * number}.00"
                made.bill(name, net=net, customer=f"No {number % 3}")
            drained(made)
            brought_back(made)
        return made

    def does(self, deed: str, chance: Random) -> None:
        self.steps += 1
        assert self.northgate
        self.place.done[self.walk.do(deed, chance)] += 1

    @rule(number=st.integers(0, INVOICES - 1), net=st.integers(1, 300))
    @precondition(lambda self: self.steps % 4 == 1)
    def billing_changes_an_invoice(self, number: int, net: int) -> None:
        with self.place.app.app_context(), suppress(Conflict):
            self.northgate.revise(f"INV-{number:04}", f"{net}.00")
            self.northgate.drain()

    @rule()
    @precondition(lambda self: self.steps > 0)
    def a_worker_whom_a_notice_woke_pulls_while_people_go_on(self) -> None:
        self.pulls.append(self.workers.submit(self.bring_back, if_wanted=True))

    @rule()
    @precondition(lambda self: self.steps % 3 == 1)
    def two_workers_pull_at_once(self) -> None:
        self.pulls += [self.workers.submit(self.bring_back) for _ in range(2)]

    @rule()
    @precondition(lambda self: self.steps % 5 == 1)
    def after_one_pull_billing_has_what_the_ledger_has(self) -> None:
        self.wait_for_workers()
        self.bring_back()
        with self.place.app.app_context():
            assert disagreements(self.walk.simulator.books(NORTHGATE), billings_view()) == []
            assert broken_histories() == []
        self.place.done["compared"] += 1

    def bring_back(self, *, if_wanted: bool = False) -> None:
        with self.place.app.app_context():
            connection = db.session.get_one(Connection, self.northgate.connection_id)
            if not if_wanted or connection.pull_wanted_at is not None:
                pull(self.northgate.connection_id, datetime.now(UTC))

    def wait_for_workers(self) -> None:
        for one in self.pulls:
            one.result()
        self.pulls.clear()

    def teardown(self) -> None:
        try:
            if self.steps:
                self.after_one_pull_billing_has_what_the_ledger_has()
        finally:
            self.workers.shutdown()


def _does(deed: str, every: int) -> Callable[..., None]:
    def does(self: Bookkeeper, chance: Random) -> None:
        self.does(deed, chance)

    does.__name__ = deed.replace(" ", "_")
    offered = precondition(lambda self: self.steps % every == 0)
    return rule(chance=CHANCE)(offered(does))


for _deed, (_, _weight) in ACTS.items():
    setattr(Bookkeeper, _deed.replace(" ", "_"), _does(_deed, math.ceil(COMMON / _weight)))


@pytest.fixture
def place(app, simulator, live_server, emptying, redis_url):
    def begin_anew():
        emptying()
        with redis.Redis.from_url(redis_url) as client:
            client.flushall()
        simulator.reset()
        simulator.set_webhook(f"{live_server}/api/webhooks/quickbooks", VERIFIER_TOKEN)

    yield Place(app, simulator, begin_anew)
    simulator.set_webhook("", VERIFIER_TOKEN)


def test_whatever_is_done_in_whatever_order_billing_ends_with_the_ledgers_balances(place):
    class Here(Bookkeeper):
        pass

    Here.place = place
    shrinks = (Phase.generate, Phase.shrink) if LARGE else (Phase.generate,)
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            derandomize=True,
            database=None,
            deadline=None,
            phases=shrinks,
            suppress_health_check=list(HealthCheck),
        ),
    )
    # The first examples are the simplest there are, of no deed at all.
    compared, refused = place.done.pop("compared"), place.done.pop("refused")
    assert place.done.total() > max(refused, STEPS), (place.done, refused)
    assert compared >= EXAMPLES / 2
