"""Tell what a credit note must come off before it is changed or taken out of a ledger."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import func, select

from app.domain.states import Operation
from app.extensions import db
from app.models import CreditApplication, CreditNote, Push, SalesDocument
from app.usecases.push.applying import take_all_off, wait_until_off
from app.usecases.push.intent import open_push
from app.usecases.push.linked import links_of
from app.usecases.push.order import coming_off
from app.usecases.push.same_number import Unsent


def that_may_go(unsent: Unsent) -> Unsent:
    """Leave out what waits on: credit notes judged before that do not come off yet; no commit."""
    return [pair for pair in unsent if not _still_coming_off(*pair)]


def _still_coming_off(push: Push, document: SalesDocument) -> bool:
    """Let a credit note wait while anything is under way that it must come off.

    What goes on it still is brought to its end; then the change is judged. Where it comes off
    already it was.
    """
    found = (open_push(push.connection_id, x.kind, x.id) for x in _coming_off(push, document))
    under_way = [one.operation for one in found if one is not None]
    if under_way and isinstance(document, CreditNote):
        now = db.session.scalars(select(func.now())).one()
        wait_until_off(push, document, now)
        if Operation.VOID in under_way:
            take_all_off(document, now)
    return bool(under_way)


def _coming_off(push: Push, document: SalesDocument) -> Sequence[CreditApplication]:
    """Return what a credit note must come off before this is done to it."""
    if not isinstance(document, CreditNote) or push.operation == Operation.CREATE:
        return ()
    return coming_off(document)


def amount_on(push: Push, document: SalesDocument) -> Decimal | None:
    """Return how much of a credit note is on what it must come off first; None for nothing.

    What was sent already came off; it is brought to its end as it was sent.
    """
    off = _coming_off(push, document) if push.first_sent_at is None else ()
    links = links_of(push.connection_id, off) if off else {}
    there = [link.sent_total for link in links.values() if link.sent_total is not None]
    return sum(there, Decimal(0)) if off else None
