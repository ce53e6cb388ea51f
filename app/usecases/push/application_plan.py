"""Plan what puts a credit note on an invoice."""

from __future__ import annotations

from sqlalchemy import select

from app.domain.crediting import ApplicationPlan, made_on
from app.domain.push_plan import marker_for
from app.extensions import db
from app.models import Connection, CreditApplication, CustomerLink
from app.usecases.push.order import links_for


def plan_application(one: CreditApplication, connection: Connection) -> ApplicationPlan | None:
    """Return the plan of an application; None while one of its documents is not there."""
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
        amount=one.total,
        currency=one.currency,
        made_on=made_on(one.issue_date, invoice.issue_date, connection.books_closed_to),
        marker=marker_for(one.external_id),
    )
