"""Drain one company: work through what is due, in order, for a bounded turn."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from secrets import token_hex

import structlog

from app import clock as clocks
from app import queue
from app.domain.states import ConnectionState, Lane
from app.extensions import db
from app.governor import GovernorUnavailable, Wait
from app.ledgers.errors import Refused
from app.ledgers.interface import CatalogueEntry, Ledger
from app.models import Connection
from app.usecases.company.exclusive import Hold, exclusively
from app.usecases.company.line import Line, line_of
from app.usecases.company.open_ledger import OpenCompany, Pace
from app.usecases.company.turn import Others, Turn
from app.usecases.documents import documents_wait
from app.usecases.push.answer import Answer
from app.usecases.push.change_customer import store_changes
from app.usecases.push.claim import claim, due_in, hand_back
from app.usecases.push.crew import Crew, crew_of
from app.usecases.push.customers import settle
from app.usecases.push.despatch import Despatch, Stop
from app.usecases.push.judge import block_unready
from app.usecases.push.namesakes import Namesakes
from app.usecases.push.perhaps_there import judge_those_there
from app.usecases.push.readied import Ready
from app.usecases.push.ready import store_bodies
from app.usecases.push.refused_customers import without_customer
from app.usecases.push.send import Clock, Sender
from app.usecases.push.unknown import Unknown, customers_among, unknown_customers
from app.usecases.read_company import keep_lists

log = structlog.get_logger()

# Claimed at once, with bodies built by what is mapped then: a few seconds' worth, so that what a
# person pushes now is seldom stuck in it.
BATCH = 20
# How often a turn looks what people pressed meanwhile: "push now", or "pause"; seconds.
_LOOK_EVERY = 1.0
# How often it is looked whether the write of the worker before us is over, seconds.
_PREDECESSOR_EVERY = 0.25
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
    if done and _open(connection_id, clock()):
        if due_in(connection_id, clock(), Lane.ATTACHMENTS):
            queue.wake(connection_id)
        if documents_wait(connection_id):
            queue.wake(connection_id, "attach")
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
        self.looked_at = time.monotonic()
        self.claimed: list[int] = []
        self.namesakes = Namesakes(line.connection_id)

    def run(self) -> int:
        try:
            self._let_predecessor_land()
            while self._one_pass():
                pass
        except Stop:
            pass
        except GovernorUnavailable:
            log.warning("drain.no_governor", connection_id=self.line.connection_id)
        finally:
            db.session.rollback()  # whatever broke in mid-transaction
            hand_back(self.claimed, self.worker)
        log.info("drain.done", connection_id=self.line.connection_id, documents=self.despatch.done)
        return self.despatch.done

    def _let_predecessor_land(self) -> None:
        while self.despatch.crew.predecessor_writes():
            if self.turn.over():
                raise Stop
            self.despatch.pace(_PREDECESSOR_EVERY)

    def _one_pass(self) -> bool:
        """Bring out what is due; False when nothing was. A stale document is due again at once."""
        before = len(self.claimed)
        self.despatch.send(self._due_in(Lane.NORMAL), self._look_up)
        if self.despatch.lists.wanted:
            hand_back(self.claimed, self.worker)  # what is still to go is judged again as well
            self._read_lists()
        if len(self.claimed) == before:  # nothing that changes the books: now what goes with them
            self.despatch.send(iter(self._attachment()), self._look_up)
        return len(self.claimed) > before

    def _attachment(self) -> Sequence[Ready]:
        """Claim one attachment: a file of some megabytes, kept in memory while it goes."""
        if self.turn.over() or self.hold.lost():
            return ()
        self.despatch.sit_out(self.asker.ask())
        claimed = claim(self.line.connection_id, self.worker, self.clock(), 1, Lane.ATTACHMENTS)
        self.claimed += claimed
        return self._prepared(claimed) if claimed else ()

    def _due_in(self, last_lane: Lane) -> Iterator[Ready]:
        """Claim and prepare what is due, batch by batch, for as long as the turn lasts."""
        while not self.turn.over():
            if self.hold.lost():
                raise Stop
            if not self.despatch.crew.flying:
                self.despatch.sit_out(self.asker.ask())  # claim nothing that may not go
            batch = claim(self.line.connection_id, self.worker, self.clock(), BATCH, last_lane)
            if not batch:
                return
            self.claimed += batch
            yield from self._prepared(batch)

    def _prepared(self, batch: Sequence[int]) -> Sequence[Ready]:
        """Set aside what misses something, bring customers out, and store the others' bodies."""
        judge_those_there(batch, self.line.connection_id, self.clock())
        block_unready(batch, self.line.connection_id)
        people = customers_among(batch)
        if people:  # what a person chose: invoices of the same batch wait for it
            self.despatch.send(iter(self._stored(people)), self._stop_when_paused)
            batch = [push_id for push_id in batch if push_id not in people]
        unknown = unknown_customers(self.line.connection_id, batch)
        if unknown:
            names = self.namesakes.names_to_ask(unknown, self.clock())
            if names:
                self._ask_for(names)
            self._bring_customers_out(unknown, batch)
        return self._stored(batch)

    def _bring_customers_out(self, unknown: Sequence[Unknown], batch: Sequence[int]) -> None:
        settled = settle(
            unknown,
            self.namesakes,
            self.line.connection_id,
            batch,
            self.despatch.paper,
            self.worker,
            self.clock(),
        )
        if not settled.push_ids:
            return
        self.claimed += settled.push_ids
        self.namesakes.forget(settled.names)
        self.despatch.send(iter(self._stored(settled.push_ids)), self._stop_when_paused)
        if settled.deferred and not self.turn.over():  # whose part they are is there now
            left = unknown_customers(self.line.connection_id, batch)
            if len(left) < len(unknown):
                self._bring_customers_out(left, batch)

    def _stored(self, push_ids: Sequence[int]) -> list[Ready]:
        if not push_ids:
            return []
        store_changes(push_ids, self.line.connection_id, self.despatch.paper, self.clock())
        bodies = store_bodies(push_ids, self.line.connection_id, self.despatch.paper)
        stored = [ready for ready in bodies if ready.claimed_by == self.worker]
        ready_ids = {ready.push_id for ready in stored}
        self.despatch.lists.made(ready_ids)
        left = [push_id for push_id in push_ids if push_id not in ready_ids]
        if left:
            waiting = without_customer(left, self.line.connection_id)
            hand_back(waiting, self.worker, self.clock() + _CUSTOMER_SOON)
        return stored

    def _look_up(self) -> None:
        """See what people pressed meanwhile: a pause ends the turn, "push now" goes next."""
        if self._stop_when_paused() and due_in(self.line.connection_id, self.clock(), Lane.EXPRESS):
            self.despatch.send(self._due_in(Lane.EXPRESS), self._stop_when_paused)

    def _stop_when_paused(self) -> bool:
        """Look now and then whether people paused the company; tell whether it was looked."""
        if time.monotonic() - self.looked_at < _LOOK_EVERY:
            return False
        self.looked_at = time.monotonic()
        if not _open(self.line.connection_id, self.clock()):
            raise Stop
        return True

    def _read_lists(self) -> None:
        """Read items and tax codes again: something an invoice refers to is not what it was."""
        entries: list[CatalogueEntry] = []
        began = self.clock()

        def deed(ledger: Ledger) -> Answer:
            entries[:] = ledger.catalogue()
            return Answer()

        answer = self._governed(deed)
        if answer.error is not None:
            self.despatch.stop_for(answer.error)
        keep_lists(self.line.connection_id, entries, began)
        self.despatch.lists.read()

    def _governed(self, deed: Callable[[Ledger], Answer]) -> Answer:
        """Ask the ledger something as soon as the governor lets us; ends the turn if that lasts."""
        answer = self.asker.governed(deed)
        while isinstance(answer, Wait):
            self.despatch.sit_out(answer)
            answer = self.asker.governed(deed)
        return answer or Answer()

    def _ask_for(self, names: Sequence[str]) -> None:
        """Ask the ledger once for all names that are not known yet.

        Where it refuses, the halves are asked for: one name it does not bear is no reason to keep
        everybody's invoices.
        """

        def deed(ledger: Ledger) -> Answer:
            self.namesakes.heard(names, ledger.customers_named(names))
            return Answer()

        error = self._governed(deed).error
        if error is None:
            return
        if not isinstance(error, Refused) or error.company_wide:
            self.despatch.stop_for(error)
        elif len(names) == 1:
            self.namesakes.heard_refusal(names[0], error.message)
        else:
            half = len(names) // 2
            self._ask_for(names[:half])
            self._ask_for(names[half:])
