"""Put people's texts into what QuickBooks takes: no forbidden characters, no more than fits.

QuickBooks: Invoice, Customer (lengths); names hold no colon, tab or line break.
"""

from __future__ import annotations

import re
import unicodedata

NAME = 500  # Customer.DisplayName
ITEM_NAME = 100  # Item.Name
MEMO = 1000  # CustomerMemo
FILE_NAME = 200  # Attachable.FileName keeps more; nobody reads more
DESCRIPTION = 4000
NOTE = 4000  # PrivateNote
CUSTOMER_NOTES = 1024  # the schema's figure; the documentation says 2000
PHONE = 30
EMAIL = 100
ADDRESS_LINE = 500
PLACE = 255
POSTCODE = 30
NUMBER = 21  # DocNumber

_CUT = "…"  # shows that something is missing
_LAST_PLANE_0 = 0xFFFF


def one_line(text: str | None, limit: int) -> str:
    """Return text on one line, trimmed; too long a text ends with an ellipsis."""
    return cut(" ".join(_safe(text or "").split()), limit)


def many_lines(text: str | None, limit: int) -> str:
    """Return text with its line breaks, otherwise as one_line."""
    lines = _safe(text or "").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return cut("\n".join(" ".join(line.split()) for line in lines).strip(), limit)


def name(text: str | None) -> str:
    """Return a name as QuickBooks can keep it: a colon would make a sub-customer."""
    return one_line((text or "").replace(":", " -"), NAME)


def item_name(text: str | None) -> str:
    """Return an item's name as QuickBooks can keep it, whole: a colon would make a sub-item.

    Whether it keeps a double quote is doubtful; two single ones read the same.
    """
    kept = (text or "").replace(":", " -").replace('"', "''")
    return one_line(kept, max(ITEM_NAME, len(kept)))


def cut(text: str, limit: int) -> str:
    """Cut to a length between characters, never inside one, and mark the cut."""
    if len(text) <= limit:
        return text
    end = limit - len(_CUT)
    while end > 0 and _belongs_to_the_one_before(text[end]):
        end -= 1
    return text[:end].rstrip() + _CUT


# The address must hold an @ and a dot (2210); stricter than that would refuse real customers.
_EMAIL = re.compile(r"[^@\s,;<>()\"]+@[^@\s,;<>()\"]+\.[^@\s,;<>()\".]+")


def email(address: str | None) -> str | None:
    """Return an e-mail address that QuickBooks takes, or None: better without than refused."""
    trimmed = (address or "").strip()
    fits = len(trimmed) <= EMAIL and trimmed.isascii() and _EMAIL.fullmatch(trimmed)
    return trimmed if fits and ".." not in trimmed else None


def _safe(text: str) -> str:
    """Drop what breaks QuickBooks' parser: control characters, halves of pairs, emoji.

    Reports on characters beyond the first plane differ, from silent acceptance to a 500; a
    500 would be retried for hours over a smile.
    """
    return "".join(
        c
        for c in unicodedata.normalize("NFC", text)
        if c in "\t\r\n"
        or (ord(c) <= _LAST_PLANE_0 and c not in _UNSEEN and unicodedata.category(c) not in _UNSAFE)
    )


_UNSEEN = "\u200b\u2060\ufeff"  # two names that look the same must be the same
_UNSAFE = ("Cc", "Cs", "Co", "Cn")


def _belongs_to_the_one_before(character: str) -> bool:
    return unicodedata.combining(character) != 0 or character in "\u200d\ufe0f"
