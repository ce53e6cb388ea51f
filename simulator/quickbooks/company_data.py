"""The companies every new simulator starts with; other programs may rely on these ids."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class TaxCode:
    """A tax code with the ids of its own sales and purchase rates."""

    id: str
    name: str
    percent: str
    sales_rate: str
    purchase_rate: str | None = None
    special: str = "NONE"
    taxable: bool = True
    active: bool = True
    description: str = ""


@dataclass(frozen=True)
class Company:
    """Everything a company starts with."""

    realm: str
    settings: dict[str, Any]
    accounts: list[tuple[str, str, str, str, str]]
    terms: list[tuple[str, str, int]]
    items: list[tuple[str, str, str, str, str]]
    customers: list[tuple[str, str, str, dict[str, str]]]
    vendors: list[tuple[str, str, str, dict[str, str]]]
    last_ids: dict[str, int]
    tax_agency: str = ""
    tax_codes: list[TaxCode] = field(default_factory=list)
    pseudo_codes: dict[str, bool] = field(default_factory=dict)
    default_item_tax: str | None = None
    items_taxable: bool = False


def _address(line: str, city: str, code: str, country: str = "United Kingdom") -> dict[str, str]:
    return {"Line1": line, "City": city, "PostalCode": code, "Country": country}


def _us_address(line: str, city: str, state: str, code: str) -> dict[str, str]:
    return {"Line1": line, "City": city, "CountrySubDivisionCode": state, "PostalCode": code}


_COMMON: dict[str, Any] = {
    "MultiCurrencyEnabled": False,
    "AllowDiscount": True,
    "AutoApplyCredit": False,
    "SubscriptionStatus": "PAID",
    "BookCloseDate": None,
}


def _settings(name: str, country: str, address: dict[str, str], **more: Any) -> dict[str, Any]:
    kingdom = country == "GB"
    return {
        **_COMMON,
        "CompanyName": name,
        "Country": country,
        "Currency": "GBP" if kingdom else "USD",
        "TimeZone": "Europe/London" if kingdom else "America/Los_Angeles",
        "Address": {"Id": "1", **address},
        "Phone": "0113 496 0114" if kingdom else "(415) 555-0114",
        "Email": "accounts@example.com",
        "StartDate": "2019-04-01",
        "FiscalYearStartMonth": "April" if kingdom else "January",
        **more,
    }


def _accounts(ids: dict[str, str]) -> list[tuple[str, str, str, str, str]]:
    rows = [
        ("receivable", "Debtors", "Accounts Receivable", "AccountsReceivable", "Asset"),
        ("bank", "Current account", "Bank", "Checking", "Asset"),
        ("undeposited", "Undeposited Funds", "Other Current Asset", "UndepositedFunds", "Asset"),
        ("managed", "Managed services income", "Income", "ServiceFeeIncome", "Revenue"),
        ("licences", "Licence resale income", "Income", "SalesOfProductIncome", "Revenue"),
        ("labour", "Professional services income", "Income", "ServiceFeeIncome", "Revenue"),
        ("sales", "Sales", "Income", "SalesOfProductIncome", "Revenue"),
        ("discounts", "Discounts given", "Income", "DiscountsRefundsGiven", "Revenue"),
        ("costs", "Cost of sales", "Cost of Goods Sold", "SuppliesMaterialsCogs", "Expense"),
        ("expenses", "Office expenses", "Expense", "OfficeGeneralAdministrativeExpenses", "Expense"),
    ]
    return [(ids[key], name, kind, subtype, group) for key, name, kind, subtype, group in rows]


_SERVICES = [
    ("Managed Workstation", "37.50", "managed", "Monitoring, patching and support, per workstation"),
    ("Managed Server", "145.00", "managed", "Monitoring, patching and support, per server"),
    ("Managed Security", "9.80", "managed", "Endpoint detection and response, per seat"),
    ("Network management", "85.00", "managed", "Firewall, switches and wireless, per site"),
    ("Cloud backup", "24.00", "managed", "Off-site backup, per 500 GB"),
    ("Cyber Essentials Plus", "1450.00", "labour", "Certification, audit and remediation"),
    ("Microsoft 365 Business Basic", "4.90", "licences", "Licence, per user"),
    ("Microsoft 365 Business Standard", "10.30", "licences", "Licence, per user"),
    ("Microsoft 365 Business Premium", "18.10", "licences", "Licence, per user"),
    ("Labour", "95.00", "labour", "Engineer, per hour"),
    ("Project work", "720.00", "labour", "Engineer, per day"),
    ("VoIP handset rental", "12.50", "managed", "Handset and line, per user"),
    ("Hosting", "60.00", "sales", "Web and mail hosting"),
]


def _items(ids: list[int], accounts: dict[str, str]) -> list[tuple[str, str, str, str, str]]:
    rows = zip(ids, _SERVICES, strict=True)
    return [(str(i), name, price, accounts[key], text) for i, (name, price, key, text) in rows]


_UK = {"receivable": "33", "bank": "35", "undeposited": "4", "managed": "79", "licences": "82", "labour": "83",
       "sales": "80", "discounts": "86", "costs": "90", "expenses": "91"}  # fmt: skip
_US = {"receivable": "84", "bank": "135", "undeposited": "104", "managed": "145", "licences": "148", "labour": "151",
       "sales": "101", "discounts": "186", "costs": "180", "expenses": "115"}  # fmt: skip
_PLAIN = {"receivable": "11", "bank": "12", "undeposited": "13", "managed": "21", "licences": "22", "labour": "23",
          "sales": "24", "discounts": "25", "costs": "31", "expenses": "32"}  # fmt: skip

NORTHGATE = Company(
    realm="9130357766900456",
    settings=_settings(
        "Northgate IT Services Ltd", "GB", _address("14 Northgate", "Leeds", "LS2 7PN"),
        UsingSalesTax=True, CustomTxnNumbers=True, DefaultTerms="3", UndepositedFunds=_UK["undeposited"],
        TaxGroupCode="6",
    ),
    accounts=_accounts(_UK),
    terms=[("1", "Due on receipt", 0), ("2", "Net 14", 14), ("3", "Net 30", 30), ("4", "Net 60", 60)],
    items=_items([7, 9, 11, 12, 14, 15, 18, 19, 20, 23, 24, 27, 31], _UK),
    customers=[
        ("58", "Bramble & Finch Interiors Ltd", "accounts@bramblefinch.example", _address("3 Wharf Street", "Leeds", "LS2 7EQ")),
        ("59", "Calder Valley Dental Practice", "office@caldervalley.example", _address("22 Crown Street", "Hebden Bridge", "HX7 8EH")),
        ("61", "Pennine Couriers Ltd", "ap@penninecouriers.example", _address("Unit 4, Station Road", "Halifax", "HX1 1AA")),
        ("64", "St Aldhelm's Primary School", "finance@staldhelms.example", _address("School Lane", "York", "YO1 7HX")),
        ("66", "Tamar Joinery Ltd", "hello@tamarjoinery.example", _address("The Old Mill", "Otley", "LS21 3BN")),
    ],
    vendors=[("40", "Westmark Distribution Ltd", "ledger@westmark.example", _address("1 Trade Park", "Wakefield", "WF1 1AB"))],
    last_ids={"Transaction": 300, "Customer": 69, "Vendor": 40, "Item": 40, "Account": 120, "Term": 8},
    tax_agency="HMRC",
    tax_codes=[
        TaxCode("2", "Exempt", "0", "1", "2", taxable=True, description="Exempt from VAT"),
        TaxCode("3", "No VAT", "0", "15", "16", taxable=False, description="Outside the scope of VAT"),
        TaxCode("4", "0.0% Z", "0", "3", "4", special="ZERO_RATE"),
        TaxCode("5", "5.0% R", "5", "5", "6"),
        TaxCode("6", "20.0% S", "20", "7", "8"),
        TaxCode("12", "20.0% RC SG", "0", "13", "14", special="REVERSE_CHARGE", description="Reverse charge, services"),
        TaxCode("18", "17.5% S", "17.5", "17", "18", active=False),
    ],
    default_item_tax="6",
)  # fmt: skip

FOGHORN = Company(
    realm="4620816365012345670",
    settings=_settings(
        "Foghorn Managed IT Inc.", "US", _us_address("500 Terry Francois Blvd", "San Francisco", "CA", "94158"),
        UsingSalesTax=True, CustomTxnNumbers=False, DefaultTerms="13", UndepositedFunds=_US["undeposited"],
        DefaultTaxCode="2", PartnerTaxEnabled=False,
    ),
    accounts=_accounts(_US),
    terms=[("11", "Due on receipt", 0), ("12", "Net 14", 14), ("13", "Net 30", 30)],
    items=_items([101, 102, 104, 105, 107, 108, 111, 112, 113, 116, 117, 119, 121], _US),
    customers=[
        ("201", "Amy's Bird Sanctuary", "birds@example.com", _us_address("4581 Finch St.", "Bayshore", "CA", "94326")),
        ("204", "Sonnenschein Family Store", "store@example.com", _us_address("5647 Cypress Hill Ave.", "Middlefield", "CA", "94303")),
        ("207", "Red Rock Diner", "diner@example.com", _us_address("500 Red Rock Rd.", "Bayshore", "CA", "94326")),
    ],
    vendors=[("301", "Pacific Licensing Supply", "billing@example.com", _us_address("12 Ocean Dr.", "Half Moon Bay", "CA", "94213"))],
    last_ids={"Transaction": 1200, "Customer": 220, "Vendor": 310, "Item": 130, "Account": 200, "Term": 20},
    tax_agency="California Department of Tax and Fee Administration",
    tax_codes=[
        TaxCode("2", "California", "8", "3"),
        TaxCode("5", "Tucson", "9.1", "6"),
        TaxCode("7", "Out of state", "0", "8", taxable=False),
    ],
    pseudo_codes={"TAX": True, "NON": False},
    items_taxable=False,
)  # fmt: skip

HARROW_LANE = Company(
    realm="9130357766900999",
    settings=_settings(
        "Harrow Lane Computing", "GB", _address("8 Harrow Lane", "Bristol", "BS1 4DJ"),
        UsingSalesTax=False, CustomTxnNumbers=False, DefaultTerms="6", UndepositedFunds=_PLAIN["undeposited"],
    ),
    accounts=_accounts(_PLAIN),
    terms=[("5", "Net 14", 14), ("6", "Net 30", 30)],
    items=_items([211, 212, 214, 215, 217, 218, 221, 222, 223, 226, 227, 229, 231], _PLAIN),
    customers=[
        ("402", "Quayside Books", "shop@quayside.example", _address("2 The Quay", "Bristol", "BS1 5TY")),
        ("405", "Severn Physiotherapy", "desk@severnphysio.example", _address("19 Park Row", "Bristol", "BS1 5LJ")),
    ],
    vendors=[("501", "Avon Components", "sales@avoncomponents.example", _address("Dock Road", "Bristol", "BS11 9DN"))],
    last_ids={"Transaction": 700, "Customer": 410, "Vendor": 505, "Item": 240, "Account": 60, "Term": 9},
)  # fmt: skip

COMPANIES = [NORTHGATE, FOGHORN, HARROW_LANE]
