"""Say what it means that a document waits for review, wherever it is already."""

from __future__ import annotations

from typing import NamedTuple

from app.domain.states import InvoiceStatus
from app.domain.wording import format_money
from app.models import Push, SalesDocument
from app.queries.one_invoice import Theirs


class HeldWords(NamedTuple):
    """What waits, what that means for the books, and what to do.

    perhaps: it may be in the ledger, where it is looked for before anything is made.
    """

    title: str
    means: str
    what_to_do: str
    perhaps: bool = False


def held_words(
    document: SalesDocument, what: str, ledger: str, theirs: Theirs | None, push: Push | None
) -> HeldWords:
    """Return the words for a document that waits for review; what: what it is called."""
    if theirs is not None:
        return _booked(document, ledger, theirs)
    if push is not None and push.look_first:
        return HeldWords(
            f"It waits for somebody to look at it, and may be in {ledger} already.",
            f"Pushed, it is looked for in {ledger} first and linked where it is there."
            f" Only where it is not, a new {what} is made.",
            "look at the lines below, then push it.",
            perhaps=True,
        )
    return HeldWords(
        f"It waits for somebody to look at it before it goes to {ledger}.",
        f"{format_money(document.total, document.currency)} is not in your books."
        " Nothing was sent.",
        "look at the lines below, then push it.",
    )


def _booked(document: SalesDocument, ledger: str, theirs: Theirs) -> HeldWords:
    void = document.status == InvoiceStatus.VOID
    change = "void" if void else f"change (revision {document.revision})"
    has = f"{ledger} has revision {theirs.revision}"
    if theirs.total is not None:
        has += f", {format_money(theirs.total, document.currency)}"
    return HeldWords(
        f"Billing’s {change} waits for review; {has}.",
        f"The books stay as they are until somebody pushes it. Billing says"
        f" {format_money(document.total, document.currency)}{' and void' if void else ''}.",
        "look at it, then push it." if void else "look at the lines below, then push it.",
    )
