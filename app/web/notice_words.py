"""Say in words what came of a ledger's notice."""

from __future__ import annotations

from app.domain.reading import BookKind
from app.domain.wording import format_money
from app.models import LedgerCreditRow, LedgerCustomerRow, LedgerInvoiceRow, LedgerPaymentRow
from app.queries.notice_outcomes import Outcome


def came_of(outcome: Outcome) -> str:
    """Return a sentence: what the ledger's book has of it since, as last read."""
    row = outcome.row
    if not outcome.read:
        return "Waits to be read."
    if row is None:
        return "Read. Nothing that billing needs." if outcome.kind is None else "Read. Not found."
    if row.deleted:
        return "Brought back: deleted there."
    if isinstance(row, LedgerCustomerRow):
        return f"Brought back: {row.name}{'' if row.active else ', inactive'}."
    if getattr(row, "voided", False):
        return f"Brought back: voided there{_of(outcome)}."
    return f"Brought back: {_figures(outcome)}{_of(outcome)}{_on(outcome)}."


def _figures(outcome: Outcome) -> str:
    row = outcome.row
    currency = getattr(row, "currency", None) or outcome.connection.home_currency
    amount = format_money(outcome.amount or 0, currency)
    if isinstance(row, LedgerInvoiceRow):
        return f"{amount}, {format_money(row.balance, currency)} owed"
    if isinstance(row, LedgerCreditRow):
        return f"{amount}, {format_money(row.balance, currency)} not used"
    return amount


def _of(outcome: Outcome) -> str:
    return f", {outcome.customer}" if outcome.customer else ""


def _on(outcome: Outcome) -> str:
    """Say that a payment is on nothing of billing's; what it is on is shown beside, as links."""
    payment = isinstance(outcome.row, LedgerPaymentRow) and outcome.kind == BookKind.PAYMENT
    return ", on no invoice of billing’s" if payment and not outcome.ours else ""
