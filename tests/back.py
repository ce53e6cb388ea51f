"""What comes back from the ledger, as the workers bring it, without the workers."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from app.ledgers.errors import Throttled
from app.usecases.book.pull import Pulled, pull
from tests.connected import Connected

T = TypeVar("T")


def brought_back(northgate: Connected) -> Pulled:
    """Pull once, as the job does when it is this company's turn."""
    return in_turn(lambda: pull(northgate.connection_id, datetime.now(UTC)))


def drained(northgate: Connected, seconds: float = 10.0) -> None:
    """Drain until nothing is on its way."""
    deadline = time.monotonic() + seconds
    while {"waiting", "pushing", "retrying"} & set(northgate.states().values()):
        assert time.monotonic() < deadline, northgate.states()
        northgate.make_due()
        northgate.drain()


def in_turn(deed: Callable[[], T], seconds: float = 10.0) -> T:
    """Do something as soon as the governor lets us."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return deed()
        except Throttled as error:
            if error.retry_after is None or time.monotonic() + error.retry_after > deadline:
                raise
            time.sleep(error.retry_after)
