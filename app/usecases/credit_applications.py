"""Keep what billing puts credit notes on.

Inside the caller's transaction, the credit note locked.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select

from app.billing.read_event import NotAcceptable
from app.domain.billing_event import Applied
from app.domain.states import IN_LEDGER, InvoiceStatus, Operation, SyncState
from app.extensions import db
from app.models import CreditApplication, CreditNote, Invoice
from app.usecases.push.applying import unfit
from app.usecases.push.intent import want_push
from app.usecases.push.order import coming_off
from app.usecases.push.stay_on import stay_on

# Where nothing of an application is on its way to the ledger.
_NOT_YET = (SyncState.WAITING, SyncState.BLOCKED, SyncState.NOT_SENT, SyncState.FAILED)


def lock_invoices(workspace_id: int, wanted: Sequence[Applied]) -> None:
    """Lock what a credit note is to be put on, before the credit note itself.

    One that is being booked this moment is waited for: else neither would see the other.
    """
    if wanted:
        db.session.execute(
            select(Invoice.id)
            .where(
                Invoice.workspace_id == workspace_id,
                Invoice.external_id.in_([one.invoice for one in wanted]),
            )
            .order_by(Invoice.id)
            .with_for_update(key_share=True)
        )


def keep_applications(credit: CreditNote, wanted: Sequence[Applied], now: datetime) -> None:
    """Store what a revision is put on, and what it is put on no more.

    What it is on in the ledger stays there until the change itself leaves. An invoice that never
    came is waited for. Raises NotAcceptable for one that does not fit.
    """
    _refuse_unfit(credit, wanted)
    stay_on(credit, now)
    present = {(one.applied_to, one.total): one for one in _live(credit)}
    asked = {(one.invoice, one.amount) for one in wanted}
    for key, one in present.items():
        if key not in asked:
            _void(one, now)
    present |= _put_back(credit, asked - present.keys())
    _follow(credit)
    for number, part in enumerate(wanted, start=1):
        if (part.invoice, part.amount) not in present:
            db.session.add(_application(credit, part, number))
    db.session.flush()
    for one in _live(credit):
        want_push(one, Operation.CREATE, now)


def _follow(credit: CreditNote) -> None:
    """Let what is not on its way yet be of the customer and the day the credit note is of now."""
    for one in _live(credit):
        if one.sync_state in _NOT_YET:
            one.customer_id, one.currency = credit.customer_id, credit.currency
            one.issue_date, one.number = credit.issue_date, credit.number


def void_applications(credit: CreditNote, now: datetime) -> None:
    """Say that a credit note is on nothing any more; in the ledger, once it is voided there."""
    stay_on(credit, now)
    for one in _live(credit):
        _void(one, now)


def _put_back(
    credit: CreditNote, asked: Set[tuple[str, Decimal]]
) -> dict[tuple[str, Decimal], CreditApplication]:
    """Take back what a revision that never left took off: it is on there as before."""
    there = {
        (one.applied_to, one.total): one
        for one in coming_off(credit)
        if one.sync_state in IN_LEDGER and (one.applied_to, one.total) in asked
    }
    for one in there.values():
        one.status = InvoiceStatus.PAID
    db.session.flush()
    return there


def differs_from(credit: CreditNote, wanted: Sequence[Applied]) -> bool:
    """Tell whether a credit note is put on something else than this."""
    present = {(one.applied_to, one.total) for one in _live(credit)}
    return present != {(one.invoice, one.amount) for one in wanted}


def _live(credit: CreditNote) -> Sequence[CreditApplication]:
    return db.session.scalars(
        select(CreditApplication)
        .where(
            CreditApplication.credit_note_id == credit.id,
            CreditApplication.status != InvoiceStatus.VOID,
        )
        .order_by(CreditApplication.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _void(one: CreditApplication, now: datetime) -> None:
    one.status = InvoiceStatus.VOID
    one.balance = Decimal(0)
    want_push(one, Operation.VOID, now)


def _refuse_unfit(credit: CreditNote, wanted: Sequence[Applied]) -> None:
    known = {
        invoice.external_id: invoice
        for invoice in db.session.scalars(
            select(Invoice).where(
                Invoice.workspace_id == credit.workspace_id,
                Invoice.external_id.in_([one.invoice for one in wanted]),
            )
        )
    }
    wrong = {
        f"data.applies_to.{at}.invoice": sentence
        for at, one in enumerate(wanted)
        if (invoice := known.get(one.invoice)) and (sentence := unfit(credit, invoice))
    }
    if wrong:
        raise NotAcceptable(wrong)


def _application(credit: CreditNote, part: Applied, number: int) -> CreditApplication:
    return CreditApplication(
        workspace_id=credit.workspace_id,
        # The revision makes it another one where the same part is taken off and put on again; no
        # id of billing's comes after the first, so that two can never read the same.
        external_id=f"{credit.external_id}/{credit.revision}/{number}",
        number=credit.number,
        revision=1,
        issue_date=credit.issue_date,
        currency=credit.currency,
        prices="no_tax",
        entity=credit.entity,
        recurring=False,
        push_policy="auto",
        customer_id=credit.customer_id,
        subtotal=part.amount,
        tax_total=Decimal(0),
        total=part.amount,
        balance=part.amount,
        finalised_at=credit.finalised_at,
        status=InvoiceStatus.OPEN,
        connection_id=credit.connection_id,
        sync_state=SyncState.WAITING,
        credit_note_id=credit.id,
        applied_to=part.invoice,
    )
