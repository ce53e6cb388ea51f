"""Say what we found in a ledger when we looked, in words for people: ours, whatever the ledger."""

from __future__ import annotations

from app.domain.problem import Place
from app.ledgers.interface import Explanation

_NOTHING_TWICE = "Nothing was sent a second time."
_STILL_CREDITS = "Billing still takes it off what the customer owes; the books do not."


def found_there(
    code: str, ledger: str, said: str = "", what: str = "invoice"
) -> Explanation | None:
    """Return plain words for what a look into the ledger found; None for the ledger's own codes.

    said: what the look itself has to say, a sentence. what: the document that is spoken of.
    """
    match code:
        case "name_taken_there":
            return Explanation(
                said,
                "The customer's invoices wait. None of them is in the books yet.",
                "Choose the customer, or create it under another name.",
            )
        case "customer_gone":
            return Explanation(
                said,
                f"This {what} is not in the books. {_NOTHING_TWICE}",
                f"Choose who the customer is in {ledger} now.",
            )
        case "item_name_taken":
            return Explanation(
                f"{ledger} has an item or a category of this name already, not made by us.",
                "No item was created. Invoices that use the service wait.",
                "Map the service to it, or create the item under another name.",
                where=Place.MAPPINGS,
            )
        case "item_account_gone":
            return Explanation(
                f"The income account for new items was deleted or made inactive in {ledger}.",
                "No item was created. Invoices that use the service wait.",
                "Choose another income account for new items, then create it again.",
                where=Place.MAPPINGS,
            )
    return _about_document(code, ledger, said, what)


def _about_document(code: str, ledger: str, said: str, what: str) -> Explanation | None:
    match code:
        case "number_taken":
            return Explanation(
                f"{ledger} already has a document with this number, and it is not this {what}.",
                f"This {what} is not in the books. {_NOTHING_TWICE}",
                "Change one of the two numbers, then try again.",
                where=Place.DOCUMENT,
            )
        case "not_as_linked":
            return Explanation(
                f"The {what} it was linked to in {ledger} {said}.",
                f"This {what} is not in the books. Nothing was sent.",
                f"Push it as another one, or put it right in {ledger} and try again.",
                where=Place.INVOICE,
            )
        case "edited_there":
            return Explanation(
                f"Somebody changed this {what} in {ledger} since we last wrote it.",
                f"Billing's newest change is not in {ledger}. Nothing there was overwritten.",
                "Choose which of the two is right. The other is given up.",
                where=Place.INVOICE,
            )
        case "changed_there":
            return Explanation(
                f"{ledger} has this {what}, but somebody changed it there.",
                f"It is in the books with other figures than billing's. {_NOTHING_TWICE}",
                "Compare both, correct one side, then try again.",
                where=Place.DOCUMENT,
            )
        case "paid_there":
            return Explanation(
                f"It is paid or part paid in {ledger}.",
                f"It is in {ledger} as before: the payment would be left without its invoice.",
                f"Take the payment off it in {ledger} first, or raise a credit note.",
                where=Place.DOCUMENT,
            )
        case "voided_there":
            return Explanation(
                f"This {what} was voided in {ledger}.",
                _STILL_CREDITS
                if what == "credit note"
                else "Billing still asks for the money; the books show nothing owed.",
                f"Void it in billing too, or make a new {what}.",
                where=Place.BILLING,
            )
        case "deleted_there":
            return Explanation(
                f"This {what} was deleted in {ledger}.",
                _STILL_CREDITS
                if what == "credit note"
                else "Billing still asks for the money; the books do not have it.",
                f"Void it in billing too, or make a new {what}.",
                where=Place.BILLING,
            )
    return _about_credit(code, ledger)


def _about_credit(code: str, ledger: str) -> Explanation | None:
    match code:
        case "applied_there":
            return Explanation(
                f"The credit note is applied to an invoice in {ledger}.",
                f"Billing has voided it; {ledger} still takes it off what the customer owes.",
                f"Take it off that invoice in {ledger}, then try again.",
                where=Place.DOCUMENT,
            )
        case "used_beyond_there":
            return Explanation(
                f"More of the credit note is applied in {ledger} than it now comes to in billing.",
                f"Billing's newest change is not in {ledger}: it would take the rest off an invoice"
                " there.",
                f"Take the credit note off an invoice in {ledger}, or correct billing; then try"
                " again.",
                where=Place.DOCUMENT,
            )
        case "application_shared_there":
            return Explanation(
                f"Somebody put more into the entry that applies the credit note in {ledger}.",
                "It was not deleted, as the rest would have gone with it. The credit note is still"
                " applied there, and its change waits.",
                f"Take the credit note off that entry in {ledger}, then try again.",
                where=Place.DOCUMENT,
            )
        case "credit_used_there":
            return Explanation(
                f"Part of the credit note is applied in {ledger} already, and too little is left.",
                "This invoice is owed in full there. The rest of the credit note is not applied.",
                f"Apply what is left to the invoice in {ledger}, or correct billing.",
                where=Place.DOCUMENT,
            )
        case "credit_less_there":
            return Explanation(
                f"The credit note is less in {ledger} than is to be applied to the invoice.",
                "This invoice is owed in full there. The credit note is not applied.",
                f"Correct the credit note in {ledger} or in billing, then try again.",
                where=Place.DOCUMENT,
            )
        case "credit_gone_there":
            return Explanation(
                f"The credit note was deleted in {ledger}.",
                "The invoice is owed in full there.",
                "Void the credit note in billing too, or make a new one.",
                where=Place.BILLING,
            )
        case "invoice_gone_there":
            return Explanation(
                f"The invoice was voided or deleted in {ledger}.",
                f"The credit note is in {ledger}, not applied.",
                "Correct in billing what the credit note is applied to.",
                where=Place.BILLING,
            )
        case "invoice_paid_there":
            return Explanation(
                f"The invoice owes less in {ledger} than the credit note takes off it.",
                f"It is paid or part paid there. The credit note is in {ledger}, not applied.",
                f"Apply the credit note to another invoice, or pay it back, in {ledger}; or correct"
                " billing.",
                where=Place.DOCUMENT,
            )
    return None
