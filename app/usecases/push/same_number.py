"""Find shortened numbers that would be the same in the ledger, before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Row, and_, func, or_, select

from app.domain.long_numbers import SHORTEN, number_there
from app.domain.problem import Missing, Problem
from app.domain.states import NUMBERED, TAKES_OUT, InvoiceStatus, Operation, SyncState
from app.extensions import db
from app.ledgers import LEDGERS
from app.models import Connection, DocumentLink, Push, SalesDocument
from app.usecases.push.judge import block

Unsent = list[tuple[Push, SalesDocument]]


def refuse_same_number(unsent: Unsent, connection: Connection) -> Unsent:
    """Block what would get the number of another of its kind there; returns the rest; no commit."""
    found = same_numbers(unsent, connection)
    for push, invoice in unsent:
        if push.id in found:
            block(push, invoice, found[push.id])
    return [pair for pair in unsent if pair[0].id not in found]


def same_numbers(unsent: Unsent, connection: Connection) -> Mapping[int, Problem]:
    """Return by push what would get the number of another of its kind there.

    What the ledger has already stays. Else a number that is kept whole goes, and of two shortened
    ones the earlier invoice's: the other waits until billing gives it another number.
    """
    if connection.long_numbers != SHORTEN:
        return {}
    vendor = LEDGERS[connection.provider].provider
    longest = vendor.number_length
    # A number that is kept whole meets a shortened one only where it fills all the room.
    long = [pair for pair in unsent if pair[1].kind in NUMBERED and len(pair[1].number) >= longest]
    others = _others(connection, [invoice.number[-longest:] for _, invoice in long])
    found = {}
    for push, invoice in long:
        if push.operation in TAKES_OUT:
            continue
        other = _holder(push, invoice, others, longest)
        if other is not None:
            kept = number_there(invoice.number, longest, SHORTEN)
            found[push.id] = _same(invoice.number, other, kept, vendor.name)
    return found


def _holder(
    push: Push,
    invoice: SalesDocument,
    others: Sequence[Row],  # type: ignore[type-arg]
    longest: int,
) -> str | None:
    """Return the number of the document that has what this one would be called there."""
    kept = number_there(invoice.number, longest, SHORTEN)
    for other in others:
        if other.kind != invoice.kind or other.number == invoice.number:
            continue  # a ledger numbers credit notes beside its invoices
        if number_there(other.number, longest, SHORTEN) != kept:
            continue
        earlier = (len(other.number) > longest, other.id) < (
            len(invoice.number) > longest,
            invoice.id,
        )
        # What is in the ledger already gives way to nothing that is not.
        if other.linked or (earlier and push.operation == Operation.CREATE):
            return str(other.number)
    return None


def _others(connection: Connection, ends: Sequence[str]) -> Sequence[Row]:  # type: ignore[type-arg]
    """Return the documents of these ends that are in the ledger or on their way."""
    if not ends:
        return []
    linked = DocumentLink.id.is_not(None)
    never = or_(
        SalesDocument.sync_state == SyncState.NOT_SENT, SalesDocument.status == InvoiceStatus.VOID
    )
    length = len(ends[0])
    return db.session.execute(
        select(SalesDocument.id, SalesDocument.kind, SalesDocument.number, linked.label("linked"))
        .outerjoin(
            DocumentLink,
            and_(
                DocumentLink.connection_id == connection.id,
                DocumentLink.document_kind == SalesDocument.kind,
                DocumentLink.document_id == SalesDocument.id,
            ),
        )
        .where(
            SalesDocument.connection_id == connection.id,
            SalesDocument.kind.in_(NUMBERED),
            func.right(SalesDocument.number, length).in_(ends),
            or_(linked, ~never),
        )
        .order_by(SalesDocument.id)
    ).all()


def _same(number: str, other: str, kept: str, ledger: str) -> Problem:
    title = f"{number} and {other} would both be {kept} in {ledger}, which keeps no more of either."
    return Problem(
        code="same_number",
        title=title,
        means="It was not sent.",
        what_to_do="Give it another number in billing; the changed invoice then goes by itself.",
        missing=(Missing("document", "", title),),
    )
