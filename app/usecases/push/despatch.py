"""Send one company's stored pushes and write down what came of each; stop where it concerns all."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import structlog
from sqlalchemy.exc import OperationalError

from app.extensions import db
from app.governor import Wait
from app.ledgers.errors import (
    CompanyAway,
    LedgerError,
    Misconfigured,
    PermissionDoubted,
    Reconnect,
    Refused,
    Throttled,
    TryAgain,
    Unsure,
)
from app.usecases.company import company_refuses
from app.usecases.company.line import Line
from app.usecases.company.open_ledger import (
    Pace,
    give_rest,
    on_paper,
    pause_company,
)
from app.usecases.company.turn import Turn
from app.usecases.push.answer import Answer
from app.usecases.push.claim import put_off
from app.usecases.push.crew import Crew, Landed
from app.usecases.push.fail import Try
from app.usecases.push.readied import Ready
from app.usecases.push.record import record
from app.usecases.push.send import Clock
from app.usecases.push.stale_lists import StaleLists, set_back
from app.usecases.push.verdict import (
    COMPANY_AWAY_WAIT,
    COMPANY_WIDE_WAIT,
    DOUBT_WAIT,
    MISCONFIGURED_WAIT,
)

log = structlog.get_logger()

# Longest pause of the ledger's rhythm that a turn sits out, seconds, and only while nobody waits.
_BREATH = 1.0
# So many answers in a row that never came: the ledger is down, and is left alone for a while.
_SILENT = 5
_REST = 15.0  # seconds
_NOT_WRITTEN_DOWN = "The ledger answered, but what it said could not be kept here."


class Stop(Exception):
    """Raised to end a turn; what is claimed goes back, to be due when it was."""


class Despatch:
    """Keeps as many pushes in flight as a company allows, for as long as the turn lasts."""

    def __init__(self, line: Line, crew: Crew, clock: Clock, pace: Pace, turn: Turn) -> None:
        self.line = line
        self.crew = crew
        self.clock = clock
        self.turn = turn
        self.pace = pace
        self.paper = on_paper(line.provider, line.environment, line.company_id)
        self.lists = StaleLists()
        self.silent = 0  # answers in a row that never came
        self.done = 0
        self.taken = False  # something, by the ledger, this turn

    def send(self, stream: Iterator[Ready], between: Callable[[], object] = lambda: None) -> None:
        """Send what a stream brings, in order; it is asked for the next while others are in flight.

        between: called after answers, for what must not wait until the stream ends. Returns when
        nothing is in flight any more. Raises Stop and GovernorUnavailable.
        """
        coming = _Coming(stream)
        try:
            while True:
                held_up = self._launch(coming)
                if self.crew.flying:
                    self._write_down(held_up, coming)
                elif held_up is not None:
                    self.sit_out(held_up)
                else:
                    break  # nothing more comes, or the turn is over
                between()
        finally:
            self._let_all_land()

    def _launch(self, coming: _Coming) -> Wait | None:
        """Send off what may go now; what the governor said where something may not."""
        while not (self.turn.over() or self.lists.wanted):
            ready = coming.peek()
            if ready is None or not self.crew.has_room:
                return None
            held_up = self.crew.launch(ready)
            if held_up is not None:
                return held_up
            coming.take()
        return None

    def _write_down(self, held_up: Wait | None, coming: _Coming) -> None:
        """Wait for the next answers, or until another call may be made; write them down."""
        soon = held_up.seconds if held_up is not None and held_up.kind == "rate" else None
        landed = self.crew.landed(soon if self.crew.has_room else None)
        try:
            if landed and all(_booked(one) for one in landed):
                self._launch(coming)  # the next is on its way while these are written down
        finally:  # also where preparing the next ends the turn: these were answered
            for one in landed:
                self._record(one)
        for one in landed:
            self._act_on(one)

    def _let_all_land(self) -> None:
        """Write down what is still in flight, whatever ended the turn.

        What could not be told by its thread is handed back: same bytes and same key next time.
        """
        while self.crew.flying:
            for one in self.crew.landed():
                self._record(one)

    def _record(self, landed: Landed) -> None:
        answer = landed.answer
        if not isinstance(answer, Answer):
            return  # it did not go, or nobody knows: handed back with the rest
        ready, url = landed.ready, None
        if self.lists.doubted(ready, answer):
            set_back(ready, answer, landed.started_at, self.line.kind)
            return
        if answer.written is not None:
            url = self.paper.url(ready.kind, answer.written.ledger_id)
        chance = random.random()  # noqa: S311  # jitter, not a secret
        this = Try(landed.started_at, self.clock(), chance, url)
        try:
            record(ready, answer, this, self.line.kind)
        except OperationalError:  # the database is away: nothing can be written down now
            raise
        except Exception:
            # Raised, it would end every turn at this document, whatever comes behind it.
            log.exception("push.not_written_down", push_id=ready.push_id)
            db.session.rollback()
            record(ready, Answer(error=Unsure(_NOT_WRITTEN_DOWN)), this, self.line.kind)
            return
        self.done += answer.written is not None
        if answer.written is not None and not answer.adopted:
            self._taken_again()

    def _taken_again(self) -> None:
        """End the alarm of a company that took nothing; looked for once a turn."""
        if not self.taken:
            self.taken = True
            company_refuses.over(self.line.connection_id, self.clock())

    def _act_on(self, landed: Landed) -> None:
        """End the turn where an answer concerns the whole company."""
        if isinstance(landed.answer, Exception):
            raise landed.answer
        if isinstance(landed.answer, Wait):
            self.sit_out(landed.answer)
            return
        error = landed.answer.error
        if error is not None and _concerns_company(error):
            self.stop_for(error)
        self.silent = self.silent + 1 if isinstance(error, TryAgain) else 0
        if self.silent >= _SILENT:
            give_rest(self.line, _REST)
            raise Stop

    def sit_out(self, answer: Wait | None) -> None:
        """Keep the ledger's rhythm for a moment, or end the turn.

        Only while nobody else wants the worker, and never for longer than a breath.
        """
        if answer is None:
            return
        if answer.kind != "rate" or answer.seconds > _BREATH or self.turn.over():
            raise Stop
        self.pace(answer.seconds)

    def stop_for(self, error: LedgerError) -> None:
        """End the turn for an error that concerns the whole company."""
        if isinstance(error, Throttled):
            pause_company(self.line, error)
        elif isinstance(error, Refused):
            company_refuses.ring(self.line.connection_id, error, self.clock())
            put_off(self.line.connection_id, self.clock() + COMPANY_WIDE_WAIT)
        elif isinstance(error, Misconfigured):
            put_off(self.line.connection_id, self.clock() + MISCONFIGURED_WAIT)
        elif isinstance(error, PermissionDoubted):
            put_off(self.line.connection_id, self.clock() + DOUBT_WAIT)
        elif isinstance(error, CompanyAway):
            put_off(self.line.connection_id, self.clock() + COMPANY_AWAY_WAIT)
        elif isinstance(error, TryAgain):
            give_rest(self.line, _REST)
        raise Stop


def _concerns_company(error: LedgerError) -> bool:
    return isinstance(error, Throttled | Reconnect | PermissionDoubted | CompanyAway) or (
        isinstance(error, Refused) and error.company_wide
    )


def _booked(landed: Landed) -> bool:
    return isinstance(landed.answer, Answer) and landed.answer.written is not None


class _Coming:
    """A stream whose next value can be looked at without being taken."""

    def __init__(self, stream: Iterator[Ready]) -> None:
        self._stream = stream
        self._next: Ready | None = None

    def peek(self) -> Ready | None:
        if self._next is None:
            self._next = next(self._stream, None)
        return self._next

    def take(self) -> None:
        self._next = None
