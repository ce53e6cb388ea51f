"""Sort what was changed on both sides of a question by what each of the two buttons does to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.edited_there import By


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    """Fields that fare alike, and how; rows: as a problem carries them."""

    title: str
    fate: str
    rows: Sequence[Mapping[str, Any]]


def change_groups(problem: Mapping[str, Any], ledger: str) -> Sequence[ChangeGroup]:
    """Return the groups that are not empty; those that somebody may lose something of first."""
    asked, others = problem.get("differences") or (), problem.get("other_changes") or ()
    given_up = "One of the two is given up."
    both, unlike = f"Changed in {ledger} and in billing", f"Not the same in {ledger} and in billing"
    back = "“Use billing’s” puts it back; “Keep” leaves it."
    no_say = f"Changed in {ledger}, where billing has no say"
    written = f"“Use billing’s” writes it; “Keep” leaves it out of {ledger}."
    groups = (
        _group(asked, By.BOTH, both, given_up),
        _group(asked, By.UNKNOWN, unlike, given_up),
        _group(asked, By.LEDGER, f"Changed in {ledger} only", back),
        _group(others, By.LEDGER, no_say, "It stays, whichever you choose."),
        _group(others, By.BILLING, "Changed in billing only", written),
    )
    return [group for group in groups if group.rows]


def _group(rows: Sequence[Mapping[str, Any]], by: By, title: str, fate: str) -> ChangeGroup:
    # A question that was asked before fields were told apart holds only what somebody may lose.
    return ChangeGroup(title, fate, [x for x in rows if x.get("changed_by", By.UNKNOWN) == by])
