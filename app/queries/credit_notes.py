"""Credit notes for the pages: the list, what each is put on, and which need somebody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select, tuple_
from sqlalchemy.orm import aliased, contains_eager

from app.domain.crediting import NOT_AS_BILLED
from app.domain.states import NEEDS_PERSON, DocumentKind, InvoiceStatus, SyncState
from app.extensions import db
from app.models import CreditApplication, CreditNote, Customer, DocumentLink, Invoice, Push
from app.queries.counts import listed
from app.queries.found import escape_like
from app.queries.invoices import PAGE

_CHANGED_THERE = (SyncState.DIFFERS, SyncState.VOIDED, SyncState.DELETED_THERE)


@dataclass(frozen=True, slots=True)
class Part:
    """What a credit note is put on: the application, and the invoice once it came."""

    applied: CreditApplication
    invoice: Invoice | None

    @property
    def called(self) -> str:
        """Return what people call the invoice."""
        return self.invoice.number if self.invoice else self.applied.applied_to

    @property
    def off(self) -> bool:
        """Tell whether billing took the credit note off it."""
        return self.applied.status == InvoiceStatus.VOID

    @property
    def stuck(self) -> bool:
        """Tell whether a person must act before it is there as billed, or off again."""
        return self.applied.sync_state in NEEDS_PERSON or self.not_as_billed

    @property
    def not_as_billed(self) -> bool:
        """Tell whether the ledger used it elsewhere, or somebody took it off there."""
        return not self.off and (self.applied.problem or {}).get("code") in NOT_AS_BILLED

    @property
    def coming_off(self) -> bool:
        """Tell whether it is being taken off, and not off yet."""
        still = (SyncState.VOIDED, SyncState.NOT_SENT, SyncState.PUSHED)
        return self.off and self.applied.sync_state not in still


@dataclass(frozen=True, slots=True)
class Page:
    """One page of credit notes, newest first, and what the whole filter comes to."""

    rows: Sequence[CreditNote]
    parts: dict[int, list[Part]]
    more: tuple[date, int] | None
    count: int
    sums: dict[str, Decimal]


def page(
    typed: str = "", *, only_needs: bool = False, before: tuple[date, int] | None = None
) -> Page:
    """Return one page; typed: part of a number or of a customer's name."""
    which = _which(typed, only_needs)
    here = [*which]
    if before is not None:
        reached = tuple_(literal(before[0]), literal(before[1]))
        here.append(tuple_(CreditNote.issue_date, CreditNote.id) < reached)
    rows = db.session.scalars(
        select(CreditNote)
        .join(Customer, Customer.id == CreditNote.customer_id)
        .options(contains_eager(CreditNote.customer))
        .where(*here)
        .order_by(CreditNote.issue_date.desc(), CreditNote.id.desc())
        .limit(PAGE + 1)
    ).all()
    count, sums = _totals(which)
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    shown = rows[:PAGE]
    more = (last.issue_date, last.id) if last else None
    return Page(shown, parts_of([row.id for row in shown]), more, count, sums)


def _which(typed: str, only_needs: bool) -> list[ColumnElement[bool]]:
    which: list[ColumnElement[bool]] = []
    if typed:
        like = f"%{escape_like(typed)}%"
        which.append(or_(CreditNote.number.ilike(like), Customer.name.ilike(like)))
    if only_needs:
        which.append(needs_somebody())
    return which


def _totals(which: Sequence[ColumnElement[bool]]) -> tuple[int, dict[str, Decimal]]:
    rows = db.session.execute(
        select(CreditNote.currency, func.count(), func.sum(CreditNote.total))
        .join(Customer, Customer.id == CreditNote.customer_id)
        .where(*which)
        .group_by(CreditNote.currency)
    ).all()
    return sum(row[1] for row in rows), {row[0]: row[2] for row in rows}


def needs_somebody() -> ColumnElement[bool]:
    """Match credit notes that a person must look at, or of which a part must be looked at.

    Those that an open difference lists already, decided about or not, are left out.
    """
    part = aliased(CreditApplication)
    stuck = (
        exists()
        .where(
            part.credit_note_id == CreditNote.id,
            or_(
                part.sync_state.in_(NEEDS_PERSON),
                and_(
                    part.status != InvoiceStatus.VOID,
                    part.problem["code"].astext.in_(NOT_AS_BILLED),
                ),
            ),
        )
        .correlate(CreditNote)  # its own table under another name
    )
    changed = and_(
        CreditNote.sync_state.in_(_CHANGED_THERE),
        CreditNote.status != InvoiceStatus.VOID,
        ~listed(CreditNote),
    )
    return or_(CreditNote.sync_state.in_(NEEDS_PERSON), changed, stuck)


def counts() -> dict[str, int]:
    """Count all credit notes, and those that need somebody."""
    every, needs = db.session.execute(
        select(func.count(), func.count().filter(needs_somebody())).select_from(CreditNote)
    ).one()
    return {"all": every, "needs": needs}


def how_many() -> int:
    """Count all credit notes."""
    return db.session.scalar(select(func.count()).select_from(CreditNote)) or 0


def parts_of(credit_ids: Sequence[int]) -> dict[int, list[Part]]:
    """Return what credit notes are put on, and what they were taken off, or are to be.

    What others put them on is theirs to take off.
    """
    ours = exists().where(
        DocumentLink.document_kind == DocumentKind.CREDIT_APPLICATION,
        DocumentLink.document_id == CreditApplication.id,
    )
    shown = or_(
        CreditApplication.status != InvoiceStatus.VOID,
        CreditApplication.sync_state.not_in((SyncState.NOT_SENT, SyncState.PUSHED)),
        and_(CreditApplication.sync_state == SyncState.PUSHED, ours),
    )
    invoice = aliased(Invoice)  # of the same table
    rows = db.session.execute(
        select(CreditApplication, invoice)
        .outerjoin(
            invoice,
            and_(
                invoice.workspace_id == CreditApplication.workspace_id,
                invoice.external_id == CreditApplication.applied_to,
            ),
        )
        .where(CreditApplication.credit_note_id.in_(credit_ids), shown)
        .order_by(CreditApplication.id)
    )
    found: dict[int, list[Part]] = {}
    for applied, put_on in rows:
        found.setdefault(applied.credit_note_id, []).append(Part(applied, put_on))
    return found


def pushes_of(credit: CreditNote) -> Sequence[Push]:
    """Return every intention about what a credit note is put on, newest first."""
    return db.session.scalars(
        select(Push)
        .join(CreditApplication, CreditApplication.id == Push.document_id)
        .where(
            Push.document_kind == CreditApplication.kind,
            CreditApplication.credit_note_id == credit.id,
        )
        .order_by(Push.id.desc())
    ).all()
