"""The main job with real processes: forty invoices out exactly once, payments back, compared."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask

from demo import books
from demo.memory import Memory
from demo.opening import Opening
from demo.product import Product
from demo.surroundings import Surroundings
from demo.terminal import Terminal
from simulator.client import NORTHGATE
from tests.fixtures.whole_product import WholeProduct

Wait = Callable[..., Any]


def test_forty_invoices_wait_until_they_are_mapped_and_are_then_booked_once(
    product: WholeProduct, wait_until: Wait
) -> None:
    product.start_workers(2)
    product.finalise()
    wait_until(product.all_are("blocked"))

    product.map_everything()
    wait_until(product.all_are("pushed"), timeout=60)

    sum_ = books.check_totals(product.simulator, billed(product))
    assert sum_ == sum(Decimal(invoice["total"]) for invoice in product.invoices)
    spent = books.cost(product.simulator)
    assert (spent.invoice_writes, spent.customer_queries, spent.other_reads) == (40, 1, 0)
    assert spent.customer_writes == 7  # of twelve customers five were in the books
    metered = product.simulator.counters(NORTHGATE)["metered"]
    assert metered == spent.customer_queries + spent.change_reads


def test_the_demo_opens_with_the_whole_job_and_goes_on_where_it_was(
    app: Flask,
    simulator: Any,
    live_server: str,
    start_process: Callable[..., Any],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    simulator.set_webhook(f"{live_server}/api/webhooks/quickbooks")
    place = Surroundings(port_of(live_server), port_of(simulator.url), tmp_path)
    start_process("-m", "workers.clock")
    for _ in range(2):
        start_process("-m", "workers.run")

    last_line = Opening(place, Product(app), Memory(tmp_path), Terminal()).play()

    ready = "ready: 40 of 40 invoices booked, 6 payments back, reconciliation square"
    assert last_line == f"{ready}, {live_server}"
    assert "7 invoices paid, 2 part paid, 31 open" in capsys.readouterr().out
    before = writes(simulator)
    assert Opening(place, Product(app), Memory(tmp_path), Terminal()).play() == last_line
    assert writes(simulator) == before
    assert capsys.readouterr().out == ""


def test_answers_that_got_lost_leave_one_document_each(
    product: WholeProduct, wait_until: Wait
) -> None:
    lost = ("reset", "truncated", "server_error", "html")
    for nth, kind in enumerate(lost, start=2):
        product.simulator.inject(
            kind, entity="Invoice", operation="create", when="after", nth=nth * 2
        )
    product.simulator.inject("reset", entity="Customer", operation="create", when="after", nth=2)
    product.finalise(16)
    product.map_everything()
    product.start_workers()

    wait_until(product.all_are("pushed"), timeout=60)

    books.check_totals(product.simulator, billed(product))
    assert product.simulator.counters(NORTHGATE)["replayed"] == len(lost) + 1
    assert sum(rule["fired"] for rule in product.simulator.faults()) == len(lost) + 1
    assert_no_customer_twice(product)


def test_an_event_told_twice_is_booked_once(product: WholeProduct, wait_until: Wait) -> None:
    product.finalise(6)
    assert product.billing.finalise(product.invoices) == {"duplicate": 6}
    product.map_everything()
    product.start_workers()

    wait_until(product.all_are("pushed"))

    assert product.billing.finalise(product.invoices) == {"duplicate": 6}
    books.check_totals(product.simulator, billed(product))


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


def writes(simulator: Any) -> int:
    return int(simulator.counters(NORTHGATE)["free_writes"])


def billed(product: WholeProduct) -> dict[str, Decimal]:
    """Return what billing itself says each invoice comes to, by number."""
    return {invoice["number"]: Decimal(invoice["total"]) for invoice in product.invoices}


def assert_no_customer_twice(product: WholeProduct) -> None:
    names = [each["DisplayName"] for each in product.simulator.books(NORTHGATE)["customers"]]
    assert len(names) == len(set(names)) == 12
