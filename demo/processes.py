"""Which processes a demo consists of, and how they are brought up."""

from __future__ import annotations

import os
import subprocess
import sys

import requests

from demo.children import Child, Household
from demo.surroundings import HOST, ROOT, DemoFailed, Surroundings
from simulator.client import SimulatorClient

WORKERS = 2


def migrate(settings: dict[str, str]) -> None:
    """Run the release command; raises DemoFailed with what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"],
        cwd=ROOT, env={**os.environ, **settings}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise DemoFailed(f"The tables could not be made:\n{done.stderr[-2000:]}")


def start_processes(place: Surroundings, household: Household, settings: dict[str, str]) -> None:
    """Start everything and wait until simulator and web answer; raises DemoFailed."""
    simulator, web, *others = _children(place, settings)
    household.start([simulator, web, *others])
    client = SimulatorClient(place.simulator_url)
    household.wait_for(simulator, client.healthy)
    household.wait_for(web, lambda: _answers(f"{place.url}/readyz"))


def _children(place: Surroundings, settings: dict[str, str]) -> list[Child]:
    python = sys.executable
    port, folder = str(place.simulator_port), str(place.folder / "simulator")
    programs = {
        "simulator": ["simulator", "--host", HOST, "--port", port, "--data-dir", folder],
        "web": ["gunicorn", "wsgi:app"],
        **{f"worker-{number}": ["workers.run"] for number in range(1, WORKERS + 1)},
        "clock": ["workers.clock"],
    }
    return [Child(name, [python, "-m", *words], settings) for name, words in programs.items()]


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False
