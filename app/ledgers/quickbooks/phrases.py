"""What a code means beyond its row: by what was being done, and by QuickBooks' own known phrases.

Phrases are real texts of QuickBooks' answers, or a fixed part of one; where none fits, the code
decides. They change over time, so nothing but the words shown hangs on them.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.problem import Place
from app.domain.states import TAKES_OUT, DocumentKind, Operation
from app.ledgers.interface import Deed
from app.ledgers.quickbooks.said import CLOSED, NUMBER_USED, Said, mapped, there

_PAID = there(
    "QuickBooks keeps it: a payment or a credit is applied to it.",
    "Take the payment or the credit off it in QuickBooks, then try again.",
    "It still counts there as sold.",
)
_CLOSED_FOR_GOOD = there(
    CLOSED.happened,
    "Reopen the period in QuickBooks, then try again, or raise a credit note in billing.",
    "It still counts there, in the closed period.",
    Place.COMPANY_SETTINGS,
)
_NOT_THERE = there(
    "QuickBooks does not have it any more.",
    "Look for its number in QuickBooks. If it is not there, nothing is left to do: choose Do not"
    " push.",
    "Nothing of it counts there, unless somebody booked it again.",
)
# Taking something out of the books: it stays for another reason than it is refused.
_TAKEN_OUT = {
    "6000": _PAID,
    "620": _PAID,
    "6200": _CLOSED_FOR_GOOD,
    "6210": _CLOSED_FOR_GOOD,
    "610": _NOT_THERE,
    "2500": _NOT_THERE,
}
# What a credit note is taken off counts again once it is out.
_CREDIT_TAKEN_OUT = _TAKEN_OUT | dict.fromkeys(
    ("6000", "620"),
    there(
        "QuickBooks keeps it: it is applied to an invoice there.",
        "Take it off that invoice in QuickBooks, then try again.",
        "QuickBooks still takes it off what the customer owes.",
    ),
)
# A payment of nothing that puts a credit note on an invoice: people know it as neither.
_APPLIED = dict.fromkeys(
    ("6000", "620"),
    there(
        "QuickBooks does not apply the credit note to the invoice: one of the two is paid, used up,"
        " void or another customer's.",
        "Look at both in QuickBooks, then try again.",
    ),
)
_APPLICATION_TAKEN_OUT = _TAKEN_OUT | dict.fromkeys(
    ("6000", "620"),
    there(
        "QuickBooks does not take the credit note off the invoice.",
        "Take it off the invoice in QuickBooks, then try again.",
        "It is on the invoice as before, and what billing changed in the credit note waits.",
    ),
)
_CREDIT_CHANGED = {
    "620": there(
        "It is applied to an invoice in QuickBooks, and the change does not go with that.",
        "Take it off that invoice in QuickBooks, then try again.",
    ),
}
_CHANGED = {
    "610": there(
        "QuickBooks does not have it any more, or something it uses was made inactive there.",
        "Look at it in QuickBooks. If it is there, check the mapping of its lines, then try again.",
    ),
}
_MEANT_TAKEN_OUT = {
    DocumentKind.CREDIT_NOTE: _CREDIT_TAKEN_OUT,
    DocumentKind.CREDIT_APPLICATION: _APPLICATION_TAKEN_OUT,
}
_PERSON = {
    "610": there(
        "Something this customer uses was made inactive in QuickBooks, its payment terms or the"
        " customer above it.",
        "Make it active again in QuickBooks, or choose another customer, then try again.",
        where=Place.CUSTOMER,
    ),
    "6000": Said(
        "QuickBooks refused this customer by one of its business rules.",
        "Read QuickBooks’ exact words, correct the customer, then try again.",
        where=Place.CUSTOMER,
    ),
    "2050": Said(
        "QuickBooks found a name, an address or a number of this customer too long.",
        "Shorten it in billing, then try again.",
        where=Place.CUSTOMER,
    ),
}
_PERSON["2500"] = _PERSON["610"]
_PERSON["2040"] = Said(
    "QuickBooks does not keep a character in the name or the address of this customer.",
    "Take out colons, tabs and the like in billing, then try again.",
    where=Place.CUSTOMER,
)
_SOLD = {
    "6240": mapped(
        "QuickBooks already has an item or a category with this name.",
        "Map to the one that is there, or choose another name.",
    ),
}

_PHRASES = {
    "6000": (
        ("rate before you save", mapped("A line of it has no VAT rate in QuickBooks.")),
        (
            "currency",
            there(
                "Its currency is not the one its customer has in QuickBooks.",
                "A customer there has one currency for good. Choose the customer of this currency,"
                " then try again.",
                where=Place.CUSTOMER,
            ),
        ),
        (
            "inactive",
            mapped(
                "An account its items post to was made inactive in QuickBooks.",
                "Make the account active again in QuickBooks, or map to another item, then try"
                " again.",
            ),
        ),
        ("payments applied", _PAID),
    ),
    "610": (
        (
            "deleted this transaction",
            there(
                "Somebody deleted it in QuickBooks.",
                "Void it in billing too, or make a new invoice.",
                "Billing still asks for the money; the books do not have it.",
            ),
        ),
    ),
    "2500": (
        (
            "names element",
            there(
                "The customer it is booked to is not in QuickBooks any more.",
                "Choose the customer, then try again.",
                where=Place.CUSTOMER,
            ),
        ),
        (
            "accounts element",
            mapped(
                "An account its items post to is not in QuickBooks any more.",
                "Give the item another account in QuickBooks, or map to another item, then try"
                " again.",
            ),
        ),
        (
            "klasses element",
            mapped("A class it uses is not in QuickBooks any more.", "Map it, then try again."),
        ),
        (
            "depts element",
            mapped("A location it uses is not in QuickBooks any more.", "Map it, then try again."),
        ),
        (
            "terms element",
            mapped(
                "Its payment terms are not in QuickBooks any more.", "Map them, then try again."
            ),
        ),
        (
            "categories cannot be used",
            mapped(
                "A service in it is mapped to a category, and QuickBooks sells items only.",
                "Map the service to an item, then try again.",
            ),
        ),
        ("itemref", mapped("An item it uses is not in QuickBooks any more.")),
        ("taxcoderef", mapped("A tax code it uses is not in QuickBooks any more.")),
    ),
    "6210": (("duplicate document", NUMBER_USED),),
}


def said_by_words(code: str, message: str) -> Said | None:
    """Return the words for a phrase that QuickBooks is known to say; None where it says another."""
    said = message.lower()
    phrases = _PHRASES.get(code, ())
    return next((words for phrase, words in phrases if phrase in said), None)


def said_by_deed(code: str, deed: Deed | None) -> Said | None:
    """Return what a code means for what was being done; None where it means what it always does."""
    return None if deed is None else _meant(deed).get(code)


def _meant(deed: Deed) -> Mapping[str, Said]:
    if deed.operation in TAKES_OUT:
        return _MEANT_TAKEN_OUT.get(deed.kind, _TAKEN_OUT)
    if deed.kind == DocumentKind.CREDIT_APPLICATION:
        return _APPLIED
    if deed.kind == DocumentKind.CREDIT_NOTE and deed.operation == Operation.UPDATE:
        return _CHANGED | _CREDIT_CHANGED
    if deed.kind == DocumentKind.CUSTOMER:
        return _PERSON
    if deed.kind == DocumentKind.ITEM:
        return _SOLD
    return _CHANGED if deed.operation == Operation.UPDATE else {}


_NOT_BOOKED = "It is not in QuickBooks. Its amount and VAT are missing there until it is."
_WAITING_FOR = {
    DocumentKind.CUSTOMER: "The customer's invoices wait. None of them is in QuickBooks yet.",
    DocumentKind.ITEM: "Invoices with it wait. None of them is in QuickBooks yet.",
    DocumentKind.CREDIT_NOTE: (
        "It is not in QuickBooks. The customer owes the full amount there until it is."
    ),
    DocumentKind.CREDIT_APPLICATION: (
        "The credit note is in QuickBooks, not applied. The invoice is owed in full there."
    ),
}


def means_after(deed: Deed | None) -> str:
    """Return how a document stands in the books after a plain no."""
    if deed is None:
        return _NOT_BOOKED
    if deed.operation in TAKES_OUT:
        return "It still counts there, as if nobody had taken it out."
    if deed.operation == Operation.UPDATE:
        return "QuickBooks still has it as it was before the change."
    return _WAITING_FOR.get(deed.kind, _NOT_BOOKED)
