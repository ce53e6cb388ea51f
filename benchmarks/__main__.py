"""Measure, and print a small table: python -m benchmarks [NAME …]; without a name, everything."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence

from benchmarks import (
    backlog,
    bookkeeper,
    calls,
    chaos,
    delay,
    fairness,
    notices,
    outage,
    pages,
    penny,
    throughput,
)
from benchmarks.stand import Stand, stand

# Those that share one stand, and those that make an installation of their own.
_ON_A_STAND: Mapping[str, Callable[[Stand], None]] = {
    "delay": delay.run,
    "calls": calls.run,
}
_ALONE: Mapping[str, Callable[[], bool]] = {
    "notices": notices.run,
    "throughput": throughput.run,
    "fairness": fairness.run,
    "backlog": backlog.run,
    "outage": outage.run,
    "pages": pages.run,
    "penny": penny.run,
    "bookkeeper": bookkeeper.run,
    "chaos": chaos.run,
}


def main(chosen: Sequence[str]) -> int:
    """Run what was chosen; exit status 1 when something is wrong that must never be."""
    names = [*_ON_A_STAND, *_ALONE]
    unknown = sorted(set(chosen) - set(names))
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}; there are: {', '.join(names)}.")
        return 2
    began = time.monotonic()
    wanted = [name for name in names if name in chosen] if chosen else names
    print(f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores")
    shared = [name for name in wanted if name in _ON_A_STAND]
    if shared:
        _on_a_stand(shared)
    well = [_ALONE[name]() for name in wanted if name in _ALONE]
    print(f"\nall in {time.monotonic() - began:.0f} s")
    return 0 if all(well) else 1


def _on_a_stand(names: Sequence[str]) -> None:
    print("Starting a stand: PostgreSQL, Redis, simulator, web, 2 workers, clock ...")
    with stand() as ours:
        for name in names:
            print(f"\nThe machine's load is {os.getloadavg()[0]:.1f} as {name} begins.")
            _ON_A_STAND[name](ours)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
