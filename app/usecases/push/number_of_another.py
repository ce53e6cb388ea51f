"""Say that a number the ledger has already is that of another document of billing's."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import and_, select

from app.domain.problem import Place, Problem
from app.domain.states import Operation
from app.domain.wording import day_long, format_money
from app.extensions import db
from app.ledgers.interface import LedgerKind
from app.models import DocumentLink, Push, SalesDocument
from app.usecases.push.tell import KIND_WORDS, deed_of


def named_twice(
    problem: Problem, push: Push, document: SalesDocument, number: str, kind: LedgerKind
) -> Problem:
    """Return the problem of a number taken, by what we know of whoever has it.

    number: as the ledger keeps it. What nobody of ours has stays as it is.
    """
    other = db.session.scalars(
        select(SalesDocument)
        .join(
            DocumentLink,
            and_(
                DocumentLink.document_kind == SalesDocument.kind,
                DocumentLink.document_id == SalesDocument.id,
            ),
        )
        .where(
            DocumentLink.connection_id == push.connection_id,
            DocumentLink.number == number,
            SalesDocument.kind == document.kind,
            SalesDocument.id != document.id,
        )
        .order_by(SalesDocument.id)
    ).first()
    if other is None:
        return problem
    ledger, what = kind.provider.name, KIND_WORDS[deed_of(push).kind]
    total = format_money(other.total, other.currency)
    new = push.operation == Operation.CREATE
    lost = f"This {what}" if new else f"This change of the {what}"
    one = f"{total} for {other.customer.name}, dated {day_long(other.issue_date)}"
    return replace(
        problem,
        title=f"Billing gave the number {number} to two {what}s. The other, {one}, has it in"
        f" {ledger}.",
        means=f"{lost} is not in the books; the other one is. Nothing was sent a second time.",
        what_to_do=f"Give this {what} another number in billing: it then goes by itself.",
        where=Place.BILLING,
    )
