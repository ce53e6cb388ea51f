"""Drain one company: work through what is due, in order, for a bounded turn."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from secrets import token_hex

import structlog
from sqlalchemy import exists, or_, select

from app import clock as clocks
from app import queue
from app.domain.states import CLAIMABLE, ConnectionState, Lane
from app.extensions import db
from app.governor import GovernorUnavailable, Wait
from app.ledgers.interface import Ledger, LedgerCustomer
from app.models import Connection, Push
from app.usecases.exclusive import Hold, exclusively
from app.usecases.open_ledger import Line, OpenCompany, Pace, line_of
from app.usecases.push.claim import claim, hand_back
from app.usecases.push.crew import Crew, crew_of
from app.usecases.push.customers import settle, unknown_customers, without_customer
from app.usecases.push.despatch import Despatch, Stop
from app.usecases.push.judge import block_unready
from app.usecases.push.look import Answer
from app.usecases.push.ready import store_bodies
from app.usecases.push.send import Clock, Sender
from app.usecases.push.turn import Others, Turn

log = structlog.get_logger()

# Claimed at once: enough to ask for all their customers in one query, few enough to hand back.
BATCH = 100
# Bodies stored at once: built shortly before they leave, by what is mapped then.
_CHUNK = 20
# How often a turn looks for what a person pressed "push now" on, seconds.
_EXPRESS_EVERY = 1.0
# An invoice whose customer is being made is looked at again after this.
_CUSTOMER_SOON = timedelta(seconds=2)


def drain(
    connection_id: int,
    clock: Clock = clocks.now,
    pace: Pace = time.sleep,
    others: Others | None = None,
) -> int:
    """Push what is due for one company; returns how many documents were brought to an answer.

    Does nothing when another worker is at it. A turn never waits for a limit while another company
    wants the worker (others; from the queue unless given): it hands back, and comes again later.
    """
    others = others or partial(queue.somebody_waits, connection_id)
    with exclusively("drain", connection_id) as alone:
        done = 0
        if alone and _open(connection_id, clock()):
            line = line_of(connection_id)
            with crew_of(line, clock, pace) as crew:
                done = _Drain(line, crew, clock, pace, Turn(others), alone).run()
    # Whatever was committed while another worker held the company would wait for the sweep.
    if done and _due(connection_id, clock()):
        queue.wake(connection_id)
    return done


def _open(connection_id: int, now: datetime) -> bool:
    connection = db.session.get(Connection, connection_id, populate_existing=True)
    is_open = (
        connection is not None
        and connection.state == ConnectionState.ACTIVE
        and (connection.quiet_until is None or connection.quiet_until <= now)
    )
    db.session.commit()
    return is_open


def _due(connection_id: int, now: datetime) -> bool:
    due = select(
        exists()
        .where(Push.connection_id == connection_id, Push.state.in_(CLAIMABLE), Push.due_at <= now)
        .where(
            Connection.id == Push.connection_id,
            or_(Connection.quiet_until.is_(None), Connection.quiet_until <= now),
        )
    )
    found = bool(db.session.scalar(due))
    db.session.commit()
    return found


class _Drain:
    """One worker's turn with one company."""

    def __init__(
        self, line: Line, crew: Crew, clock: Clock, pace: Pace, turn: Turn, hold: Hold
    ) -> None:
        self.line = line
        self.clock = clock
        self.turn = turn
        self.hold = hold
        self.despatch = Despatch(line, crew, clock, pace, turn)
        self.worker = f"{socket.gethostname()}:{os.getpid()}:{token_hex(3)}"
        self.asker = Sender(OpenCompany(line, f"look:{line.connection_id}"), clock, pace)
        self.looked_for_express = time.monotonic()

    def run(self) -> int:
        try:
            while not self.turn.over() and self._next_batch():
                pass
        except Stop:
            pass
        except GovernorUnavailable:
            log.warning("drain.no_governor", connection_id=self.line.connection_id)
        log.info("drain.done", connection_id=self.line.connection_id, documents=self.despatch.done)
        return self.despatch.done

    def _next_batch(self, last_lane: Lane = Lane.NORMAL) -> bool:
        """Claim the next batch and bring it out; False when nothing is due.

        Claims nothing that the governor would not let go now.
        """
        if self.hold.lost():
            raise Stop
        if last_lane == Lane.NORMAL:
            self.despatch.sit_out(self.asker.ask())
        claimed = claim(self.line.connection_id, self.worker, self.clock(), BATCH, last_lane)
        try:
            if claimed:
                self._bring_out(claimed)
        finally:
            hand_back(claimed)
        return bool(claimed)

    def _bring_out(self, claimed: Sequence[int]) -> None:
        """Bring one batch out: what is missing something aside, customers first, then documents."""
        block_unready(claimed, self.line.connection_id)
        made = self._settle_customers(claimed)
        try:
            self._store_and_send(made)
        finally:
            hand_back(made)
        for start in range(0, len(claimed), _CHUNK):
            if self.turn.over():
                break
            self._store_and_send(claimed[start : start + _CHUNK])

    def _store_and_send(self, push_ids: Sequence[int]) -> None:
        if not push_ids:
            return
        stored = store_bodies(push_ids, self.line.connection_id, self.despatch.paper)
        ready_ids = {ready.push_id for ready in stored}
        left = [push_id for push_id in push_ids if push_id not in ready_ids]
        if left:
            hand_back(without_customer(left), self.clock() + _CUSTOMER_SOON)
        self.despatch.send(stored, self._let_express_through)

    def _let_express_through(self) -> None:
        """Bring out at once what a person waits for, between two documents of a backlog."""
        if time.monotonic() - self.looked_for_express < _EXPRESS_EVERY:
            return
        self.looked_for_express = time.monotonic()
        if not self.turn.over():
            self._next_batch(Lane.EXPRESS)

    # ------------------------------------------------------------------ customers

    def _settle_customers(self, claimed: Sequence[int]) -> list[int]:
        unknown = unknown_customers(self.line.connection_id, claimed)
        if not unknown:
            return []
        there = self._named([one.name for one in unknown])
        return settle(
            unknown,
            there,
            self.line.connection_id,
            claimed,
            self.despatch.paper,
            self.worker,
            self.clock(),
        )

    def _named(self, names: Sequence[str]) -> Sequence[LedgerCustomer]:
        found: list[LedgerCustomer] = []

        def deed(ledger: Ledger) -> Answer:
            found.extend(ledger.customers_named(names))
            return Answer()

        answer = self.asker.governed(deed)
        while isinstance(answer, Wait):
            self.despatch.sit_out(answer)
            answer = self.asker.governed(deed)
        if answer is not None and answer.error is not None:
            self.despatch.stop_for(answer.error)
        return found
