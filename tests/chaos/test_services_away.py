"""PostgreSQL or Redis taken away, or Redis emptied: no accepted hook is lost, all comes back."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import redis
from sqlalchemy import text

from app.extensions import db
from demo import books
from simulator.client import NORTHGATE
from tests.fixtures.services import Services
from tests.fixtures.whole_product import WholeProduct

pytestmark = pytest.mark.chaos
Wait = Callable[..., Any]
ANY_MINUTE = "The database does not answer. Nothing is lost; try again in a minute."


def test_redis_emptied_while_pushes_wait_and_while_they_run(
    product: WholeProduct, redis_url: str, wait_until: Wait
) -> None:
    product.finalise(24)
    product.map_everything()
    empty(redis_url)  # nobody remembers that there is something to do
    product.simulator.switch(latency_ms=30)
    product.start_workers(2)
    wait_until(lambda: booked(product) >= 5, timeout=30)
    empty(redis_url)  # and again in the middle
    assert booked(product) < 24

    wait_until(product.all_are("pushed"), timeout=60)
    books.check_totals(product.simulator, billed(product))


def test_a_worker_whose_redis_is_emptied_in_mid_push_goes_on(
    product: WholeProduct, redis_url: str, wait_until: Wait
) -> None:
    product.finalise(24)
    product.map_everything()
    product.simulator.switch(latency_ms=30)
    product.start_workers(1)
    wait_until(lambda: booked(product) >= 5, timeout=30)
    empty(redis_url)  # its own job too
    assert booked(product) < 24

    wait_until(product.all_are("pushed"), timeout=60)
    wait_until(lambda: nobody_drains(product), timeout=30)
    product.finalise(4)
    wait_until(product.all_are("pushed"), timeout=30)

    assert [worker.poll() for worker in product.workers] == [None]


def test_with_redis_down_hooks_are_accepted_and_booked_when_it_is_back(
    product: WholeProduct, services: Services, wait_until: Wait
) -> None:
    product.sell_monthly_services_only()
    product.finalise(8)
    product.map_everything()
    product.start_workers()
    wait_until(product.all_are("pushed"))

    services.stop_redis()
    product.finalise(4)
    assert booked(product) == 8  # nobody may call the ledger while nobody can count the calls
    services.start_redis()

    wait_until(product.all_are("pushed"), timeout=60)
    books.check_totals(product.simulator, billed(product))


def test_with_postgresql_down_hooks_hear_503_and_what_was_accepted_is_booked(
    product: WholeProduct, services: Services, wait_until: Wait
) -> None:
    product.sell_monthly_services_only()
    product.finalise(8)
    product.map_everything()
    product.simulator.switch(latency_ms=100)
    product.start_workers()
    wait_until(lambda: booked(product) > 0, timeout=30)
    services.stop_postgres()
    assert booked(product) < 8  # in the middle of it

    status, said = product.billing.post("evt_once", json.dumps(product.next_event()).encode())
    assert (status, json.loads(said)["message"]) == (503, ANY_MINUTE)
    services.start_postgres()

    product.finalise(1)
    wait_until(product.all_are("pushed"), timeout=60)
    books.check_totals(product.simulator, billed(product))


def empty(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()


def nobody_drains(product: WholeProduct) -> bool:
    with product.app.app_context(), db.engine.connect() as looking:
        return not looking.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"))


def booked(product: WholeProduct) -> int:
    return len(product.simulator.books(NORTHGATE)["invoices"])


def billed(product: WholeProduct) -> dict[str, Decimal]:
    return {invoice["number"]: Decimal(invoice["total"]) for invoice in product.invoices}
