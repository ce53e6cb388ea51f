"""Plan what puts a credit note on an invoice."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import func, select

from app.domain.crediting import ApplicationPlan, made_on
from app.domain.push_plan import marker_for
from app.domain.states import InvoiceStatus
from app.domain.wording import format_money
from app.extensions import db
from app.models import Connection, CreditApplication, CustomerLink, DocumentLink
from app.usecases.push.order import links_for


def plan_application(one: CreditApplication, connection: Connection) -> ApplicationPlan | None:
    """Return the plan of an application; None while one of its documents is not there.

    It puts on no more than the ledger booked: less than billed, where a person decided so.
    """
    found = links_for(one)
    customer = db.session.scalar(
        select(CustomerLink.ledger_id).where(
            CustomerLink.connection_id == connection.id,
            CustomerLink.customer_id == one.customer_id,
        )
    )
    if found is None or customer is None:
        return None
    credit, put_on, invoice = found
    return ApplicationPlan(
        credit_ledger_id=credit.ledger_id,
        invoice_ledger_id=put_on.ledger_id,
        customer_ledger_id=customer,
        amount=_as_far_as_booked(one, credit),
        currency=one.currency,
        made_on=made_on(one.issue_date, invoice.issue_date, connection.books_closed_to),
        marker=marker_for(one.external_id),
    )


def capped_words(plan: ApplicationPlan, billed: Decimal, ledger: str) -> str | None:
    """Say that less is put on an invoice than billing says; None where it is all."""
    if plan.amount == billed:
        return None
    booked, said = (format_money(each, plan.currency) for each in (plan.amount, billed))
    return f"{booked} instead of {said}: the credit note is booked at less in {ledger}."


def _as_far_as_booked(one: CreditApplication, credit: DocumentLink) -> Decimal:
    """Return how much of a credit note can be put on an invoice, those before it having theirs."""
    if credit.ledger_total is None:
        return one.total
    before = db.session.scalar(
        select(func.coalesce(func.sum(CreditApplication.total), 0)).where(
            CreditApplication.credit_note_id == one.credit_note_id,
            CreditApplication.status != InvoiceStatus.VOID,
            CreditApplication.id < one.id,
        )
    )
    left = credit.ledger_total - Decimal(before or 0)
    return min(one.total, left) if left > 0 else one.total
