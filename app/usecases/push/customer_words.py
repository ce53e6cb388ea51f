"""Let an invoice wait for its customer to be settled, with the sentence that says why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.domain.problem import Missing
from app.domain.readiness import problem_of
from app.ledgers import LEDGERS
from app.models import Connection, Customer, Invoice, Push
from app.usecases.push.judge import block
from app.usecases.push.translate import to_domain


def block_for(
    push: Push,
    invoice: Invoice,
    customer: Customer,
    reason: str,
    said: Mapping[str, Any] | None = None,
) -> None:
    """Let a push wait until it is settled who a customer is; the caller commits.

    customer: the invoice's own, or one they are a part of. said: what the ledger itself has to say,
    by the names of Problem.
    """
    missing = Missing("customer", customer.external_id, customer.name)
    ledger = LEDGERS[push.connection.provider].provider.name
    problem = problem_of((missing,), ledger=ledger, invoice=to_domain(invoice))
    block(push, invoice, replace(problem, title=reason, **(said or {})))


def wrong_currency(connection: Connection, invoice: Invoice, kept_in: str | None) -> bool:
    """Tell whether a linked customer is kept in another currency than their invoice has.

    QuickBooks: multicurrency; the currency of a customer is fixed, its documents must have it.
    """
    return connection.multicurrency and kept_in not in (None, invoice.currency)


def block_for_currency(push: Push, invoice: Invoice, kept_in: str) -> None:
    """Let an invoice wait whose customer is kept in another currency; the caller commits."""
    reason = (
        f"{invoice.customer.name} is kept in {kept_in} there, this invoice is in"
        f" {invoice.currency}, and a customer there has one currency."
    )
    block_for(push, invoice, invoice.customer, reason)
