"""The processes of a demo: each in its own group, its output in a log, started again if it dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from demo.surroundings import ROOT, DemoFailed

# A process that ran this long before it died is started again at once, seconds.
_HEALTHY_AFTER = 30.0
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 10.0  # seconds between starts of one that keeps dying
_LONG_LOG = 5_000_000  # bytes; a longer log begins anew with the next start


class Child:
    """One process, known by what it is for."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.name, self.command = name, list(command)
        self.environment = {**os.environ, **environment, "PYTHONUNBUFFERED": "1"}
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = self.start_at = 0.0
        self.deaths = 0
        self.log = Path()

    def start(self, logs: Path) -> None:
        """Start it; its output goes to a log of its name."""
        self.log = logs / f"{self.name}.log"
        mode = "ab" if self.log.exists() and self.log.stat().st_size < _LONG_LOG else "wb"
        with self.log.open(mode) as log:
            # Its own session: Ctrl-C in the terminal reaches the demo only, and that one decides.
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started_at = time.monotonic()

    @property
    def status(self) -> int | None:
        """Return the exit status; None while it runs."""
        return self.process.poll() if self.process else None

    def signal_group(self, number: int) -> None:
        """Send a signal to the process and whatever it started."""
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def last_words(self, lines: int = 8) -> str:
        """Return the end of its log."""
        with suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        return ""


class Household:
    """All the children: started, watched, stopped together."""

    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        self._logs = folder / "logs"
        self._register = folder / "processes.json"
        self._tell = tell
        self._children: list[Child] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def start(self, children: Sequence[Child]) -> None:
        """Start processes and watch them from now on."""
        self._logs.mkdir(parents=True, exist_ok=True)
        with self._lock:
            for child in children:
                child.start(self._logs)
                self._children.append(child)
            self._write_register()
        if not self._watcher.is_alive():
            self._watcher.start()

    def wait_for(self, child: Child, ready: Callable[[], bool], seconds: float = 60) -> None:
        """Wait until a process answers; raises DemoFailed with the end of its log."""
        deadline = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > deadline or child.deaths >= 3:
                raise DemoFailed(
                    f"The {child.name} process does not come up. The end of {child.log}:\n"
                    + child.last_words()
                )
            time.sleep(0.05)

    def stop(self, seconds: float = 15) -> None:
        """Ask everybody to end, wait, and end whoever does not."""
        self._stopping.set()
        with self._lock:
            for child in self._children:
                child.signal_group(signal.SIGTERM)
            deadline = time.monotonic() + seconds
            while any(c.status is None for c in self._children) and time.monotonic() < deadline:
                time.sleep(0.02)
            for child in self._children:
                child.signal_group(signal.SIGKILL)
                if child.process:
                    child.process.wait()
            self._register.unlink(missing_ok=True)

    def stop_left_over(self) -> int:
        """End what a demo that was killed left running; returns how many processes."""
        try:
            known = json.loads(self._register.read_text())
        except (OSError, ValueError):
            return 0
        alive = [entry for entry in known if _is_the_same(*entry)]
        for pid, _ in alive:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGTERM)
        psutil.wait_procs([_process(pid) for pid, _ in alive if psutil.pid_exists(pid)], timeout=10)
        for pid, _ in alive:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
        self._register.unlink(missing_ok=True)
        return len(alive)

    def _write_register(self) -> None:
        """Note who runs, with the time each was started: a number alone may be somebody else's."""
        running = [c.process.pid for c in self._children if c.process and c.status is None]
        known = []
        for pid in running:
            with suppress(psutil.NoSuchProcess):
                known.append((pid, psutil.Process(pid).create_time()))
        self._register.write_text(json.dumps(known))

    def _watch(self) -> None:
        while not self._stopping.wait(0.2):
            with self._lock:
                for child in self._children:
                    if not self._stopping.is_set():
                        self._look_after(child)

    def _look_after(self, child: Child) -> None:
        status, now = child.status, time.monotonic()
        if status is None:
            return
        if child.start_at == 0.0:
            child.deaths = 1 if now - child.started_at > _HEALTHY_AFTER else child.deaths + 1
            wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** (child.deaths - 1))
            child.start_at = now + wait
            self._tell(
                f"{child.name} stopped ({_in_words(status)}); started again in {wait:g} s,"
                f" its log is {child.log}"
            )
        elif now >= child.start_at:
            child.start_at = 0.0
            child.signal_group(signal.SIGKILL)  # what it may have started itself
            child.start(self._logs)
            self._write_register()


def _in_words(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit status {status}"


def _process(pid: int) -> psutil.Process:
    return psutil.Process(pid)


def _is_the_same(pid: int, created: float) -> bool:
    try:
        return abs(psutil.Process(pid).create_time() - created) < 1
    except psutil.NoSuchProcess:
        return False
