"""Suggest what billing's services and tax codes are called in a ledger, each with its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import IntEnum
from functools import lru_cache

from app.domain.item_history import Habit, History
from app.domain.tax_kinds import UNTAXED, TaxKind, plain, tax_kind


class Certainty(IntEnum):
    """How sure a suggestion is: only CERTAIN may be accepted without being looked at."""

    NO_MATCH = 0
    CHECK = 1
    LIKELY = 2
    CERTAIN = 3

    @property
    def word(self) -> str:
        """Return the word shown to people; never a percentage."""
        return ("No match", "Check", "Likely", "Certain")[self]


@dataclass(frozen=True, slots=True)
class Target:
    """An entry of the ledger's lists that a code may be mapped to; rate in percent.

    any_untaxed: a tax code that stands for everything without tax.
    """

    ledger_id: str
    name: str
    active: bool = True
    rate: Decimal | None = None
    any_untaxed: bool = False


@dataclass(frozen=True, slots=True)
class Mapped:
    """A service somebody mapped already: its name in billing, and where it goes."""

    name: str
    ledger_id: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Where a code probably goes, how sure that is and why, in a few words."""

    certainty: Certainty
    reason: str
    ledger_id: str | None = None
    ledger_name: str | None = None
    ledger_rate: Decimal | None = None  # of a tax code, in percent


# Words that say nothing about which service it is.
_EMPTY_WORDS = frozenset({
    "a", "an", "and", "annual", "by", "charge", "fee", "for", "from", "in", "item", "month",
    "monthly", "of", "on", "per", "sale", "service", "the", "to", "with", "year", "yearly",
})  # fmt: skip
# Share of a name's words that must be the same.
_LIKELY_FROM = 0.6
_CHECK_FROM = 0.3
# Invoices that make a habit: once or twice may have been a slip.
_HABIT_FROM = 3


def suggest_service(
    name: str,
    items: Sequence[Target],
    mapped: Sequence[Mapped] = (),
    *,
    ledger: str = "the ledger",
    history: History | None = None,
) -> Suggestion:
    """Suggest an item for a service: by its name, use in the ledger, or similar services."""
    active = [item for item in items if item.active]
    habit = history.of_service(name) if history else None
    return (
        _same_name_but(habit, _same_name(name, active), active, ledger)
        or _as_in_ledger(habit, active, ledger)
        or _as_similar_services(name, active, mapped)
        or _similar_name(name, active)
        or Suggestion(Certainty.NO_MATCH, f"Nothing in {ledger} is close")
    )


def _same_name_but(
    habit: Habit | None, same: Suggestion | None, items: Sequence[Target], ledger: str
) -> Suggestion | None:
    """Doubt a name that is the same where people in the ledger always use another item."""
    if same is None or habit is None or habit.ledger_id == same.ledger_id:
        return same
    other = next((item for item in items if item.ledger_id == habit.ledger_id), None)
    if other is None or not habit.always or habit.invoices < _HABIT_FROM:
        return same
    use = f"{habit.invoices:,} invoices in {ledger} use “{other.name}”"
    return replace(same, certainty=Certainty.CHECK, reason=f"{same.reason}, but {use}")


def _as_in_ledger(habit: Habit | None, items: Sequence[Target], ledger: str) -> Suggestion | None:
    """Follow what people put on the ledger's own invoices for it."""
    target = next((item for item in items if habit and item.ledger_id == habit.ledger_id), None)
    if habit is None or target is None:
        return None
    sure = habit.always and not habit.begun and habit.invoices >= _HABIT_FROM
    certainty = Certainty.CERTAIN if sure else Certainty.LIKELY
    return _to(target, certainty, _invoices_use_it(habit, ledger))


def _invoices_use_it(habit: Habit, ledger: str) -> str:
    if not habit.always:
        return f"{habit.invoices:,} of {habit.of:,} invoices in {ledger} use it"
    if habit.invoices == 1:
        return f"An invoice in {ledger} uses it"
    return f"{habit.invoices:,} invoices in {ledger} use it"


def suggest_tax_code(
    name: str, rate: Decimal, codes: Sequence[Target], *, ledger: str = "the ledger"
) -> Suggestion:
    """Suggest a tax code of the same rate and the same kind; rate in percent.

    A name of ours that does not tell its kind gets no better than Check: zero-rated, exempt and
    no tax share 0 % and go to different boxes of the return.
    """
    kind = tax_kind(name, rate)
    of_rate = [code for code in codes if code.active and code.rate == rate]
    fitting = [
        code
        for code in of_rate
        if tax_kind(code.name, code.rate) == kind or (code.any_untaxed and kind in UNTAXED)
    ]
    if kind is TaxKind.UNCLEAR:
        return _unclear(name, of_rate, ledger)
    same = _same_name(name, fitting)
    if same:
        return same
    if len(fitting) == 1:
        return _to(fitting[0], Certainty.CERTAIN, "Same rate, same kind")
    if fitting:
        best = _closest(name, fitting)[0]
        return _to(best, Certainty.LIKELY, f"{len(fitting)} have this rate and kind")
    return Suggestion(Certainty.NO_MATCH, _why_none(of_rate, ledger))


def _why_none(of_rate: Sequence[Target], ledger: str) -> str:
    if of_rate:
        return f"{ledger} has this rate, but of another kind"
    return f"{ledger} has no tax code of this rate"


def _unclear(name: str, of_rate: Sequence[Target], ledger: str) -> Suggestion:
    plausible = [
        code
        for code in of_rate
        if tax_kind(code.name, code.rate) not in (TaxKind.REVERSE, TaxKind.SPECIAL)
    ]
    same = _same_name(name, plausible)
    if same:
        return same
    if not plausible:
        return Suggestion(Certainty.NO_MATCH, _why_none(of_rate, ledger))
    best = next(
        (code for code in plausible if tax_kind(code.name, code.rate) is TaxKind.ZERO),
        plausible[0],
    )
    return _to(best, Certainty.CHECK, "Same rate, but the name does not tell the kind")


def _same_name(name: str, targets: Sequence[Target]) -> Suggestion | None:
    wanted = plain(name)
    if not wanted:  # signs alone
        return None
    same = [target for target in targets if wanted in (plain(target.name), _last(target.name))]
    if len(same) == 1 and _signs(name) != _signs(same[0].name):  # C# and C++, A and A+
        return _to(same[0], Certainty.CHECK, "Same name but for its signs")
    if len(same) == 1:
        return _to(same[0], Certainty.CERTAIN, "Same name")
    if same:
        return _to(same[0], Certainty.LIKELY, f"{len(same)} entries have this name")
    return None


def _signs(name: str) -> list[str]:
    return [each for each in name if each in "+#*"]


@lru_cache(maxsize=20_000)
def _last(name: str) -> str:
    """Return the last part of a name with a category before it, as in Support:Onsite."""
    return plain(name.rpartition(":")[2])


def _as_similar_services(
    name: str, items: Sequence[Target], mapped: Sequence[Mapped]
) -> Suggestion | None:
    """Follow what people chose for services that share at least two telling words."""
    words = _words(name)
    votes = Counter(
        other.ledger_id
        for other in mapped
        if len(words & _words(other.name)) >= min(2, max(1, len(words)))
    )
    by_id = {item.ledger_id: item for item in items}
    for ledger_id, count in votes.most_common():
        if ledger_id in by_id:
            return _to(by_id[ledger_id], Certainty.LIKELY, _use_it(count))
    return None


def _use_it(count: int) -> str:
    return "A similar service uses it" if count == 1 else f"{count} similar services use it"


def _similar_name(name: str, items: Sequence[Target]) -> Suggestion | None:
    if not items:
        return None
    best, score = _closest(name, items)
    if score >= _LIKELY_FROM:
        return _to(best, Certainty.LIKELY, "Most of the name is the same")
    if score >= _CHECK_FROM:
        return _to(best, Certainty.CHECK, "Only part of the name is the same")
    return None


def _closest(name: str, targets: Sequence[Target]) -> tuple[Target, float]:
    words = _words(name)
    scored = [(_overlap(words, _words(target.name)), target) for target in targets]
    score, best = max(scored, key=lambda pair: pair[0])  # of equals, the first as the ledger lists
    return best, score


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    together = len(one | other)
    return len(one & other) / together if together else 0.0


@lru_cache(maxsize=20_000)  # the ledger's names come back with every code
def _words(name: str) -> frozenset[str]:
    singular = (_singular(word) for word in plain(name).split())
    return frozenset(word for word in singular if word not in _EMPTY_WORDS)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _to(target: Target, certainty: Certainty, reason: str) -> Suggestion:
    return Suggestion(certainty, reason, target.ledger_id, target.name, target.rate)
