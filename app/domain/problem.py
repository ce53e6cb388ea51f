"""What stands in the way of a document, in words for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that must be there before an invoice can be sent.

    kind: service | tax_code | customer | connection | setting | closed_period. target, why: what it
    is mapped to and cannot be used any more, as push_plan.GoneTarget; empty when nothing is mapped.
    """

    kind: str
    code: str
    name: str
    target: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Say what happened, what it means for the money and what to do; the ledger's words beside."""

    code: str
    title: str
    means: str = ""
    what_to_do: str = ""
    ledger_message: str | None = None
    ledger_request_id: str | None = None
    missing: tuple[Missing, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Return the problem as stored and as the API shows it."""
        return asdict(self) | {"missing": [asdict(m) for m in self.missing]}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Problem:
        """Rebuild a problem from what as_json returned."""
        values = dict(stored)
        values["missing"] = tuple(Missing(**m) for m in values.get("missing", ()))
        return cls(**values)
