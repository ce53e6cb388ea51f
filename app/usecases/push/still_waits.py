"""Judge everything that was stopped as a drain would: whoever promises that one goes asks here.

By what is mapped, linked and set at this moment, not by the last look; a constant number of
queries, no call to the ledger, nothing written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property

from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload

from app import clock
from app.domain.problem import Missing
from app.domain.push_plan import Mappings
from app.domain.states import NUMBERED, TAKES_OUT, ConnectionState, MappingKind, PushState
from app.domain.still_waiting import CONNECTION, CUSTOMER, NEW, Going, Key, Standing, going
from app.extensions import db
from app.models import Connection, Push, SalesDocument
from app.usecases.company.open_ledger import on_paper
from app.usecases.push.judge import dates_there, in_the_way, unbookable
from app.usecases.push.mappings import mappings_of, rates_of
from app.usecases.push.same_number import same_numbers
from app.usecases.push.those_there import alike_there
from app.usecases.push.whom_they_wait_for import CustomersWaitedFor

# Stands for any item: no figure depends on which one a service is sold as.
_ANY_ITEM = "0"
Pair = tuple[Push, SalesDocument]


class Stopped:
    """What was stopped of a company's documents, and all that is known of what they need."""

    def __init__(self, connection: Connection, now: datetime | None = None) -> None:
        self._connection = connection
        self._now = now or clock.now()
        self._pairs = _stopped(connection.id)
        documents = [document for _, document in self._pairs]
        self._mappings, self._rates = mappings_of(connection), rates_of(connection)
        self._paper = on_paper(connection.provider, connection.environment, connection.company_id)
        self._dates = dates_there(connection.id, documents)
        self._customers = CustomersWaitedFor(connection, documents)
        self._same = same_numbers(self._pairs, connection)
        self._alike = alike_there(connection, [push.id for push, _ in self._pairs])

    @cached_property
    def standings(self) -> Sequence[Standing]:
        """Return every stopped document with everything it waits for."""
        return [self._standing(pair) for pair in self._pairs]

    def going(self, matters: Callable[[Standing], bool]) -> Going:
        """Count what goes now, and what still waits, of the documents that matter."""
        return going(one for one in self.standings if matters(one))

    def go_with(self, kind: MappingKind, code: str, ledger_id: str | None) -> frozenset[int]:
        """Return the pushes that would go if a code were mapped to an entry.

        None where that is not chosen yet: what it is then taxed as nobody can tell.
        """
        if ledger_id is None and kind != MappingKind.SERVICE:
            return frozenset()
        pairs = self._by_only.get((kind, code))
        if not pairs:
            return frozenset()
        mappings = _with(self._mappings, kind, code, ledger_id or _ANY_ITEM)
        return frozenset(
            pair[0].id
            for pair in pairs
            if all(one.kind == NEW for one in self._waits(pair, mappings))
        )

    def go_once_settled(self, customer: str) -> Going:
        """Count what goes once it is settled who a customer of billing's is there."""
        mine = [one for one in self.standings if (CUSTOMER, customer) in one.keys]
        return going(one.without(CUSTOMER, customer) for one in mine)

    @cached_property
    def _by_only(self) -> Mapping[Key | None, list[Pair]]:
        """Return what waits for one thing alone, by that: each row of a page asks for its own."""
        found: defaultdict[Key | None, list[Pair]] = defaultdict(list)
        for pair, standing in zip(self._pairs, self.standings, strict=True):
            found[standing.only].append(pair)
        return found

    def _standing(self, pair: Pair) -> Standing:
        push, document = pair
        return Standing(
            push_id=push.id,
            kind=document.kind,
            currency=document.currency,
            total=document.total,
            codes=frozenset(_codes(document)),
            waits=self._waits(pair, self._mappings),
        )

    def _waits(self, pair: Pair, mappings: Mappings) -> tuple[Missing, ...]:
        push, document = pair
        booked = self._dates.get(document.id)
        found = [*in_the_way(push, document, self._connection, mappings, {}, booked)]
        if push.operation not in TAKES_OUT:
            found += self._in_the_books(pair, mappings, unmapped=bool(found))
            found += self._customers.wait(document)
        return tuple(dict.fromkeys([*found, *self._closed_to_all]))

    def _in_the_books(self, pair: Pair, mappings: Mappings, *, unmapped: bool) -> list[Missing]:
        """Return what only a look at the books or the body tells; no body while one is missing."""
        push, document = pair
        found = [*self._same[push.id].missing] if push.id in self._same else []
        if document.id in self._alike:
            found.append(Missing("perhaps_there", "", document.number))
        if not unmapped:
            problem = unbookable(document, self._connection, mappings, self._rates, self._paper)
            if problem is not None:
                found += problem.missing or (Missing("document", "", problem.title),)
        return found

    @cached_property
    def _closed_to_all(self) -> Sequence[Missing]:
        """Return why nothing at all leaves this company just now."""
        company = self._connection
        quiet = company.quiet_until is not None and company.quiet_until > self._now
        stopped = {
            "not_live": not company.live,
            "paused": company.state == ConnectionState.PAUSED,
            "broken": company.state == ConnectionState.BROKEN,
            "quiet": quiet and company.state == ConnectionState.ACTIVE,
        }
        return [Missing(CONNECTION, code, code) for code, is_so in stopped.items() if is_so]


def going_of(connection: Connection, push_ids: Collection[int]) -> Going:
    """Count what goes of pushes that were let go just now; in the transaction that let them go."""
    db.session.flush()
    chosen = frozenset(push_ids)
    return Stopped(connection).going(lambda one: one.push_id in chosen)


def _stopped(connection_id: int) -> list[Pair]:
    """Read what a person was asked about, and what was let go since and is not judged yet."""
    rows = db.session.execute(
        select(Push, SalesDocument)
        .join(SalesDocument, SalesDocument.id == Push.document_id)
        .where(
            Push.connection_id == connection_id,
            Push.document_kind.in_(NUMBERED),
            Push.undoes_id.is_(None),
            or_(
                Push.state == PushState.BLOCKED,
                Push.state.in_((PushState.WAITING, PushState.PUSHING))
                & Push.body.is_(None)
                & SalesDocument.problem.is_not(None),
            ),
        )
        .options(selectinload(SalesDocument.lines), selectinload(SalesDocument.customer))
        .order_by(Push.id)
    )
    return [(row[0], row[1]) for row in rows]


def _codes(document: SalesDocument) -> set[tuple[str, str]]:
    return {
        (str(kind), code)
        for line in document.lines
        for kind, code in (
            (MappingKind.SERVICE, line.service_code),
            (MappingKind.TAX_CODE, line.tax_code),
        )
        if code
    }


def _with(mappings: Mappings, kind: MappingKind, code: str, ledger_id: str) -> Mappings:
    gone = {key: one for key, one in mappings.gone.items() if key != (kind, code)}
    if kind == MappingKind.SERVICE:
        return replace(mappings, services={**mappings.services, code: ledger_id}, gone=gone)
    return replace(mappings, tax_codes={**mappings.tax_codes, code: ledger_id}, gone=gone)
