"""What a row of "Needs attention" counted, said again on the page that it leads to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask import request

from app.domain.wording import format_sums
from app.queries import attention
from app.queries.cause import Cause
from app.queries.invoices import Filter
from app.web.attention import work
from app.web.cause_words import NEED, need_of
from app.web.guard import workspace


@dataclass(frozen=True, slots=True)
class Needed:
    """One row as the overview has it, with its money in words; "" for none."""

    cause: Cause
    icon: str
    tone: str
    title: str
    sub: str
    money: str

    @property
    def heading(self) -> str:
        """Return the row as one sentence: what, and how much."""
        return f"{self.title}, {self.money}" if self.money else self.title

    @property
    def apart(self) -> bool:
        """Tell whether its money is what differs, not what the invoices come to."""
        return self.cause.kind == "changed_there"


def needed_here() -> Needed | None:
    """Return the row that led to this page, as it stands now; None where none did, or is left."""
    asked = request.args.get(NEED, "")
    return _first(asked) if asked else None


def needed_by(wanted: Filter) -> Needed | None:
    """Return the row whose invoices a filter shows, all of them and no others."""
    every = Filter(cause=wanted.cause, connection_id=wanted.connection_id, before=wanted.before)
    if not wanted.cause or wanted != every:
        return None
    found = [
        cause
        for cause in _all()
        if f"{cause.kind}:{cause.code}" == wanted.cause
        and wanted.connection_id in (None, cause.connection_id)
    ]
    return _of(found[0]) if len(found) == 1 else None


def _first(asked: str) -> Needed | None:
    found = (cause for cause in _all() if need_of(cause) == asked)
    cause = next(found, None)
    return _of(cause) if cause else None


def _all() -> Sequence[Cause]:
    home = workspace().currency
    return [
        *attention.not_in_ledger(home),
        *attention.differences(home),
        *attention.credit_notes(),
    ]


def _of(cause: Cause) -> Needed:
    row = work(cause)
    sums: dict[str, Decimal] = {code: each for code, each in row.sums.items() if each}
    money = format_sums(sums, workspace().currency) if sums else ""
    return Needed(cause, row.icon, row.tone, row.title, row.sub, money)
