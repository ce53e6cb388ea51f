"""How long one company may hold a worker before the next one has its turn."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

# While nobody else wants the worker.
LONGEST = timedelta(seconds=20)
# Whoever is there before others come may do this much before they have their turn: claiming and
# handing back a hundred rows for less would be most of the work.
LEAST = timedelta(seconds=2)
# How often the queue is asked whether somebody waits, seconds.
_ASKED_EVERY = 0.25

Others = Callable[[], bool]

# Set when this process is asked to stop: its turn ends, what is in flight is written down.
_stopping = threading.Event()


def end_turns() -> None:
    """End whatever turn runs in this process, as soon as what is in flight has its answer."""
    _stopping.set()


def stopping() -> bool:
    """Tell whether this process was asked to stop."""
    return _stopping.is_set()


class Turn:
    """One worker's turn with one company; others: whether another company wants the worker."""

    def __init__(self, others: Others) -> None:
        self._others = others
        self._began = time.monotonic()
        self._asked_at = 0.0
        self._wanted = False

    def over(self) -> bool:
        """Tell whether to stop here: in any case after a while, sooner when somebody waits."""
        lasted = time.monotonic() - self._began
        if _stopping.is_set() or lasted >= LONGEST.total_seconds():
            return True
        return lasted >= LEAST.total_seconds() and self._somebody_waits()

    def _somebody_waits(self) -> bool:
        if time.monotonic() - self._asked_at >= _ASKED_EVERY:
            self._wanted = self._others()
            self._asked_at = time.monotonic()
        return self._wanted
