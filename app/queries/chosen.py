"""What a person ticked in the list, parted by what one deed can do to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.domain.states import FINISHED, SALES, SyncState
from app.extensions import db
from app.models import Invoice, Push

# Tells of an invoice and its open push whether a deed can be done to it.
Can = Callable[[Invoice, Push | None], bool]


@dataclass(slots=True)
class Chosen:
    """The invoices a deed is for, those that stay as they are, and the money of the first."""

    go: list[Invoice] = field(default_factory=list)
    stay: list[Invoice] = field(default_factory=list)

    @property
    def sums(self) -> dict[str, Decimal]:
        """Return what the invoices it is for come to, each currency for itself."""
        found: dict[str, Decimal] = {}
        for invoice in self.go:
            found[invoice.currency] = found.get(invoice.currency, Decimal(0)) + invoice.total
        return found

    @property
    def blocked(self) -> int:
        """Count those that something is missing for."""
        return sum(1 for invoice in self.go if invoice.sync_state == SyncState.BLOCKED)


def chosen(ids: Sequence[int], can: Can) -> Chosen:
    """Part some invoices of the workspace, newest first; two queries however many they are."""
    invoices = db.session.scalars(
        select(Invoice)
        .options(joinedload(Invoice.customer))
        .where(Invoice.id.in_(ids))
        .order_by(Invoice.issue_date.desc(), Invoice.id.desc())
    ).all()
    pushes = _open_pushes([invoice.id for invoice in invoices])
    found = Chosen()
    for invoice in invoices:
        push = pushes.get((invoice.connection_id, invoice.id))
        (found.go if can(invoice, push) else found.stay).append(invoice)
    return found


def _open_pushes(ids: Sequence[int]) -> dict[tuple[int | None, int], Push]:
    rows = db.session.scalars(
        select(Push).where(
            Push.document_kind.in_(SALES), Push.document_id.in_(ids), Push.state.not_in(FINISHED)
        )
    )
    return {(push.connection_id, push.document_id): push for push in rows}
