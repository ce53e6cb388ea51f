"""Show of what billing put a credit note on how much of that the ledger's payments say.

A bookkeeper may take it off again there, by hand: our link to the entry does not tell.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, exists, or_, select, tuple_
from sqlalchemy.orm import aliased

from app.domain.crediting import LESS_ON, NOT_AS_BILLED, TAKEN_OFF, in_both, standing_there
from app.domain.problem import Problem
from app.domain.reading import BookKind
from app.domain.states import DocumentKind, InvoiceStatus, SyncState
from app.domain.wording import format_money
from app.extensions import db
from app.ledgers import LEDGERS
from app.models import (
    OF_PAYMENT,
    Connection,
    CreditApplication,
    CreditNote,
    DocumentLink,
    Invoice,
    LedgerPaymentRow,
    LedgerSettlementRow,
)
from app.usecases.push.applied import show_applied
from app.usecases.push.linked import link_of
from app.usecases.push.order import called, invoice_of

# Where an application is that only the ledger may change: of those that are not sent, only what
# was used, or taken off, there.
_THERE = (SyncState.PUSHED, SyncState.DIFFERS, SyncState.DELETED_THERE, SyncState.NOT_SENT)


def show_on_there(connection_id: int, invoices: Collection[str]) -> set[str]:
    """Show what is on these invoices of the ledger; returns its ids of the credit notes.

    Locks the credit notes, then their applications; no commit.
    """
    if not invoices:
        return set()
    invoice = aliased(Invoice)  # of the same table
    put_on = (
        select(invoice.workspace_id, invoice.external_id)
        .join(DocumentLink, DocumentLink.document_id == invoice.id)
        .where(
            DocumentLink.connection_id == connection_id,
            DocumentLink.document_kind == DocumentKind.INVOICE,
            DocumentLink.ledger_id.in_(invoices),
        )
    )
    which = tuple_(CreditApplication.workspace_id, CreditApplication.applied_to).in_(put_on)
    return _show(connection_id, which)


def show_lately_put_on(connection_id: int, since: datetime) -> None:
    """Show what of that which was linked since a moment was taken off before; no commit."""
    lately = exists().where(
        DocumentLink.connection_id == connection_id,
        DocumentLink.document_kind == DocumentKind.CREDIT_APPLICATION,
        DocumentLink.document_id == CreditApplication.id,
        DocumentLink.pushed_at >= since,
    )
    _show(connection_id, lately)


def show_as_there(one: CreditApplication) -> None:
    """Show an application as the ledger's payments say; one they say nothing of stays; no commit.

    One that billing took off, and that somebody took off there too, is off. One that is not there
    and that no entry of ours put there is as if it never was: it goes once billing says so.
    """
    connection_id, invoice = one.connection_id or 0, invoice_of(one)
    link = link_of(connection_id, one)
    credit = link_of(connection_id, db.session.get_one(CreditNote, one.credit_note_id))
    put_on = link_of(connection_id, invoice) if invoice is not None else None
    if credit is None or put_on is None or (link is not None and not _is_read(link)):
        return
    on = _on(credit, put_on)
    asked = _asked(one, link, credit)
    state = standing_there(asked, on)
    problem = _problem(one, state, on, asked)
    if state == SyncState.DELETED_THERE and one.status == InvoiceStatus.VOID:
        state, problem = SyncState.VOIDED, None
    elif state == SyncState.DELETED_THERE and link is None:
        state = SyncState.NOT_SENT
    if one.sync_state == SyncState.NOT_SENT and state != SyncState.PUSHED:
        return
    if state != one.sync_state:
        one.sync_state, one.problem = state, problem
        show_applied(one)


def _show(connection_id: int, which: ColumnElement[bool]) -> set[str]:
    credit = aliased(DocumentLink)
    found = db.session.execute(
        select(CreditApplication.id, CreditApplication.credit_note_id, credit.ledger_id)
        .join(
            credit,
            and_(
                credit.connection_id == connection_id,
                credit.document_kind == DocumentKind.CREDIT_NOTE,
                credit.document_id == CreditApplication.credit_note_id,
            ),
        )
        .where(
            CreditApplication.connection_id == connection_id,
            _is_there(),
            which,
        )
    ).all()
    if not found:
        return set()
    _lock_notes({row[1] for row in found})
    for one in _locked({row[0] for row in found}):
        show_as_there(one)
    db.session.flush()
    return {row[2] for row in found}


def _is_there() -> ColumnElement[bool]:
    not_as_billed = CreditApplication.problem["code"].astext.in_(NOT_AS_BILLED)
    sent = CreditApplication.sync_state != SyncState.NOT_SENT
    return and_(CreditApplication.sync_state.in_(_THERE), or_(sent, not_as_billed))


def _lock_notes(ids: Iterable[int]) -> None:
    db.session.execute(
        select(CreditNote.id)
        .where(CreditNote.id.in_(ids))
        .order_by(CreditNote.id)
        .with_for_update()
    )


def _locked(ids: Iterable[int]) -> Sequence[CreditApplication]:
    return db.session.scalars(
        select(CreditApplication)
        .where(CreditApplication.id.in_(ids), _is_there())  # still, once it is ours
        .order_by(CreditApplication.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _is_read(link: DocumentLink) -> bool:
    """Tell whether the entry that puts it on was ever brought back."""
    row = LedgerPaymentRow
    seen = select(row.id).where(
        row.connection_id == link.connection_id,
        row.book == BookKind.PAYMENT,
        row.ledger_id == link.ledger_id,
    )
    return db.session.scalar(seen) is not None


def _on(credit: DocumentLink, put_on: DocumentLink) -> Decimal:
    """Return how much of a credit note is on an invoice, whoever put it there."""
    uses = LedgerPaymentRow.credits.has_key(credit.ledger_id)
    rows = db.session.execute(
        select(LedgerSettlementRow.amount, LedgerPaymentRow.credits)
        .join(LedgerPaymentRow, OF_PAYMENT)
        .where(
            LedgerSettlementRow.connection_id == put_on.connection_id,
            LedgerSettlementRow.invoice_ledger_id == put_on.ledger_id,
            ~LedgerPaymentRow.deleted,
            ~LedgerPaymentRow.voided,
            or_(uses, LedgerPaymentRow.credits.is_(None)),
        )
    )
    return in_both(
        (part, part if credits_ is None else Decimal(credits_[credit.ledger_id]))
        for part, credits_ in rows
    )


def _asked(one: CreditApplication, link: DocumentLink | None, credit: DocumentLink) -> Decimal:
    """Return how much was put on it: no more than the ledger booked of the credit note."""
    if link is not None and link.sent_total is not None:
        return link.sent_total
    return one.total if credit.ledger_total is None else min(one.total, credit.ledger_total)


def _problem(
    one: CreditApplication, state: SyncState, on: Decimal, asked: Decimal
) -> dict[str, object] | None:
    connection = db.session.get_one(Connection, one.connection_id)
    ledger = LEDGERS[connection.provider].provider.name
    number, there, billed = one.number, *(format_money(each, one.currency) for each in (on, asked))
    do = f"Apply it there again, or correct in billing what {number} is applied to."
    if state == SyncState.DELETED_THERE:
        title = f"Somebody took {number} off {called(one)} in {ledger}."
        means = f"Billing counts {billed} of it on the invoice; the books do not."
        return Problem(TAKEN_OFF, title, means, do).as_json()
    if state == SyncState.DIFFERS:
        title = f"In {ledger} {there} of {number} is on {called(one)}, in billing {billed}."
        means = "The customer owes more on the invoice there than billing counts."
        return Problem(LESS_ON, title, means, do).as_json()
    return None
