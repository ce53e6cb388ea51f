"""Jobs: an id in, one use case, its outcome logged. A job lost or run twice does no harm."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from app import clock, queue
from app.extensions import db
from app.governor import GovernorUnavailable
from app.ledgers.errors import LedgerError
from app.usecases.attach import attach as attach_documents
from app.usecases.book.history import read_history
from app.usecases.book.pull import pull as pull_company
from app.usecases.book.reading import Turn
from app.usecases.company.exclusive import exclusively
from app.usecases.events.deliver import deliver as deliver_to_endpoint
from app.usecases.events.hand_out import hand_out
from app.usecases.mail.notify import send_waiting
from app.usecases.permission.give_back import give_back as give_back_of
from app.usecases.permission.keep_fresh import keep_fresh
from app.usecases.push.drain import drain as drain_company
from app.usecases.push.push_all import push_on
from app.usecases.read_company import read_company
from app.usecases.reconciliation.reconcile import reconcile as reconcile_company

log = structlog.get_logger()

# A pull that catches up reads so long before it lets others have the worker, seconds.
_PULL_AT_LEAST = 5.0


def drain(connection_id: int) -> None:
    """Push what is due for one company."""
    queue.taken_up(connection_id, "drain")
    drain_company(connection_id)
    hand_out(_now())


def express(connection_id: int) -> None:
    """Push at once what a person waits for."""
    queue.taken_up(connection_id, "express")
    drain_company(connection_id)
    hand_out(_now())


def pull(connection_id: int) -> None:
    """Read what changed in one company's ledger."""
    turn = Turn(queue.anybody_waits, seconds=_PULL_AT_LEAST)
    _alone("pull", connection_id, lambda: pull_company(connection_id, _now(), turn))
    hand_out(_now())


def history(connection_id: int) -> None:
    """Read some more of one company's books from before it was connected."""
    _alone("history", connection_id, lambda: read_history(connection_id, _now()))
    hand_out(_now())


def reconcile(connection_id: int) -> None:
    """Compare one company's ledger with billing because a person asked."""
    _alone("reconcile", connection_id, lambda: reconcile_company(connection_id, "person", _now()))


def reconcile_daily(connection_id: int) -> None:
    """Compare one company's ledger with billing at the workspace's hour."""
    queue.taken_up(connection_id, "reconcile_daily")
    _alone("reconcile", connection_id, lambda: reconcile_company(connection_id, "clock", _now()))


def read_lists(connection_id: int) -> None:
    """Read one company's preferences, items, tax codes, accounts and terms again."""
    _alone("read_lists", connection_id, lambda: read_company(connection_id, _now()))


def attach(connection_id: int) -> None:
    """Fetch the documents of one company's booked invoices, to be attached."""
    _alone("attach", connection_id, lambda: attach_documents(connection_id, _now()))


def refresh_token(connection_id: int) -> None:
    """Renew one company's permission before it ends."""
    _alone("refresh_token", connection_id, lambda: keep_fresh(connection_id, _now()))


def give_back(connection_id: int) -> None:
    """Give back a permission that its vendor did not take at once."""
    queue.taken_up(connection_id, "give_back")
    give_back_of(connection_id, _now())


def deliver(endpoint_id: int) -> None:
    """Send one endpoint of billing's what happened."""
    _alone("deliver", endpoint_id, lambda: deliver_to_endpoint(endpoint_id))


def push_all(number: int) -> None:
    """Go on with what somebody pushes in bulk."""
    _alone("push_all", number, lambda: push_on(number))


def mail(_: int = 0) -> None:
    """Send the e-mails that wait."""
    _alone("mail", 0, lambda: send_waiting(_now()))


def _alone(job: str, subject_id: int, deed: Callable[[], object]) -> None:
    """Do a deed unless another worker is at it; what the ledger refused is a warning.

    The clock comes back to whatever was put off.
    """
    queue.taken_up(subject_id, job)
    with exclusively(job, subject_id) as alone:
        if not alone:
            return
        try:
            deed()
        except (LedgerError, GovernorUnavailable) as error:
            db.session.rollback()
            log.warning(
                "job.put_off",
                job=job,
                subject_id=subject_id,
                error=type(error).__name__,
                code=getattr(error, "code", None),
                request_id=getattr(error, "request_id", None),
            )


def _now() -> datetime:
    return clock.now()
