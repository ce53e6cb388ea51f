"""Keep the rules of every name: letters, uniqueness, nesting (facts: quickbooks 6.6)."""

from __future__ import annotations

import re

from simulator.quickbooks.books import Books, Document
from simulator.quickbooks.faults import Fault, unknown_reference

_FORBIDDEN = re.compile(r"[:\t\n]")
_DEEPEST = 5


def require_plain(name: str, element: str) -> None:
    """Raise 2040 for a colon, tab or newline."""
    if _FORBIDDEN.search(name):
        raise Fault(
            "2040",
            f"Invalid String : {element} holds a colon, tab or newline. Supplied value:{name}",
            element,
        )


def duplicate_name(what: str) -> Fault:
    """Return the refusal of a name that something of this kind has already."""
    detail = (
        f"The name supplied already exists. : Another {what} is already using this name. "
        "Please use a different name."
    )
    return Fault("6240", detail, "")


def nested_name(books: Books, kind: str, fields: Document, name: str) -> tuple[str, int]:
    """Return the full name under its parent and the level. Raise 2500 or 6180."""
    parent = books.get(kind, fields["ParentRef"]["value"])
    if parent is None:
        raise unknown_reference(f"{kind}s element id {fields['ParentRef']['value']} not found")
    level = int(parent.get("Level", 0)) + 1
    if level >= _DEEPEST:
        raise Fault("6180", "A name can be nested five levels deep at most.", "ParentRef")
    return f"{parent['FullyQualifiedName']}:{name}", level
