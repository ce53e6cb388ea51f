"""Read a company, its preferences and the lists people map to.

QuickBooks: CompanyInfo, Preferences, Item, TaxCode, TaxRate, Account, Term, Class, Department. All
are metered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from app.domain.states import CatalogueKind
from app.ledgers.interface import CatalogueEntry, Company
from app.ledgers.quickbooks import headings, queries, reader
from app.ledgers.quickbooks.client import Client

Document = Mapping[str, Any]

# Neither can stand on a line: a category holds items, a bundle has a kind of line of its own.
_NOT_ON_A_LINE = {"Category": "category", "Group": "bundle"}
# A made-up rate of one old document: refused on any other (6160, 6230).
NEVER_WRITTEN = {"CustomSalesTax"}
_INCOME = {"Income", "Other Income"}
# QuickBooks: Item, IncomeAccountRef (6430 for an account of another type).
_FOR_ITEMS = "Income"

# Tested against companies of these; others have tax rules of their own.
_COUNTRIES = {
    "GB": "GB", "UK": "GB", "GBR": "GB", "UNITED KINGDOM": "GB",
    "US": "US", "USA": "US", "UNITED STATES": "US",
}  # fmt: skip
_HOME_CURRENCY = {"GB": "GBP", "US": "USD"}
_SUBSCRIPTION_OVER = ("EXPIRED", "CANCELED", "CANCELLED", "SUSPENDED", "INACTIVE", "TERMINATED")


def read_company(client: Client, company_id: str) -> Company:
    """Read the company and what of its preferences decides what may be sent."""
    info = client.read("company read", f"companyinfo/{company_id}").get("CompanyInfo", {})
    preferences = client.read("preferences read", "preferences").get("Preferences", {})
    sales, tax = _group(preferences, "SalesFormsPrefs"), _group(preferences, "TaxPrefs")
    currency = _group(preferences, "CurrencyPrefs")
    country = _country(info)
    home = _group(currency, "HomeCurrency").get("value") or _HOME_CURRENCY.get(country, "")
    details = {
        "subscription": _named(info, "SubscriptionStatus"),
        "plan": _named(info, "OfferingSku"),
        "legal_name": str(info.get("LegalName") or ""),
        "automated_sales_tax": tax.get("PartnerTaxEnabled") is True,
        "applies_credits_by_itself": sales.get("AutoApplyCredit") is True,
        "applies_payments_by_itself": sales.get("AutoApplyPayments") is True,
        headings.CLASSES: _classes(_group(preferences, "AccountingInfoPrefs")),
        headings.DEPARTMENTS: _group(preferences, "AccountingInfoPrefs").get("TrackDepartments")
        is True,
    }
    company = Company(
        company_id=company_id,
        name=str(info.get("CompanyName") or info.get("LegalName") or ""),
        country=country,
        home_currency=str(home),
        tax_enabled=tax.get("UsingSalesTax") is True,
        multicurrency=currency.get("MultiCurrencyEnabled") is True,
        books_closed_to=_closed_to(preferences),
        own_numbers=sales.get("CustomTxnNumbers") is True,
        details=details,
    )
    return replace(company, problems=tuple(_problems(company)))


def read_catalogue(client: Client, company: Company) -> Sequence[CatalogueEntry]:
    """Read items, tax codes with their rates, income accounts and terms, inactive ones too.

    And classes and departments where the company tracks them.
    """
    details = company.details
    rates = read_rates(client)
    return [
        *(item_of(document) for document in _all(client, "Item")),
        *(
            tax_code_of(document, rates)
            for document in _all(client, "TaxCode")
            if document.get("Id") not in NEVER_WRITTEN
        ),
        *(account_of(document) for document in _all(client, "Account") if _is_income(document)),
        *(_term(document) for document in _all(client, "Term")),
        *(_tracked(client, CatalogueKind.CLASS, "Class") if details.get(headings.CLASSES) else ()),
        *(
            _tracked(client, CatalogueKind.DEPARTMENT, "Department")
            if details.get(headings.DEPARTMENTS)
            else ()
        ),
    ]


def read_rates(client: Client) -> dict[str, Decimal]:
    """Read what each tax rate is worth, percent, by its id."""
    return {
        str(rate.get("Id")): reader.amount(rate.get("RateValue"))
        for rate in _all(client, "TaxRate")
    }


def _tracked(client: Client, kind: CatalogueKind, entity: str) -> Iterator[CatalogueEntry]:
    return (_entry(kind, document, details={}) for document in _all(client, entity))


def _all(client: Client, entity: str) -> Iterator[Document]:
    """Page through a name list; without an order, which is by name or by age, but stable."""
    start = 1
    while True:
        statement = queries.select(entity, queries.ANY_ACTIVE, start=start)
        page = reader.documents(client.ask(f"{entity.lower()} query", statement), entity)
        yield from page
        if len(page) < queries.PAGE:
            return
        start += len(page)


def item_of(document: Document) -> CatalogueEntry:
    """Read an item; of what cannot stand on a line, is_a says what it is."""
    account = _group(document, "IncomeAccountRef")
    is_a = _NOT_ON_A_LINE.get(str(document.get("Type")))
    return _entry(
        CatalogueKind.ITEM,
        document,
        account=account.get("name"),
        details={
            "type": document.get("Type"),
            "sku": document.get("Sku"),
            "account_id": account.get("value"),
            "for_sales": False if is_a else None,
            "is_a": is_a,
        },
    )


def tax_code_of(document: Document, rates: Mapping[str, Decimal]) -> CatalogueEntry:
    """Read a tax code; its rate only where every rate it is made of is known."""
    listed = reader.documents(_group(document, "SalesTaxRateList"), "TaxRateDetail")
    of_sales = [str(_group(one, "TaxRateRef").get("value")) for one in listed]
    known = [rates[rate_id] for rate_id in of_sales if rate_id in rates]
    # All or nothing: the sum of some of a code's rates would be a wrong rate.
    whole = bool(known) and len(known) == len(of_sales)
    rate = sum(known, Decimal()) if whole else None
    not_taxable = document.get("Id") == "NON"
    if not_taxable:
        rate = Decimal(0)
    return _entry(
        CatalogueKind.TAX_CODE,
        document,
        rate=rate,
        details={
            "description": document.get("Description"),
            "for_sales": bool(of_sales) or not str(document.get("Id")).isdecimal(),
            "hidden": document.get("Hidden") is True,
            "rates": {rate_id: f"{rates[rate_id]:f}" for rate_id in of_sales} if whole else None,
            "any_untaxed": not_taxable or None,  # zero-rated, exempt, out of scope: all of them
        },
    )


def _is_income(document: Document) -> bool:
    return document.get("AccountType") in _INCOME or document.get("Classification") == "Revenue"


def account_of(document: Document) -> CatalogueEntry:
    """Read an account; for_items tells whether a new item may post to it."""
    return _entry(
        CatalogueKind.ACCOUNT,
        document,
        details={
            "type": document.get("AccountType"),
            "number": document.get("AcctNum"),
            "for_items": document.get("AccountType") == _FOR_ITEMS,
        },
    )


def _term(document: Document) -> CatalogueEntry:
    days = document.get("DueDays")
    return _entry(
        CatalogueKind.TERM, document, details={"days": None if days is None else int(days)}
    )


def _entry(
    kind: CatalogueKind,
    document: Document,
    *,
    rate: Decimal | None = None,
    account: str | None = None,
    details: Mapping[str, Any],
) -> CatalogueEntry:
    return CatalogueEntry(
        kind=kind,
        ledger_id=str(document.get("Id") or ""),
        name=str(document.get("FullyQualifiedName") or document.get("Name") or ""),
        active=document.get("Active") is not False,
        rate=rate,
        account=account,
        details={name: value for name, value in details.items() if value is not None},
    )


def _problems(company: Company) -> Iterator[str]:
    if company.country not in _HOME_CURRENCY:
        place = company.country or "no country"
        yield (
            "Ledgerbridge knows the tax rules of QuickBooks companies in the United Kingdom and"
            f" the United States; this one says {place}."
        )
    subscription = str(company.details.get("subscription") or "").upper()
    if subscription.endswith(_SUBSCRIPTION_OVER):
        yield (
            "The QuickBooks subscription has ended, so nothing can be added to this company."
            " Renew it in QuickBooks, then check again."
        )


def _country(info: Document) -> str:
    said = str(info.get("Country") or _group(info, "CompanyAddr").get("Country") or "").upper()
    return _COUNTRIES.get(said, said)


def _classes(accounting: Document) -> str:
    """Return where the company keeps classes: on lines, on the document, or nowhere ("")."""
    if accounting.get("ClassTrackingPerTxnLine") is True:
        return headings.ON_LINES
    return headings.ON_DOCUMENT if accounting.get("ClassTrackingPerTxn") is True else ""


def _closed_to(preferences: Document) -> date | None:
    said = _group(preferences, "AccountingInfoPrefs").get("BookCloseDate")
    try:
        return date.fromisoformat(str(said)[:10])
    except ValueError:
        return None


def _named(info: Document, name: str) -> str:
    values = {str(one.get("Name")): one.get("Value") for one in reader.documents(info, "NameValue")}
    return str(values.get(name) or "")


def _group(document: Document, name: str) -> Document:
    found = document.get(name)
    return found if isinstance(found, Mapping) else {}
