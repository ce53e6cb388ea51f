"""Plain words for QuickBooks' codes: what happened, what it means for the money, what to do.

QuickBooks: error codes. Key on the code; the exact text stands beside it on the page.
"""

from __future__ import annotations

from app.ledgers.errors import (
    Disconnected,
    Gone,
    LedgerError,
    Misconfigured,
    NameTaken,
    NotAuthorised,
    NumberTaken,
    PermissionDoubted,
    Stale,
    Throttled,
    Unavailable,
    Unsure,
)
from app.ledgers.interface import Explanation

_NOT_BOOKED = "It is not in QuickBooks. Its amount and VAT are missing there until it is."
_NOTHING = "Nothing."
_WAIT = "Nothing: we try again in a minute. If the permission is gone, you are told."
_LATER = "Nothing was lost. Everything waits in the order it came."
_CORRECT = "Correct it in billing; it then goes by itself."
_CHECK_MAPPING = "Check the mapping of its lines, then try again."


def _refused(happened: str, do: str = _CORRECT, means: str = _NOT_BOOKED) -> Explanation:
    return Explanation(happened=happened, means=means, do=do)


_INACTIVE = _refused(
    "Something it uses was made inactive or deleted in QuickBooks: an item, a tax code or the"
    " customer.",
    "Map to another one, or make it active again in QuickBooks, then try again.",
)
_CLOSED = _refused(
    "QuickBooks is closed for the period of its date.",
    "Change the date in billing, or reopen the period in QuickBooks, then try again.",
)
_PERMISSION = Explanation(
    "QuickBooks stopped accepting our permission.",
    "Nothing goes in or out of this company until it is connected again. Nothing is lost.",
    "Reconnect; what waits then goes by itself.",
)
_TOO_LONG = _refused(
    "QuickBooks found a text in it too long, or with characters it does not keep.",
    "Shorten the text in billing; it then goes by itself.",
)
_FORMAT = _refused(
    "QuickBooks could not read a date or a number in it.",
    "Check its dates and amounts in billing; once corrected it goes by itself.",
)
_OURS = _refused(
    "QuickBooks did not understand the way we asked.",
    "Tell support, with the exact error below. Trying again changes nothing.",
)
_UPSET = Explanation(
    "QuickBooks could not work on this company just now.", _LATER, "Nothing: we try again."
)

_BY_CODE: dict[str, Explanation] = {
    "120": Explanation(
        "The person who connected QuickBooks lost access to the company.",
        "Nothing goes in or out of this company until it is connected again. Nothing is lost.",
        "Reconnect with an administrator of the company.",
    ),
    "130": _UPSET,
    "140": _UPSET,
    "150": _UPSET,
    "500": _OURS,
    "600": Explanation(
        "QuickBooks is still busy with our first request.",
        "It may be booked already. It is never booked twice.",
        "Nothing: we check and try again.",
    ),
    "610": _INACTIVE,
    "620": _refused(
        "It is linked to something in QuickBooks that is paid, void or another customer's.",
        "Look at its payments in QuickBooks, then try again.",
    ),
    "1000": _UPSET,
    "1010": _UPSET,
    "1020": _UPSET,
    "2010": _OURS,
    "2020": _refused("QuickBooks misses something it needs.", _CHECK_MAPPING),
    "2030": _OURS,
    "2040": _TOO_LONG,
    "2050": _TOO_LONG,
    "2060": _FORMAT,
    "2070": _FORMAT,
    "2080": _FORMAT,
    "2090": _FORMAT,
    "2100": _FORMAT,
    "2110": _FORMAT,
    "2130": _OURS,
    "2140": _FORMAT,
    "2150": _FORMAT,
    "2160": _FORMAT,
    "2170": _OURS,
    "2180": _TOO_LONG,
    "2190": _FORMAT,
    "2210": _refused(
        "QuickBooks does not take the e-mail address.",
        "Correct the customer's e-mail address in billing; it then goes by itself.",
    ),
    "2220": _refused(
        "QuickBooks does not take its currency.",
        "Switch the currency on in QuickBooks, or send this customer's invoices to another"
        " company.",
    ),
    "2240": _FORMAT,
    "2250": _refused("It has no lines, and QuickBooks takes none without."),
    "2290": _refused("Its lines add up to less than nothing.", "Bill it as a credit note."),
    "2500": _INACTIVE,
    "4000": _OURS,
    "4001": _OURS,
    "4002": Explanation(
        "QuickBooks could not list what changed, because one record there is damaged.",
        "Payments may show here later than usual. No money is lost.",
        "Nothing: we read it another way.",
    ),
    "5010": Explanation(
        "Somebody changed it in QuickBooks while we were writing.",
        "QuickBooks kept their change; ours is not in it yet.",
        "Nothing: we read it again and retry once.",
    ),
    "5020": _refused(
        "The person who connected QuickBooks may not do this there.",
        "Reconnect with an administrator of the company.",
        "It is not in QuickBooks, and others of this company will stop the same way.",
    ),
    "5030": _refused(
        "The QuickBooks plan of this company does not include what it uses.",
        "Change the plan in QuickBooks, or map to something the plan includes.",
    ),
    "6000": _refused(
        "QuickBooks refused it by one of its business rules.",
        "Read the exact words below: a missing VAT rate, a wrong currency and a payment in the way"
        " are the usual ones. Then try again.",
    ),
    "6070": _refused(
        "QuickBooks multiplied quantity and price of a line and got another amount.",
        "Correct the line in billing; it then goes by itself.",
    ),
    "6090": _refused("A discount in it has no amount."),
    "6100": _refused("A line has a tax code QuickBooks does not use on sales.", _CHECK_MAPPING),
    "6140": _refused(
        "QuickBooks already has a document with this number.",
        "If it is the same one, link it. If not, change the number in billing.",
    ),
    "6160": _refused("It uses the custom sales tax, which cannot be sent.", _CHECK_MAPPING),
    "6170": _refused("It has tax although its prices are set to no tax."),
    "6190": Explanation(
        "The QuickBooks subscription has ended.",
        "Nothing can be added to this company. What waits stays here, in order.",
        "Renew the subscription in QuickBooks, then try again.",
    ),
    "6200": _CLOSED,
    "6210": _CLOSED,
    "6240": _refused(
        "A customer, supplier or employee in QuickBooks already has this name.",
        "Choose the customer, or change the name in billing.",
        "The customer's invoices wait. None of them is in QuickBooks yet.",
    ),
    "6250": _refused(
        "The customer was made inactive in QuickBooks.",
        "Make the customer active again in QuickBooks, or choose another, then try again.",
    ),
    "6270": _refused("It is dated before its stock item starts in QuickBooks."),
    "6420": _refused("It has no e-mail address to be sent to."),
    "6430": _refused("An item in it posts to an account that sales may not use.", _CHECK_MAPPING),
    "6450": Explanation(
        "QuickBooks cannot void it: its payment is settled.",
        "It still counts there as sold and paid.",
        "Refund it in QuickBooks, or raise a credit note in billing.",
    ),
    "6470": _refused(
        "The tax settings of the QuickBooks company are not finished.",
        "Finish them in QuickBooks under Taxes, then try again.",
    ),
    "6480": Explanation(
        "QuickBooks keeps it because it is matched to the bank.",
        "It still counts there.",
        "Undo the match in QuickBooks, then try again.",
    ),
    "6540": Explanation(
        "Its payment is part of a bank deposit in QuickBooks.",
        "It still counts there as paid.",
        "Take the payment out of the deposit in QuickBooks, then try again.",
    ),
    "10000": Explanation(
        "QuickBooks had a failure of its own.",
        "It may be booked already. It is never booked twice.",
        "Nothing: we check and try again.",
    ),
    "10200": Explanation(
        "The QuickBooks company was emptied and started again.",
        "Nothing can be added: the customers, items and tax codes we knew are gone there.",
        "Connect it again and check every mapping.",
    ),
    # Intuit's sign-in server has words instead of numbers.
    "invalid_grant": _PERMISSION,
    "invalid_client": Explanation(
        "Intuit does not know our application by the key we sent.",
        "Nothing goes in or out. The connection itself is untouched, and nothing is lost.",
        "An operator must check INTUIT_CLIENT_ID and INTUIT_CLIENT_SECRET.",
    ),
}

# For what has no code, or one that says less than the kind of error.
_BY_KIND: tuple[tuple[type[LedgerError], Explanation], ...] = (
    (Throttled, Explanation("QuickBooks asked us to wait.", _LATER, _NOTHING)),
    (
        Unsure,
        Explanation(
            "QuickBooks did not answer in time.",
            "It may be booked already. It is never booked twice.",
            "Nothing: we check and try again.",
        ),
    ),
    (
        PermissionDoubted,
        Explanation(
            "QuickBooks did not accept a permission it had renewed a moment before.", _LATER, _WAIT
        ),
    ),
    (
        Unavailable,
        Explanation("QuickBooks could not be reached.", _LATER, "Nothing: we try again."),
    ),
    (NumberTaken, _BY_CODE["6140"]),
    (NameTaken, _BY_CODE["6240"]),
    (Stale, _BY_CODE["5010"]),
    (Gone, _INACTIVE),
    (NotAuthorised, _PERMISSION),
    (Disconnected, _PERMISSION),
    (
        Misconfigured,
        Explanation(
            "Intuit refused our application, not your company.",
            "Nothing goes in or out. The connection itself is untouched, and nothing is lost.",
            "An operator must check the settings of the Intuit application.",
        ),
    ),
)

# Raised by these kinds the code says less than the kind: 3001, 3200 and their like.
_KIND_SAYS_MORE = (Throttled, PermissionDoubted)

_UNKNOWN = Explanation(
    happened="QuickBooks refused this invoice with a reason we do not know yet.",
    means=_NOT_BOOKED,
    do="Read the exact text below. Tell support if it does not say what to change.",
    known=False,
)


def explain(error: LedgerError) -> Explanation:
    """Return plain words for an error: by its code, else by its kind."""
    if error.code in _BY_CODE and not isinstance(error, _KIND_SAYS_MORE):
        return _BY_CODE[error.code]
    return next((words for kind, words in _BY_KIND if isinstance(error, kind)), _UNKNOWN)
