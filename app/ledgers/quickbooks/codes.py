"""QuickBooks' codes in plain words, one for every row of its error table.

QuickBooks: error codes. The order is the table's; what a code means beyond that is in phrases.py.
"""

from __future__ import annotations

from app.domain.problem import Place
from app.ledgers.quickbooks.said import (
    CHECKED,
    CLOSED,
    GOES,
    INACTIVE,
    NAME_USED,
    NOTHING,
    NUMBER_USED,
    PERHAPS,
    RECONNECT,
    STILL_COUNTS,
    UNTOUCHED,
    Said,
    by_itself,
    mapped,
    ours,
    permission,
    there,
)

_TOO_LONG = Said(
    "QuickBooks found a text in it too long, or with characters it does not keep.",
    f"Shorten the text in billing{GOES}",
)
_DATE = Said("QuickBooks could not read a date in it.", f"Check its dates in billing{GOES}")
_NUMBER = Said(
    "QuickBooks could not read a number or an amount in it.",
    f"Check its quantities and amounts in billing{GOES}",
)
_NESTED = there(
    "QuickBooks does not take a name so placed beneath another one.",
    "Check in QuickBooks what it stands beneath: at most five levels, and never itself. Then try"
    " again.",
)
_CAME_TO_NOTHING = there(
    "QuickBooks tried twice and says that it could not carry it out.",
    "Try again later. If it stays so, tell support, with the exact error below.",
)
_FILE = Said(
    "QuickBooks did not take a file that belongs to it.",
    "Attach the file by hand in QuickBooks, or give another one in billing.",
    where=Place.DOCUMENT,
)
_KEPT_INACTIVE = there(
    "QuickBooks cannot make it inactive while something is open on it.",
    "Settle what is open on it in QuickBooks, then try again.",
    "It stays active in QuickBooks.",
)
_OTHER_RULE = there(
    "QuickBooks refused it by a rule about suppliers, employees, payroll or stock.",
    "Read the exact error below: it names what to put right in QuickBooks. Then try again.",
)
_OWN_TAX = mapped(
    "It uses QuickBooks' custom sales tax, which nobody but QuickBooks itself can put on an"
    " invoice.",
    "Map its tax codes to others, then try again.",
)
_OURS = ours()

BY_CODE: dict[str, Said] = {
    "100": RECONNECT,
    "110": RECONNECT,
    "120": permission(
        "The person who connected QuickBooks lost access to the company.",
        "Reconnect with an administrator of the company.",
    ),
    "130": by_itself(
        "QuickBooks is moving this company to another of its machines.",
        do="Nothing: we try again every few minutes.",
    ),
    "140": by_itself(
        "QuickBooks has locked this company for a while.",
        do="Nothing: we try again every few minutes. If it lasts for hours, ask QuickBooks.",
    ),
    "150": by_itself(
        "QuickBooks is being maintained and does not work on this company.",
        do="Nothing: we try again every few minutes.",
    ),
    "500": _OURS,
    "600": by_itself("QuickBooks is still busy with our first request.", PERHAPS, CHECKED),
    "610": INACTIVE,
    "620": there(
        "It is linked to something in QuickBooks that is paid, void or another customer's.",
        "Look at its payments in QuickBooks, then try again.",
    ),
    "630": there(
        "QuickBooks already has one like it.",
        "Look for it in QuickBooks. Change one of the two, then try again.",
    ),
    "700": _NESTED,
    "800": there(
        "QuickBooks keeps it because other entries depend on it.",
        "Remove what depends on it in QuickBooks, then try again.",
        "It still counts there.",
    ),
    "900": _NESTED,
    "1000": _CAME_TO_NOTHING,
    "1010": _CAME_TO_NOTHING,
    "1020": _CAME_TO_NOTHING,
    "1040": ours("We asked QuickBooks for too many things at once."),
    "2000": _OURS,
    "2010": _OURS,
    "2020": mapped("QuickBooks misses something it needs."),
    "2030": _OURS,
    "2040": _TOO_LONG,
    "2050": _TOO_LONG,
    "2060": _DATE,
    "2070": _DATE,
    "2080": _NUMBER,
    "2090": _NUMBER,
    "2100": _NUMBER,
    "2110": _NUMBER,
    "2120": _OURS,
    "2130": _OURS,
    "2140": _NUMBER,
    "2150": _NUMBER,
    "2160": _NUMBER,
    "2170": _OURS,
    "2180": _TOO_LONG,
    "2190": Said(
        "A date in it is too far back or too far ahead for QuickBooks.",
        f"Check its dates in billing{GOES}",
    ),
    "2200": Said(
        "QuickBooks does not take a web address in it.",
        f"Correct the web address in billing{GOES}",
    ),
    "2210": Said(
        "QuickBooks does not take the e-mail address.",
        f"Correct the customer's e-mail address in billing{GOES}",
    ),
    "2220": there(
        "QuickBooks does not take its currency.",
        "Switch the currency on in QuickBooks, or send this customer's invoices to another"
        " company.",
        where=Place.COMPANY_SETTINGS,
    ),
    "2230": _OURS,
    "2240": Said(
        "A number in it is larger or smaller than QuickBooks takes.",
        f"Check its quantities and amounts in billing{GOES}",
    ),
    "2250": Said("It has no lines, and QuickBooks takes none without."),
    "2280": mapped("It has tax, but no amount of it."),
    "2290": Said("Its lines add up to less than nothing.", "Bill it as a credit note."),
    "2500": INACTIVE,
    "2600": _OURS,
    "3000": there(
        "QuickBooks does not take one of its own fields as we filled it.",
        "Check the custom fields of sales forms in QuickBooks, then try again.",
        where=Place.COMPANY_SETTINGS,
    ),
    "3001": by_itself("QuickBooks asked us to wait.", do=NOTHING),
    "3100": RECONNECT,
    "3200": RECONNECT,
    "3202": RECONNECT,
    "4000": _OURS,
    "4001": _OURS,
    "4002": by_itself(
        "QuickBooks could not list what changed, because one record there is damaged.",
        "Payments may show here later than usual. No money is lost.",
        "Nothing: we read it another way.",
    ),
    "5000": _OURS,
    "5010": by_itself(
        "Somebody changed it in QuickBooks while we were writing.",
        "QuickBooks kept their change; ours is not in it yet.",
        "Nothing: we read it again and retry once.",
    ),
    "5020": permission(
        "The person who connected QuickBooks may not do this there.",
        "Reconnect with an administrator of the company.",
        "It is not in QuickBooks, and others of this company will stop the same way.",
    ),
    "5030": there(
        "The QuickBooks plan of this company does not include what it uses.",
        "Change the plan in QuickBooks, or map to something the plan includes, then try again.",
        where=Place.COMPANY_SETTINGS,
    ),
    "6000": there(
        "QuickBooks refused it by one of its business rules.",
        "Read QuickBooks’ exact words: a missing VAT rate, a wrong currency and a payment in the"
        " way are the usual ones. Then try again.",
    ),
    "6010": Said(
        "QuickBooks misses the type of an account.",
        "Choose the account for new items on the connection, then try again.",
        where=Place.CONNECTION,
    ),
    "6070": Said(
        "QuickBooks multiplied quantity and price of a line and got another amount.",
        f"Correct the line in billing{GOES}",
    ),
    "6080": Said("It has no name, and QuickBooks takes none without."),
    "6090": Said("A discount in it has no amount."),
    "6100": mapped("A line has a tax code QuickBooks does not use on sales."),
    "6130": there(
        "QuickBooks does not let anybody change who this customer is billed with.",
        "Change it in QuickBooks, on the customer, then try again.",
        where=Place.CUSTOMER,
    ),
    "6140": NUMBER_USED,
    "6160": _OWN_TAX,
    "6170": Said("It has tax although its prices are set to no tax."),
    "6180": _NESTED,
    "6190": there(
        "The QuickBooks subscription has ended.",
        "Renew the subscription in QuickBooks. What waits then goes by itself within the half"
        " hour, or at once with Try again.",
        "Nothing can be added to this company. What waits stays here, in order.",
        Place.COMPANY_SETTINGS,
    ),
    "6200": CLOSED,
    "6210": CLOSED,
    "6220": _KEPT_INACTIVE,
    "6230": _OWN_TAX,
    "6240": NAME_USED,
    "6250": Said(
        "The customer was made inactive in QuickBooks.",
        "Make the customer active again in QuickBooks, or choose another, then try again.",
        where=Place.CUSTOMER,
    ),
    "6270": Said("It is dated before its stock item starts in QuickBooks."),
    "6280": _KEPT_INACTIVE,
    "6420": Said(
        "It has no e-mail address to be sent to.",
        f"Add the customer's e-mail address in billing{GOES}",
    ),
    "6430": mapped("An item in it posts to an account that sales may not use."),
    "6450": there(
        "QuickBooks cannot void it: its payment is settled.",
        "Refund it in QuickBooks, or raise a credit note in billing.",
        STILL_COUNTS,
    ),
    "6470": there(
        "The tax settings of the QuickBooks company are not finished.",
        "Finish them in QuickBooks under Taxes, then try again.",
        where=Place.TAXES,
    ),
    "6480": there(
        "QuickBooks keeps it because it is matched to the bank.",
        "Undo the match in QuickBooks, then try again.",
        "It still counts there.",
    ),
    "6540": there(
        "Its payment is part of a bank deposit in QuickBooks.",
        "Take the payment out of the deposit in QuickBooks, then try again.",
        "It still counts there as paid.",
    ),
    "10000": by_itself("QuickBooks had a failure of its own.", PERHAPS, CHECKED),
    "10100": ours("We asked QuickBooks for more than it hands out at once."),
    "10200": permission(
        "The QuickBooks company was emptied and started again.",
        "Connect it again and check every mapping.",
        "Nothing can be added: the customers, items and tax codes we knew are gone there.",
    ),
    # Intuit's sign-in server has words instead of numbers.
    "invalid_grant": RECONNECT,
    "invalid_client": Said(
        "Intuit does not know our application by the key we sent.",
        "An operator must check INTUIT_CLIENT_ID and INTUIT_CLIENT_SECRET.",
        UNTOUCHED,
        Place.CONNECTION,
    ),
    "invalid_request": Said(
        "Intuit did not understand how our application asked.",
        "An operator must check the settings of the Intuit application.",
        UNTOUCHED,
        Place.CONNECTION,
    ),
}
BY_CODE["unsupported_grant_type"] = BY_CODE["invalid_request"]

# Rows of the table that stand for many codes: first, last, words.
RANGES = ((6020, 6060, _FILE), (6290, 6400, _OTHER_RULE))


def said_of(code: str) -> Said | None:
    """Return the words for a code; None for one nobody has put into words yet."""
    if code in BY_CODE or not code.isdecimal():
        return BY_CODE.get(code)
    return next((said for first, last, said in RANGES if first <= int(code) <= last), None)
