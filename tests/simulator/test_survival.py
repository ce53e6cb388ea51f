"""A simulator is a process: it restarts, is killed, runs beside another."""

from __future__ import annotations

import http.client
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from simulator.client import NORTHGATE, SimulatorProcess, start_simulator, wait_until
from tests.simulator.company_api import CompanyApi


@pytest.fixture
def started(tmp_path: Path) -> Iterator[SimulatorProcess]:
    process = start_simulator(tmp_path / "own")
    yield process
    process.stop()


def again(process: SimulatorProcess) -> SimulatorProcess:
    """Start another process on the same folder and port."""
    return start_simulator(process.data_dir, int(process.url.rpartition(":")[2]))


def test_a_killed_simulator_remembers_everything(started: SimulatorProcess) -> None:
    with CompanyApi(started, NORTHGATE) as company:
        invoice = company.invoice("58", DocNumber="INV-1")
        first = company.post("customer", {"DisplayName": "Oak & Ash Ltd"}, requestid="k")
        started.record_payment(NORTHGATE, "58", [(invoice["Id"], "20.00")])
        started.switch(vat_rounding="line")
        started.inject("throttled", entity="Term", nth=2)
        started.advance_clock(hours=0.5)
    started.kill()
    successor = again(started)
    try:
        with CompanyApi(successor, NORTHGATE) as company:
            company.tokens = {"access_token": first.request.headers["Authorization"][7:]}
            assert company.read("Invoice", invoice["Id"])["Balance"] == 100
            repeated = company.post("customer", {"DisplayName": "Oak & Ash Ltd"}, requestid="k")
            assert repeated.content == first.content
            assert company.invoice("58")["Id"] == "303"
        assert successor.switches()["vat_rounding"] == "line"
        assert successor.faults()[0]["entity"] == "Term"
        assert successor.call("GET", "/clock")["offset_seconds"] == 1800
        assert successor.counters(NORTHGATE)["by_operation"]["Invoice.create"] == 2
    finally:
        successor.stop()


def test_killed_amid_writes_it_lost_none_it_had_answered(started: SimulatorProcess) -> None:
    answered: list[str] = []

    def write() -> None:
        with CompanyApi(started, NORTHGATE) as company:
            for number in range(10_000):
                body = company.invoice_body("58", DocNumber=f"INV-{number}")
                try:
                    answer = company.post("invoice", body, requestid=f"r-{number}")
                except requests.RequestException:
                    return
                answered.append(answer.json()["Invoice"]["Id"])

    writer = threading.Thread(target=write)
    writer.start()
    wait_until(lambda: len(answered) >= 20)
    started.kill()
    writer.join()
    successor = again(started)
    try:
        booked = [invoice["Id"] for invoice in successor.books(NORTHGATE)["invoices"]]
        assert booked[: len(answered)] == answered
        assert len(booked) - len(answered) <= 1
        totals = successor.books(NORTHGATE)["totals"]
        assert totals["invoiced"] == 120 * len(booked)
    finally:
        successor.stop()


def test_waiting_webhooks_survive_too(started: SimulatorProcess) -> None:
    started.set_webhook("http://127.0.0.1:9/nobody")
    with CompanyApi(started, NORTHGATE) as company:
        company.customer("Oak & Ash Ltd")
    wait_until(started.deliveries)
    started.kill()
    successor = again(started)
    try:
        assert successor.webhook()["waiting"] == 1
        wait_until(lambda: len(successor.deliveries()) >= 2)
    finally:
        successor.stop()


def test_two_side_by_side_know_nothing_of_each_other(
    started: SimulatorProcess, simulator: SimulatorProcess
) -> None:
    with CompanyApi(started, NORTHGATE) as company:
        company.invoice("58")
    assert started.url != simulator.url
    assert len(started.books(NORTHGATE)["invoices"]) == 1
    assert simulator.books(NORTHGATE)["invoices"] == []


def test_a_polite_end_is_quick_even_while_a_call_hangs(started: SimulatorProcess) -> None:
    started.inject("hang", seconds=60)
    with CompanyApi(started, NORTHGATE) as company:
        hanging = threading.Thread(target=_ignore_errors, args=(company,))
        hanging.start()
        wait_until(lambda: started.requests(NORTHGATE))
        assert started.stop(timeout=5) == 0
        hanging.join(5)


def _ignore_errors(company: CompanyApi) -> None:
    with pytest.raises(requests.RequestException):
        company.send("GET", "preferences")


def test_one_connection_serves_many_requests(simulator: SimulatorProcess) -> None:
    connection = http.client.HTTPConnection(simulator.url.removeprefix("http://"), timeout=5)
    sockets = set()
    for path in ("/control/health", "/", "/v3/company/1/invoice/1"):
        connection.request("GET", path)
        connection.getresponse().read()
        sockets.add(connection.sock)
    assert len(sockets) == 1
    assert None not in sockets
    connection.close()


def test_reset_forgets_everything(northgate: CompanyApi) -> None:
    northgate.invoice("58")
    northgate.simulator.inject("throttled")
    northgate.simulator.switch(latency_ms=5)
    northgate.simulator.reset()
    books = northgate.simulator.books(NORTHGATE)
    assert (books["invoices"], len(books["customers"])) == ([], 5)
    assert northgate.simulator.faults() == []
    assert northgate.simulator.switches()["latency_ms"] == 0
    assert northgate.simulator.requests() == []
    assert northgate.send("GET", "preferences").status_code == 401


def test_a_second_simulator_on_the_same_folder_refuses_to_start(
    started: SimulatorProcess,
) -> None:
    with pytest.raises(RuntimeError, match="exit status 1"):
        start_simulator(started.data_dir)


def test_a_taken_port_is_said_in_a_sentence(started: SimulatorProcess, tmp_path: Path) -> None:
    port = started.url.rpartition(":")[2]
    command = [sys.executable, "-m", "simulator", "--port", port, "--data-dir", str(tmp_path / "b")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode == 1
    assert f"cannot start on port {port}" in ended.stderr
    assert "Traceback" not in ended.stderr
