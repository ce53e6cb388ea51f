"""Say what we found in a ledger when we looked, in words for people: ours, whatever the ledger."""

from __future__ import annotations

from app.domain.problem import Place
from app.ledgers.interface import Explanation

_NOTHING_TWICE = "Nothing was sent a second time."


def found_there(code: str, ledger: str, said: str = "") -> Explanation | None:
    """Return plain words for what a look into the ledger found; None for the ledger's own codes.

    said: what the look itself has to say, a sentence.
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
                f"This invoice is not in the books. {_NOTHING_TWICE}",
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
        case "number_taken":
            return Explanation(
                f"{ledger} already has a document with this number, and it is not this invoice.",
                f"This invoice is not in the books. {_NOTHING_TWICE}",
                "Change one of the two numbers, then try again.",
                where=Place.DOCUMENT,
            )
        case "changed_there":
            return Explanation(
                f"{ledger} has this invoice, but somebody changed it there.",
                f"It is in the books with other figures than billing's. {_NOTHING_TWICE}",
                "Compare both, correct one side, then try again.",
                where=Place.DOCUMENT,
            )
        case "paid_there":
            return Explanation(
                f"It is paid or part paid in {ledger}.",
                f"It is in {ledger} as before.",
                f"Take the payment off it in {ledger} first, or raise a credit note.",
                where=Place.DOCUMENT,
            )
        case "voided_there":
            return Explanation(
                f"This invoice was voided in {ledger}.",
                "Billing still asks for the money; the books show nothing owed.",
                "Void it in billing too, or make a new invoice.",
                where=Place.BILLING,
            )
        case "deleted_there":
            return Explanation(
                f"This invoice was deleted in {ledger}.",
                "Billing still asks for the money; the books do not have it.",
                "Void it in billing too, or make a new invoice.",
                where=Place.BILLING,
            )
    return None
