"""Send what is stored: the governor's leave, the mark that it left, the request."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from sqlalchemy import func, update

from app.domain.states import DocumentKind, Operation, PushState
from app.extensions import db
from app.governor import Wait
from app.ledgers.errors import (
    CustomerGone,
    Gone,
    LedgerError,
    NameTaken,
    NotAuthorised,
    NumberTaken,
    Refused,
    Stale,
)
from app.ledgers.interface import Ledger
from app.models import Push
from app.usecases.company.open_ledger import (
    OpenCompany,
    Pace,
    enter,
    governor,
)
from app.usecases.push.answer import Answer
from app.usecases.push.look import (
    look_again,
    look_before_coming_off,
    look_for,
    look_for_attachment,
    look_for_document,
    look_why_gone,
)
from app.usecases.push.look_at_credit import AFTER_REFUSAL, Look
from app.usecases.push.look_customer import (
    look_again_at_customer,
    look_at_customer_of,
    look_for_customer,
    who_has_the_name,
)
from app.usecases.push.look_item import look_for_item
from app.usecases.push.readied import Ready, new_key

Clock = Callable[[], datetime]

# Longest pause of the ledger's rhythm, in seconds, that is kept between the two calls of one push
# (looking for it, then sending it); whatever is longer ends the turn.
_BREATH = 1.0

# Leave that is older than this, in seconds, is asked for again before the request leaves.
_STALE = 0.1


def _look_what_is_gone(ledger: Ledger, ready: Ready) -> Answer | None:
    """Find out whether it is the document itself, or its customer."""
    return look_why_gone(ledger, ready) or look_at_customer_of(ledger, ready)


# What finds out whether a push was done already; of everything else, look_for does.
_LOOKS_FIRST: dict[DocumentKind, Look] = {
    DocumentKind.CUSTOMER: look_for_customer,
    DocumentKind.ITEM: look_for_item,
    DocumentKind.ATTACHMENT: look_for_attachment,
}
# Where a refusal may mean that it is there already, and how to find out.
_LOOKS_AFTER: dict[DocumentKind, dict[type[LedgerError], Look]] = {
    DocumentKind.CUSTOMER: {
        NameTaken: who_has_the_name,
        Stale: look_again_at_customer,
        Gone: look_again_at_customer,
    },
    DocumentKind.ITEM: {NameTaken: look_for_item},
    DocumentKind.ATTACHMENT: {},
}
_LOOKS_AFTER_DOCUMENT: dict[type[LedgerError], Look] = {
    NumberTaken: look_for_document,
    Stale: look_again,
    Gone: _look_what_is_gone,
    CustomerGone: look_at_customer_of,
}


class Sender:
    """Sends one company's pushes one after the other over one connection."""

    def __init__(self, company: OpenCompany, clock: Clock, pace: Pace) -> None:
        self.company = company
        self.clock = clock
        self._pace = pace
        self._admitted_at: float | None = None  # for the next call, by the monotonic clock

    def admit(self) -> Wait | None:
        """Take leave for the next call ahead of it, so that nobody waits for it in a thread.

        Returns the governor's wait where there is none. Raises GovernorUnavailable.
        """
        line = self.company.line
        answer = governor().enter(line.company, self.company.holder, line.limits)
        self._admitted_at = None if isinstance(answer, Wait) else time.monotonic()
        return answer if isinstance(answer, Wait) else None

    def ask(self) -> Wait | None:
        """Return the wait that a call would meet now. Raises GovernorUnavailable."""
        line = self.company.line
        answer = governor().ask(line.company, self.company.holder, line.limits)
        return answer if isinstance(answer, Wait) else None

    def send(self, ready: Ready) -> Answer | Wait:
        """Bring one push to an answer, or say how long the governor wants it to wait.

        Looks into the ledger first when the key may be forgotten there, and afterwards when the
        ledger says that the number, the name or the version is taken, or that something is gone.
        Raises GovernorUnavailable.
        """
        if ready.comes_off is not None:
            looked = self.governed(partial(_looked, look_before_coming_off, ready))
            return looked or Answer(comes_off=True)
        if self._must_look(ready):
            looking = _LOOKS_FIRST.get(ready.kind, look_for)
            looked = self.governed(lambda ledger: looking(ledger, ready))
            if looked is not None:
                return looked
            if ready.only_look:
                return Answer(absent=True)
            ready = _with_new_key(ready)
        answer = self.governed(lambda ledger: self._sent(ledger, ready))
        for look in _looks_after(ready, answer):
            found = self.governed(partial(_looked, look, ready))
            if found is not None:
                return found
        return answer or Answer()

    def governed(self, deed: Callable[[Ledger], Answer | None]) -> Answer | Wait | None:
        """Make one call with the governor's leave; a LedgerError becomes an answer."""
        line = self.company.line
        try:
            self._keep_admitted()
            return self.company.do(self.clock(), deed)
        except _HeldUp as held_up:
            return held_up.wait
        except LedgerError as error:
            return Answer(error=error)
        finally:
            self._admitted_at = None
            governor().leave(line.company, self.company.holder)

    def _keep_admitted(self) -> None:
        """Have leave that is fresh: calls let in one by one must not leave in a bunch.

        Raises _HeldUp and GovernorUnavailable.
        """
        if self._admitted_at is not None and time.monotonic() - self._admitted_at < _STALE:
            return
        admitted = enter(self.company.line, self.company.holder, _BREATH, self._pace)
        if isinstance(admitted, Wait):
            raise _HeldUp(admitted)
        self._admitted_at = time.monotonic()

    def _sent(self, ledger: Ledger, ready: Ready) -> Answer:
        if not _mark_sent(ready, self.clock()):
            return Answer(withdrawn=True)
        self._keep_admitted()
        [outcome] = ledger.send([ready.write])
        if isinstance(outcome.error, NotAuthorised):
            raise outcome.error  # the company is opened once more with a new token
        return Answer(outcome.written, outcome.error, outcome.milliseconds)

    def _must_look(self, ready: Ready) -> bool:
        if ready.look_first or ready.first_sent_at is None:
            return ready.look_first
        if ready.kind == DocumentKind.ATTACHMENT:
            return True  # whether an upload is known again by its key is not documented
        lifetime = self.company.line.kind.provider.key_lifetime
        return self.clock() - ready.first_sent_at > lifetime


def _looks_after(ready: Ready, answer: Answer | Wait | None) -> Sequence[Look]:
    """Return what to look at before a refusal is taken for the last word."""
    error = answer.error if isinstance(answer, Answer) else None
    applies = ready.application is not None and ready.operation == Operation.CREATE
    if applies and isinstance(error, Refused | Gone):
        return AFTER_REFUSAL
    looks = _LOOKS_AFTER.get(ready.kind, _LOOKS_AFTER_DOCUMENT)
    look = looks.get(type(error)) if error is not None else None
    return () if look is None else (look,)


def _looked(look: Look, ready: Ready, ledger: Ledger) -> Answer | None:
    return look(ledger, ready)


class _HeldUp(Exception):
    """Raised when leave was not had after all, or came to nothing while we were kept busy."""

    def __init__(self, wait: Wait) -> None:
        super().__init__(wait.reason)
        self.wait = wait


def _mark_sent(ready: Ready, now: datetime) -> bool:
    """Note that the bytes leave now; False when the intention changed since they were stored.

    Also where another worker took it over: the same key twice at once is what no ledger promises
    to see through.
    """
    done = db.session.execute(
        update(Push)
        .where(
            Push.id == ready.push_id,
            Push.key == ready.key,
            Push.state == PushState.PUSHING,
            Push.claimed_by == ready.claimed_by,
        )
        .values(first_sent_at=func.coalesce(Push.first_sent_at, now), key_used=True)
        .returning(Push.id)
    ).first()
    db.session.commit()
    return done is not None


def _with_new_key(ready: Ready) -> Ready:
    """Store a new key: the ledger forgot the old one, and the document is not there."""
    key = new_key()
    db.session.execute(
        update(Push)
        .where(Push.id == ready.push_id, Push.key == ready.key)
        .values(key=key, key_used=False, first_sent_at=None, look_first=False)
    )
    db.session.commit()
    return replace(ready, key=key, first_sent_at=None, look_first=False)
