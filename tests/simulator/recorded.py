"""Read the recorded exchanges with the real QuickBooks, where they are at hand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator import json_text

CONTRACTS = Path(__file__).resolve().parents[3] / "shared" / "contracts"
RECORDED = CONTRACTS / "recorded" / "qbo_api-vcr"
MISSING = "the recorded exchanges with QuickBooks are not here"
_PART = re.compile(
    r"method: (?P<method>\w+)\n\s+uri: (?P<uri>\S+).*?string: '(?P<sent>(?:[^']|'')*)'"
    r".*?code: (?P<status>\d+).*?string: '(?P<got>(?:[^']|'')*)'",
    re.DOTALL,
)


@dataclass(frozen=True)
class Exchange:
    """One recorded request and its answer."""

    method: str
    uri: str
    sent: str
    status: int
    got: Any


def exchanges(name: str) -> list[Exchange]:
    """Return a recording's exchanges in order."""
    text = (RECORDED / name).read_text(encoding="utf-8")
    return [
        Exchange(
            part["method"].upper(),
            part["uri"],
            _scalar(part["sent"]),
            int(part["status"]),
            json_text.loads(_scalar(part["got"])),
        )
        for part in _PART.finditer(text)
    ]


def _scalar(folded: str) -> str:
    """Undo YAML's folding of a single-quoted text."""
    return re.sub(r"\s*\n\s*", " ", folded).replace("''", "'")


def shape(value: Any) -> Any:
    """Return the keys and types of a value; numbers are one type, lists show their first item."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return type(value).__name__
    return "number"
