"""The main job with real processes: forty invoices out exactly once, payments back, compared."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from demo import bookkeeper, books
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


def test_payments_come_back_by_signed_webhook_and_the_books_are_square(
    product: WholeProduct, live_server: str, wait_until: Wait
) -> None:
    product.simulator.set_webhook(f"{live_server}/api/webhooks/quickbooks")
    product.start_workers(2)
    product.finalise()
    product.map_everything()
    wait_until(product.all_are("pushed"), timeout=60)

    bookkeeper.record(product.simulator, bookkeeper.receipts(product.invoices))
    wait_until(lambda: product.balances() == books.balances(product.simulator))
    assert product.statuses() == {"paid": 7, "part_paid": 2, "open": 31}

    product.reconcile(product.connection_id)
    verdict = wait_until(product.verdict)
    assert (verdict.verdict, verdict.differences) == ("square", 0)
    assert "40 invoices" in product.mails()[-1]


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


def billed(product: WholeProduct) -> dict[str, Decimal]:
    """Return what billing itself says each invoice comes to, by number."""
    return {invoice["number"]: Decimal(invoice["total"]) for invoice in product.invoices}


def assert_no_customer_twice(product: WholeProduct) -> None:
    names = [each["DisplayName"] for each in product.simulator.books(NORTHGATE)["customers"]]
    assert len(names) == len(set(names)) == 12
