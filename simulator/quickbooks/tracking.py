"""Check a sale's classes and departments against what the company tracks (facts: 6.3, 6.12)."""

from __future__ import annotations

from simulator.quickbooks.books import Books, Document
from simulator.quickbooks.faults import INACTIVE, business, unknown_reference

_PLURAL = {"Class": "Classes", "Department": "Departments"}


def tracked(books: Books, name: str, sent: Document | None, setting: str) -> Document | None:
    """Return a ClassRef or DepartmentRef completed; None where there is none, or it is ignored.

    Raise 2500 for one that is not there or inactive, 6000 where the company does not track it here.
    """
    if sent is None:
        return None
    if not books.company.get(setting):
        if books.switches["untracked_reference"] == "ignore":
            return None
        raise business(f"{name} cannot be used: {setting} is switched off in this company.")
    kind = name.removesuffix("Ref")
    found = books.get(kind, sent["value"])
    if found is None:
        raise unknown_reference(f"{_PLURAL[kind]} element id {sent['value']} not found")
    if not found["Active"]:
        raise unknown_reference(INACTIVE)
    return {"value": found["Id"], "name": found["FullyQualifiedName"]}
