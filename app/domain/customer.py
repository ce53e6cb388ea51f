"""Billing's customers as a ledger is to have them: names, nesting, what of them changed."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from app.domain.invoice import Customer

# What billing owns of a customer, and may change there when asked.
FIELDS = ("name", "email", "phone", "tax_number", "address")
FIELD_WORDS = {
    "name": "name",
    "email": "e-mail",
    "phone": "phone",
    "tax_number": "VAT number",
    "address": "address",
}
# Levels of customers inside customers, the top one included. QuickBooks: Customer (6180).
DEEPEST = 5


@dataclass(frozen=True, slots=True)
class Details:
    """What of a customer both sides may change, spelt as a ledger keeps it.

    tax_number: its last characters only, where a ledger shows no more.
    """

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    tax_number: str | None = None
    address: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Aim:
    """What a customer's push goes for, beyond what billing says of the customer.

    name: the display name a person chose. currency: in which they are created. ledger_id, version:
    whom it changes; activate: it makes them active again. kept: what the ledger has other than we
    sent it, which is somebody's and left alone. said: what billing said when the body was made.
    """

    name: str | None = None
    currency: str | None = None
    ledger_id: str | None = None
    version: str | None = None
    activate: bool = False
    kept: tuple[str, ...] = ()
    said: Mapping[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the aim as stored."""
        return asdict(self) | {"kept": list(self.kept)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | None) -> Aim:
        """Rebuild an aim from what as_json returned; an empty one from nothing."""
        values = dict(stored or {})
        values["kept"] = tuple(values.get("kept", ()))
        return cls(**values)


NO_AIM = Aim()


def name_key(name: str) -> str:
    """Return what two spellings of one name share: letter case, runs of spaces, Unicode forms."""
    return " ".join(unicodedata.normalize("NFC", name).split()).casefold()


def another_name(name: str) -> str:
    """Suggest to a person what to call a customer whose name somebody else has there."""
    return f"{name} (C)"


def said_of(customer: Customer) -> dict[str, Any]:
    """Return what billing says of a customer, as it is stored."""
    said = {name: getattr(customer, name) for name in FIELDS}
    return said | {"address": dict(customer.address) if customer.address is not None else None}


def changed_since(sent: Mapping[str, Any] | None, customer: Customer) -> frozenset[str]:
    """Return which fields billing has changed since; everything it knows where nothing was noted.

    What billing emptied is left out: a ledger keeps what it is not told.
    """
    said = said_of(customer)
    before = sent or {}
    return frozenset(name for name in FIELDS if said[name] and said[name] != before.get(name))


def left_alone(
    changed: Collection[str], sent: Details | None, ours: Details, theirs: Details
) -> tuple[str, ...]:
    """Return which of these fields somebody changed in the ledger since we last wrote.

    What is empty there, or says what billing says, is nobody's loss.
    """

    def theirs_alone(name: str) -> bool:
        there = getattr(theirs, name)
        known = [getattr(ours, name)] + ([getattr(sent, name)] if sent is not None else [])
        return bool(there) and there not in known

    return tuple(name for name in FIELDS if name in changed and theirs_alone(name))
