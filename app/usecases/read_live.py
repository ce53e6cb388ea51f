"""Read a company or one of its lists as it is now, while somebody's web request waits for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from threading import BoundedSemaphore
from typing import TypeVar

from app.domain.states import ConnectionState
from app.extensions import db
from app.ledgers.errors import Throttled
from app.ledgers.http import reads_within
from app.ledgers.interface import Company, Ledger, LiveList, LiveRow
from app.models import Connection
from app.usecases.line import NotConnected
from app.usecases.open_ledger import with_ledger

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


def read_list(connection_id: int, what: LiveList, most: int, now: datetime) -> Sequence[LiveRow]:
    """Read at most so many rows of a list.

    Raises Paused, NotConnected, LedgerError (Throttled when it is not our turn soon, or no
    more threads can be spared) and GovernorUnavailable.
    """
    return _read(connection_id, now, lambda ledger: ledger.live(what, most))


def read_company_live(connection_id: int, now: datetime) -> Company:
    """Read the company and its preferences; raises as read_list does. Nothing is stored."""
    return _read(connection_id, now, lambda ledger: ledger.company())


def _read(connection_id: int, now: datetime, deed: Callable[[Ledger], T]) -> T:
    state = db.session.get_one(Connection, connection_id).state
    if state == ConnectionState.PAUSED:
        raise Paused
    if state != ConnectionState.ACTIVE:
        raise NotConnected(f"Connection {connection_id} has no permission.")
    if not _ROOM.acquire(blocking=False):
        raise Throttled("As many live reads as may be are under way.", retry_after=TURN_WITHIN)
    try:
        return with_ledger(connection_id, now, _in_time(deed), turn_within=TURN_WITHIN)
    finally:
        _ROOM.release()


def _in_time(deed: Callable[[Ledger], T]) -> Callable[[Ledger], T]:
    def within(ledger: Ledger) -> T:
        with reads_within(ANSWER_WITHIN):
            return deed(ledger)

    return within
