"""A worker on a machine whose clock is wrong: python -m benchmarks.wrong_clock SECONDS."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta, tzinfo
from types import ModuleType

import app.clock
import app.governor.door
import workers.run

# Where the product reads the machine's clock in a worker; the rest is told by these.
_READERS: tuple[ModuleType, ...] = (app.clock, app.governor.door)


class _AnyDateTime(type):
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, datetime)


def set_wrong(seconds: float) -> None:
    """Let the product's own readings of this machine's clock be so many seconds off."""

    class WrongDateTime(datetime, metaclass=_AnyDateTime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) + timedelta(seconds=seconds)

    for module in _READERS:
        module.datetime = WrongDateTime  # type: ignore[attr-defined]


if __name__ == "__main__":
    set_wrong(float(sys.argv[1]))
    workers.run.run()
