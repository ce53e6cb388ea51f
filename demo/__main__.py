"""make run: start everything, show the main job, stay until Ctrl-C."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from app import embedded
from demo.children import Household
from demo.memory import Memory
from demo.opening import Opening
from demo.processes import WORKERS, migrate, start_processes
from demo.product import Product
from demo.surroundings import DemoFailed, Surroundings, short
from demo.terminal import Terminal

# Ctrl-C, a polite kill, a closed terminal.
_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Demo:
    """One demo from its start to its end."""

    def __init__(self, place: Surroundings, terminal: Terminal) -> None:
        self.place, self.terminal = place, terminal
        self.household = Household(place.folder, self._tell)
        self.product: Product | None = None

    def run(self) -> None:
        """Start, open, stay; raises DemoFailed."""
        with self.place.alone():
            left_over = self.household.stop_left_over()
            if left_over:
                self.terminal.line(f"{left_over} processes of a demo that was killed, stopped")
            self.place.require_free_ports()
            try:
                self._open()
                self._stay()
            finally:
                self._close()

    def _open(self) -> None:
        settings = self._start_services()
        what = f"Simulated QuickBooks, web, {WORKERS} workers and clock started"
        with self.terminal.step(f"{what}, {self.place.url}"):
            start_processes(self.place, self.household, settings)
        self.place.write_commands_file(settings)
        self.product = Product.make(settings, self.place.logs / "demo.log")
        opening = Opening(self.place, self.product, Memory(self.place.folder), self.terminal)
        last_line = opening.play()
        self._say_where(opening)
        self.terminal.say(last_line)

    def _start_services(self) -> dict[str, str]:
        new = not (self.place.folder / "postgres").exists()
        what = "PostgreSQL and Redis made and started" if new else "PostgreSQL and Redis started"
        with self.terminal.step(f"{what}, data in {short(self.place.folder)}"):
            try:
                settings = self.place.settings(
                    embedded.postgres_url(self.place.folder), embedded.redis_url(self.place.folder)
                )
            except embedded.EmbeddedServiceError as error:
                raise DemoFailed(str(error)) from error
            migrate(settings)
        return settings

    def _say_where(self, opening: Opening) -> None:
        say = self.terminal.say
        say()
        say(f"  product    {self.place.url}")
        say(f"  sign in    {opening.login.email}   {opening.login.password}")
        say(f"  QuickBooks {self.place.simulator_url} (record payments, edit, void, inject faults)")
        say(f"  mailbox    {self.place.url}/mailbox")
        say(f"  logs       {short(self.place.logs)}")
        file = shlex.quote(_to_source(self.place.commands_file))
        say(f"  commands   in another terminal, first: set -a; . {file}; set +a")
        say("  Ctrl-C stops everything; make run goes on where it was")
        say()

    def _stay(self) -> None:
        while True:
            time.sleep(3600)

    def _close(self) -> None:
        for number in _ENDS:
            signal.signal(number, signal.SIG_IGN)
        self.terminal.say()
        with self.terminal.step("Everything stopped"):
            if self.product is not None:
                self.product.close()
            self.household.stop()
            embedded.stop(self.place.folder)

    def _tell(self, what: str) -> None:
        self.terminal.line(what)


def _to_source(file: Path) -> str:
    """Return a file as `.` takes it: without a slash a shell would look in its PATH."""
    name = short(file)
    return name if "/" in name else f"./{name}"


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Run a demo; returns the exit status."""
    for number in _ENDS:
        signal.signal(number, _interrupt)
    try:
        Demo(Surroundings.from_environment(os.environ), Terminal()).run()
    except DemoFailed as error:
        sys.stderr.write(f"\n{error}\n")
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
