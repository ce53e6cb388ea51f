"""Credit notes as the API shows them: what billing said, where they are, what they are put on."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from app.domain.public_id import public_id
from app.domain.states import CREDIT_STATUS, InvoiceStatus, SyncState
from app.extensions import db
from app.models import CreditApplication, CreditNote, DocumentLink
from app.queries.api_invoices import (
    Json,
    Page,
    Wanted,
    amount,
    attempts_of,
    find,
    links_of,
    listed,
    sync_of,
)


def find_credit_note(workspace_id: int, name: str) -> CreditNote | None:
    """Find a credit note by billing's id or by ours; where both exist, billing's counts."""
    return find(CreditNote, workspace_id, name)


def show_credit_note(credit: CreditNote) -> Json:
    """Return one credit note as in the public contract."""
    return _show([credit])[0]


def list_credit_notes(workspace_id: int, wanted: Wanted, cursor: str | None, limit: int) -> Page:
    """Return credit notes, newest first; with changed_since what changed first.

    Raises BadCursor.
    """
    page, following = listed(CreditNote, workspace_id, wanted, cursor, limit)
    return Page(_show(page), following)


def _show(notes: Sequence[CreditNote]) -> list[Json]:
    parts = _parts(notes)
    every = [one for some in parts.values() for one in some]
    links = links_of([*notes, *every])
    attempts = attempts_of([*notes, *every])
    return [_one(credit, parts.get(credit.id, []), links, attempts) for credit in notes]


def _one(
    credit: CreditNote,
    parts: Sequence[CreditApplication],
    links: dict[int, DocumentLink],
    attempts: dict[int, int],
) -> Json:
    return {
        "id": public_id(credit.id),
        "external_id": credit.external_id,
        "number": credit.number,
        "currency": credit.currency,
        "total": amount(credit.total, credit.currency),
        "balance": amount(credit.unused, credit.currency),
        "status": CREDIT_STATUS[InvoiceStatus(credit.status)],
        "sync": sync_of(credit, links.get(credit.id), attempts.get(credit.id, 0)),
        "applied_to": [
            _part(part, links, attempts) for part in parts if part.status != InvoiceStatus.VOID
        ],
        "still_applied_to": [
            _part(part, links, attempts)
            for part in parts
            if part.status == InvoiceStatus.VOID and part.id in links
        ],
    }


def _part(
    part: CreditApplication, links: dict[int, DocumentLink], attempts: dict[int, int]
) -> Json:
    link = links.get(part.id)
    there = link.sent_total if link else None
    return {
        "invoice": part.applied_to,
        "amount": amount(part.total, part.currency),
        "amount_there": amount(there, part.currency) if there is not None else None,
        "sync": sync_of(part, link, attempts.get(part.id, 0)),
    }


def _parts(notes: Sequence[CreditNote]) -> dict[int, list[CreditApplication]]:
    """Return what credit notes are to be on, and what they are on there, though not in billing."""
    off = (SyncState.VOIDED, SyncState.NOT_SENT)
    found: dict[int, list[CreditApplication]] = {}
    for part in db.session.scalars(
        select(CreditApplication)
        .options(joinedload(CreditApplication.connection))
        .where(
            CreditApplication.credit_note_id.in_([credit.id for credit in notes]),
            or_(
                CreditApplication.status != InvoiceStatus.VOID,
                CreditApplication.sync_state.not_in(off),
            ),
        )
        .order_by(CreditApplication.id)
    ):
        found.setdefault(part.credit_note_id, []).append(part)
    return found
