"""What stands in the way of a document, in words for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Place(StrEnum):
    """Name where a person does what a problem asks for; app/usecases/places.py has the address."""

    MAPPINGS = "mappings"
    CONNECTION = "connection"
    CUSTOMER = "customer"
    INVOICE = "invoice"  # its page here, where a person decides
    BILLING = "billing"  # the document in the billing application
    DOCUMENT = "document"  # the document in the ledger, or the ledger's list of them
    TAXES = "taxes"  # in the ledger
    COMPANY_SETTINGS = "company_settings"  # in the ledger


# Lists of a problem that few have: left out where they are empty.
_LISTS = ("differences", "other_changes", "candidates")


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that must be there before an invoice can be sent.

    kind: service | tax_code | customer | connection | setting | closed_period | document | tax |
    line (its code says what the lines named have not: service | tax_code) | perhaps_there.
    target, why: what it is mapped to and cannot be used any more, as push_plan.GoneTarget; empty
    when nothing is mapped.
    """

    kind: str
    code: str
    name: str
    target: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Say what happened, what it means for the money and what to do; the ledger's words beside.

    where: a Place, the one at which it is done. differences: field by field what both sides say,
    where a person must choose. other_changes: what else was changed, that no choice undoes there.
    candidates: what of the ledger's is perhaps the same, see perhaps_there.py.
    """

    code: str
    title: str
    means: str = ""
    what_to_do: str = ""
    ledger_message: str | None = None
    ledger_request_id: str | None = None
    missing: tuple[Missing, ...] = field(default=())
    where: str | None = None
    differences: tuple[Mapping[str, Any], ...] = field(default=())
    other_changes: tuple[Mapping[str, Any], ...] = field(default=())
    candidates: tuple[Mapping[str, Any], ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Return the problem as stored and as the API shows it."""
        plain = asdict(self) | {"missing": [asdict(m) for m in self.missing]}
        lists = {name: [dict(one) for one in plain.pop(name)] for name in _LISTS}
        return plain | {name: found for name, found in lists.items() if found}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Problem:
        """Rebuild a problem from what as_json returned."""
        values = dict(stored)
        values["missing"] = tuple(Missing(**m) for m in values.get("missing", ()))
        values |= {name: tuple(values.get(name, ())) for name in _LISTS}
        return cls(**values)
