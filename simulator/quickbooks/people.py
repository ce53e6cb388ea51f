"""Complete customers and vendors: display name, defaults, addresses (facts: quickbooks 6.6)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from simulator.quickbooks.books import Books, Document
from simulator.quickbooks.company import currency_reference
from simulator.quickbooks.faults import Fault
from simulator.quickbooks.name_rules import duplicate_name, nested_name, require_plain

# Names are unique over these three together (facts: quickbooks 6.6).
PEOPLE = ("Customer", "Vendor", "Employee")


def _display_name(books: Books, kind: str, wanted: Document, before: Document | None) -> str:
    parts = [wanted.get(n) for n in ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")]
    name = wanted.get("DisplayName") or " ".join(part for part in parts if part)
    if not name:
        raise Fault(
            "6080",
            "One of Title, GivenName, MiddleName, FamilyName, Suffix, DisplayName is required.",
            "",
        )
    require_plain(name, "DisplayName")
    if before is None or str(before["DisplayName"]).casefold() != name.casefold():
        _require_unused(books, kind, name, before)
    return str(name)


def _require_unused(books: Books, kind: str, name: str, before: Document | None) -> None:
    for other in PEOPLE:
        holder = books.named(other, name)
        if holder and not (before and other == kind and holder["Id"] == before["Id"]):
            raise duplicate_name(other.lower())


def _person(books: Books, kind: str, wanted: Document, before: Document | None) -> Document:
    name = _display_name(books, kind, wanted, before)
    fields = {
        key: value for key, value in wanted.items() if key not in ("Id", "SyncToken", "MetaData")
    }
    home = wanted.get("CurrencyRef", {}).get("value", books.company["Currency"])
    if home != books.company["Currency"] and not books.company["MultiCurrencyEnabled"]:
        raise Fault(
            "6000",
            f"Business Validation Error: Multicurrency is off, {home} cannot be used.",
            "CurrencyRef",
        )
    if before and home != before["CurrencyRef"]["value"]:
        raise Fault(
            "6000",
            "Business Validation Error: The currency of a name cannot be changed.",
            "CurrencyRef",
        )
    fields["CurrencyRef"] = currency_reference(home)
    fields["DisplayName"] = name
    fields["Active"] = wanted.get("Active", True)
    printed_before = before and wanted.get("PrintOnCheckName") == before.get("DisplayName")
    if not wanted.get("PrintOnCheckName") or printed_before:
        fields["PrintOnCheckName"] = (wanted.get("CompanyName") or name)[:110]
    for name in ("PrimaryTaxIdentifier", "SecondaryTaxIdentifier"):
        if name in fields:
            fields[name] = _masked(fields[name])
    _number_addresses(books, fields)
    return fields


def _masked(identifier: str) -> str:
    """Hide all but the last five characters of a tax number, as answers do."""
    return "X" * len(identifier[:-5]) + identifier[-5:]


def _number_addresses(books: Books, fields: Document) -> None:
    for name in ("BillAddr", "ShipAddr", "OtherAddr"):
        if name in fields and "Id" not in fields[name]:
            fields[name] = {"Id": books.next_id("Address"), **fields[name]}


def build_customer(books: Books, wanted: Document, before: Document | None) -> Document:
    """Return the customer with everything the service fills in."""
    fields = _person(books, "Customer", wanted, before)
    defaults: dict[str, Any] = {"Taxable": True, "Job": False, "BillWithParent": False}
    defaults |= {
        "Balance": Decimal(0),
        "BalanceWithJobs": Decimal(0),
        "PreferredDeliveryMethod": "Print",
    }
    fields = {**defaults, **fields, "FullyQualifiedName": fields["DisplayName"]}
    if "ParentRef" in fields:
        fields["FullyQualifiedName"], fields["Level"] = nested_name(
            books, "Customer", fields, fields["DisplayName"]
        )
    fields.setdefault("BillAddr", fields.get("ShipAddr"))
    if fields["BillAddr"] is None:
        del fields["BillAddr"]
    if books.united_states and books.company.get("DefaultTaxCode"):
        fields.setdefault("DefaultTaxCodeRef", {"value": books.company["DefaultTaxCode"]})
    return fields


def build_vendor(books: Books, wanted: Document, before: Document | None) -> Document:
    """Return the vendor with everything the service fills in."""
    defaults: Document = {"Balance": Decimal(0), "Vendor1099": False}
    return {**defaults, **_person(books, "Vendor", wanted, before)}


def build_employee(books: Books, wanted: Document, before: Document | None) -> Document:
    """Return the employee with everything the service fills in."""
    return {"BillableTime": False, **_person(books, "Employee", wanted, before)}
