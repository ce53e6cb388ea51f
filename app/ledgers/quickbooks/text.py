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
    """Return a name as QuickBooks can keep it, cut where it is too long."""
    return cut(plain_name(text), NAME)


def plain_name(text: str | None) -> str:
    """Return a name without what names there may not hold, as long as it is.

    A colon would make a sub-customer.
    """
    return " ".join(_safe((text or "").replace(":", " -")).split())


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


def loses(text: str | None) -> bool:
    """Tell whether any character of a text is left out; space around it does not count."""
    whole = unicodedata.normalize("NFC", text or "")
    return len(_safe(whole)) != len(whole)


def _safe(text: str) -> str:
    """Drop what breaks QuickBooks' parser: control characters, halves of pairs, emoji.

    Reports on characters beyond the first plane differ, from silent acceptance to a 500; a
    500 would be retried for hours over a smile.
    """
    kept = [c for c in unicodedata.normalize("NFC", text) if _is_kept(c)]
    return "".join(c for at, c in enumerate(kept) if c not in _JOINERS or _joins(kept, at))


def _is_kept(character: str) -> bool:
    if character in "\t\r\n":
        return True
    if ord(character) > _LAST_PLANE_0 or character in _UNSEEN:
        return False
    return unicodedata.category(character) not in _UNSAFE


# Two names that look the same must be the same: zero-width space, word joiner, byte order mark,
# soft hyphen, the selectors of a smile's colour. And nothing may turn a text around on the page, so
# that 540 reads 045: embeddings, overrides, isolates. Plain left-to-right and right-to-left marks
# stay: Arabic and Hebrew need them.
_UNSEEN = (
    "\u200b\u2060\ufeff\u00ad\ufe0e\ufe0f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
_UNSAFE = ("Cc", "Cs", "Co", "Cn")
_JOINERS = "\u200c\u200d"  # Persian and the scripts of India spell with these


def _joins(text: list[str], at: int) -> bool:
    """Tell whether a joiner stands between two letters, and not where an emoji was."""
    around = (*text[at - 1 : at], *text[at + 1 : at + 2])
    return at > 0 and len(around) == 2 and all(unicodedata.category(c)[0] in "LM" for c in around)


def _belongs_to_the_one_before(character: str) -> bool:
    return unicodedata.category(character)[0] == "M" or character in _JOINERS
