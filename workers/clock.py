"""The clock: look every second for what is due and wake a worker for it.

It decides nothing and does nothing that could not be done twice: two clocks by mistake are
harmless. Everything it goes by is in the database, so a restart forgets nothing.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from types import FrameType

import structlog
from flask import Flask
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from app import clock, create_app

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Periodic:
    """A function to call every so many seconds with the present moment."""

    function: str  # dotted path
    every: int  # seconds

    def call(self, now: datetime) -> None:
        """Look the function up and call it."""
        module, name = self.function.rsplit(".", 1)
        deed: Callable[[datetime], object] = getattr(import_module(module), name)
        deed(now)


PERIODIC: tuple[Periodic, ...] = (
    Periodic("app.usecases.sweep.wake_due_pushes", every=1),
    Periodic("app.usecases.sweep.wake_wanted_pulls", every=1),
    Periodic("app.usecases.events.hand_out.hand_out", every=1),
    Periodic("app.usecases.sweep.wake_waiting_mail", every=5),
    Periodic("app.usecases.sweep.wake_open_bulk_pushes", every=5),
    Periodic("app.usecases.sweep.wake_overdue_pulls", every=60),
    Periodic("app.usecases.sweep.wake_unfinished_readings", every=30),
    Periodic("app.usecases.push.run.close_quiet_runs", every=10),
    Periodic("app.usecases.sweep.wake_daily_reconciliations", every=60),
    Periodic("app.usecases.sweep.wake_ageing_permissions", every=60),
    Periodic("app.usecases.sweep.wake_old_lists", every=30),
    Periodic("app.usecases.attach.wake_wanted_documents", every=15),
    Periodic("app.usecases.events.endpoint_health.warn_of_silence", every=60),
    Periodic("app.usecases.events.endpoint_health.give_up_what_waits_for_nobody", every=60),
    Periodic("app.usecases.events.send_again.forget_old_deliveries", every=60),
    Periodic("app.usecases.company.read_meters.read_meters", every=60),
    Periodic("app.usecases.permission.permission_expiry.warn_of_ends", every=60),
    Periodic("app.usecases.permission.permission_expiry.remind_of_disconnects", every=60),
    Periodic("app.usecases.permission.permission_expiry.wake_resting_permissions", every=60),
    Periodic("app.usecases.permission.give_back.wake_given_up_permissions", every=60),
)


def tick(
    application: Flask, second: int, now: datetime, table: Sequence[Periodic] = PERIODIC
) -> None:
    """Call whatever is due in this second; a service that is away is a warning, and tried again."""
    for periodic in table:
        if second % periodic.every:
            continue
        try:
            with application.app_context():
                periodic.call(now)
        except (SQLAlchemyError, RedisError) as error:
            log.warning("clock.put_off", function=periodic.function, error=type(error).__name__)
        except Exception:  # one mistake must not stop every company's clock
            log.exception("clock.failed", function=periodic.function)


def run() -> None:
    """Tick every second until told to stop."""
    application = create_app()
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    second = 0
    while not stop.wait(1.0):
        with application.app_context():
            now = clock.now()
        tick(application, second, now)
        second += 1


if __name__ == "__main__":
    run()
