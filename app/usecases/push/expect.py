"""Hold what a ledger would book against what billing finalised, before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.domain.problem import Problem
from app.domain.push_plan import InvoicePlan
from app.domain.tax_check import same_figures, tax_problem, unknown_rate_problem
from app.domain.tax_prediction import Prediction, TaxRates
from app.domain.wording import tax_word, whose
from app.ledgers import LEDGERS
from app.ledgers.interface import Ledger
from app.models import Connection, SalesDocument


@dataclass(frozen=True, slots=True)
class Expected:
    """What will be booked, or the problem that keeps it here.

    total: that the ledger will answer. decided_by: the person who chose the ledger's tax.
    """

    total: Decimal
    predicted: Prediction | None = None
    problem: Problem | None = None
    decided_by: str | None = None

    def note(self, connection: Connection, said: str | None) -> str | None:
        """Return what people must know of the body, and where the ledger's tax is booked.

        said: the remarks about the body, see remarks.py.
        """
        if self.decided_by is None:
            return said
        tax = tax_word(connection.country)
        chosen = f"Booked with {whose(_ledger(connection))} {tax}, as {self.decided_by} chose."
        return f"{said} {chosen}" if said else chosen


def expect(
    invoice: SalesDocument,
    plan: InvoicePlan,
    body: bytes,
    connection: Connection,
    ledger: Ledger,
    rates: TaxRates,
) -> Expected:
    """Predict what a body will be booked as, and judge it; pure, no network."""
    name = _ledger(connection)
    try:
        predicted = ledger.predict(plan, body, rates)
    except ValueError as error:
        problem = unknown_rate_problem(plan.invoice, str(error), name)
        return Expected(invoice.total, problem=problem)
    if predicted is None or same_figures(plan.invoice, predicted):
        return Expected(invoice.total, predicted)
    if _decided(invoice, predicted):
        return Expected(predicted.total, predicted, decided_by=(invoice.tax_decision or {})["by"])
    tax = tax_word(connection.country)
    problem = tax_problem(plan, rates, predicted, ledger=name, tax=tax)
    return Expected(invoice.total, predicted, problem)


def decision(invoice: SalesDocument, predicted: Prediction, by: str, at: str) -> dict[str, Any]:
    """Return what a person decides when they let the ledger's tax be booked: these figures only."""
    return {
        "revision": invoice.revision,
        "tax": f"{predicted.tax:f}",
        "total": f"{predicted.total:f}",
        "by": by,
        "at": at,
    }


def expected_tax(invoice: SalesDocument) -> Decimal:
    """Return the tax that a write of this revision is to be booked with, as far as is decided."""
    said = invoice.tax_decision
    decided = said is not None and said["revision"] == invoice.revision
    return Decimal(said["tax"]) if said is not None and decided else invoice.tax_total


def _decided(invoice: SalesDocument, predicted: Prediction) -> bool:
    """Tell whether a person let this revision be booked with exactly these figures."""
    said = invoice.tax_decision
    return said is not None and (
        (said["revision"], Decimal(said["tax"]), Decimal(said["total"]))
        == (invoice.revision, predicted.tax, predicted.total)
    )


def _ledger(connection: Connection) -> str:
    return LEDGERS[connection.provider].provider.name
