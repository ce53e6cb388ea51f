"""Which customer of the ledger is ours, and which document there is the one we sent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from app.domain.customer import name_key


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer of the ledger that a name query brought."""

    ledger_id: str
    name: str
    active: bool
    currency: str | None
    parent_id: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """This one it is."""

    ledger_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Create:
    """Nobody of this name is there."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A person must decide; reason is a sentence. ours: it is our document, but changed there."""

    reason: str
    ours: bool = False


def match_customer(
    name: str,
    currency: str,
    candidates: Sequence[Candidate],
    taken: Collection[str] = (),
    parent_id: str | None = None,
) -> Found | Create | Ask:
    """Decide what to do about a customer we hold no link for.

    taken: ids of ledger customers that other customers of ours are linked to already. parent_id:
    the ledger customer that billing says they are a part of; None where billing says nothing.
    """
    same = [c for c in candidates if same_name(c.name, name)]
    active = [c for c in same if c.active]
    if not same:
        return Create()
    if not active:
        return Ask(f"{name} is inactive there.")
    if len(active) > 1:
        return Ask(f"{len(active)} customers there are called {name}.")
    [one] = active
    if one.ledger_id in taken:
        return Ask(f"Another customer of billing is linked to {name} already.")
    if one.currency is not None and one.currency != currency:
        return Ask(
            f"{name} is kept in {one.currency} there, this invoice is in {currency},"
            " and a customer there has one currency."
        )
    if parent_id is not None and one.parent_id != parent_id:
        return Ask(f"{name} is not a part of the same customer there as in billing.")
    return Found(one.ledger_id, one.name)


def found_by_name(
    name: str, candidates: Sequence[Candidate], taken: Collection[str] = ()
) -> Found | Create | Ask:
    """Say who a customer that is not linked yet probably is there; ambiguous is left to a person.

    The currency of their next invoice, which is not known yet, is judged when that goes.
    """
    return match_customer(name, "", [replace(one, currency=None) for one in candidates], taken)


def same_name(one: str, other: str) -> bool:
    """Tell whether two names are the same to a ledger: case and runs of spaces do not count."""
    return name_key(one) == name_key(other)


@dataclass(frozen=True, slots=True)
class Document:
    """What must agree before a ledger's document is taken for ours."""

    number: str | None
    marker: str | None
    customer_ledger_id: str | None
    currency: str | None
    total: Decimal | None
    ledger_id: str = ""
    voided: bool = False


def adopt(ours: Document, there: Sequence[Document]) -> Found | Create | Ask:
    """Decide whether a document of our number is the one whose answer we lost.

    Found: it carries our marker, and customer, currency and total agree. Create: no document of
    this number is there. Ask: somebody else's, or ours but changed, or more than one.
    """
    same = [d for d in there if d.number == ours.number]
    if not same:
        return Create()
    if len(same) > 1:
        return Ask(f"There are {len(same)} documents numbered {ours.number}.")
    [one] = same
    differences = _differences(ours, one)
    if differences:
        return Ask(
            f"Number {ours.number} is taken by a document with {differences}.",
            ours=carries(one.marker, ours.marker),
        )
    return Found(one.ledger_id, ours.number or "")


def _differences(ours: Document, there: Document) -> str:
    found = []
    if not carries(there.marker, ours.marker):
        found.append("no mark of ours")
    if there.customer_ledger_id != ours.customer_ledger_id:
        found.append("another customer")
    if there.currency is not None and there.currency != ours.currency:
        found.append(f"currency {there.currency}")
    if there.total != ours.total:
        found.append(f"a total of {there.total}")
    if there.voided:
        found.append("a void stamp")
    return ", ".join(found)


def carries(note: str | None, marker: str | None) -> bool:
    """Tell whether a note holds our marker, whole: a bookkeeper may have written around it."""
    if not note or not marker:
        return False
    before, found, after = note.partition(marker)
    return bool(found) and not (_continues(before[-1:]) or _continues(after[:1]))


def _continues(letter: str) -> bool:
    return letter.isalnum() or letter in tuple("_-.")
