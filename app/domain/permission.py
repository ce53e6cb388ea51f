"""How long a permission lasts, and when people hear that it ends."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

IDLE, FINAL = "idle", "final"


def nearest_end(idle: datetime | None, final: datetime | None) -> tuple[str, datetime] | None:
    """Return which end comes first, and when; None when the vendor told of none.

    idle: unless it is renewed before. final: whatever we do.
    """
    known = [(at, what) for at, what in ((idle, IDLE), (final, FINAL)) if at is not None]
    if not known:
        return None
    at, what = min(known)
    return what, at


def days_left(ends_at: datetime, now: datetime) -> int:
    """Return the whole days that are left, none when it is over."""
    return max((ends_at - now).days, 0)


def warning_due(ends_at: datetime, now: datetime, warnings: Iterable[int]) -> int | None:
    """Return the latest of the warnings (days before the end) whose time has come.

    None before the first, and once it is over: that is told as a disconnect.
    """
    if ends_at <= now:
        return None
    return min((days for days in warnings if ends_at - now <= timedelta(days=days)), default=None)
