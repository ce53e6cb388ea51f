"""Fill new books: three companies whose ids differ in everything (facts: quickbooks 14)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from ..clock import pacific_seconds
from ..store import Store
from ..switches import Switches
from . import company_data as data
from .books import Books, Document
from .company import currency_reference
from .names import create_name
from .sales import Origin

# Old enough that change data capture (30 days) never shows the seeds.
AGE = timedelta(days=60)


def seed_companies(store: Store, switches: Switches, now: datetime) -> None:
    """Create every company of ``company_data.COMPANIES`` in an empty store."""
    for company in data.COMPANIES:
        _seed(store, switches, company, now - AGE)


def _seed(store: Store, switches: Switches, company: data.Company, now: datetime) -> None:
    settings = {"Created": int(now.timestamp()), "SyncToken": "2", **company.settings}
    store.execute("INSERT INTO company VALUES (?, ?)", company.realm, json.dumps(settings))
    books = Books(store, company.realm, now, switches)
    _accounts(books, company)
    _terms(books, company)
    _taxes(books, company)
    _items(books, company)
    _people(books, company)
    for name, last in company.last_ids.items():
        store.execute("INSERT OR REPLACE INTO sequence VALUES (?, ?, ?)", company.realm, name, last)
    store.execute("DELETE FROM event WHERE realm=?", company.realm)


def _accounts(books: Books, company: data.Company) -> None:
    for identifier, name, kind, subtype, classification in company.accounts:
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


def _terms(books: Books, company: data.Company) -> None:
    for identifier, name, days in company.terms:
        fields = {"Name": name, "Active": True, "Type": "STANDARD", "DiscountPercent": 0, "DueDays": days}
        books.insert("Term", fields, identifier)


def _taxes(books: Books, company: data.Company) -> None:
    if company.tax_codes:
        agency = {"DisplayName": company.tax_agency, "TaxTrackedOnPurchases": True, "TaxTrackedOnSales": True}
        books.insert("TaxAgency", agency, "1")
    for code in company.tax_codes:
        sales = _rate(books, code.sales_rate, f"{code.name} (Sales)" if code.purchase_rate else code.name, code)
        purchases = _rate(books, code.purchase_rate, f"{code.name} (Purchases)", code) if code.purchase_rate else []
        books.insert("TaxCode", _code(code, sales, purchases), code.id)
    for name, taxable in company.pseudo_codes.items():
        # TAX and NON have no SyncToken and no domain (facts: 6.10).
        times = pacific_seconds(books.epoch)
        books._write(
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


def _code(code: data.TaxCode, sales: list[Document], purchases: list[Document]) -> Document:
    return {
        "Name": code.name,
        "Description": code.description or code.name,
        "Active": code.active,
        "Hidden": False,
        "Taxable": code.taxable,
        "TaxGroup": True,
        "TaxCodeConfigType": "SYSTEM_GENERATED",
        "SalesTaxRateList": {"TaxRateDetail": sales},
        "PurchaseTaxRateList": {"TaxRateDetail": purchases},
    }


def _rate(books: Books, identifier: str, name: str, code: data.TaxCode) -> list[Document]:
    fields: Document = {
        "Name": name,
        "Description": name,
        "Active": True,
        "RateValue": Decimal(code.percent),
        "AgencyRef": {"value": "1"},
        "SpecialTaxType": code.special,
        "EffectiveTaxRate": [{"RateValue": Decimal(code.percent), "EffectiveDate": "2011-01-04T00:00:00-08:00"}],
        "DisplayType": "HideInTransactionForms" if code.special == "REVERSE_CHARGE" else "ReadOnly"
        if code.percent == "0"
        else "HideInAll",
    }
    books.insert("TaxRate", fields, identifier)
    reference = {"value": identifier, "name": name}
    return [{"TaxRateRef": reference, "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": 0}]


def _items(books: Books, company: data.Company) -> None:
    for identifier, name, price, account, description in company.items:
        owner = books.get("Account", account)
        assert owner is not None
        fields: Document = {
            "Name": name,
            "Description": description,
            "Active": True,
            "FullyQualifiedName": name,
            "Taxable": books.united_states and company.items_taxable,
            "UnitPrice": Decimal(price),
            "Type": "Service",
            "IncomeAccountRef": {"value": account, "name": owner["Name"]},
            "PurchaseCost": Decimal(0),
            "TrackQtyOnHand": False,
        }
        if company.default_item_tax:
            fields["SalesTaxCodeRef"] = {"value": company.default_item_tax}
        books.insert("Item", fields, identifier)


def _people(books: Books, company: data.Company) -> None:
    for kind, people in (("Customer", company.customers), ("Vendor", company.vendors)):
        for identifier, name, email, address in people:
            fields: dict[str, Any] = {"DisplayName": name, "CompanyName": name, "PrimaryEmailAddr": {"Address": email}}
            fields["BillAddr"] = address
            books.store.execute(
                "INSERT OR REPLACE INTO sequence VALUES (?, ?, ?)", books.realm, kind, int(identifier) - 1
            )
            create_name(books, kind, fields, Origin())
