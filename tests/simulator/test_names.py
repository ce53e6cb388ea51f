"""Customers, items, accounts and terms: unique names, defaults, deactivation."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.simulator.company_api import CompanyApi, Json, fault


def test_a_customer_is_completed(foghorn: CompanyApi) -> None:
    customer = foghorn.write("Customer", {"DisplayName": "Doe, Jan"})
    assert customer["PrintOnCheckName"] == customer["FullyQualifiedName"] == "Doe, Jan"
    assert (customer["Balance"], customer["Active"], customer["Taxable"]) == (0, True, True)
    assert customer["DefaultTaxCodeRef"] == {"value": "2"}


def test_a_tax_number_comes_back_masked(northgate: CompanyApi) -> None:
    body = {"DisplayName": "Oak & Ash Ltd", "PrimaryTaxIdentifier": "GB123456789"}
    assert northgate.write("Customer", body)["PrimaryTaxIdentifier"] == "XXXXXX56789"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"DisplayName": "Tamar Joinery Ltd"}, "6240"),
        ({"DisplayName": "TAMAR joinery ltd"}, "6240"),
        ({"DisplayName": "Westmark Distribution Ltd"}, "6240"),  # a vendor has it
        ({"CompanyName": "No display name"}, "6080"),
        ({"DisplayName": "Oak: Ash"}, "2040"),
        ({"DisplayName": "Oak\tAsh"}, "2040"),
        ({"DisplayName": "X" * 501}, "2050"),
        ({"DisplayName": "X", "GivenName": "Y" * 101}, "2050"),
        ({"DisplayName": "X", "PrimaryEmailAddr": {"Address": "x.example"}}, "2210"),
        ({"DisplayName": "X", "PrimaryPhone": {"FreeFormNumber": "0" * 31}}, "2050"),
        ({"DisplayName": "X", "Notes": "N" * 1025}, "2050"),
        ({"DisplayName": "X", "Vat": "GB1"}, "2010"),
        ({"DisplayName": "X", "BillAddr": {"Postcode": "LS1"}}, "2010"),
        ({"DisplayName": "X", "ParentRef": {"value": "999"}}, "2500"),
        ({"DisplayName": "X", "CurrencyRef": {"value": "EUR"}}, "6000"),
    ],
)
def test_a_wrong_customer_is_refused(northgate: CompanyApi, body: Json, code: str) -> None:
    answer = northgate.post("customer", body)
    assert (answer.status_code, fault(answer)["code"]) == (400, code)
    assert northgate.query("SELECT COUNT(*) FROM Customer") == {"totalCount": 5}


def test_the_parts_of_a_name_make_the_display_name(northgate: CompanyApi) -> None:
    body = {"GivenName": "Amy", "FamilyName": "Lauterbach"}
    assert northgate.write("Customer", body)["DisplayName"] == "Amy Lauterbach"


def test_nesting_ends_at_five_levels(northgate: CompanyApi) -> None:
    parent = "58"
    for level in range(1, 5):
        body = {"DisplayName": f"Level {level}", "Job": True, "ParentRef": {"value": parent}}
        parent = northgate.write("Customer", body)["Id"]
    body = {"DisplayName": "Too deep", "Job": True, "ParentRef": {"value": parent}}
    assert fault(northgate.post("customer", body))["code"] == "6180"
    expected = "Bramble & Finch Interiors Ltd:Level 1:Level 2:Level 3:Level 4"
    assert northgate.read("Customer", parent)["FullyQualifiedName"] == expected


def test_a_deactivated_customer_frees_its_name(northgate: CompanyApi) -> None:
    customer = northgate.customer("Oak & Ash Ltd")
    off = {"Id": customer, "SyncToken": "0", "sparse": True, "Active": False}
    gone = northgate.write("Customer", off)
    assert (gone["DisplayName"], gone["Active"]) == ("Oak & Ash Ltd (deleted)", False)
    assert northgate.read("Customer", customer)["SyncToken"] == "1"
    assert northgate.customer("Oak & Ash Ltd") != customer


def test_a_customer_that_owes_stays_active(northgate: CompanyApi) -> None:
    northgate.invoice("58")
    off = {"Id": "58", "SyncToken": "0", "sparse": True, "Active": False}
    assert fault(northgate.post("customer", off))["code"] == "6220"


def test_an_invoice_moves_the_customers_balance_but_not_its_token(northgate: CompanyApi) -> None:
    before = northgate.read("Customer", "58")
    northgate.invoice("58")
    after = northgate.read("Customer", "58")
    assert (after["Balance"], after["SyncToken"]) == (Decimal("120.00"), before["SyncToken"])
    assert after["MetaData"]["LastUpdatedTime"] > before["MetaData"]["LastUpdatedTime"]


def test_renaming_follows_through(northgate: CompanyApi) -> None:
    sent = {"Id": "58", "SyncToken": "0", "sparse": True, "DisplayName": "Bramble Ltd"}
    after = northgate.write("Customer", sent)
    assert (after["FullyQualifiedName"], after["SyncToken"]) == ("Bramble Ltd", "1")
    assert after["PrimaryEmailAddr"]["Address"] == "accounts@bramblefinch.example"


def test_a_full_update_clears_the_address(northgate: CompanyApi) -> None:
    sent = {"Id": "58", "SyncToken": "0", "DisplayName": "Bramble Ltd"}
    after = northgate.write("Customer", sent)
    assert "BillAddr" not in after
    assert "PrimaryEmailAddr" not in after


def test_an_update_that_changes_nothing_keeps_the_token(northgate: CompanyApi) -> None:
    sent = {"Id": "58", "SyncToken": "0", "sparse": True, "Active": True}
    assert northgate.write("Customer", sent)["SyncToken"] == "0"


def test_a_merged_customer_is_gone_and_its_invoices_moved(northgate: CompanyApi) -> None:
    invoice = northgate.invoice("59")
    northgate.simulator.merge_customers(northgate.realm, "58", "59")
    assert northgate.read("Invoice", invoice["Id"])["CustomerRef"]["value"] == "58"
    assert fault(northgate.send("GET", "customer/59"))["code"] == "610"
    assert northgate.read("Customer", "58")["Balance"] == Decimal("120.00")


# Items, accounts, terms

ITEM = {"Name": "Dark fibre", "Type": "Service", "IncomeAccountRef": {"value": "80"}}


def test_an_item_is_created_on_an_income_account(northgate: CompanyApi) -> None:
    item = northgate.write("Item", ITEM)
    assert item["IncomeAccountRef"] == {"value": "80", "name": "Sales"}
    assert (item["FullyQualifiedName"], item["Active"]) == ("Dark fibre", True)


@pytest.mark.parametrize(
    ("entity", "body", "code"),
    [
        ("item", ITEM | {"Name": "labour"}, "6240"),
        ("item", ITEM | {"Name": None}, "2020"),
        ("item", ITEM | {"Type": None}, "2020"),
        ("item", ITEM | {"Type": "Thing"}, "2170"),
        ("item", ITEM | {"Type": "Group"}, "2170"),
        ("item", ITEM | {"IncomeAccountRef": None}, "2020"),
        ("item", ITEM | {"IncomeAccountRef": {"value": "9"}}, "2500"),
        ("item", ITEM | {"Name": "a:b"}, "2040"),
        ("item", ITEM | {"Name": "X" * 101}, "2050"),
        ("account", {"Name": "Sales", "AccountType": "Income"}, "6240"),
        ("account", {"Name": "New"}, "6010"),
        ("account", {"Name": "New", "AccountType": "Treasure"}, "2170"),
        ("term", {"Name": "Net 30", "DueDays": 30}, "6240"),
        ("term", {"Name": "X" * 32, "DueDays": 30}, "2050"),
        ("term", {"DueDays": 30}, "2020"),
    ],
)
def test_a_wrong_list_entry_is_refused(
    northgate: CompanyApi, entity: str, body: Json, code: str
) -> None:
    answer = northgate.post(entity, body)
    assert (answer.status_code, fault(answer)["code"]) == (400, code)


def test_a_category_holds_items_but_is_not_sold(northgate: CompanyApi) -> None:
    category = northgate.write("Item", {"Name": "Connectivity", "Type": "Category"})
    child = northgate.write(
        "Item", ITEM | {"SubItem": True, "ParentRef": {"value": category["Id"]}}
    )
    assert child["FullyQualifiedName"] == "Connectivity:Dark fibre"
    body = northgate.invoice_body("58")
    body["Line"][0]["SalesItemLineDetail"]["ItemRef"] = {"value": category["Id"]}
    answer = northgate.post("invoice", body)
    assert "Categories cannot be used" in fault(answer)["Detail"]


def test_an_inactive_item_is_not_sold(northgate: CompanyApi) -> None:
    off = {"Id": "7", "SyncToken": "0", "sparse": True, "Active": False}
    assert northgate.write("Item", off)["Name"] == "Managed Workstation (deleted)"
    answer = northgate.post("invoice", northgate.invoice_body("58"))
    assert fault(answer)["code"] == "2500"
    assert "made inactive" in fault(answer)["Detail"]


def test_terms_and_accounts_can_be_added(northgate: CompanyApi) -> None:
    assert northgate.write("Term", {"Name": "Net 45", "DueDays": 45})["Type"] == "STANDARD"
    body = {"Name": "Hardware income", "AccountType": "Income"}
    assert northgate.write("Account", body)["Classification"] == "Revenue"


def test_tax_codes_lead_to_their_rates(northgate: CompanyApi) -> None:
    code = northgate.read("TaxCode", "6")
    rate = code["SalesTaxRateList"]["TaxRateDetail"][0]["TaxRateRef"]["value"]
    assert northgate.read("TaxRate", rate)["RateValue"] == 20


def test_the_pseudo_codes_of_us_companies_have_no_token(foghorn: CompanyApi) -> None:
    codes = foghorn.query("SELECT * FROM TaxCode")["TaxCode"]
    assert {code["Id"] for code in codes} == {"TAX", "NON", "2", "5", "7"}
    assert "SyncToken" not in foghorn.read("TaxCode", "NON")


def test_no_two_companies_share_an_items_id(
    northgate: CompanyApi, foghorn: CompanyApi, harrow_lane: CompanyApi
) -> None:
    ids = [
        {item["Id"] for item in company.query("SELECT Id FROM Item MAXRESULTS 1000")["Item"]}
        for company in (northgate, foghorn, harrow_lane)
    ]
    assert len(set.union(*ids)) == sum(len(each) for each in ids) == 39
