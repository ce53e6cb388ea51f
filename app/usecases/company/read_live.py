"""Read a company or one of its lists as it is now, while somebody's web request waits for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from threading import BoundedSemaphore
from typing import TypeVar

from app.domain.metering import may_read_live, next_month
from app.domain.states import ConnectionState
from app.extensions import db
from app.ledgers import LEDGERS
from app.ledgers.errors import Throttled
from app.ledgers.http import reads_within
from app.ledgers.interface import Company, Ledger, LiveList, LiveRow
from app.models import Connection
from app.queries.meter import metered_of_installation
from app.usecases.company.line import NotConnected
from app.usecases.company.open_ledger import with_ledger

# A worker of the web is held for so long, seconds: first for a turn, then for the ledger's answer.
# A permission that must be renewed first may take longer: that answer is never given up.
TURN_WITHIN = 2.0
ANSWER_WITHIN = 5.0

# Of the threads of one web process so many wait for ledgers at most: pages and billing's hooks need
# the others, and pushes the company's places.
_ROOM = BoundedSemaphore(3)

T = TypeVar("T")


class Paused(Exception):
    """Raised when a person paused the connection: nothing is asked of its ledger."""


class QuotaNearEnd(Exception):
    """Raised when what is left of the month's calls is kept for pushes and pulls.

    until: when calls are counted anew.
    """

    def __init__(self, until: datetime) -> None:
        super().__init__(f"No live reads before {until}.")
        self.until = until


def read_list(connection_id: int, what: LiveList, most: int, now: datetime) -> Sequence[LiveRow]:
    """Read at most so many rows of a list.

    Raises Paused, NotConnected, QuotaNearEnd, LedgerError (Throttled when it is not our turn soon,
    or no more threads can be spared) and GovernorUnavailable.
    """
    return _read(connection_id, now, lambda ledger: ledger.live(what, most))


def read_company_live(connection_id: int, now: datetime) -> Company:
    """Read the company and its preferences; raises as read_list does. Nothing is stored."""
    return _read(connection_id, now, lambda ledger: ledger.company())


def _read(connection_id: int, now: datetime, deed: Callable[[Ledger], T]) -> T:
    connection = db.session.get_one(Connection, connection_id)
    state = connection.state
    if state == ConnectionState.PAUSED:
        raise Paused
    if state != ConnectionState.ACTIVE:
        raise NotConnected(f"Connection {connection_id} has no permission.")
    _keep_enough(connection, now)
    if not _ROOM.acquire(blocking=False):
        raise Throttled("As many live reads as may be are under way.", retry_after=TURN_WITHIN)
    try:
        return with_ledger(connection_id, now, _in_time(deed), turn_within=TURN_WITHIN)
    finally:
        _ROOM.release()


def _keep_enough(connection: Connection, now: datetime) -> None:
    """Leave the last of a vendor's calls to pushes and pulls; all of us share them."""
    provider = LEDGERS[connection.provider].provider
    if connection.environment not in provider.metered_environments:
        return
    used = metered_of_installation(provider.key, now)
    if used.quota is not None and not may_read_live(used.calls, used.quota):
        raise QuotaNearEnd(next_month(now))


def _in_time(deed: Callable[[Ledger], T]) -> Callable[[Ledger], T]:
    def within(ledger: Ledger) -> T:
        with reads_within(ANSWER_WITHIN):
            return deed(ledger)

    return within
