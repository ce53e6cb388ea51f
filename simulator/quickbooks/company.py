"""Show a company's settings as CompanyInfo and Preferences (facts: quickbooks 6.11)."""

from __future__ import annotations

from simulator.clock import pacific_seconds
from simulator.quickbooks.books import Books, Document

CURRENCIES = {
    "GBP": "British Pound Sterling",
    "USD": "United States Dollar",
    "EUR": "Euro",
    "CAD": "Canadian Dollar",
    "AUD": "Australian Dollar",
}

# What a company may track beside items; off until somebody switches it on.
TRACKING = ("ClassTrackingPerTxn", "ClassTrackingPerTxnLine", "TrackDepartments")


def currency_reference(code: str) -> Document:
    return {"value": code, "name": CURRENCIES.get(code, code)}


def company_info(books: Books) -> Document:
    """Return CompanyInfo; its Id is ``1``, not the realm, and the home currency is not in it."""
    company = books.company
    # Since 2025-10-31 addresses here name the country with three letters (facts: quickbooks 2.6).
    address = {**company["Address"], "Country": {"GB": "GBR", "US": "USA"}[company["Country"]]}
    return {
        "CompanyName": company["CompanyName"],
        "LegalName": company["CompanyName"],
        "CompanyAddr": address,
        "CustomerCommunicationAddr": address,
        "LegalAddr": address,
        "PrimaryPhone": {"FreeFormNumber": company["Phone"]},
        "CompanyStartDate": company["StartDate"],
        "FiscalYearStartMonth": company["FiscalYearStartMonth"],
        "Country": company["Country"],
        "Email": {"Address": company["Email"]},
        "WebAddr": {},
        "SupportedLanguages": "en",
        "NameValue": [
            {"Name": "NeoEnabled", "Value": "true"},
            {"Name": "IndustryType", "Value": "Computer systems design and related services"},
            {"Name": "SubscriptionStatus", "Value": company["SubscriptionStatus"]},
            {"Name": "OfferingSku", "Value": "QuickBooks Online Plus"},
            {"Name": "ItemCategoriesFeature", "Value": "true"},
        ],
        **_identity(books),
    }


def preferences(books: Books) -> Document:
    """Return Preferences; ``BookCloseDate`` is absent while the books are open."""
    company = books.company
    accounting: Document = {
        **{name: bool(company.get(name)) for name in TRACKING},
        "UseAccountNumbers": False,
        "FirstMonthOfFiscalYear": company["FiscalYearStartMonth"],
        "CustomerTerminology": "Customers",
    }
    if company.get("BookCloseDate"):
        accounting["BookCloseDate"] = company["BookCloseDate"]
    tax: Document = {
        "UsingSalesTax": company["UsingSalesTax"],
        "PartnerTaxEnabled": bool(company.get("PartnerTaxEnabled")),
    }
    if company.get("TaxGroupCode"):
        tax["TaxGroupCodeRef"] = {"value": company["TaxGroupCode"]}
    return {
        "AccountingInfoPrefs": accounting,
        "SalesFormsPrefs": _sales_forms(books),
        "TaxPrefs": tax,
        "CurrencyPrefs": {
            "MultiCurrencyEnabled": company["MultiCurrencyEnabled"],
            "HomeCurrency": {"value": company["Currency"]},
        },
        "ReportPrefs": {"ReportBasis": "Accrual", "CalcAgingReportFromTxnDate": False},
        "OtherPrefs": {"NameValue": [{"Name": "WarnDuplicateBillNumber", "Value": "false"}]},
        **_identity(books),
    }


def _sales_forms(books: Books) -> Document:
    company = books.company
    return {
        "CustomTxnNumbers": company["CustomTxnNumbers"],
        "AllowDeposit": False,
        "AllowDiscount": company["AllowDiscount"],
        "AllowEstimates": True,
        "AllowShipping": False,
        "AllowServiceDate": True,
        "AutoApplyCredit": company["AutoApplyCredit"],
        "AutoApplyPayments": False,
        "ETransactionPaymentEnabled": False,
        "DefaultTerms": {"value": company["DefaultTerms"]},
        "EmailCopyToCompany": False,
    }


def _identity(books: Books) -> Document:
    return {
        "domain": "QBO",
        "sparse": False,
        "Id": "1",
        "SyncToken": books.company.get("SyncToken", "0"),
        "MetaData": {
            "CreateTime": pacific_seconds(books.company["Created"]),
            "LastUpdatedTime": pacific_seconds(
                books.company.get("PreferencesUpdated", books.company["Created"])
            ),
        },
    }
