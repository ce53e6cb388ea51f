"""More companies than the five seeds, and what is counted of each."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from simulator.client import NORTHGATE, SimulatorError, SimulatorProcess, wait_until
from tests.simulator.company_api import CompanyApi

TWIN = "9130357766910001"


def names(simulator: SimulatorProcess, realm: str) -> list[str]:
    return [customer["DisplayName"] for customer in simulator.books(realm)["customers"]]


def test_an_added_company_starts_with_the_books_of_another(simulator: SimulatorProcess) -> None:
    simulator.add_company(TWIN, "Twin Ltd")
    assert simulator.books(TWIN)["company"]["CompanyName"] == "Twin Ltd"
    assert names(simulator, TWIN) == names(simulator, NORTHGATE)
    assert TWIN in [company["realm"] for company in simulator.companies()]


def test_what_is_booked_in_one_is_not_in_the_other(simulator: SimulatorProcess) -> None:
    simulator.add_company(TWIN, "Twin Ltd")
    with CompanyApi(simulator, TWIN) as twin:
        twin.write("Invoice", twin.invoice_body("58"))
    assert len(simulator.books(TWIN)["invoices"]) == 1
    assert simulator.books(NORTHGATE)["invoices"] == []


@pytest.mark.parametrize(
    ("like", "realm", "why"),
    [
        (NORTHGATE, NORTHGATE, "there already"),
        ("17", TWIN, "no seeded company"),
        (NORTHGATE, "twin", "digits"),
    ],
)
def test_a_company_that_cannot_be_added_is_refused(
    simulator: SimulatorProcess, like: str, realm: str, why: str
) -> None:
    with pytest.raises(SimulatorError, match=why):
        simulator.add_company(realm, "Twin Ltd", like)


def test_writes_in_flight_are_counted_apart_from_reads(northgate: CompanyApi) -> None:
    simulator = northgate.simulator
    simulator.inject("slow", entity="Invoice", seconds=0.4, times=2)
    simulator.inject("slow", operation="read", seconds=0.4)

    def write(_: int) -> None:
        with CompanyApi(simulator, NORTHGATE) as one:
            one.post("invoice", one.invoice_body("58"))

    with ThreadPoolExecutor(3) as pool:
        deeds = [pool.submit(write, 1), pool.submit(write, 2)]
        pool.submit(northgate.send, "GET", f"companyinfo/{NORTHGATE}").result()
        for deed in deeds:
            deed.result()
    counted = simulator.counters(NORTHGATE)
    assert (counted["max_writes_in_flight"], counted["max_in_flight"]) == (2, 3)


@pytest.mark.parametrize(
    ("held_back", "booked"),
    [
        (lambda s: s.inject("hang", when="after", seconds=60), 1),
        (lambda s: s.inject("hang", when="before", seconds=60), 0),
        (lambda s: s.switch(latency_ms=60_000), 1),
    ],
)
def test_what_is_held_back_ends_with_its_client(
    northgate: CompanyApi, held_back: Callable[[SimulatorProcess], object], booked: int
) -> None:
    simulator = northgate.simulator
    held_back(simulator)
    with socket.create_connection(urlsplit(simulator.url).netloc.split(":")) as client:
        body = json.dumps(northgate.invoice_body("58"), default=str).encode()
        client.sendall(
            f"POST /v3/company/{NORTHGATE}/invoice?requestid=k HTTP/1.1\r\n"
            f"Authorization: Bearer {northgate.tokens['access_token']}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        wait_until(lambda: simulator.counters(NORTHGATE)["in_flight"] == 1)

    wait_until(lambda: simulator.counters(NORTHGATE)["in_flight"] == 0)  # not after a minute
    assert len(simulator.books(NORTHGATE)["invoices"]) == booked
