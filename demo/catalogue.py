"""What a managed-service provider sells and to whom: the words the demo's invoices are made of."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Tax:
    """A rate billing charges; percent."""

    code: str
    name: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Article:
    """Something sold: its price before tax, and the quantities it is sold in."""

    code: str
    name: str
    price: Decimal
    quantities: tuple[str, ...]
    tax: Tax


@dataclass(frozen=True, slots=True)
class Buyer:
    """Whom invoices go to."""

    id: str
    name: str
    email: str
    address: tuple[str, str, str]  # street, town, postcode
    days: int  # to pay
    tax_number: str | None = None


VAT20 = Tax("VAT20", "VAT Standard 20%", Decimal(20))
VAT5 = Tax("VAT5", "VAT Reduced 5%", Decimal(5))
VAT0 = Tax("VAT0", "VAT Zero 0%", Decimal(0))
EXEMPT = Tax("EXEMPT", "VAT Exempt", Decimal(0))
# A name that does not tell its kind: a person must say that it is outside the scope of VAT.
DISBURSED = Tax("DISB", "Disbursements 0%", Decimal(0))


def _article(code: str, name: str, price: str, quantities: str, tax: Tax = VAT20) -> Article:
    return Article(code, name, Decimal(price), tuple(quantities.split()), tax)


# QuickBooks has items of these very names: suggestions for them are certain.
MONTHLY = (
    _article("MW-STD", "Managed Workstation", "37.50", "4 6 9 12 18 26"),
    _article("MS-STD", "Managed Server", "145.00", "1 2 3"),
    _article("SEC-EDR", "Managed Security", "9.80", "4 6 9 12 18 26"),
    _article("NET-MGT", "Network management", "85.00", "1 2"),
    _article("BKP-500", "Cloud backup", "24.00", "1 2 4 6"),
    _article("M365-BB", "Microsoft 365 Business Basic", "4.90", "2 3 5"),
    _article("M365-BS", "Microsoft 365 Business Standard", "10.30", "4 7 11 19"),
    _article("M365-BP", "Microsoft 365 Business Premium", "18.10", "3 5 8 13"),
    _article("VOIP-HS", "VoIP handset rental", "12.50", "4 6 9 12"),
    _article("HOST", "Hosting", "60.00", "1 2"),
)
# Nothing there is called so: a person chooses.
OCCASIONAL = (
    _article("LAB-REM", "Remote support, per hour", "95.00", "0.5 0.75 1.25 2"),
    _article("LAB-SITE", "On-site engineer, per hour", "110.00", "1.5 2.25 3 4"),
    _article("PRJ-DAY", "Consultancy day", "740.00", "0.5 1 1.5 3"),
    _article("BW-GB", "Bandwidth over allowance, per GB", "0.0347", "411 1275 2840"),
    _article("PWR-RACK", "Rack power recharge, per kWh", "0.2874", "188 243.5 310", VAT5),
    _article("GUIDE", "Printed user guide", "6.45", "10 15 25", VAT0),
    _article("COURSE", "Phishing awareness course", "310.00", "1 2", EXEMPT),
    _article("DOMAIN", "Domain registry fee", "11.99", "1 2 3", DISBURSED),
)
CERTIFICATION = _article("CE-PLUS", "Cyber Essentials Plus", "1450.00", "1")

# Where the demo's finance person puts what no suggestion is certain about: ours → QuickBooks' name.
CHOSEN_ITEMS = {
    "LAB-REM": "Labour",
    "LAB-SITE": "Labour",
    "PRJ-DAY": "Project work",
    "BW-GB": "Hosting",
    "PWR-RACK": "Hosting",
    "GUIDE": "Project work",
    "COURSE": "Labour",
    "DOMAIN": "Hosting",
}
CHOSEN_TAX_CODES = {"DISB": "No VAT"}

# The first five are customers in the books of the simulated company already.
BUYERS = (
    Buyer(
        "cus_03",
        "Bramble & Finch Interiors Ltd",
        "accounts@bramblefinch.example",
        ("3 Wharf Street", "Leeds", "LS2 7EQ"),
        30,
    ),
    Buyer(
        "cus_05",
        "Calder Valley Dental Practice",
        "office@caldervalley.example",
        ("22 Crown Street", "Hebden Bridge", "HX7 8EH"),
        30,
    ),
    Buyer(
        "cus_08",
        "Pennine Couriers Ltd",
        "ap@penninecouriers.example",
        ("Unit 4, Station Road", "Halifax", "HX1 1AA"),
        14,
    ),
    Buyer(
        "cus_09",
        "St Aldhelm's Primary School",
        "finance@staldhelms.example",
        ("School Lane", "York", "YO1 7HX"),
        30,
    ),
    Buyer(
        "cus_12",
        "Tamar Joinery Ltd",
        "hello@tamarjoinery.example",
        ("The Old Mill", "Otley", "LS21 3BN"),
        30,
    ),
    Buyer(
        "cus_17",
        "Oak & Ash Ltd",
        "ap@oakash.example",
        ("1 Mill Lane", "Leeds", "LS1 1AA"),
        30,
        "GB123456789",
    ),
    Buyer(
        "cus_18",
        "Meridian Care Homes Ltd",
        "ledger@meridiancare.example",
        ("40 Meridian Way", "Wakefield", "WF2 9LP"),
        30,
        "GB987654321",
    ),
    Buyer(
        "cus_21",
        "Harbourside Veterinary Group",
        "accounts@harboursidevets.example",
        ("Quay House", "Whitby", "YO21 1DN"),
        14,
    ),
    Buyer(
        "cus_22",
        "Kestrel Legal LLP",
        "accounts@kestrellegal.example",
        ("9 Park Square", "Leeds", "LS1 2NE"),
        30,
        "GB246813579",
    ),
    Buyer(
        "cus_24",
        "Aire & Wharfe Brewing Co",
        "orders@airewharfe.example",
        ("The Maltings", "Ilkley", "LS29 8HA"),
        30,
    ),
    Buyer(
        "cus_26",
        "Zoë's Bakery Ltd",
        "zoe@zoesbakery.example",
        ("17 Market Place", "Skipton", "BD23 1HX"),
        14,
    ),
    Buyer(
        "cus_29",
        "O'Connell & Daughters Ltd",
        "office@oconnell.example",
        ("6 Foundry Yard", "Keighley", "BD21 4PT"),
        30,
    ),
)
