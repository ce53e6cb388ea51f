"""Fill new books from ``companies/*.json``: companies whose ids differ in everything."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from simulator.clock import pacific_seconds
from simulator.quickbooks.books import Books, Document
from simulator.quickbooks.company import currency_reference
from simulator.quickbooks.names import create_name
from simulator.quickbooks.sales import Origin
from simulator.store import Store
from simulator.switches import Switches

COMPANIES = sorted(Path(__file__).with_name("companies").glob("*.json"))
# Old enough that change data capture (30 days) never shows the seeds.
AGE = timedelta(days=60)
_EFFECTIVE = "2011-01-04T00:00:00-08:00"


def seed_companies(store: Store, switches: Switches, now: datetime) -> None:
    """Create every company in an empty store."""
    for path in COMPANIES:
        _seed(store, switches, json.loads(path.read_text(encoding="utf-8")), now - AGE)


def seed_like(
    store: Store, switches: Switches, like: str, realm: str, name: str, now: datetime
) -> None:
    """Create one more company with the books another one starts with.

    Raise LookupError when nothing is seeded like that, ValueError for a realm that is in use.
    """
    seeds = [json.loads(path.read_text(encoding="utf-8")) for path in COMPANIES]
    data = next((seed for seed in seeds if seed["realm"] == like), None)
    if data is None:
        raise LookupError(f"no seeded company {like}")
    if not realm.isdigit():
        raise ValueError("realm must be digits")
    with store.transaction():
        if store.row("SELECT 1 FROM company WHERE realm=?", realm) is not None:
            raise ValueError(f"company {realm} is there already")
        data |= {"realm": realm, "settings": data["settings"] | {"CompanyName": name}}
        _seed(store, switches, data, now - AGE)


def _seed(store: Store, switches: Switches, data: Document, now: datetime) -> None:
    settings = {"Created": int(now.timestamp()), "SyncToken": "2", **data["settings"]}
    store.execute("INSERT INTO company VALUES (?, ?)", data["realm"], json.dumps(settings))
    books = Books(store, data["realm"], now, switches)
    _accounts(books, data)
    _terms(books, data)
    add_taxes(books, data)
    _items(books, data)
    for kind, people in (("Customer", data["customers"]), ("Vendor", data["vendors"])):
        for row in people:
            _person(books, kind, *row)
    for name, last in data["last_ids"].items():
        _start_after(books, name, last)
    store.execute("DELETE FROM event WHERE realm=?", data["realm"])


def _start_after(books: Books, name: str, last: int) -> None:
    books.store.execute("INSERT OR REPLACE INTO sequence VALUES (?, ?, ?)", books.realm, name, last)


def _accounts(books: Books, data: Document) -> None:
    for identifier, name, kind, subtype, classification in data["accounts"]:
        fields: Document = {
            "Name": name,
            "SubAccount": False,
            "FullyQualifiedName": name,
            "Active": True,
            "Classification": classification,
            "AccountType": kind,
            "AccountSubType": subtype,
            "CurrentBalance": Decimal(0),
            "CurrentBalanceWithSubAccounts": Decimal(0),
            "CurrencyRef": currency_reference(books.company["Currency"]),
        }
        books.insert("Account", fields, identifier)


def _terms(books: Books, data: Document) -> None:
    for identifier, name, days in data["terms"]:
        fields = {"Name": name, "Active": True, "Type": "STANDARD", "DueDays": days}
        books.insert("Term", {**fields, "DiscountPercent": 0}, identifier)


def add_taxes(books: Books, data: Document) -> None:
    """Add the agency and the tax codes of a company, each with its rates."""
    if "tax_agency" in data:
        tracked = {"TaxTrackedOnPurchases": True, "TaxTrackedOnSales": True}
        books.insert("TaxAgency", {"DisplayName": data["tax_agency"], **tracked}, "1")
    for code in data.get("tax_codes", []):
        books.insert("TaxCode", _tax_code(books, code), code["id"])
    for name, taxable in data.get("pseudo_codes", {}).items():
        _pseudo_code(books, name, taxable)


def _tax_code(books: Books, code: Document) -> Document:
    name, purchases = code["name"], code.get("purchase_rate")
    sales_name = f"{name} (Sales)" if purchases else name
    return {
        "Name": name,
        "Description": code.get("description", name),
        "Active": code.get("active", True),
        "Hidden": False,
        "Taxable": code.get("taxable", True),
        "TaxGroup": True,
        "TaxCodeConfigType": "SYSTEM_GENERATED",
        "SalesTaxRateList": {"TaxRateDetail": _rate(books, code["sales_rate"], sales_name, code)},
        "PurchaseTaxRateList": {
            "TaxRateDetail": _rate(books, purchases, f"{name} (Purchases)", code)
        },
    }


def _rate(books: Books, identifier: str | None, name: str, code: Document) -> list[Document]:
    if identifier is None:
        return []
    special, percent = code.get("special", "NONE"), Decimal(code["percent"])
    display = "HideInTransactionForms" if special == "REVERSE_CHARGE" else "HideInAll"
    fields: Document = {
        "Name": name,
        "Description": name,
        "Active": True,
        "RateValue": percent,
        "AgencyRef": {"value": "1"},
        "SpecialTaxType": special,
        "EffectiveTaxRate": [{"RateValue": percent, "EffectiveDate": _EFFECTIVE}],
        "DisplayType": display if percent or special != "NONE" else "ReadOnly",
    }
    books.insert("TaxRate", fields, identifier)
    reference = {"value": identifier, "name": name}
    return [{"TaxRateRef": reference, "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": 0}]


def _pseudo_code(books: Books, name: str, taxable: bool) -> None:
    """Store TAX or NON, which have no SyncToken and no domain (facts: quickbooks 6.10)."""
    times = pacific_seconds(books.epoch)
    books.store_document(
        "TaxCode",
        {
            "Id": name,
            "Name": name,
            "Description": "Taxable" if taxable else "Non-taxable",
            "Active": True,
            "Hidden": False,
            "Taxable": taxable,
            "TaxGroup": False,
            "MetaData": {"CreateTime": times, "LastUpdatedTime": times},
        },
    )


def _items(books: Books, data: Document) -> None:
    tax = data.get("default_item_tax")
    for identifier, name, price, account, description in data["items"]:
        owner = books.get("Account", account) or {}
        fields: Document = {
            "Name": name,
            "Description": description,
            "Active": True,
            "FullyQualifiedName": name,
            "Taxable": False,
            "UnitPrice": Decimal(price),
            "Type": "Service",
            "IncomeAccountRef": {"value": account, "name": owner["Name"]},
            "PurchaseCost": Decimal(0),
            "TrackQtyOnHand": False,
            **({"SalesTaxCodeRef": {"value": tax}} if tax else {}),
        }
        books.insert("Item", fields, identifier)


def _person(
    books: Books,
    kind: str,
    identifier: str,
    name: str,
    email: str,
    address: Document,
    currency: str | None = None,
) -> None:
    fields: dict[str, Any] = {"DisplayName": name, "CompanyName": name, "BillAddr": address}
    fields["PrimaryEmailAddr"] = {"Address": email}
    if currency:
        fields["CurrencyRef"] = {"value": currency}
    _start_after(books, kind, int(identifier) - 1)
    create_name(books, kind, fields, Origin())
