"""A simulator of its own for these tests: they need neither PostgreSQL nor Redis."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from simulator.client import (
    BAYLINE,
    FOGHORN,
    HARROW_LANE,
    NORTHGATE,
    SEVERNSIDE,
    SimulatorProcess,
    start_simulator,
)
from tests.simulator.company_api import CompanyApi


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    process = start_simulator(tmp_path_factory.mktemp("simulator-tests"))
    yield process
    assert process.stop() == 0


@pytest.fixture
def simulator(running: SimulatorProcess) -> SimulatorProcess:
    running.reset()
    return running


def _company(simulator: SimulatorProcess, realm: str) -> Iterator[CompanyApi]:
    with CompanyApi(simulator, realm) as company:
        yield company


@pytest.fixture
def northgate(simulator: SimulatorProcess) -> Iterator[CompanyApi]:
    """United Kingdom, VAT on, own numbers."""
    yield from _company(simulator, NORTHGATE)


@pytest.fixture
def foghorn(simulator: SimulatorProcess) -> Iterator[CompanyApi]:
    """United States, manual sales tax, numbers by QuickBooks."""
    yield from _company(simulator, FOGHORN)


@pytest.fixture
def bayline(simulator: SimulatorProcess) -> Iterator[CompanyApi]:
    """United States, automated sales tax."""
    yield from _company(simulator, BAYLINE)


@pytest.fixture
def harrow_lane(simulator: SimulatorProcess) -> Iterator[CompanyApi]:
    """United Kingdom, VAT off."""
    yield from _company(simulator, HARROW_LANE)


@pytest.fixture
def severnside(simulator: SimulatorProcess) -> Iterator[CompanyApi]:
    """United Kingdom, multicurrency."""
    yield from _company(simulator, SEVERNSIDE)


class Listener:
    """An endpoint for webhooks: keeps what came, answers what it is told."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = listener.statuses.pop(0) if listener.statuses else 200
                listener.received.append((dict(self.headers), body))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Stay quiet."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def listener(simulator: SimulatorProcess) -> Iterator[Listener]:
    made = Listener()
    simulator.set_webhook(made.url)
    yield made
    simulator.set_webhook("")
    made.close()
