"""What is said of one code of QuickBooks, and the turns that many of them share."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.problem import Place
from app.ledgers.interface import Explanation

# How it ends where billing corrects it; a customer's correction moves nothing by itself.
GOES = "; it then goes by itself."
CORRECT = f"Correct it in billing{GOES}"
CHECK_MAPPING = "Check the mapping of its lines, then try again."
NOTHING = "Nothing."
LATER = "Nothing was lost. Everything waits in the order it came."
PERHAPS = "It may be booked already. It is never booked twice."
CHECKED = "Nothing: we check and try again."
STOPPED = "Nothing goes in or out of this company until it is connected again. Nothing is lost."
UNTOUCHED = "Nothing goes in or out. The connection itself is untouched, and nothing is lost."
STILL_COUNTS = "It still counts there as sold and paid."


@dataclass(frozen=True, slots=True)
class Said:
    """Words for a code.

    means: empty where it follows from what was being done: nothing of it was booked.
    """

    happened: str
    do: str = CORRECT
    means: str = ""
    where: Place | None = Place.BILLING

    def explained(self, means: str, *, known: bool = True) -> Explanation:
        """Return the explanation; means: how the document stands after a no."""
        return Explanation(self.happened, self.means or means, self.do, known, self.where)


def mapped(happened: str, do: str = CHECK_MAPPING) -> Said:
    """Say something that is put right where billing's codes are mapped."""
    return Said(happened, do, where=Place.MAPPINGS)


def there(happened: str, do: str, means: str = "", where: Place = Place.DOCUMENT) -> Said:
    """Say something that is put right in QuickBooks."""
    return Said(happened, do, means, where)


def by_itself(happened: str, means: str = LATER, do: str = "Nothing: we try again.") -> Said:
    """Say something that nobody need act upon."""
    return Said(happened, do, means, None)


def permission(happened: str, do: str, means: str = STOPPED) -> Said:
    """Say something that is put right by connecting again."""
    return Said(happened, do, means, Place.CONNECTION)


def ours(happened: str = "QuickBooks did not understand the way we asked.") -> Said:
    """Say something that only we can put right."""
    do = "Tell support, with the exact error below. Trying again changes nothing."
    return Said(happened, do, where=None)


RECONNECT = permission(
    "QuickBooks stopped accepting our permission.", "Reconnect; what waits then goes by itself."
)
MISCONFIGURED = Said(
    "Intuit refused our application, not your company.",
    "An operator must check the settings of the Intuit application.",
    UNTOUCHED,
    Place.CONNECTION,
)
INACTIVE = mapped(
    "Something it uses was made inactive or deleted in QuickBooks: an item, a tax code or the"
    " customer.",
    "Map to another one, or make it active again in QuickBooks, then try again.",
)
CLOSED = there(
    "QuickBooks is closed for the period of its date.",
    "Change the date in billing, or reopen the period in QuickBooks, then try again.",
    where=Place.COMPANY_SETTINGS,
)
NUMBER_USED = there(
    "QuickBooks already has a document with this number.",
    "Look which one it is. Change one of the two numbers, then try again.",
)
NAME_USED = Said(
    "A customer, supplier or employee in QuickBooks already has this name.",
    "Choose the customer, or change the name in billing.",
    "The customer's invoices wait. None of them is in QuickBooks yet.",
    Place.CUSTOMER,
)
