"""Say of each kind of difference what it means for the money, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.drift import Kind
from app.domain.states import DocumentKind


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a difference means, and what to do; {ledger} is filled in."""

    means: str
    do: str

    def of(self, ledger: str) -> Meaning:
        """Return the same with the ledger's name."""
        return Meaning(self.means.format(ledger=ledger), self.do.format(ledger=ledger))


_LEAVE = "or leave it as it is."
_VOID_HERE = f"Void it in billing too, or make a new one in billing; {_LEAVE}"
_MEANINGS: Mapping[Kind, Meaning] = {
    Kind.MISSING_THERE: Meaning(
        "Billing asks the customer to pay; the books have no such invoice.", _VOID_HERE
    ),
    Kind.DELETED_THERE: Meaning(
        "Billing asks the customer to pay; the books show nothing owed.", _VOID_HERE
    ),
    Kind.VOIDED_THERE: Meaning(
        "Billing asks the customer to pay; the books show nothing owed.", _VOID_HERE
    ),
    Kind.DUPLICATE: Meaning(
        "Sales, tax and what the customer owes count twice in the books.",
        f"Open the one made by hand in {{ledger}} and void it; {_LEAVE}",
    ),
    Kind.DUPLICATE_NUMBER: Meaning(
        "Two invoices have one number, so that a payment may be put on the wrong one.",
        f"Open the one made by hand in {{ledger}}: void it, or give it another number; {_LEAVE}",
    ),
    Kind.AMOUNT: Meaning(
        "What the customer was asked to pay is not what the books say they owe.",
        "Where {ledger} is wrong, put the amount back there; where billing is wrong, correct or"
        f" void it there; {_LEAVE}",
    ),
    Kind.TAX: Meaning(
        "The customer owes the same; the tax in it, and so the return, is not.",
        f"Correct the tax in {{ledger}} or in billing; {_LEAVE}",
    ),
    Kind.BALANCE: Meaning(
        "Billing would ask for money that was paid, or not ask for money that is owed.",
        "Take over what the books say is owed, or correct the payment in {ledger}.",
    ),
    Kind.NUMBER: Meaning(
        "The money agrees; whoever looks for billing’s number in {ledger} does not find it.",
        f"Put the number back in {{ledger}}; {_LEAVE}",
    ),
    Kind.MISSING_HERE: Meaning(
        "The books count a sale that billing does not know of, or knows under another number.",
        f"Open it in {{ledger}} and void it where it is there twice; {_LEAVE}",
    ),
}
# The same of credit notes, where nothing is asked for and nothing is paid.
_OF_CREDIT: Mapping[Kind, Meaning] = {
    kind: Meaning(
        "Billing gave the customer credit that the books do not have.",
        _VOID_HERE,
    )
    for kind in (Kind.MISSING_THERE, Kind.DELETED_THERE, Kind.VOIDED_THERE)
} | {
    Kind.DUPLICATE: Meaning(
        "The customer’s credit counts twice in the books.", _MEANINGS[Kind.DUPLICATE].do
    ),
    Kind.DUPLICATE_NUMBER: Meaning(
        "Two credit notes have one number, so that the wrong one may be used.",
        _MEANINGS[Kind.DUPLICATE_NUMBER].do,
    ),
    Kind.AMOUNT: Meaning(
        "What the customer was credited is not what the books credit.", _MEANINGS[Kind.AMOUNT].do
    ),
    Kind.TAX: Meaning(
        "The customer is credited the same; the tax in it, and so the return, is not.",
        _MEANINGS[Kind.TAX].do,
    ),
    Kind.BALANCE: Meaning(
        "More or less of the credit is used in the books than billing knows of.",
        f"Put it on the right invoice in {{ledger}}; {_LEAVE}",
    ),
    Kind.MISSING_HERE: Meaning(
        "The books give the customer credit that billing does not know of.",
        _MEANINGS[Kind.MISSING_HERE].do,
    ),
}


def meaning_of(kind: str, ledger: str, document: str = DocumentKind.INVOICE) -> Meaning:
    """Return what a difference of a kind means, and what to do."""
    words = _MEANINGS[Kind(kind)]
    if document == DocumentKind.CREDIT_NOTE:
        words = _OF_CREDIT.get(Kind(kind), words)
    return words.of(ledger)
