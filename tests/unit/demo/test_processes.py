"""The demo's processes: started again when they die, gone when it ends, clear when it cannot."""

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from demo.children import Child, Household
from demo.surroundings import DemoFailed, Surroundings

SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def household(tmp_path: Path, told: list[str]) -> Iterator[Household]:
    made = Household(tmp_path, told.append)
    yield made
    made.stop()


def pid_of(child: Child) -> int:
    assert child.process is not None
    return child.process.pid


def test_a_process_that_dies_is_started_again_and_said_so(
    household: Household, told: list[str], wait_until: Callable[..., Any]
) -> None:
    worker = Child("worker-1", SLEEPS, {})
    household.start([worker])
    first = pid_of(worker)

    os.kill(first, signal.SIGKILL)

    wait_until(lambda: pid_of(worker) != first)
    assert told[0].startswith("worker-1 stopped (signal 9); started again in 0.5 s")


def test_stopping_leaves_nothing_running_not_even_what_the_children_started(
    household: Household, tmp_path: Path, wait_until: Callable[..., Any]
) -> None:
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    nested = f"{stubborn}import subprocess, sys; subprocess.run({SLEEPS!r})"
    web = Child("web", [sys.executable, "-c", nested], {})
    household.start([web])
    wait_until(lambda: psutil.Process(pid_of(web)).children())
    family = [pid_of(web), *(c.pid for c in psutil.Process(pid_of(web)).children())]

    household.stop(seconds=0.5)

    wait_until(lambda: not any(is_alive(pid) for pid in family))


def test_what_a_killed_demo_left_running_is_stopped_by_the_next_one(
    household: Household, tmp_path: Path, wait_until: Callable[..., Any]
) -> None:
    worker = Child("worker-1", SLEEPS, {})
    household.start([worker])

    assert Household(tmp_path, print).stop_left_over() == 1
    assert Household(tmp_path, print).stop_left_over() == 0


def test_a_process_that_does_not_come_up_is_told_with_the_end_of_its_log(
    household: Household,
) -> None:
    broken = Child("web", [sys.executable, "-c", "raise SystemExit('no such table')"], {})
    household.start([broken])

    with pytest.raises(DemoFailed, match="no such table"):
        household.wait_for(broken, lambda: False, seconds=1)


def test_a_port_in_use_is_a_sentence_that_says_what_to_type(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        place = Surroundings(port, 1 + port % 60_000, tmp_path)

        with pytest.raises(DemoFailed, match=f"Port {port} is in use.*make run PORT="):
            place.require_free_ports()


def test_one_folder_holds_one_demo(tmp_path: Path) -> None:
    place = Surroundings(8000, 9001, tmp_path)
    with place.alone(), pytest.raises(DemoFailed, match="runs from"), place.alone():
        pass


def test_a_database_of_the_terminal_is_never_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://books.example/production")
    place = Surroundings.from_environment(os.environ)

    assert place.settings("postgresql://ours", "redis://ours")["DATABASE_URL"] == (
        "postgresql://ours"
    )


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
