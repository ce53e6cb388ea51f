"""Hundreds of things a bookkeeper may do, in any order; billing's balances are the ledger's."""

import os
import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from app.extensions import db
from app.models import Connection
from app.usecases.pull import pull
from app.usecases.store_invoice import Conflict
from benchmarks.billing_view import billings_view, broken_histories
from benchmarks.bookkeeper_walk import Walk, disagreements
from simulator.client import NORTHGATE, VERIFIER_TOKEN
from tests.back import brought_back, drained
from tests.connected import connect

INVOICES, STEPS = 12, 120
SEEDS = [int(seed) for seed in os.environ.get("BOOKKEEPER_SEEDS", "2041 7781").split()]


@pytest.fixture
def northgate(app, simulator, live_server):
    """Twelve booked invoices of three customers; QuickBooks knows our address."""
    with app.app_context():
        made = connect(simulator)
        made.map_all()
        for number in range(INVOICES):
            made.bill(f"INV-{number:04}", net=f"{90 + 7 * number}.00", customer=f"No {number % 3}")
        drained(made)
        brought_back(made)
    simulator.set_webhook(f"{live_server}/api/webhooks/quickbooks", VERIFIER_TOKEN)
    yield made
    simulator.set_webhook("", VERIFIER_TOKEN)


def revise(northgate, chance):
    """Let billing change an invoice in the middle of it, and a worker take it there."""
    number = f"INV-{chance.randrange(INVOICES):04}"
    with suppress(Conflict):
        northgate.revise(number, f"{chance.randrange(1, 300)}.00")
        northgate.drain()


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_is_done_in_whatever_order_billing_ends_with_the_ledgers_balances(
    app, northgate, seed
):
    walk, chance = Walk(northgate.simulator, NORTHGATE, seed), random.Random(seed)

    def bring_back(*, if_wanted=False):
        with app.app_context():
            connection = db.session.get_one(Connection, northgate.connection_id)
            if not if_wanted or connection.pull_wanted_at is not None:
                pull(northgate.connection_id, datetime.now(UTC))

    with ThreadPoolExecutor(3) as workers:
        pulls = []
        for _ in range(STEPS):
            walk.step()
            if chance.random() < 0.15:  # as a worker whom a notice woke, while people go on
                pulls.append(workers.submit(bring_back, if_wanted=True))
            if chance.random() < 0.04:
                with app.app_context():
                    revise(northgate, chance)
            if chance.random() < 0.05:
                pulls += [workers.submit(bring_back) for _ in range(2)]
        for one in pulls:
            one.result()
    bring_back()
    with app.app_context():
        assert disagreements(northgate.simulator.books(NORTHGATE), billings_view()) == []
        assert broken_histories() == []
    assert walk.done["refused"] < STEPS / 2, walk.done
