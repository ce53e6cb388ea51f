"""Create, update and deactivate the name lists: customers, vendors, items, accounts, terms."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from simulator.quickbooks.books import Books, Document
from simulator.quickbooks.company import currency_reference
from simulator.quickbooks.faults import Fault, required, unknown_reference
from simulator.quickbooks.sales import Origin, current

# Names are unique over these three together (facts: quickbooks 6.6).
PEOPLE = ("Customer", "Vendor", "Employee")
_FORBIDDEN = re.compile(r"[:\t\n]")
_DEEPEST = 5
_ACCOUNT_CLASS = {
    "Bank": "Asset",
    "Accounts Receivable": "Asset",
    "Other Current Asset": "Asset",
    "Fixed Asset": "Asset",
    "Other Asset": "Asset",
    "Accounts Payable": "Liability",
    "Credit Card": "Liability",
    "Other Current Liability": "Liability",
    "Long Term Liability": "Liability",
    "Equity": "Equity",
    "Income": "Revenue",
    "Other Income": "Revenue",
    "Expense": "Expense",
    "Other Expense": "Expense",
    "Cost of Goods Sold": "Expense",
}


def create_name(books: Books, kind: str, sent: Document, origin: Origin) -> Document:
    """Add a row to a list and return it with everything the service fills in."""
    fields = _complete(books, kind, dict(sent), None)
    return books.insert(kind, fields)


def update_name(books: Books, kind: str, sent: Document, origin: Origin, sparse: bool) -> Document:
    """Change a row; ``Active:false`` is the only way to delete one, and renames it."""
    before = current(books, kind, sent["Id"], sent.get("SyncToken"))
    kept = before if sparse else {name: before[name] for name in _KEPT[kind] if name in before}
    merged = {**kept, **{key: value for key, value in sent.items() if key != "SyncToken"}}
    _rename_inactive(kind, before, merged, sent)
    after = {**_identity(before), **_complete(books, kind, merged, before)}
    if _comparable(after) == _comparable(before):
        return before
    return books.update(kind, after)


_KEPT = {
    "Customer": (
        "CurrencyRef",
        "Balance",
        "BalanceWithJobs",
        "Taxable",
        "DefaultTaxCodeRef",
        "Active",
        "Job",
    ),
    "Vendor": ("CurrencyRef", "Balance", "Active"),
    "Item": ("Type", "IncomeAccountRef", "Active", "Taxable"),
    "Account": ("AccountType", "AccountSubType", "CurrencyRef", "CurrentBalance", "Active"),
    "Term": ("Active",),
}


def _identity(document: Document) -> Document:
    return {key: document[key] for key in ("domain", "sparse", "Id", "SyncToken", "MetaData")}


def _comparable(document: Document) -> Document:
    return {key: value for key, value in document.items() if key not in ("MetaData", "SyncToken")}


def _rename_inactive(kind: str, before: Document, merged: Document, sent: Document) -> None:
    field = "DisplayName" if kind in PEOPLE else "Name"
    if not (before["Active"] and sent.get("Active") is False):
        return
    if kind == "Customer" and before["Balance"]:
        raise Fault("6220", "You can't make a customer inactive that has a balance.", "")
    name = str(merged.get(field) or before[field])
    merged[field] = f"{name} (deleted)"


def _complete(books: Books, kind: str, wanted: Document, before: Document | None) -> Document:
    builders: dict[str, Callable[..., Document]] = {
        "Customer": _customer, "Vendor": _vendor, "Item": _item, "Account": _account, "Term": _term,
    }  # fmt: skip
    return builders[kind](books, wanted, before)


# People


def _display_name(books: Books, kind: str, wanted: Document, before: Document | None) -> str:
    parts = [wanted.get(n) for n in ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")]
    name = wanted.get("DisplayName") or " ".join(part for part in parts if part)
    if not name:
        raise Fault(
            "6080",
            "One of Title, GivenName, MiddleName, FamilyName, Suffix, DisplayName is required.",
            "",
        )
    _require_plain(name, "DisplayName")
    if before is None or str(before["DisplayName"]).casefold() != name.casefold():
        _require_unused(books, kind, name, before)
    return str(name)


def _require_plain(name: str, element: str) -> None:
    if _FORBIDDEN.search(name):
        raise Fault(
            "2040",
            f"Invalid String : {element} holds a colon, tab or newline. Supplied value:{name}",
            element,
        )


def _require_unused(books: Books, kind: str, name: str, before: Document | None) -> None:
    for other in PEOPLE:
        holder = books.named(other, name)
        if holder and not (before and other == kind and holder["Id"] == before["Id"]):
            raise _duplicate(other.lower())


def _duplicate(what: str) -> Fault:
    detail = (
        f"The name supplied already exists. : Another {what} is already using this name. "
        "Please use a different name."
    )
    return Fault("6240", detail, "")


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
    _number_addresses(books, fields)
    return fields


def _number_addresses(books: Books, fields: Document) -> None:
    for name in ("BillAddr", "ShipAddr", "OtherAddr"):
        if name in fields and "Id" not in fields[name]:
            fields[name] = {"Id": books.next_id("Address"), **fields[name]}


def _customer(books: Books, wanted: Document, before: Document | None) -> Document:
    fields = _person(books, "Customer", wanted, before)
    defaults: dict[str, Any] = {"Taxable": True, "Job": False, "BillWithParent": False}
    defaults |= {
        "Balance": Decimal(0),
        "BalanceWithJobs": Decimal(0),
        "PreferredDeliveryMethod": "Print",
    }
    fields = {**defaults, **fields, "FullyQualifiedName": fields["DisplayName"]}
    if "ParentRef" in fields:
        fields["FullyQualifiedName"], fields["Level"] = _nested(
            books, "Customer", fields, fields["DisplayName"]
        )
    fields.setdefault("BillAddr", fields.get("ShipAddr"))
    if fields["BillAddr"] is None:
        del fields["BillAddr"]
    if books.united_states and books.company.get("DefaultTaxCode"):
        fields.setdefault("DefaultTaxCodeRef", {"value": books.company["DefaultTaxCode"]})
    return fields


def _nested(books: Books, kind: str, fields: Document, name: str) -> tuple[str, int]:
    parent = books.get(kind, fields["ParentRef"]["value"])
    if parent is None:
        raise unknown_reference(f"{kind}s element id {fields['ParentRef']['value']} not found")
    level = int(parent.get("Level", 0)) + 1
    if level >= _DEEPEST:
        raise Fault("6180", "A name can be nested five levels deep at most.", "ParentRef")
    return f"{parent['FullyQualifiedName']}:{name}", level


def _vendor(books: Books, wanted: Document, before: Document | None) -> Document:
    defaults: Document = {"Balance": Decimal(0), "Vendor1099": False}
    return {**defaults, **_person(books, "Vendor", wanted, before)}


# Lists


def _list_name(books: Books, kind: str, wanted: Document, before: Document | None) -> str:
    name = wanted.get("Name")
    if not name:
        raise required("Name")
    _require_plain(name, "Name")
    if before is None or before["Name"].casefold() != name.casefold():
        holder = books.named(kind, name)
        if holder and not (before and holder["Id"] == before["Id"]):
            raise _duplicate({"Item": "product or service"}.get(kind, kind.lower()))
    return str(name)


def _require_account(books: Books, reference: Document, element: str) -> Document:
    account = books.get("Account", reference["value"])
    if account is None:
        raise Fault(
            "2500",
            f"Invalid Reference Id : Accounts element id {reference['value']} not found",
            element,
        )
    return {"value": account["Id"], "name": account["FullyQualifiedName"]}


def _item(books: Books, wanted: Document, before: Document | None) -> Document:
    name = _list_name(books, "Item", wanted, before)
    if "Type" not in wanted:
        raise required("Type")
    if wanted["Type"] in ("Group", "Assembly", "Bundle"):
        raise Fault("2170", f"Items of Type {wanted['Type']} cannot be written.", "Type")
    if wanted["Type"] in ("Service", "Inventory") and "IncomeAccountRef" not in wanted:
        raise required("IncomeAccountRef")
    fields = {
        key: value for key, value in wanted.items() if key not in ("Id", "SyncToken", "MetaData")
    }
    fields["Name"] = fields["FullyQualifiedName"] = name
    if "ParentRef" in fields:
        fields["SubItem"] = True
        fields["FullyQualifiedName"], fields["Level"] = _nested(books, "Item", fields, name)
    for reference in ("IncomeAccountRef", "ExpenseAccountRef", "AssetAccountRef"):
        if reference in fields:
            fields[reference] = _require_account(books, fields[reference], reference)
    defaults: Document = {"Active": True, "Taxable": False, "UnitPrice": Decimal(0)}
    defaults |= {"PurchaseCost": Decimal(0), "TrackQtyOnHand": False}
    return {**defaults, **fields}


def _account(books: Books, wanted: Document, before: Document | None) -> Document:
    name = _list_name(books, "Account", wanted, before)
    if '"' in name:
        raise Fault(
            "2040",
            f"Invalid String : Name must not contain a quotation mark. Supplied value:{name}",
            "Name",
        )
    if "AccountType" not in wanted and "AccountSubType" not in wanted:
        raise Fault("6010", "AccountType or AccountSubType is needed.", "AccountType")
    fields = {
        key: value for key, value in wanted.items() if key not in ("Id", "SyncToken", "MetaData")
    }
    fields.setdefault("AccountType", "Income")
    if fields["AccountType"] not in _ACCOUNT_CLASS:
        raise Fault(
            "2170",
            f"Invalid Enumeration : AccountType. Supplied value:{fields['AccountType']}",
            "AccountType",
        )
    fields.setdefault("AccountSubType", fields["AccountType"].replace(" ", ""))
    fields["Classification"] = _ACCOUNT_CLASS[fields["AccountType"]]
    fields["FullyQualifiedName"] = name
    if "ParentRef" in fields:
        fields["SubAccount"] = True
        fields["FullyQualifiedName"], _ = _nested(books, "Account", fields, name)
    fields["CurrencyRef"] = currency_reference(books.company["Currency"])
    defaults: Document = {"SubAccount": False, "Active": True}
    defaults |= {"CurrentBalance": Decimal(0), "CurrentBalanceWithSubAccounts": Decimal(0)}
    return {**defaults, **fields}


def _term(books: Books, wanted: Document, before: Document | None) -> Document:
    name = _list_name(books, "Term", wanted, before)
    fields = {
        key: value for key, value in wanted.items() if key not in ("Id", "SyncToken", "MetaData")
    }
    kind = "DATE_DRIVEN" if "DayOfMonthDue" in fields else "STANDARD"
    return {"Active": True, **fields, "Name": name, "Type": kind}
