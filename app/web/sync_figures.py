"""How pushing into one company stands now, put together from Redis and three queries for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from app.domain.forecast import Pace, done_at
from app.domain.states import ConnectionState
from app.governor import GovernorState, InFlight
from app.governor.rates import buckets
from app.ledgers import LEDGERS
from app.ledgers.interface import Limits, Provider
from app.models import Connection
from app.queries import sync_state as queries
from app.queries.meter import Metered, metered_each, metered_of_installation
from app.queries.readings import Readings, readings
from app.queries.sync_state import Backlog, Lately
from app.usecases.company.line import limits_of, writes_at_once
from app.web.pause import Pause, allowances, pause_of
from app.web.presentation import ledger_name, now

# How the places of those who push are named in the governor; whoever else calls reads.
_PUSHES = "push:"


class Call(NamedTuple):
    """A request under way: for what, pushing or reading, since when."""

    name: str
    pushes: bool
    since: datetime


@dataclass(frozen=True, slots=True)
class State:
    """One company's pushing as it stands now."""

    connection: Connection
    allowance: GovernorState | None  # None: Redis does not answer
    backlog: Backlog
    names: Sequence[str]  # of what was sent and is not answered, what left last first
    lately: Lately
    metered: Metered  # this month, a minute old at most
    metered_of_all: Metered  # of every company of this installation: they share the quota
    readings: Readings  # how far its book is read where the feed is not enough

    @property
    def provider(self) -> Provider:
        """Return what the vendor allows."""
        return LEDGERS[self.connection.provider].provider

    @property
    def ledger(self) -> str:
        """Return the ledger's name."""
        return ledger_name(self.connection.provider)

    @property
    def limits(self) -> Limits:
        """Return how fast we may be."""
        return limits_of(self.connection)

    @property
    def at_a_time(self) -> int:
        """Return how many documents may be under way at once."""
        return writes_at_once(self.connection)

    @property
    def left(self) -> int:
        """Return how many requests may still be made in this minute."""
        made = self.allowance.last_minute if self.allowance else 0
        return max(self.limits.per_minute - made, 0)

    @property
    def pause(self) -> Pause | None:
        """Return the pause in force."""
        return pause_of(self.connection, self.allowance)

    @property
    def calls(self) -> list[Call]:
        """Return what is under way now, pushes first, the oldest of each first."""
        places = sorted(self.allowance.in_flight if self.allowance else (), key=lambda p: p.since)
        pushing = [place for place in places if _pushes(place)]
        # Both lists are cut to the same number: the youngest place has what left last.
        names = [*self.names[: len(pushing)], *["Looking up"] * len(pushing)][: len(pushing)]
        named = zip(reversed(names), pushing, strict=True)
        reading = [Call("Reading", False, place.since) for place in places if not _pushes(place)]
        return [Call(name, True, place.since) for name, place in named] + reading

    @property
    def moves(self) -> bool:
        """Tell whether anything is sent by itself, now or after a pause."""
        in_use = self.connection.state == ConnectionState.ACTIVE and self.connection.live
        return in_use and self.allowance is not None

    @property
    def done_at(self) -> datetime | None:
        """Return when all that waits is brought to an answer; None: nobody can say."""
        until = self.pause.until if self.pause else None
        return done_at(self.backlog.waiting, self._pace if self.moves else None, until, now())

    @property
    def _pace(self) -> Pace:
        minute, second = buckets(self.limits)
        return Pace(
            a_minute=minute.per_second * 60,
            a_second=second.per_second,
            in_flight=self.at_a_time,
            lately=self.lately.count,
            pushing_for=now() - (self.lately.since or now()),
        )


def _pushes(place: InFlight) -> bool:
    return place.holder.startswith(_PUSHES)


def states_of(connections: Sequence[Connection]) -> list[State]:
    """Read how these companies stand."""
    ids = [connection.id for connection in connections]
    allowed = allowances(connections)
    backlogs = queries.backlogs(ids, now())
    names, lately = queries.under_way(ids, now()), queries.lately(ids, now())
    meters, read = metered_each(connections, now()), readings(connections)
    of_all = {
        provider: metered_of_installation(provider, now())
        for provider in {connection.provider for connection in connections}
    }
    return [
        State(
            connection,
            allowed[connection.id] if allowed is not None else None,
            backlogs[connection.id],
            names[connection.id],
            lately.get(connection.id, Lately()),
            meters[connection.id],
            of_all[connection.provider],
            read[connection.id],
        )
        for connection in connections
    ]
