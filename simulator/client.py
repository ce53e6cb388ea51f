"""Start a simulator and drive it, for tests, demo and benchmarks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests

from simulator import json_text
from simulator.books_client import BooksClient

CLIENT_ID, CLIENT_SECRET, VERIFIER_TOKEN = "demo-client", "demo-secret", "demo-verifier"
NORTHGATE = "9130357766900456"  # United Kingdom, VAT, own invoice numbers
FOGHORN = "4620816365012345670"  # United States, manual sales tax
HARROW_LANE = "9130357766900999"  # United Kingdom, VAT switched off
BAYLINE = "4620816365044556677"  # United States, automated sales tax
SEVERNSIDE = "9130357766901234"  # United Kingdom, VAT, multicurrency
_ROOT = Path(__file__).resolve().parent.parent
Json = dict[str, Any]


class SimulatorError(Exception):
    """The control API refused; the message says why."""


class SimulatorClient(BooksClient):
    """Talk to a simulator's control API. Amounts in answers are Decimal or int, never float."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False

    def close(self) -> None:
        """Let go of the connection."""
        self._session.close()

    @property
    def discovery_url(self) -> str:
        return f"{self.url}/.well-known/openid_configuration"

    def call(self, method: str, path: str, body: Json | None = None) -> Any:
        """Send one request, ``path`` without ``/control``. Raise SimulatorError on a refusal."""
        text = None if body is None else json_text.dumps(body)
        answer = self._session.request(method, f"{self.url}/control{path}", data=text, timeout=60)
        if not answer.ok:
            raise SimulatorError(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json(parse_float=Decimal)

    def reset(self) -> None:
        """Go back to the start: seeds only, every setting as the environment says."""
        self.call("POST", "/reset")

    def healthy(self) -> bool:
        try:
            return bool(self.call("GET", "/health")["ok"])
        except (requests.RequestException, SimulatorError):
            return False

    def companies(self) -> list[Json]:
        return list(self.call("GET", "/companies"))

    def add_company(self, realm: str, name: str, like: str = NORTHGATE) -> Json:
        """Add a company that starts with the books one of the five starts with."""
        return dict(self.call("POST", "/companies", {"like": like, "realm": realm, "name": name}))

    # Faults, switches, clock

    def inject(self, kind: str, **rule: Any) -> int:
        """Add a fault rule and return its id; the fields are in the README (nth, when …)."""
        return int(self.call("POST", "/faults", {"kind": kind, **rule})["id"])

    def faults(self) -> list[Json]:
        return list(self.call("GET", "/faults"))

    def clear_faults(self, identifier: int | None = None) -> None:
        self.call("DELETE", "/faults" if identifier is None else f"/faults/{identifier}")

    def switch(self, **values: Any) -> None:
        """Set switches by name."""
        self.call("PATCH", "/switches", values)

    def switches(self) -> Json:
        return {name: entry["value"] for name, entry in self.call("GET", "/switches").items()}

    def advance_clock(self, *, seconds: float = 0, hours: float = 0, days: float = 0) -> str:
        """Move the simulated time on and return it (ISO)."""
        ahead = seconds + hours * 3600 + days * 86400
        return str(self.call("PUT", "/clock", {"advance_seconds": ahead})["now"])

    def set_clock(self, offset_seconds: float) -> None:
        self.call("PUT", "/clock", {"offset_seconds": offset_seconds})

    # Webhooks

    def set_webhook(self, url: str, token: str | None = None) -> None:
        """Set the endpoint (empty = none) and, when given, the verifier token."""
        self.call("PUT", "/webhook", {"url": url, "token": token})

    def webhook(self) -> Json:
        """Return url, token and how many events wait."""
        return dict(self.call("GET", "/webhook"))

    def deliveries(self, after: int = 0) -> list[Json]:
        """Return every POST tried: url, body, signature, status, error, attempt, time taken."""
        return list(self.call("GET", f"/webhook/deliveries?after={after}"))

    def events(self, after: int = 0) -> list[Json]:
        return list(self.call("GET", f"/webhook/events?after={after}"))

    # Traffic

    def requests(self, realm: str | None = None, after: int = 0) -> list[Json]:
        """Return the API log, oldest first."""
        chosen = f"&realm={realm}" if realm else ""
        return list(self.call("GET", f"/requests?after={after}{chosen}"))

    def counters(self, realm: str) -> Json:
        """Return requests, metered, free_writes, by_operation, and the highest rates seen."""
        return dict(self.call("GET", f"/counters/{realm}"))

    def reset_counters(self) -> None:
        self.call("DELETE", "/counters")

    # Tokens

    def issue_tokens(self, realm: str, client_id: str = CLIENT_ID) -> Json:
        """Authorise an app without a browser; the answer is that of the token endpoint."""
        return dict(self.call("POST", f"/tokens/{realm}/issue", {"client_id": client_id}))

    def issue_refresh_token(self, realm: str, client_id: str = CLIENT_ID) -> str:
        return str(self.issue_tokens(realm, client_id)["refresh_token"])

    def expire_tokens(self, realm: str) -> None:
        """Let every access token of the company expire now; refreshing still works."""
        self.call("POST", f"/tokens/{realm}/expire")

    def revoke_tokens(self, realm: str) -> None:
        """Disconnect the app, as the owner can do inside QuickBooks."""
        self.call("POST", f"/tokens/{realm}/revoke")

    def rotate_refresh_token(self, realm: str) -> None:
        """Make the next refresh return a new refresh value."""
        self.call("POST", f"/tokens/{realm}/rotate")

    def register_client(self, client_id: str, secret: str) -> None:
        self.call("PUT", "/clients", {"id": client_id, "secret": secret})

    def register_redirect_uris(self, *uris: str) -> None:
        """Allow exactly these; none = any loopback address."""
        self.call("PUT", "/redirect-uris", {"uris": list(uris)})


class SimulatorProcess(SimulatorClient):
    """A simulator in a process of its own, and the client that drives it."""

    def __init__(self, process: subprocess.Popen[str], url: str, data_dir: Path) -> None:
        super().__init__(url)
        self.process, self.data_dir = process, data_dir

    @property
    def client(self) -> SimulatorClient:
        return self

    @property
    def environment(self) -> dict[str, str]:
        """Return the settings that connect the bridge to this simulator."""
        return {
            "INTUIT_CLIENT_ID": CLIENT_ID,
            "INTUIT_CLIENT_SECRET": CLIENT_SECRET,
            "INTUIT_WEBHOOK_TOKEN": VERIFIER_TOKEN,
            "INTUIT_DISCOVERY_URL": self.discovery_url,
            "QUICKBOOKS_API_URL": self.url,
        }

    def stop(self, timeout: float = 10) -> int:
        """End it politely (SIGTERM) and return its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self._wait(timeout)

    def kill(self) -> None:
        """End it like a power cut would (kill -9)."""
        self.process.kill()
        self._wait(10)

    def _wait(self, timeout: float) -> int:
        status = self.process.wait(timeout)
        if self.process.stdout:
            self.process.stdout.close()
        self._session.close()
        return status


def start_simulator(
    data_dir: Path | str,
    port: int = 0,
    *,
    environment: dict[str, str] | None = None,
    timeout: float = 30,
) -> SimulatorProcess:
    """Start a simulator and wait until it answers. Raise RuntimeError when it does not."""
    command = [
        sys.executable, "-m", "simulator",
        "--port", str(port), "--data-dir", str(data_dir), "--with-parent",
    ]  # fmt: skip
    # Its own session: Ctrl-C in a terminal reaches who started it, and that one decides.
    process = subprocess.Popen(
        command,
        cwd=_ROOT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    first = process.stdout.readline().strip() if process.stdout else ""
    if not first.startswith("simulator: "):
        process.communicate(timeout=5)
        raise RuntimeError(f"the simulator did not start (exit status {process.returncode})")
    started = SimulatorProcess(process, first.removeprefix("simulator: "), Path(data_dir))
    wait_until(started.healthy, timeout)
    return started


def wait_until(condition: Callable[[], Any], timeout: float = 10) -> Any:
    """Poll until the condition holds and return its value. Raise TimeoutError at the deadline."""
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {timeout} s")
        time.sleep(0.02)
    return value
