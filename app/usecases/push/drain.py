"""Drain one company: work through what is due, in order, for a bounded slice of time."""

from __future__ import annotations

import os
import random
import socket
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from secrets import token_hex

import structlog
from sqlalchemy import exists, select

from app import queue
from app.domain.states import CLAIMABLE, ConnectionState
from app.extensions import db
from app.governor import GovernorUnavailable, Wait
from app.ledgers.errors import (
    Disconnected,
    LedgerError,
    PermissionDoubted,
    Reconnect,
    Refused,
    Throttled,
)
from app.ledgers.interface import Ledger, LedgerCustomer
from app.models import Connection, Push
from app.usecases.exclusive import exclusively
from app.usecases.open_ledger import OpenCompany, Pace, line_of, pause_company
from app.usecases.push.claim import claim, hand_back
from app.usecases.push.customers import settle, unknown_customers, without_customer
from app.usecases.push.look import Answer
from app.usecases.push.ready import Ready, block_unready, store_bodies
from app.usecases.push.record import Try, record
from app.usecases.push.send import Clock, Sender
from app.usecases.push.verdict import COMPANY_WIDE_WAIT

log = structlog.get_logger()

# How long one drain may hold a worker before the next company has its turn.
SLICE = timedelta(seconds=20)
# Claimed at once: enough to ask for all their customers in one query, few enough to hand back.
BATCH = 100
# When the governor cannot be asked (Redis is away), the company is looked at again after this.
_NO_GOVERNOR = timedelta(seconds=5)
# A ledger that did not answer a question about the whole company is asked again after this.
_NO_ANSWER = timedelta(seconds=30)
# An invoice whose customer is being made is looked at again after this.
_CUSTOMER_SOON = timedelta(seconds=2)


def utc_now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


def drain(connection_id: int, clock: Clock = utc_now, pace: Pace = time.sleep) -> int:
    """Push what is due for one company; returns how many documents were brought to an answer.

    Does nothing when another worker is at it. pace keeps the ledger's rhythm between two calls of
    one turn; whatever has to wait longer than a breath gets a new due time instead.
    """
    with exclusively("drain", connection_id) as alone:
        done = _Drain(connection_id, clock, pace).run() if alone and _open(connection_id) else 0
    # Whatever was committed while another worker held the company would wait for the sweep.
    if done and _due(connection_id, clock()):
        queue.wake(connection_id)
    return done


def _open(connection_id: int) -> bool:
    connection = db.session.get(Connection, connection_id, populate_existing=True)
    is_open = connection is not None and connection.state == ConnectionState.ACTIVE
    db.session.commit()
    return is_open


def _due(connection_id: int, now: datetime) -> bool:
    due = select(
        exists().where(
            Push.connection_id == connection_id,
            Push.state.in_(CLAIMABLE),
            Push.due_at <= now,
        )
    )
    found = bool(db.session.scalar(due))
    db.session.commit()
    return found


class _Stop(Exception):
    """Raised to end a drain; what is claimed goes back to be due after a while."""

    def __init__(self, after: timedelta) -> None:
        super().__init__(after)
        self.after = after


class _Drain:
    """One worker's turn with one company."""

    def __init__(self, connection_id: int, clock: Clock, pace: Pace) -> None:
        self.connection_id = connection_id
        self.clock = clock
        self.worker = f"{socket.gethostname()}:{os.getpid()}:{token_hex(3)}"
        # One holder for whoever drains this company: a killed worker's place is taken over at once.
        self.company = OpenCompany(line_of(connection_id), f"drain:{connection_id}")
        self.kind = self.company.line.kind
        self.sender = Sender(self.company, clock, pace)
        self.claimed: list[int] = []
        self.done = 0

    def run(self) -> int:
        ends = self.clock() + SLICE
        try:
            while self.clock() < ends:
                self.claimed = claim(self.connection_id, self.worker, self.clock(), BATCH)
                if not self.claimed:
                    break
                self._bring_out(ends)
        except _Stop as stop:
            hand_back(self.claimed, self.clock() + stop.after)
        except GovernorUnavailable:
            log.warning("drain.no_governor", connection_id=self.connection_id)
            hand_back(self.claimed, self.clock() + _NO_GOVERNOR)
        log.info("drain.done", connection_id=self.connection_id, documents=self.done)
        return self.done

    def _bring_out(self, ends: datetime) -> None:
        """Bring one batch out: what is missing something aside, customers first, then documents."""
        block_unready(self.claimed, self.connection_id)
        self._settle_customers()
        ledger = self._ledger()
        for ready in store_bodies(self.claimed, self.connection_id, ledger):
            if self.clock() >= ends:
                break
            self._one(ready)
        hand_back(without_customer(self.claimed), self.clock() + _CUSTOMER_SOON)
        hand_back(self.claimed, self.clock())

    def _ledger(self) -> Ledger:
        """Return the open company, for building bodies."""
        return self._called(lambda ledger: ledger)

    def _settle_customers(self) -> None:
        unknown = unknown_customers(self.connection_id, self.claimed)
        if not unknown:
            return
        names = [one.name for one in unknown]
        there = self._named(names)
        now = self.clock()
        made = settle(
            unknown, there, self.connection_id, self.claimed, self._ledger(), self.worker, now
        )
        self.claimed = [*made, *self.claimed]
        for ready in store_bodies(made, self.connection_id, self._ledger()):
            self._one(ready)

    def _named(self, names: Sequence[str]) -> Sequence[LedgerCustomer]:
        found: list[LedgerCustomer] = []

        def deed(ledger: Ledger) -> Answer:
            found.extend(ledger.customers_named(names))
            return Answer()

        answer = self.sender.governed(deed)
        if isinstance(answer, Wait):
            raise _Stop(timedelta(seconds=answer.seconds))
        if answer is not None and answer.error is not None:
            self._stop_for(answer.error)
        return found

    def _called(self, deed: Callable[[Ledger], Ledger]) -> Ledger:
        try:
            return self.company.do(self.clock(), deed)
        except LedgerError as error:
            self._stop_for(error)
            raise

    def _one(self, ready: Ready) -> None:
        """Send one push and write down what came of it."""
        started_at = self.clock()
        answer = self.sender.send(ready)
        if isinstance(answer, Wait):
            raise _Stop(timedelta(seconds=answer.seconds))
        record(ready, answer, self._try(started_at, ready, answer), self.kind)
        self.done += answer.written is not None
        if answer.error is not None and _concerns_company(answer.error):
            self._stop_for(answer.error)

    def _try(self, started_at: datetime, ready: Ready, answer: Answer) -> Try:
        url = None
        if answer.written is not None:
            url = self._ledger().url(ready.kind, answer.written.ledger_id)
        chance = random.random()  # noqa: S311  # jitter, not a secret
        return Try(started_at, self.clock(), chance, url)

    def _stop_for(self, error: LedgerError) -> None:
        """End the turn for an error that concerns the whole company."""
        if isinstance(error, Throttled):
            raise _Stop(timedelta(seconds=pause_company(self.company.line, error)))
        if isinstance(error, Refused):
            raise _Stop(COMPANY_WIDE_WAIT)
        raise _Stop(_NO_GOVERNOR if isinstance(error, Disconnected) else _NO_ANSWER)


def _concerns_company(error: LedgerError) -> bool:
    return isinstance(error, Throttled | Reconnect | PermissionDoubted) or (
        isinstance(error, Refused) and error.company_wide
    )
