"""Say that a ledger booked other figures than billing finalised: total, or the tax in it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from app.domain.problem import Problem
from app.domain.states import SyncState
from app.domain.wording import format_money, tax_word, whose
from app.ledgers import LEDGERS
from app.models import Connection, CreditNote, SalesDocument


def show_figures(
    invoice: SalesDocument,
    connection: Connection,
    total: Decimal | None,
    tax: Decimal | None,
    request_id: str | None = None,
    cause: str = "",
) -> None:
    """Show a booked invoice as pushed, or as differing with both figures; the caller commits.

    total, tax: as the ledger has them; None where it did not say. cause: a sentence on why they
    differ, where that is known; the tax is looked at where it is not.
    """
    problem = _difference(invoice, connection, total, tax, cause)
    if problem is not None:
        problem = replace(problem, ledger_request_id=request_id)
    invoice.sync_state = SyncState.DIFFERS if problem else SyncState.PUSHED
    invoice.problem = problem.as_json() if problem else None


def _difference(
    invoice: SalesDocument,
    connection: Connection,
    total: Decimal | None,
    tax: Decimal | None,
    cause: str,
) -> Problem | None:
    other_total = total is not None and total != invoice.total
    other_tax = tax is not None and tax != invoice.tax_total
    if not other_total and not other_tax:
        return None
    ledger, word = LEDGERS[connection.provider].provider.name, tax_word(connection.country)
    has = f"{ledger} {'has' if cause else 'booked'}"
    said = [_both(invoice, total, invoice.total, has, "")] if other_total else []
    said += [_both(invoice, tax, invoice.tax_total, has, f" of {word}")] if other_tax else []
    by_tax = not cause and (not other_total or _same_net(invoice, total, tax))
    done = "credited" if isinstance(invoice, CreditNote) else "billed"
    means = (
        f"It is in the ledger with another total than the customer was {done}."
        if other_total
        else f"The customer owes the same; the {word} in it, and so the return, is not."
    )
    return Problem(
        code="differs",
        title=" ".join(said),
        means=f"{cause} {means}".strip(),
        what_to_do=_about_tax(invoice, connection, ledger, word) if by_tax else _one_side(ledger),
    )


def _same_net(invoice: SalesDocument, total: Decimal | None, tax: Decimal | None) -> bool:
    """Tell whether it is the tax that parts the two: what was sold comes to the same."""
    ours = invoice.total - invoice.tax_total
    return total is not None and tax is not None and total - tax == ours


def _one_side(ledger: str) -> str:
    return f"Correct one side, in billing or in {ledger}; or leave it as it is."


def _both(
    invoice: SalesDocument, theirs: Decimal | None, ours: Decimal, has: str, what: str
) -> str:
    shown = format_money(theirs or Decimal(0), invoice.currency)
    return f"{has} {shown}{what}, billing says {format_money(ours, invoice.currency)}."


def _about_tax(invoice: SalesDocument, connection: Connection, ledger: str, word: str) -> str:
    decided = invoice.tax_decision
    if decided is not None and decided["revision"] == invoice.revision:
        chose = f"{decided['by']} chose to book it with {whose(ledger)} {word}."
        return f"{chose} Leave it as it is, or correct billing."
    what = "credit note" if isinstance(invoice, CreditNote) else "invoice"
    do = f"Compare the tax of both, then correct the {what} in billing or in the ledger."
    if connection.country == "US":
        return do
    return f"{do} If it is a penny, time and again, change how {word} is rounded on the connection."
