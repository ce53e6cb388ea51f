"""Say that a ledger booked other figures than billing finalised: total, or the tax in it."""

from __future__ import annotations

from decimal import Decimal

from app.domain.problem import Problem
from app.domain.states import SyncState
from app.domain.wording import format_money, tax_word, whose
from app.ledgers import LEDGERS
from app.models import Connection, Invoice


def show_figures(
    invoice: Invoice,
    connection: Connection,
    total: Decimal | None,
    tax: Decimal | None,
    request_id: str | None = None,
) -> None:
    """Show a booked invoice as pushed, or as differing with both figures; the caller commits.

    total, tax: as the ledger has them; None where it did not say.
    """
    problem = _difference(invoice, connection, total, tax, request_id)
    invoice.sync_state = SyncState.DIFFERS if problem else SyncState.PUSHED
    invoice.problem = problem.as_json() if problem else None


def _difference(
    invoice: Invoice,
    connection: Connection,
    total: Decimal | None,
    tax: Decimal | None,
    request_id: str | None,
) -> Problem | None:
    other_total = total is not None and total != invoice.total
    other_tax = tax is not None and tax != invoice.tax_total
    if not other_total and not other_tax:
        return None
    ledger, word = LEDGERS[connection.provider].provider.name, tax_word(connection.country)
    said = [_both(invoice, total, invoice.total, ledger, "")] if other_total else []
    said += [_both(invoice, tax, invoice.tax_total, ledger, f" of {word}")] if other_tax else []
    means = (
        "It is in the ledger with another total than the customer was billed."
        if other_total
        else f"The customer owes the same; the {word} in it, and so the return, is not."
    )
    return Problem(
        code="differs",
        title=" ".join(said),
        means=means,
        what_to_do=_what_to_do(invoice, connection, ledger, word),
        ledger_request_id=request_id,
    )


def _both(invoice: Invoice, theirs: Decimal | None, ours: Decimal, ledger: str, what: str) -> str:
    shown = format_money(theirs or Decimal(0), invoice.currency)
    return f"{ledger} booked {shown}{what}, billing says {format_money(ours, invoice.currency)}."


def _what_to_do(invoice: Invoice, connection: Connection, ledger: str, word: str) -> str:
    decided = invoice.tax_decision
    if decided is not None and decided["revision"] == invoice.revision:
        return (
            f"{decided['by']} chose to book it with {whose(ledger)} {word}."
            " Accept the difference under Reconciliation, or correct billing."
        )
    do = "Compare the tax of both, then correct the invoice in billing or in the ledger."
    if connection.country == "US":
        return do
    return f"{do} If it is a penny, time and again, change how {word} is rounded on the connection."
