"""Say of how many invoices that a cause stops only a change waits."""

from __future__ import annotations

from app.domain.wording import ASKED
from app.queries.cause import Cause
from app.web.presentation import ledger_name


def booked_already(cause: Cause) -> str:
    """Return a sentence with a space before it; "" for none, or where the row has said so."""
    if not cause.changes or cause.code in ASKED:
        return ""
    ledger, change = ledger_name(cause.provider), "only the change waits"
    if cause.count == 1:
        return f" It is in {ledger} already: {change}."
    if cause.changes == cause.count:
        return f" They are in {ledger} already: only the changes wait."
    verb = "is" if cause.changes == 1 else "are"
    return f" Of them {cause.changes} {verb} in {ledger} already: {change}."
