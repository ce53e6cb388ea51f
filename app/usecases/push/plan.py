"""Plan an invoice by what its connection's people decided and its ledger said of itself."""

from __future__ import annotations

from dataclasses import replace

from app.domain import invoice as domain
from app.domain.long_numbers import with_kept_number
from app.domain.problem import Missing, Problem
from app.domain.push_plan import InvoicePlan, Mappings, on_open_day, plan_invoice
from app.ledgers import LEDGERS
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
    return plan_of(to_domain(invoice), connection, mappings, customer_ledger_id, link)


def plan_of(
    invoice: domain.Invoice,
    connection: Connection,
    mappings: Mappings,
    customer_ledger_id: str,
    link: DocumentLink | None,
) -> InvoicePlan:
    """Do what plan_for does with an invoice that is a value already; raises KeyError."""
    plan = plan_invoice(
        invoice,
        mappings,
        customer_ledger_id=customer_ledger_id,
        country=connection.country,
        multicurrency=connection.multicurrency,
        tax_enabled=connection.tax_enabled,
        ledger_id=link.ledger_id if link else None,
        version=link.version if link else None,
    )
    details = connection.preferences or {}
    plan = replace(
        plan,
        home_currency=connection.home_currency,
        details=details,
        tax_rounding=connection.tax_rounding,
        automated_tax=bool(details.get("automated_sales_tax")),
    )
    plan = on_open_day(plan, connection.books_closed_to, connection.closed_period_policy)
    longest = LEDGERS[connection.provider].provider.number_length
    return with_kept_number(plan, longest, connection.long_numbers)


def unbuildable(error: ValueError) -> Problem:
    """Say that a plan cannot be put into the ledger's words."""
    return Problem(
        code="cannot_be_written",
        title=str(error),
        means="It was not sent.",
        what_to_do="Correct it in billing; the changed invoice then goes by itself.",
        missing=(Missing("document", "", str(error)),),
    )
