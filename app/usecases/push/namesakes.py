"""Remember, for one turn, whom the ledger has of the names it was asked for: a query is metered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from app.domain.customer import name_key
from app.ledgers.interface import LedgerCustomer
from app.usecases.push.unknown import Unknown, unknown_to_come

# Customers of so many invoices further down the line are asked for in the same query.
_AHEAD = 100


class Namesakes:
    """The ledger's customers of the names asked for so far, and which names those were."""

    def __init__(self, connection_id: int) -> None:
        self._connection_id = connection_id
        self._asked: set[str] = set()
        self.there: list[LedgerCustomer] = []
        self._refused: dict[str, str] = {}

    def names_to_ask(self, unknown: Sequence[Unknown], now: datetime) -> list[str]:
        """Return the names to ask for now; none where all of these were asked for."""
        if not self._new(unknown):
            return []
        ahead = unknown_to_come(self._connection_id, now, _AHEAD)
        return list(dict.fromkeys(self._new([*unknown, *ahead])))

    def heard(self, names: Iterable[str], there: Sequence[LedgerCustomer]) -> None:
        """Keep an answer."""
        self._asked.update(name_key(name) for name in names)
        self.there += there

    def heard_refusal(self, name: str, words: str) -> None:
        """Keep that the ledger does not want to be asked for a name, and what it said."""
        self._asked.add(name_key(name))
        self._refused[name_key(name)] = words

    def refusal_of(self, name: str) -> str | None:
        """Return what the ledger said where it did not want to be asked for a name."""
        return self._refused.get(name_key(name))

    def forget(self, names: Iterable[str]) -> None:
        """Ask again for names of which one is being created: the next of that name must find it."""
        gone = {name_key(name) for name in names}
        self._asked -= gone
        self.there = [c for c in self.there if name_key(c.answers or c.name) not in gone]

    def _new(self, unknown: Sequence[Unknown]) -> list[str]:
        return [
            one.name
            for one in unknown
            if one.gone is None and name_key(one.name) not in self._asked
        ]
