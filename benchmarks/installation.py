"""The whole product in a folder of its own, whose every process can be started and killed alone."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import redis
import requests
import structlog
from flask import Flask

from app import create_app, embedded
from app.config import Settings
from app.embedded import postgres, redis_server
from app.extensions import db
from demo.children import Child
from demo.processes import migrate
from demo.surroundings import HOST, Surroundings
from simulator.client import SimulatorClient

_LONGEST = 60.0  # seconds for anything that is waited for


class Installation:
    """Services, simulator and web run; workers and clocks are started by whoever measures."""

    def __init__(self, folder: Path, **more: str) -> None:
        self.folder = folder
        self.place = Surroundings(free_port(), free_port(), folder)
        # Durable: a commit that a killed server forgets would be our fault, not the product's.
        self.redis_url = embedded.redis_url(folder)
        self.settings = self.place.settings(embedded.postgres_url(folder), self.redis_url)
        self.settings |= {"SIMULATOR_WEBHOOK_URL": "", "WEB_THREADS": "4"} | more
        self.children: dict[str, Child] = {}
        self.simulator = SimulatorClient(self.place.simulator_url)
        self.keep = False  # leave the folder, with every log in it, behind
        self._log: IO[str] | None = None
        self._app: Flask | None = None

    def open(self) -> None:
        """Make the tables, start simulator and web, wait until they answer."""
        migrate(self.settings)
        self.place.logs.mkdir(exist_ok=True)
        port, data = str(self.place.simulator_port), str(self.folder / "simulator")
        self.start("simulator", "simulator", "--host", HOST, "--port", port, "--data-dir", data)
        self.start("web", "gunicorn", "wsgi:app")
        self._app = create_app(Settings.from_environment(self.settings))
        self._log = (self.place.logs / "benchmark.log").open("a")
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(self._log))
        wait_until(self.simulator.healthy)
        wait_until(self._ready)

    @property
    def app(self) -> Flask:
        """The application in this process, for what is measured from within."""
        if self._app is None:
            raise RuntimeError("The installation is not open yet.")
        return self._app

    def _ready(self) -> bool:
        try:
            return requests.get(f"{self.place.url}/readyz", timeout=5).ok
        except requests.RequestException:
            return False

    def close(self) -> None:
        """Stop everything; what was started is gone afterwards."""
        for child in self.children.values():
            child.signal_group(signal.SIGKILL)
            if child.process:
                child.process.wait()
        self.simulator.close()
        if self._app is not None:
            with self._app.app_context():
                db.engine.dispose()
            self._app.extensions["ledgerbridge_redis"].close()
        if self._log is not None:
            structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
            self._log.close()

    # ------------------------------------------------------------------ processes

    def start(self, name: str, module: str, *words: str, **environment: str) -> Child:
        """Start `python -m module words` under a name; its log has that name."""
        settings = self.settings | environment
        child = Child(name, [sys.executable, "-m", module, *words], settings)
        child.start(self.place.logs)
        self.children[name] = child
        return child

    def start_workers(self, count: int) -> None:
        """Start workers and one clock."""
        for number in range(1, count + 1):
            self.start(f"worker-{number}", "workers.run")
        self.start("clock", "workers.clock")

    def kill(self, name: str) -> None:
        """Kill -9 a process, as a power cut would, and put another in its place."""
        child = self.children[name]
        child.signal_group(signal.SIGKILL)
        if child.process:
            child.process.wait()
        child.start(self.place.logs)

    def stop(self, name: str) -> None:
        """Ask a process to end, and wait until it did."""
        child = self.children.pop(name)
        child.signal_group(signal.SIGTERM)
        if child.process:
            child.process.wait(60)

    # ------------------------------------------------------------------ services

    def empty_redis(self) -> None:
        """Let Redis forget everything."""
        with redis.Redis.from_url(self.redis_url) as client:
            client.flushall()

    def kill_redis(self) -> None:
        """Kill -9 Redis and start it again; what it had not written yet is gone."""
        _kill(redis_server.process_id(self.folder / "redis"))
        embedded.start_redis(self.folder)

    def kill_postgres(self) -> None:
        """Kill -9 PostgreSQL and start it again; it recovers what was committed."""
        _kill(postgres.process_id(self.folder / "postgres"))
        embedded.start_postgres(self.folder)


def _kill(process: int | None) -> None:
    if process is not None:
        os.kill(process, signal.SIGKILL)


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], object], longest: float = _LONGEST) -> None:
    """Poll until a condition holds; raises TimeoutError."""
    deadline = time.monotonic() + longest
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {longest:.0f} seconds")
        time.sleep(0.005)


@contextmanager
def installation(**more: str) -> Iterator[Installation]:
    """Start an installation in a new folder; stop and remove it afterwards.

    more: settings that are not the demo's.
    """
    folder = Path(tempfile.mkdtemp(prefix="lb-bench-"))
    made: Installation | None = None
    try:
        made = Installation(folder, **more)
        made.open()
        yield made
    finally:
        if made is not None:
            made.close()
        embedded.stop(folder)
        if made is None or not made.keep:
            shutil.rmtree(folder, ignore_errors=True)
