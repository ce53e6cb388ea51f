"""Tell what somebody changed in a ledger's document that a write of ours would undo.

Three states are laid side by side, field by field: what the ledger answered when we last wrote,
what it has now, and what the write would say. What nobody changed, what was changed to the very
thing billing says, and what the write leaves alone is nobody's question.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from app.domain.wording import day, format_money

# Problem.code of an invoice that waits for a person to choose between the two.
EDITED_THERE = "edited_there"
# Problem.code of what is gone there, where only keeping it so can be chosen.
GONE_THERE = ("voided_there", "deleted_there")


@dataclass(frozen=True, slots=True)
class Said:
    """What one field says; name: how the ledger spells what the value only refers to."""

    value: str
    name: str | None = None


# A document field by field: "due_date", "lines.2.item". Lines are counted from one.
Content = Mapping[str, Said]


# What we always say and a ledger need not repeat.
_UNSAID = ("currency", "prices")


class By(StrEnum):
    """Say who changed a field since we last wrote it."""

    BOTH = "both"
    LEDGER = "ledger"
    BILLING = "billing"
    UNKNOWN = "unknown"  # what we wrote was not kept


@dataclass(frozen=True, slots=True)
class Edit:
    """A field that somebody changed; None where a side says nothing.

    stays: our write leaves it alone, so that theirs stays whatever a person decides.
    """

    field: str
    before: Said | None
    theirs: Said | None
    ours: Said | None
    by: By
    stays: bool = False

    @property
    def asked(self) -> bool:
        """Tell whether a write of ours would undo what somebody did there."""
        return self.by != By.BILLING and not self.stays


def amount_said(amount: Decimal) -> Said:
    """Return an amount as a field says it: 450 for 450.00."""
    whole = amount.to_integral_value()
    return Said(f"{whole if amount == whole else amount.normalize():f}")


def edits(before: Content | None, theirs: Content, ours: Content) -> tuple[Edit, ...]:
    """Return what was changed there and a write of ours would overwrite.

    before: None when it was not kept; whatever is not ours then counts as changed. Lines are
    replaced as a whole, so that also counts what a line of ours does not mention.
    """
    fields = [*theirs, *(field for field in before or {} if field not in theirs)]
    found = (_edit(field, before, theirs, ours) for field in fields if _is_written(field, ours))
    return tuple(one for one in found if _was_changed(one))


def beside(before: Content | None, theirs: Content, ours: Content) -> tuple[Edit, ...]:
    """Return what else a person should see who decides about edits: nothing of it is undone.

    What somebody changed there and our write leaves alone, then what only billing changes. Nothing
    where what we wrote was not kept: who changed what cannot be told then.
    """
    if before is None:
        return ()
    there = dict.fromkeys([*theirs, *before])
    left = (_edit(f, before, theirs, ours, stays=True) for f in there if not _is_written(f, ours))
    kept = [one for one in left if _value(one.theirs) != _value(one.before)]
    return *kept, *_only_ours(before, theirs, ours)


def _only_ours(before: Content, theirs: Content, ours: Content) -> Iterator[Edit]:
    """Yield what our write changes and nobody else did.

    What the ledger adds to a line by itself it adds again: only a line that goes is a change there.
    """
    lines = {_line_of(field) for field in ours}
    for field in dict.fromkeys([*ours, *before]):
        goes = field not in ours and _line_of(field) is not None and _line_of(field) not in lines
        unsaid = field in _UNSAID and field not in before
        if field == "note" or unsaid or not (field in ours or goes):
            continue
        same_there = _value(theirs.get(field)) == _value(before.get(field))
        if same_there and _value(ours.get(field)) != _value(before.get(field)):
            yield Edit(field, before.get(field), theirs.get(field), ours.get(field), By.BILLING)


def _edit(
    field: str, before: Content | None, theirs: Content, ours: Content, *, stays: bool = False
) -> Edit:
    said = (before or {}).get(field), theirs.get(field), ours.get(field)
    by = By.UNKNOWN
    if before is not None:
        same_here = stays or _value(said[0]) == _value(said[2])
        by = By.LEDGER if same_here else By.BOTH
    return Edit(field, *said, by, stays)


def _line_of(field: str) -> str | None:
    return field.split(".")[1] if field.startswith("lines.") else None


def left_by_us(theirs: Content, ours: Content) -> dict[str, Said] | None:
    """Return what a document found there was when we left it, by what we sent.

    None when it is as we left it. What the ledger put beside it by itself counts as ours.
    """
    changed = {one.field: one.ours for one in edits(None, theirs, ours)}
    if not changed:
        return None
    ledgers = {field: said for field, said in theirs.items() if field not in changed}
    return ledgers | {field: said for field, said in changed.items() if said is not None}


def _is_written(field: str, ours: Content) -> bool:
    if field == "note":  # ours is put beside theirs, never in its place
        return False
    if field.startswith("lines."):
        return any(each.startswith("lines.") for each in ours)
    return field in ours


def _was_changed(one: Edit) -> bool:
    theirs = _value(one.theirs)
    known = one.by != By.UNKNOWN
    return theirs != _value(one.ours) and not (known and theirs == _value(one.before))


def _value(said: Said | None) -> str | None:
    return said.value if said else None


def as_json(content: Content) -> dict[str, list[str | None]]:
    """Return a document's fields as they are stored."""
    return {field: [said.value, said.name] for field, said in content.items()}


def from_json(stored: Mapping[str, Sequence[str | None]]) -> dict[str, Said]:
    """Rebuild a document's fields from what as_json returned."""
    return {field: Said(value or "", name) for field, (value, name) in stored.items()}


# ------------------------------------------------------------------ words

_FIELDS = {
    "number": "Number",
    "issue_date": "Date",
    "due_date": "Due date",
    "customer": "Customer",
    "currency": "Currency",
    "memo": "Message to the customer",
    "note": "Note",
    "email": "E-mail address",
    "prices": "Tax in prices",
    "terms": "Terms",
    "class": "Class",
    "location": "Location",
    "bill_to": "Billing address",
    "ship_to": "Delivery address",
    "tax_code": "Tax code",
    "tax_total": "Tax",
    "total": "Total",
}
_OF_LINE = {
    "item": "item",
    "description": "description",
    "quantity": "quantity",
    "price": "price",
    "amount": "amount",
    "gross": "amount with tax",
    "tax_code": "tax code",
    "class": "class",
    "service_date": "service date",
    "kind": "kind",
}
_MONEY = ("amount", "gross", "total", "tax_total")
_DAYS = ("issue_date", "due_date", "service_date")
_NOTHING = "Nothing"
_NOT_KNOWN = "Not known"
_NOT_OURS = "Not billing’s"


def field_words(field: str) -> str:
    """Return what a field is called: "Due date", "Line 2, item"."""
    if field.startswith("lines."):
        _, number, part = field.split(".", 2)
        return f"Line {number}, {_OF_LINE.get(part, part)}"
    return _FIELDS.get(field) or f"{field[:1].upper()}{field[1:]}"


def said_words(field: str, said: Said | None, currency: str) -> str:
    """Return what a side says in a field, as people read it."""
    if said is None or not said.value:
        return _NOTHING
    part = field.rsplit(".", 1)[-1]
    try:
        if part in _MONEY:
            return format_money(Decimal(said.value), currency)
        if part in _DAYS:
            return day(date.fromisoformat(said.value))
    except (InvalidOperation, ValueError):
        return said.value
    return said.name or said.value


def _before_words(one: Edit, currency: str) -> str:
    return _NOT_KNOWN if one.by == By.UNKNOWN else said_words(one.field, one.before, currency)


def _ours_words(one: Edit, currency: str) -> str:
    """Return what billing says; of what it has no say in, nothing to compare with."""
    return _NOT_OURS if one.stays else said_words(one.field, one.ours, currency)


def described(found: Sequence[Edit], currency: str) -> tuple[dict[str, Any], ...]:
    """Return the changed fields as a problem carries them: for the page and for REST."""
    return tuple(
        {
            "field": one.field,
            "name": field_words(one.field),
            "changed_by": one.by.value,
            "before": _before_words(one, currency),
            "theirs": said_words(one.field, one.theirs, currency),
            "ours": _ours_words(one, currency),
        }
        for one in found
    )
