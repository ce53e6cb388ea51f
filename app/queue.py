"""Wake a worker for a company: the only module of app/ that knows RQ.

The queue carries, the database decides: a lost job costs seconds, because the sweep wakes whoever
has something due. So waking never fails a request, and is called after commit.
"""

from __future__ import annotations

import redis
import structlog
from rq import Queue

from app.extensions import redis_client

log = structlog.get_logger()

# A second wake within this time of one that no worker has taken up yet adds nothing, seconds.
_WOKEN_FOR = 30
_JOB_TIMEOUT = 300  # seconds; far above a drain's slice


def wake(connection_id: int, job: str = "drain") -> None:
    """Have a worker drain (or pull, reconcile) a company soon; say nothing when Redis is away."""
    client = redis_client()
    try:
        if client.set(_flag(connection_id, job), 1, nx=True, ex=_WOKEN_FOR):
            _enqueue(client, job, connection_id)
    except redis.RedisError as error:
        log.warning("queue.unreachable", connection_id=connection_id, job=job, error=str(error))


def send_mail_soon() -> None:
    """Have a worker send the e-mails that wait."""
    wake(0, "mail")


def taken_up(connection_id: int, job: str) -> None:
    """Note that a worker starts on this: whoever wakes from now on is heard again."""
    redis_client().delete(_flag(connection_id, job))


def _flag(connection_id: int, job: str) -> str:
    return f"lb:woken:{job}:{connection_id}"


def _enqueue(client: redis.Redis, job: str, connection_id: int) -> None:
    Queue(job if job in LANES else "default", connection=client).enqueue_call(
        f"workers.jobs.{job}",
        args=(connection_id,),
        timeout=_JOB_TIMEOUT,
        result_ttl=0,
        failure_ttl=0,
    )


# Queues in the order in which workers serve them.
LANES = ("drain", "pull", "mail", "default")
