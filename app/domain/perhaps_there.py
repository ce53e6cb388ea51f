"""Recognise an invoice that somebody typed into the ledger before ours was sent.

Nothing here is certain: the ledger's document carries no mark of ours. What agrees in everything
that counts is a strong sign, what agrees in most of it a weak one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from app.domain.matching import same_name
from app.domain.problem import Missing, Place, Problem
from app.domain.states import SyncState
from app.domain.wording import day, format_money, listed, plural

# Days between two dates that may still be one invoice's. A monthly invoice of the same total is
# another one, and so is a weekly one.
NEAR = 6
ASK = "ask"
LINK = "link"
SKIP = "skip"
POLICIES = (ASK, LINK, SKIP)
# Problem.code, and Missing.kind, of an invoice that a person must decide about.
PERHAPS_THERE = "perhaps_there"
# Problem.code of one that is not sent because the ledger has it.
THERE_ALREADY = "there_already"
# Problem.code of one whose number the ledger has under a document that is not known as ours.
NUMBER_TAKEN = "number_taken"
# Problem.code of one whose document of before a disconnect is gone there, or another customer's.
NOT_AS_LINKED = "not_as_linked"
# Where a person may say whether it is the same: asked first, left out, or refused by the ledger.
ASKED_IN = (SyncState.BLOCKED, SyncState.NOT_SENT, SyncState.FAILED)


@dataclass(frozen=True, slots=True)
class Ours:
    """An invoice that is to be created; number: that the ledger would keep."""

    number: str
    customer: str
    customer_ledger_id: str | None
    currency: str
    total: Decimal
    issued_on: date


@dataclass(frozen=True, slots=True)
class Theirs:
    """An invoice of the ledger that is none of ours; currency: as the ledger says, or its own.

    anothers: its number and total are those of another of billing's invoices.
    """

    ledger_id: str
    number: str | None
    customer_ledger_id: str | None
    customer: str | None
    currency: str
    total: Decimal
    issued_on: date | None
    anothers: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """One that is probably the same; reason: a sentence that says what agrees and what does not."""

    theirs: Theirs
    reason: str
    strong: bool

    def as_json(self) -> dict[str, Any]:
        """Return the candidate as a problem carries it: for the page and for REST."""
        theirs = self.theirs
        return {
            "ledger_id": theirs.ledger_id,
            "number": theirs.number,
            "customer": theirs.customer,
            "currency": theirs.currency,
            "total": f"{theirs.total:.2f}",
            "issue_date": theirs.issued_on.isoformat() if theirs.issued_on else None,
            "reason": self.reason,
            "strong": self.strong,
        }


def undecided(state: str, problem: Mapping[str, Any] | None) -> bool:
    """Tell whether a person is asked what an invoice is there."""
    said = problem or {}
    found = bool(said.get("candidates")) or said.get("code") == NOT_AS_LINKED
    return found and state in ASKED_IN


class Way(StrEnum):
    """Say what becomes of an invoice."""

    GO = "go"
    ASK = "ask"
    LINK = "link"
    SKIP = "skip"


def number_key(number: str | None) -> str:
    """Return what two spellings of one number share: letter case and spaces do not count."""
    return "".join((number or "").split()).casefold()


def candidates(
    ours: Ours, there: Sequence[Theirs], others: Collection[str] = ()
) -> tuple[Candidate, ...]:
    """Return which of the ledger's invoices are probably ours, the likeliest first.

    others: the ids of those that a person said are not.
    """
    found = (_candidate(ours, one) for one in there if one.ledger_id not in others)
    return tuple(sorted(filter(None, found), key=lambda one: not one.strong))


def way(found: Sequence[Candidate], policy: str) -> Way:
    """Decide about an invoice: only the one strong candidate is linked or left by itself."""
    if not found:
        return Way.GO
    if len(found) > 1 or not found[0].strong:
        return Way.ASK
    return {LINK: Way.LINK, SKIP: Way.SKIP}.get(policy, Way.ASK)


def _candidate(ours: Ours, theirs: Theirs) -> Candidate | None:
    number = number_key(ours.number) == number_key(theirs.number)
    customer = _same_customer(ours, theirs)
    total = (ours.total, ours.currency) == (theirs.total, theirs.currency)
    apart = abs((ours.issued_on - theirs.issued_on).days) if theirs.issued_on else None
    near = apart is not None and apart <= NEAR
    if number and (customer or total):
        strong = customer and total and near
    elif customer and total and near and not theirs.anothers:
        strong = False
    else:
        return None
    same = [
        word
        for word, agrees in (
            ("number", number),
            ("customer", customer),
            ("total", total),
            ("date", apart == 0),
        )
        if agrees
    ]
    return Candidate(theirs, _reason(same, theirs, apart), strong)


def _same_customer(ours: Ours, theirs: Theirs) -> bool:
    """Compare the ledger's ids where ours is linked, names where it is not."""
    if ours.customer_ledger_id is not None:
        return ours.customer_ledger_id == theirs.customer_ledger_id
    return theirs.customer is not None and same_name(ours.customer, theirs.customer)


def _reason(same: list[str], theirs: Theirs, apart: int | None) -> str:
    unlike = []
    if "number" not in same:
        unlike.append("another number" if theirs.number else "no number")
    unlike += [f"another {word}" for word in ("customer", "total") if word not in same]
    if apart is None:
        unlike.append("no date")
    elif apart:
        unlike.append(f"dated {plural(apart, 'day')} apart")
    end = f"; {listed(unlike)}" if unlike else ""
    return f"Same {listed(same)}{end}."


# ------------------------------------------------------------------ words


def described(theirs: Theirs) -> str:
    """Return one of the ledger's invoices in a few words: "1042, Oak & Ash Ltd, £540.00, …"."""
    parts = [
        theirs.number or "without a number",
        theirs.customer or "",
        format_money(theirs.total, theirs.currency),
        day(theirs.issued_on) if theirs.issued_on else "",
    ]
    return ", ".join(part for part in parts if part)


def asking(found: Sequence[Candidate], ours: Ours, ledger: str) -> Problem:
    """Lay before a person what is perhaps there already."""
    money = format_money(ours.total, ours.currency)
    if len(found) == 1:
        title = f"{ledger} has an invoice that may be this one: {described(found[0].theirs)}."
        do = "Link them if it is the same, or push it if it is another."
    else:
        title = f"{ledger} has {len(found)} invoices that may be this one."
        do = "Link it to the one it is, or push it if it is another."
    do += _number_once(found, ours, ledger)
    return Problem(
        code=PERHAPS_THERE,
        title=title,
        means=f"{money} was not sent, so that it is not in the books twice.",
        what_to_do=do,
        missing=(Missing(PERHAPS_THERE, "", f"perhaps in {ledger} already"),),
        where=Place.INVOICE,
        candidates=tuple(one.as_json() for one in found),
    )


def _number_once(found: Sequence[Candidate], ours: Ours, ledger: str) -> str:
    """Say before somebody pushes it as another that the ledger may not take the number twice."""
    if all(number_key(one.theirs.number) != number_key(ours.number) for one in found):
        return ""
    return (
        f" Another one needs another number first, there or in billing: {ledger} usually refuses"
        f" a second {ours.number}."
    )


def refused(problem: Problem, found: Sequence[Candidate], ours: Ours, ledger: str) -> Problem:
    """Lay beside a refusal what of the ledger's is perhaps the same: none, and it stays."""
    if not found:
        return problem
    asked = asking(found, ours, ledger)
    if problem.code != NOT_AS_LINKED:
        money = format_money(ours.total, ours.currency)
        means = f"{money} was not booked, so that it is not in the books twice."
        problem = replace(problem, title=asked.title, means=means)
    return replace(
        problem,
        what_to_do=asked.what_to_do,
        where=asked.where,
        candidates=asked.candidates,
    )


def foreseen(found: Sequence[Candidate], ours: Ours, ledger: str, policy: str) -> Problem:
    """Say what keeps an invoice from being sent, before anybody acts on it."""
    chosen, first = way(found, policy), found[0]
    if chosen == Way.SKIP:
        return skipped(first, ledger)
    if chosen == Way.LINK:
        title = f"It is linked to what {ledger} has already: {described(first.theirs)}."
        return Problem(code=THERE_ALREADY, title=title, means="Nothing is sent.")
    return asking(found, ours, ledger)


def skipped(one: Candidate, ledger: str) -> Problem:
    """Say why an invoice stays out of the ledger: it is there, typed by hand."""
    return Problem(
        code=THERE_ALREADY,
        title=f"{ledger} has it already: {described(one.theirs)}.",
        means=f"It was not sent. What is paid in {ledger} does not come back to billing.",
        what_to_do="Nothing. Link them if payments shall come back, or push it if it is another.",
        candidates=(one.as_json(),),
    )
