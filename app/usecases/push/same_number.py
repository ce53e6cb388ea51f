"""Find shortened numbers that would be the same in the ledger, before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Row, and_, func, or_, select

from app.domain.long_numbers import SHORTEN, number_there
from app.domain.problem import Missing, Problem
from app.domain.states import TAKES_OUT, DocumentKind, InvoiceStatus, Operation, SyncState
from app.extensions import db
from app.ledgers import LEDGERS
from app.models import Connection, DocumentLink, Invoice, Push
from app.usecases.push.judge import block

Unsent = list[tuple[Push, Invoice]]


def refuse_same_number(unsent: Unsent, connection: Connection) -> Unsent:
    """Block what would get the number of another invoice there; returns the rest; no commit.

    What the ledger has already stays. Else a number that is kept whole goes, and of two shortened
    ones the earlier invoice's: the other waits until billing gives it another number.
    """
    if connection.long_numbers != SHORTEN:
        return unsent
    vendor = LEDGERS[connection.provider].provider
    longest = vendor.number_length
    # A number that is kept whole meets a shortened one only where it fills all the room.
    long = [pair for pair in unsent if len(pair[1].number) >= longest]
    others = _others(connection, [invoice.number[-longest:] for _, invoice in long])
    blocked = set()
    for push, invoice in long:
        if push.operation in TAKES_OUT:
            continue
        other = _holder(push, invoice, others, longest)
        if other is not None:
            kept = number_there(invoice.number, longest, SHORTEN)
            block(push, invoice, _same(invoice.number, other, kept, vendor.name))
            blocked.add(push.id)
    return [pair for pair in unsent if pair[0].id not in blocked]


def _holder(
    push: Push,
    invoice: Invoice,
    others: Sequence[Row],  # type: ignore[type-arg]
    longest: int,
) -> str | None:
    """Return the number of the invoice that has what this one would be called there."""
    kept = number_there(invoice.number, longest, SHORTEN)
    for other in others:
        if other.number == invoice.number or number_there(other.number, longest, SHORTEN) != kept:
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
    """Return the invoices of these ends that are in the ledger or on their way."""
    if not ends:
        return []
    linked = DocumentLink.id.is_not(None)
    never = or_(Invoice.sync_state == SyncState.NOT_SENT, Invoice.status == InvoiceStatus.VOID)
    length = len(ends[0])
    return db.session.execute(
        select(Invoice.id, Invoice.number, linked.label("linked"))
        .outerjoin(
            DocumentLink,
            and_(
                DocumentLink.connection_id == connection.id,
                DocumentLink.document_kind == DocumentKind.INVOICE,
                DocumentLink.document_id == Invoice.id,
            ),
        )
        .where(
            Invoice.connection_id == connection.id,
            func.right(Invoice.number, length).in_(ends),
            or_(linked, ~never),
        )
        .order_by(Invoice.id)
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
