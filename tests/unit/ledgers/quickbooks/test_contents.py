"""An invoice of QuickBooks field by field."""

from decimal import Decimal

from app.domain.edited_there import Said
from app.ledgers.quickbooks.contents import content_of, content_of_body
from app.ledgers.quickbooks.payloads import invoice_body
from tests.plans import invoice_plan

LINE = {
    "Id": "1",
    "LineNum": 1,
    "Description": "November, 12 seats",
    "Amount": Decimal("450.00"),
    "DetailType": "SalesItemLineDetail",
    "SalesItemLineDetail": {
        "ItemRef": {"value": "7", "name": "Managed Workstation"},
        "UnitPrice": Decimal("37.5"),
        "Qty": 12,
        "TaxCodeRef": {"value": "6"},
        "ItemAccountRef": {"value": "79", "name": "Sales"},
    },
}
SUBTOTAL = {"Amount": Decimal("450.00"), "DetailType": "SubTotalLineDetail"}
INVOICE = {
    "Id": "301",
    "SyncToken": "2",
    "DocNumber": "INV-2041",
    "CustomerRef": {"value": "58", "name": "Oak & Ash Ltd"},
    "CustomerMemo": {"value": "Thank you"},
    "BillEmail": {"Address": "ap@oakash.example"},
    "EmailStatus": "EmailSent",
    "LinkedTxn": [{"TxnId": "312", "TxnType": "Payment"}],
    "CustomField": [],
    "Line": [LINE, SUBTOTAL],
    "TxnTaxDetail": {"TotalTax": Decimal("90.00")},
    "TotalAmt": Decimal("540.00"),
    "Balance": Decimal("440.00"),
}


def test_it_says_what_a_person_could_change_and_nothing_else():
    assert content_of(INVOICE) == {
        "number": Said("INV-2041"),
        "customer": Said("58", "Oak & Ash Ltd"),
        "memo": Said("Thank you"),
        "email": Said("ap@oakash.example"),
        "total": Said("540"),
        "tax_total": Said("90"),
        "lines.1.description": Said("November, 12 seats"),
        "lines.1.amount": Said("450"),
        "lines.1.item": Said("7", "Managed Workstation"),
        "lines.1.price": Said("37.5"),
        "lines.1.quantity": Said("12"),
        "lines.1.tax_code": Said("6"),
    }


def test_a_field_of_the_companys_own_is_said_by_its_name():
    job = {"DefinitionId": "1", "Name": "Job", "Type": "StringType", "StringValue": "J-77"}
    empty = {"DefinitionId": "2", "Name": "Crew", "Type": "StringType"}
    assert content_of({"CustomField": [job, empty]}) == {"own fields": Said("Job: J-77")}
    assert content_of({"CustomField": [empty]}) == {}


def test_a_body_of_ours_says_the_same_as_the_document_it_makes():
    ours = content_of_body(invoice_body(invoice_plan()))
    there = content_of(INVOICE)
    same = {"number", "customer", "email", "lines.1.item", "lines.1.quantity", "lines.1.price"}
    assert {k: ours[k].value for k in same} == {k: there[k].value for k in same}


def test_other_kinds_of_line_are_told_apart():
    text = {"DetailType": "DescriptionOnly", "Description": "Note", "DescriptionLineDetail": {}}
    said = content_of({"Line": [text]})
    assert said == {
        "lines.1.description": Said("Note"),
        "lines.1.kind": Said("DescriptionOnly"),
    }


def test_an_address_counts_without_the_id_quickbooks_gives_it():
    one = content_of({"ShipAddr": {"Id": "95", "Line1": "1 Mill Lane", "City": "Leeds"}})
    assert one == {"ship_to": Said("1 Mill Lane, Leeds")}
