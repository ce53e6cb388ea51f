"""Create, update and deactivate the name lists: customers, vendors, items, accounts and others."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial

from simulator.quickbooks.books import Books, Document
from simulator.quickbooks.company import currency_reference
from simulator.quickbooks.faults import INACTIVE, Fault, required
from simulator.quickbooks.name_rules import duplicate_name, nested_name, require_plain
from simulator.quickbooks.people import PEOPLE, build_customer, build_employee, build_vendor
from simulator.quickbooks.sales import Origin, current

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


# What a full update does not clear.
_KEPT = {
    "Customer": "CurrencyRef Balance BalanceWithJobs Taxable DefaultTaxCodeRef Active Job",
    "Vendor": "CurrencyRef Balance Active",
    "Employee": "CurrencyRef Active",
    "Item": "Type IncomeAccountRef Active Taxable",
    "Account": "AccountType AccountSubType CurrencyRef CurrentBalance Active",
    "Term": "Active",
    "Class": "Active",
    "Department": "Active",
}


def create_name(books: Books, kind: str, sent: Document, origin: Origin) -> Document:
    """Add a row to a list and return it with everything the service fills in."""
    fields = _complete(books, kind, dict(sent), None)
    return books.insert(kind, fields)


def update_name(books: Books, kind: str, sent: Document, origin: Origin, sparse: bool) -> Document:
    """Change a row; ``Active:false`` is the only way to delete one, and renames it."""
    before = current(books, kind, sent["Id"], sent.get("SyncToken"))
    kept = set(before) if sparse else set(_KEPT[kind].split()) & set(before)
    merged: Document = {name: before[name] for name in before if name in kept}
    merged |= {key: value for key, value in sent.items() if key != "SyncToken"}
    _rename_inactive(kind, before, merged, sent)
    after = {**_identity(before), **_complete(books, kind, merged, before)}
    if _comparable(after) == _comparable(before):
        return before
    return books.update(kind, after)


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
        "Customer": build_customer,
        "Vendor": build_vendor,
        "Employee": build_employee,
        "Item": _item,
        "Account": _account,
        "Term": _term,
        "Class": partial(_nested, "Class"),
        "Department": partial(_nested, "Department"),
    }
    return builders[kind](books, wanted, before)


# Lists


def _list_name(books: Books, kind: str, wanted: Document, before: Document | None) -> str:
    name = wanted.get("Name")
    if not name:
        raise required("Name")
    require_plain(name, "Name")
    if before is None or before["Name"].casefold() != name.casefold():
        holder = books.named(kind, name)
        if holder and not (before and holder["Id"] == before["Id"]):
            raise duplicate_name({"Item": "product or service"}.get(kind, kind.lower()))
    return str(name)


def _require_account(books: Books, reference: Document, element: str) -> Document:
    account = books.get("Account", reference["value"])
    if account is None:
        raise Fault(
            "2500",
            f"Invalid Reference Id : Accounts element id {reference['value']} not found",
            element,
        )
    if not account["Active"]:
        raise Fault("610", f"Object Not Found : {INACTIVE}", "")
    if element == "IncomeAccountRef" and account["AccountType"] != "Income":
        raise Fault("6430", "Invalid account type used. An item's income goes to Income.", element)
    return {"value": account["Id"], "name": account["FullyQualifiedName"]}


def _item(books: Books, wanted: Document, before: Document | None) -> Document:
    name = _list_name(books, "Item", wanted, before)
    if '"' in name and books.switches["item_quotation_mark"] == "refuse":
        raise Fault("2040", f"Invalid String : Name. Supplied value:{name}", "Name")
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
        fields["FullyQualifiedName"], fields["Level"] = nested_name(books, "Item", fields, name)
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
        fields["FullyQualifiedName"], _ = nested_name(books, "Account", fields, name)
    fields["CurrencyRef"] = currency_reference(books.company["Currency"])
    defaults: Document = {"SubAccount": False, "Active": True}
    defaults |= {"CurrentBalance": Decimal(0), "CurrentBalanceWithSubAccounts": Decimal(0)}
    return {**defaults, **fields}


def _nested(kind: str, books: Books, wanted: Document, before: Document | None) -> Document:
    """Complete a class or a department, which differ in nothing but their name."""
    name = _list_name(books, kind, wanted, before)
    fields = {
        key: value for key, value in wanted.items() if key not in ("Id", "SyncToken", "MetaData")
    }
    full = name
    if "ParentRef" in fields:
        full, _ = nested_name(books, kind, fields, name)
    sub = {f"Sub{kind}": "ParentRef" in fields}
    return {"Active": True, **fields, **sub, "Name": name, "FullyQualifiedName": full}


def _term(books: Books, wanted: Document, before: Document | None) -> Document:
    name = _list_name(books, "Term", wanted, before)
    fields = {
        key: value for key, value in wanted.items() if key not in ("Id", "SyncToken", "MetaData")
    }
    kind = "DATE_DRIVEN" if "DayOfMonthDue" in fields else "STANDARD"
    return {"Active": True, **fields, "Name": name, "Type": kind}
