"""Tell the time: the database's, the same for every process, whatever a machine's own clock says.

Due times are written by one process and compared by another. A machine whose clock is minutes off
would otherwise hold invoices back, or take a key for older than it is.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db

# How long an answer of the database is carried on by counting seconds. Clocks drift by
# milliseconds in that time; a machine's clock that is set meanwhile does not matter.
_COUNTED_ON = 30.0  # seconds
_TIME = text("SELECT clock_timestamp()")


@dataclass(frozen=True, slots=True)
class _Reading:
    said: datetime
    at: float  # by this process's monotonic clock

    def now(self) -> datetime:
        return self.said + timedelta(seconds=time.monotonic() - self.at)


_lock = threading.Lock()
_last: list[_Reading] = []


def now() -> datetime:
    """Return the present moment, for entry points; needs an application context.

    While the database is away: its last answer counted on, or this machine's clock.
    """
    with _lock:
        if not _last or time.monotonic() - _last[0].at > _COUNTED_ON:
            _read()
        return _last[0].now() if _last else datetime.now(UTC)


def _read() -> None:
    """Ask on a line of its own: whoever wants the time may be inside a transaction."""
    try:
        with db.engine.connect() as line:
            said = line.scalar(_TIME)
    except SQLAlchemyError:
        return
    if isinstance(said, datetime):
        _last[:] = [_Reading(said, time.monotonic())]
