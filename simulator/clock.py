"""The simulators' clock: real time plus an offset that a test may set."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

# Every recorded sample carries Pacific offsets, whatever the region (facts: quickbooks 2.3).
PACIFIC = ZoneInfo("America/Los_Angeles")


class Clock:
    """Tell the simulated time, aware and in UTC."""

    def __init__(self, offset_seconds: Callable[[], float]) -> None:
        self._offset_seconds = offset_seconds

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._offset_seconds())


@lru_cache(maxsize=4096)
def pacific_seconds(epoch: int) -> str:
    """Write a MetaData time: Pacific offset, no milliseconds."""
    return datetime.fromtimestamp(epoch, PACIFIC).isoformat(timespec="seconds")


def pacific_milliseconds(moment: datetime) -> str:
    """Write the top-level ``time`` of an answer: Pacific offset, milliseconds."""
    return moment.astimezone(PACIFIC).isoformat(timespec="milliseconds")


def nanoseconds(moment: datetime) -> str:
    """Write a CloudEvents time: UTC with nine decimals, as the vendor's samples have."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"
