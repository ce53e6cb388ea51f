"""Where a demo lives: its ports, its folder, the settings of its processes."""

from __future__ import annotations

import fcntl
import os
import shlex
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from simulator.client import CLIENT_ID, CLIENT_SECRET, VERIFIER_TOKEN

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"

# What a command in another terminal needs to reach the same product and the same QuickBooks.
_FOR_COMMANDS = (
    "APP_ENV", "DATA_DIR", "PORT", "PUBLIC_URL",
    "INTUIT_CLIENT_ID", "INTUIT_CLIENT_SECRET", "INTUIT_WEBHOOK_TOKEN",
    "INTUIT_DISCOVERY_URL", "QUICKBOOKS_API_URL", "NO_PROXY",
)  # fmt: skip
# Empty: found in DATA_DIR, as the demo's own are. A DATABASE_URL said here would also be taken
# by a test run in that terminal, which empties its tables.
_FROM_FOLDER = ("DATABASE_URL", "REDIS_URL", "MAIL_URL", "SECRET_KEY", "ENCRYPTION_KEYS")


class DemoFailed(Exception):
    """Raised with a sentence for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The ports and the folder of one demo; two demos with different ones do not meet."""

    port: int
    simulator_port: int
    folder: Path

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Surroundings:
        """Read PORT, SIMULATOR_PORT and DATA_DIR; raises DemoFailed."""
        folder = Path(environ.get("DATA_DIR", "").strip() or ROOT / "var").resolve()
        made = cls(_port(environ, "PORT", 8000), _port(environ, "SIMULATOR_PORT", 9001), folder)
        if made.port == made.simulator_port:
            raise DemoFailed(f"PORT and SIMULATOR_PORT are both {made.port}: give them two ports.")
        return made

    @property
    def url(self) -> str:
        """The address of the product."""
        return f"http://{HOST}:{self.port}"

    @property
    def simulator_url(self) -> str:
        """The address of the simulated QuickBooks."""
        return f"http://{HOST}:{self.simulator_port}"

    @property
    def logs(self) -> Path:
        """Where every process writes what it does."""
        return self.folder / "logs"

    def settings(self, database_url: str, redis_url: str) -> dict[str, str]:
        """Return the settings every process gets, each from here and none from the terminal.

        The demo fills whatever database it is given, so it takes no DATABASE_URL from outside.
        """
        return {
            "APP_ENV": "development",
            "DATA_DIR": str(self.folder),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "PORT": str(self.port),
            "WEB_CONCURRENCY": "1",  # one process with its threads is plenty, and up sooner
            "PUBLIC_URL": self.url,
            "LOG_FORMAT": "console",
            "INTUIT_CLIENT_ID": CLIENT_ID,
            "INTUIT_CLIENT_SECRET": CLIENT_SECRET,
            "INTUIT_WEBHOOK_TOKEN": VERIFIER_TOKEN,
            "INTUIT_DISCOVERY_URL": f"{self.simulator_url}/.well-known/openid_configuration",
            "QUICKBOOKS_API_URL": self.simulator_url,
            "SIMULATOR_WEBHOOK_URL": f"{self.url}/api/webhooks/quickbooks",
            # Nothing here speaks to the outside; a proxy would only be in the way.
            "NO_PROXY": "127.0.0.1,localhost",
            # What only a real installation has must not come from the terminal either.
            "MAIL_URL": "",
            "SECRET_KEY": "",
            "ENCRYPTION_KEYS": "",
        }

    @property
    def commands_file(self) -> Path:
        """The file a shell reads before an operator's command, to mean this demo."""
        return self.folder / "demo.env"

    def write_commands_file(self, settings: Mapping[str, str]) -> None:
        """Write it, readable by its owner only: it holds the simulated app's secret."""
        chosen = {name: settings[name] for name in _FOR_COMMANDS}
        chosen |= {"SIMULATOR_PORT": str(self.simulator_port)} | dict.fromkeys(_FROM_FOLDER, "")
        draft = self.commands_file.with_suffix(".env.new")
        draft.unlink(missing_ok=True)
        with open(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.writelines(f"{name}={shlex.quote(value)}\n" for name, value in chosen.items())
        draft.replace(self.commands_file)

    def require_free_ports(self) -> None:
        """Raise DemoFailed with what to do when somebody else listens on one of the ports."""
        ports = (("PORT", self.port), ("SIMULATOR_PORT", self.simulator_port))
        taken = [(name, port) for name, port in ports if not _is_free(port)]
        if taken:
            which = " and ".join(str(port) for _, port in taken)
            several = len(taken) > 1
            others = " ".join(f"{name}={_next_free(port)}" for name, port in taken)
            raise DemoFailed(
                f"Port{'s' if several else ''} {which} {'are' if several else 'is'} in use by"
                f" another program. Choose {'others' if several else 'another one'}:"
                f" make run {others}"
            )

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder: one demo at a time. Raises DemoFailed."""
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.folder / "demo.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise DemoFailed(
                    f"A demo runs from {self.folder} already. A second one needs its own folder"
                    " and ports: make run DATA_DIR=var2 PORT=8010 SIMULATOR_PORT=9011"
                ) from None
            yield


def _port(environ: Mapping[str, str], name: str, default: int) -> int:
    given = environ.get(name, "").strip()
    if not given:
        return default
    if given.isdecimal() and 0 < int(given) < 65_536:
        return int(given)
    raise DemoFailed(f"{name} is {given!r}; it must be a port between 1 and 65535.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _next_free(port: int) -> int:
    return next((p for p in range(port + 10, min(port + 1000, 65_536), 10) if _is_free(p)), port)


def short(folder: Path) -> str:
    """Return a folder as the person at the terminal would write it."""
    try:
        return str(folder.relative_to(Path.cwd()))
    except ValueError:
        return os.fspath(folder)
