"""Say where a list was left: opaque to callers, a moment and a number to us."""

from __future__ import annotations

import base64
from datetime import datetime


class BadCursor(Exception):
    """Raised for a cursor that no list handed out."""


def write_cursor(moment: datetime, number: int) -> str:
    """Return where to go on after a row."""
    return base64.urlsafe_b64encode(f"{moment.isoformat()}|{number}".encode()).decode()


def read_cursor(cursor: str) -> tuple[datetime, int]:
    """Return the moment and number of the row a list goes on after; raises BadCursor."""
    try:
        moment, _, number = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
        read = datetime.fromisoformat(moment)
        if read.tzinfo is None or not 0 <= int(number) < 2**63:
            raise ValueError(cursor)
        return read, int(number)
    except ValueError:
        raise BadCursor from None
