"""Keep several writes of one company in flight: a thread each, as many as its people allow.

A thread asks the governor, marks that a body left, and sends it. What came of it is judged and
written down by the one thread that drains, in the order in which the answers come.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from flask import Flask, current_app
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from app.governor import GovernorUnavailable, Wait
from app.ledgers.errors import Unsure
from app.usecases.company.line import Line
from app.usecases.company.open_ledger import OpenCompany, Pace, governor
from app.usecases.push.answer import Answer
from app.usecases.push.readied import Ready
from app.usecases.push.send import Clock, Sender

log = structlog.get_logger()

# A write of a worker that was here before us is waited for this long; a call mostly takes less than
# a second, and a worker that was killed will never say that its call is over.
_PREDECESSOR = timedelta(seconds=10)

# What no document is to blame for: the turn ends, and whatever was in the air goes again.
_NOT_ITS_FAULT = (GovernorUnavailable, SQLAlchemyError, RedisError)


@dataclass(frozen=True, slots=True)
class Landed:
    """One push and what came of it, or what its thread died of; started_at: when it left us."""

    ready: Ready
    started_at: datetime
    answer: Answer | Wait | Exception


@dataclass(frozen=True, slots=True)
class _Flight:
    ready: Ready
    started_at: datetime
    sender: Sender


class Crew:
    """The senders of one company; as many as may write at a time."""

    def __init__(self, line: Line, clock: Clock, pace: Pace, pool: ThreadPoolExecutor) -> None:
        self._line = line
        self._clock = clock
        self._pool = pool
        # The worker's application itself: a thread cannot use the caller's proxy of it.
        self._app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        # The same names for whoever drains this company: a killed worker's places are taken over.
        self._places = f"push:{line.connection_id}:"
        self._idle = [
            Sender(OpenCompany(line, f"{self._places}{n}"), clock, pace) for n in range(line.writes)
        ]
        self._flying: dict[Future[Answer | Wait], _Flight] = {}

    @property
    def has_room(self) -> bool:
        """Tell whether another write may be sent off."""
        return bool(self._idle)

    @property
    def flying(self) -> bool:
        """Tell whether an answer is still to come."""
        return bool(self._flying)

    def predecessor_writes(self) -> bool:
        """Tell whether a worker that lost this company may still have a write in flight.

        Only before the first launch. A worker whose line to the database broke has lost the company
        at once, its call goes on. Raises GovernorUnavailable.
        """
        state = governor().state(self._line.company, self._line.limits)
        return any(
            place.holder.startswith(self._places) and state.at - place.since < _PREDECESSOR
            for place in state.in_flight
        )

    def launch(self, ready: Ready) -> Wait | None:
        """Send one push off; the governor's wait where it may not go yet.

        Raises GovernorUnavailable.
        """
        sender = self._idle[-1]
        if (refused := sender.admit()) is not None:
            return refused
        self._idle.pop()
        flight = _Flight(ready, self._clock(), sender)
        self._flying[self._pool.submit(self._send, sender, ready)] = flight
        return None

    def landed(self, seconds: float | None = None) -> Sequence[Landed]:
        """Wait for the next answers, so many seconds at most."""
        done = wait(self._flying, timeout=seconds, return_when=FIRST_COMPLETED).done
        flights = [(future, self._flying.pop(future)) for future in done]
        self._idle += [flight.sender for _, flight in flights]
        return [Landed(f.ready, f.started_at, _result(future, f.ready)) for future, f in flights]

    def _send(self, sender: Sender, ready: Ready) -> Answer | Wait:
        with self._app.app_context():
            return sender.send(ready)


def _result(future: Future[Answer | Wait], ready: Ready) -> Answer | Wait | Exception:
    """Return what a thread brought; what nobody anticipated is a doubt about its document.

    Raised instead, it would end every turn at this document: the whole company would stand still,
    and nobody would be told.
    """
    try:
        return future.result()
    except _NOT_ITS_FAULT as error:
        return error  # goes on to whoever drains, with the others
    except Exception:
        log.exception("push.unanticipated", push_id=ready.push_id)
        return Answer(error=Unsure("What came of it could not be read."))


@contextmanager
def crew_of(line: Line, clock: Clock, pace: Pace) -> Iterator[Crew]:
    """Gather the senders of a company for one turn; none is left in flight at the end."""
    with ThreadPoolExecutor(line.writes, thread_name_prefix=f"push-{line.connection_id}") as pool:
        yield Crew(line, clock, pace, pool)
