"""Plan an invoice by what its connection's people decided and its ledger said of itself."""

from __future__ import annotations

from dataclasses import replace

from app.domain.problem import Missing, Problem
from app.domain.push_plan import InvoicePlan, Mappings, on_open_day, plan_invoice
from app.models import Connection, DocumentLink, Invoice
from app.usecases.push.translate import to_domain


def plan_for(
    invoice: Invoice,
    connection: Connection,
    mappings: Mappings,
    customer_ledger_id: str,
    link: DocumentLink | None,
) -> InvoicePlan:
    """Return the plan of an invoice by what its connection's people decided; raises KeyError."""
    plan = plan_invoice(
        to_domain(invoice),
        mappings,
        customer_ledger_id=customer_ledger_id,
        country=connection.country,
        multicurrency=connection.multicurrency,
        tax_enabled=connection.tax_enabled,
        ledger_id=link.ledger_id if link else None,
        version=link.version if link else None,
    )
    plan = replace(
        plan,
        tax_rounding=connection.tax_rounding,
        automated_tax=bool((connection.preferences or {}).get("automated_sales_tax")),
    )
    return on_open_day(plan, connection.books_closed_to, connection.closed_period_policy)


def unbuildable(error: ValueError) -> Problem:
    """Say that a plan cannot be put into the ledger's words."""
    return Problem(
        code="cannot_be_written",
        title=str(error),
        means="It was not sent.",
        what_to_do="Correct it in billing; the changed invoice then goes by itself.",
        missing=(Missing("document", "", str(error)),),
    )
