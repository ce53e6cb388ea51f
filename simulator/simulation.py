"""Hold the parts of one running simulator together."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from simulator.clock import Clock
from simulator.injection import Injections
from simulator.quickbooks.seeds import seed_companies
from simulator.quickbooks.tokens import Tokens
from simulator.quickbooks.webhooks import Sender
from simulator.store import Store
from simulator.switches import Switches
from simulator.traffic import Traffic


@dataclass(frozen=True)
class Settings:
    """What the environment says; every value has a default for the demo."""

    client_id: str = "demo-client"
    client_secret: str = "demo-secret"  # noqa: S105 - known to all, of no worth
    redirect_uris: tuple[str, ...] = ()
    webhook_url: str = ""
    webhook_token: str = "demo-verifier"  # noqa: S105

    @classmethod
    def from_environment(cls) -> Settings:
        uris = os.environ.get("SIMULATOR_REDIRECT_URIS", "")
        return cls(
            client_id=os.environ.get("SIMULATOR_CLIENT_ID", cls.client_id),
            client_secret=os.environ.get("SIMULATOR_CLIENT_SECRET", cls.client_secret),
            redirect_uris=tuple(uri.strip() for uri in uris.split(",") if uri.strip()),
            webhook_url=os.environ.get("SIMULATOR_WEBHOOK_URL", cls.webhook_url),
            webhook_token=os.environ.get("SIMULATOR_WEBHOOK_TOKEN", cls.webhook_token),
        )


class Simulation:
    """One simulator: its state, its clock and its background sender."""

    def __init__(self, folder: Path, settings: Settings | None = None) -> None:
        self.settings = settings or Settings.from_environment()
        self.stopping = False
        self.store = Store(folder)
        self.switches = Switches(self.store)
        self.clock = Clock(lambda: float(self.store.setting("clock.offset", 0)))
        self.tokens = Tokens(self.store, self.switches)
        self.traffic = Traffic(self.store)
        self.injections = Injections(self.store)
        self.sender = Sender(
            self.store, self.switches, self.settings.webhook_url, self.settings.webhook_token
        )
        self._seed_if_new()

    def start(self) -> None:
        self.sender.start()

    def reset(self) -> None:
        """Go back to the start: seeds only, every setting as the environment says."""
        with self.store.transaction():
            self.store.clear()
            self._seed_if_new()
        self.injections.clear()
        self.traffic.reset()
        self.sender.retry_now()

    def stop(self) -> None:
        self.stopping = True
        self.sender.stop()
        self.sender.join(timeout=5)
        self.store.close()

    def clients(self) -> dict[str, str]:
        """Return every registered client id with its secret."""
        own = {self.settings.client_id: self.settings.client_secret}
        return own | dict(self.store.setting("clients", {}))

    def _seed_if_new(self) -> None:
        if self.store.row("SELECT 1 FROM company LIMIT 1") is None:
            with self.store.transaction():
                seed_companies(self.store, self.switches, self.clock.now())
