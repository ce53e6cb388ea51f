"""The worker process: serve the lanes, one job after the other, inside the application."""

from __future__ import annotations

import logging
import time
from types import FrameType
from typing import Any

import redis
import structlog
from flask import Flask
from rq import Queue, SimpleWorker
from rq.exceptions import InvalidJobOperation
from rq.job import Job
from rq.worker import DequeueStrategy

from app import create_app
from app.extensions import settings_of
from app.queue import LANES
from app.usecases.company.turn import end_turns, stopping

log = structlog.get_logger()

# How long to wait before looking for Redis again, seconds.
_REDIS_AGAIN = 1.0


class ApplicationWorker(SimpleWorker):
    """Run jobs in this process: the ledger's and the database's connections stay open."""

    application: Flask
    asked_to_stop = False

    def perform_job(self, job: Job, queue: Queue) -> bool:
        """Give each job a fresh application context, and with it a fresh session."""
        with self.application.app_context():
            try:
                return super().perform_job(job, queue)
            except InvalidJobOperation:  # Redis was emptied meanwhile; the work itself is done
                log.warning("job.forgotten", job=job.func_name, args=job.args)
                return True

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """End the turn under way: what is in flight is written down, the rest is handed back."""
        self.asked_to_stop = True
        end_turns()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """Log what nobody anticipated; the rows it left are found by the next drain."""
        log.error("job.failed", job=job.func_name, args=job.args, exc_info=exc_info)
        super().handle_exception(job, *exc_info)


def run() -> None:
    """Serve until told to stop; come back after whatever else ended RQ's own loop."""
    application = create_app()
    logging.getLogger("rq").setLevel(logging.WARNING)
    while True:
        if _served(application):
            return
        time.sleep(_REDIS_AGAIN)


def _served(application: Flask) -> bool:
    """Serve until RQ's loop ends; True when it was asked to."""
    try:
        worker = _worker(application)
        worker.work(
            logging_level="WARNING",
            with_scheduler=False,
            dequeue_strategy=DequeueStrategy.ROUND_ROBIN,
        )
    except redis.RedisError as error:  # making a worker asks Redis too
        log.warning("worker.no_redis", error=type(error).__name__)
        return stopping()
    return worker.asked_to_stop


def _worker(application: Flask) -> ApplicationWorker:
    client = redis.Redis.from_url(settings_of(application).redis_url)
    worker = ApplicationWorker(
        [Queue(name, connection=client) for name in LANES],
        connection=client,
    )
    worker.application = application
    return worker


if __name__ == "__main__":
    run()
