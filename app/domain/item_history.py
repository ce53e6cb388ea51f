"""Which of the ledger's items people put on lines of some description, counted in invoices."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from app.domain.tax_kinds import plain
from app.domain.wording import MONTHS

# Words of a description that name a period and not a service: "Backup, November 2026 to 1 Dec".
_PERIOD = frozenset(
    [month.casefold() for month in MONTHS]
    + [month[:3].casefold() for month in MONTHS]
    + ["sept", "to", "until", "from", "for", "month", "monthly"]
)
# The longest description that is compared, and how many words of it.
_LONGEST, _MOST_WORDS = 120, 6
_YEAR_LENGTH, _MOST_DAYS = 4, 31


def description_key(description: str) -> str:
    """Return what a line's description is compared by: its words without a period at the end.

    A number stays where it is part of the name: "Microsoft 365".
    """
    words = plain(description[:_LONGEST]).split()
    dated = False
    while words and _is_period(words[-1], dated):
        dated = dated or words[-1] in _PERIOD or len(words[-1]) == _YEAR_LENGTH
        words.pop()
    return " ".join(words)


def _is_period(word: str, dated: bool) -> bool:
    """Tell whether a word belongs to a period; dated: a month or a year comes after it."""
    if not word.isdecimal():
        return word in _PERIOD
    year = len(word) == _YEAR_LENGTH and word.startswith("20")
    return year or (dated and int(word) <= _MOST_DAYS)


@dataclass(frozen=True, slots=True)
class Habit:
    """How often an item was used for a service: its invoices, and those of every item.

    begun: only what begins with the service's name was found, which may be something else.
    """

    ledger_id: str
    invoices: int
    of: int
    begun: bool = False

    @property
    def always(self) -> bool:
        """Tell whether no other item was ever used."""
        return self.invoices == self.of


@dataclass(slots=True)
class History:
    """What was used for what, by the key of a description; found by its beginning too."""

    _whole: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    _begun: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    @classmethod
    def of(cls, rows: Iterable[tuple[str, str, int]]) -> History:
        """Build it of keys, ids of items, and in how many invoices the two stand together."""
        history = cls()
        for key, ledger_id, invoices in rows:
            history._whole[key][ledger_id] += invoices
            words = key.split()[:_MOST_WORDS]
            for count in range(2, len(words) + 1):
                history._begun[" ".join(words[:count])][ledger_id] += invoices
        return history

    def of_service(self, name: str) -> Habit | None:
        """Return the item used most for a service; None when it never was on an invoice.

        A description that begins with the name counts where the name has two words or more: one
        word begins too many.
        """
        key = description_key(name)
        whole = self._whole.get(key)
        found = whole or self._begun.get(key)
        if not key or not found:
            return None
        [(ledger_id, invoices)] = found.most_common(1)
        return Habit(ledger_id, invoices, found.total(), begun=not whole)
