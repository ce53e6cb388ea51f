"""What the person at the terminal sees: each step with its time, details below it."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Terminal:
    """Writes lines; the watcher's thread may write between those of the opening."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._draws = sys.stdout.isatty()

    @property
    def seconds(self) -> float:
        """Seconds since the demo was started."""
        return time.monotonic() - self._began

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Show a step while it lasts and, when it is over, when that was."""
        if self._draws:
            self._write(f"\r\033[K   ...    {what}")
        try:
            yield
        except BaseException:
            if self._draws:
                self._write("\r\033[K")
            raise
        self.line(what)

    def line(self, what: str) -> None:
        """Write what has happened, with the time."""
        self._write(f"{self._clear}{self.seconds:6.1f} s  {what}\n")

    def detail(self, what: str) -> None:
        """Write a line that belongs to the step before it."""
        self._write(f"{self._clear}          {what}\n")

    def say(self, what: str = "") -> None:
        """Write a line as it is."""
        self._write(f"{self._clear}{what}\n")

    @property
    def _clear(self) -> str:
        return "\r\033[K" if self._draws else ""

    def _write(self, text: str) -> None:
        with self._lock:
            sys.stdout.write(text)
            sys.stdout.flush()
