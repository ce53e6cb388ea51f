"""Tell the kinds of tax apart that share a rate: zero-rated, exempt and no tax are all 0 %."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache


class TaxKind(StrEnum):
    """Say how a supply is treated; two codes of one rate may belong in different boxes."""

    CHARGED = "charged"  # at a rate above nothing
    ZERO = "zero"  # zero-rated: taxable, at 0 %
    EXEMPT = "exempt"
    NONE = "none"  # outside the scope, not on the return
    REVERSE = "reverse"  # the buyer accounts for it
    SPECIAL = "special"  # trade with the EU, imports, construction, postponed accounting
    UNCLEAR = "unclear"  # the name does not say


# First match wins: a reverse charge code names a rate too, a special one may be zero-rated.
# Letters such as Z, RC, ECG are how UK ledgers write them.
_SIGNS: tuple[tuple[TaxKind, str], ...] = (
    (TaxKind.REVERSE, r"\b(reverse|rc|drc)\b"),
    (
        TaxKind.SPECIAL,
        r"\b(ecg|ecs|ec|eu|moss|oss|import|imports|acquisitions?|pva|postponed|cis|purchases?)\b",
    ),
    (TaxKind.EXEMPT, r"\bexempt(ion|ed)?\b"),
    (
        TaxKind.NONE,
        r"\b(no (vat|tax|gst)|out(side)? (of )?(the )?scope|non|not taxable|untaxed)\b",
    ),
    (TaxKind.ZERO, r"\b(zero|zero rated|zr|z)\b"),
)


# How a kind is said after "is": zero-rated, exempt and out of scope share their rate.
KIND_WORDS = {
    TaxKind.CHARGED: "taxed",
    TaxKind.ZERO: "zero-rated",
    TaxKind.EXEMPT: "exempt",
    TaxKind.NONE: "without tax",
    TaxKind.REVERSE: "a reverse charge",
    TaxKind.SPECIAL: "for special trade (EC, imports, construction)",
    TaxKind.UNCLEAR: "of no plain kind",
}
UNTAXED = frozenset({TaxKind.ZERO, TaxKind.EXEMPT, TaxKind.NONE, TaxKind.UNCLEAR})
_ORDINARY = UNTAXED | {TaxKind.CHARGED}


def clashing_kinds(ours: TaxKind, theirs: TaxKind, *, any_untaxed: bool = False) -> bool:
    """Tell whether two codes surely, or perhaps dangerously, mean different treatment.

    A name that tells no kind clashes only with what an ordinary sale never bears. any_untaxed: the
    ledger's code stands for everything without tax.
    """
    if any_untaxed:
        return ours not in UNTAXED
    if TaxKind.UNCLEAR in (ours, theirs):
        return not {ours, theirs} <= _ORDINARY
    return ours != theirs


def tax_kind(name: str, rate: Decimal | None) -> TaxKind:
    """Tell the kind from what people call it and its rate in percent."""
    words = plain(name)
    for kind, signs in _SIGNS:
        if re.search(signs, words):
            return kind
    if rate:
        return TaxKind.CHARGED
    return TaxKind.UNCLEAR


@lru_cache(maxsize=20_000)
def plain(name: str) -> str:
    """Return a name without case, accents, punctuation and double spaces."""
    letters = unicodedata.normalize("NFKD", name.casefold().replace("&", " and "))
    kept = (c if c.isalnum() else " " for c in letters if not unicodedata.combining(c))
    return " ".join("".join(kept).split())
