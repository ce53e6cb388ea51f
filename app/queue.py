"""Wake a worker for a company: the only module of app/ that knows RQ.

The queue carries, the database decides: a lost job costs seconds, because the sweep wakes whoever
has something due. So waking never fails a request, and is called after commit.
"""

from __future__ import annotations

from secrets import token_hex

import redis
import structlog
from rq import Queue

from app.extensions import redis_client

log = structlog.get_logger()

# A second wake within this time of one that no worker has taken up yet adds nothing, seconds.
_WOKEN_FOR = 30
# Jobs of each lane that are looked at to see whether another company waits.
_LOOKED_AT = 5
_JOB_TIMEOUT = 300  # seconds; far above a drain's slice


def wake(connection_id: int, job: str = "drain") -> None:
    """Have a worker drain (or pull, reconcile) a company soon; say nothing when Redis is away.

    job: a function of workers.jobs; express is a drain before everybody else's.
    """
    client = redis_client()
    try:
        if client.set(_flag(connection_id, job), 1, nx=True, ex=_WOKEN_FOR):
            _enqueue(client, job, connection_id)
    except redis.RedisError as error:
        log.warning("queue.unreachable", connection_id=connection_id, job=job, error=str(error))


def send_mail_soon() -> None:
    """Have a worker send the e-mails that wait."""
    wake(0, "mail")


def deliver_soon(endpoint_id: int) -> None:
    """Have a worker send an endpoint of billing's what is due."""
    wake(endpoint_id, "deliver")


def push_all_soon(number: int) -> None:
    """Have a worker go on with a bulk push."""
    wake(number, "push_all")


def somebody_waits(besides: int) -> bool:
    """Tell whether a job of another company waits for a worker; without Redis, none does."""
    client = redis_client()
    try:
        first = [Queue(lane, connection=client).get_job_ids(0, _LOOKED_AT) for lane in LANES]
    except redis.RedisError:
        return False
    return any(job_id.split("-")[1] != str(besides) for ids in first for job_id in ids)


def anybody_waits() -> bool:
    """Tell whether any job waits for a worker; without Redis, none does."""
    client = redis_client()
    try:
        return any(Queue(lane, connection=client).count for lane in LANES)
    except redis.RedisError:
        return False


def taken_up(connection_id: int, job: str) -> None:
    """Note that a worker starts on this: whoever wakes from now on is heard again."""
    redis_client().delete(_flag(connection_id, job))


def _flag(connection_id: int, job: str) -> str:
    return f"lb:woken:{job}:{connection_id}"


def _enqueue(client: redis.Redis, job: str, connection_id: int) -> None:
    lane = "drain" if job == "express" else job if job in LANES else "default"
    Queue(lane, connection=client).enqueue_call(
        f"workers.jobs.{job}",
        args=(connection_id,),
        job_id=f"{job}-{_whose(connection_id, job)}-{token_hex(6)}",  # read without being opened
        timeout=_JOB_TIMEOUT,
        result_ttl=0,
        failure_ttl=0,
        at_front=job == "express",  # a person watches: before every other company's turn
    )


def _whose(subject_id: int, job: str) -> str:
    """Return whose a job is: an endpoint or a bulk push is no company, whatever its number."""
    return {"deliver": f"e{subject_id}", "push_all": f"b{subject_id}"}.get(job, str(subject_id))


# Workers serve them in turn, so that a month's end in one holds nobody up in another.
LANES = ("drain", "pull", "mail", "deliver", "default")
