"""The simulator's answer to a recorded request has the same keys and types as the vendor's."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.quickbooks.fields import FIELDS
from tests.simulator.company_api import CompanyApi, Json, parsed
from tests.simulator.recorded import CONTRACTS, MISSING, RECORDED, exchanges, shape

pytestmark = pytest.mark.skipif(not RECORDED.is_dir(), reason=MISSING)
AMY = r"SELECT * FROM Customer WHERE DisplayName = 'Amy\'s Bird Sanctuary'"
# Gone since 2025-09, or data of that company: coordinates and its own custom field.
GONE = ("Lat", "Long")


NOT_IN_THE_TABLE = {"Employee", "Vendor", "PaymentLineDetail", "Class", "Department"}


def differences(theirs: Any, ours: Any, path: str = "") -> list[str]:
    """Return where our shape differs from theirs."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        names = [name for name in {**theirs, **ours} if name not in GONE]
        return [
            line
            for name in names
            for line in (
                differences(theirs[name], ours[name], f"{path}.{name}")
                if name in theirs and name in ours
                else [f"{path}.{name} only {'recorded' if name in theirs else 'ours'}"]
            )
        ]
    if isinstance(theirs, list) and isinstance(ours, list):
        return differences(theirs[0], ours[0], f"{path}[]") if theirs and ours else []
    return [] if theirs == ours else [f"{path}: {theirs} recorded, {ours} ours"]


def compare(theirs: Any, ours: Any, *allowed: str) -> None:
    assert [x for x in differences(shape(theirs), shape(ours)) if x not in allowed] == []


@pytest.fixture
def amys(foghorn: CompanyApi) -> Json:
    """The recorded request, with this company's item and Amy's id here."""
    address = {"Line1": "4581 Finch St.", "City": "Bayshore", "CountrySubDivisionCode": "CA",
               "PostalCode": "94326"}  # fmt: skip
    sent = {"Id": "201", "SyncToken": "0", "sparse": True, "ShipAddr": address}
    foghorn.write("Customer", sent)
    return foghorn.invoice_body("201")


def test_creating_an_invoice(foghorn: CompanyApi, amys: Json) -> None:
    recorded = exchanges("create/invoice.yml")[0]
    assert set(parsed_sent(recorded.sent)["Line"][0]) == set(amys["Line"][0])
    answer = foghorn.post("invoice", amys)
    assert answer.status_code == recorded.status
    compare(recorded.got, parsed(answer))


def parsed_sent(text: str) -> Json:
    from simulator import json_text

    return dict(json_text.loads(text))


def test_reading_and_voiding_an_invoice(foghorn: CompanyApi, amys: Json) -> None:
    read, void = exchanges("void/invoice.yml")
    identifier = foghorn.write("Invoice", amys)["Id"]
    compare(read.got, parsed(foghorn.send("GET", f"invoice/{identifier}")))
    body = {"Id": identifier, "SyncToken": "0"}
    compare(void.got, parsed(foghorn.post("invoice", body, operation="void")))


def test_deleting_an_invoice(foghorn: CompanyApi, amys: Json) -> None:
    recorded = exchanges("delete/invoice.yml")[1]
    identifier = foghorn.write("Invoice", amys)["Id"]
    body = {"Id": identifier, "SyncToken": "0"}
    compare(recorded.got, parsed(foghorn.post("invoice", body, operation="delete")))


def test_creating_and_updating_a_customer(foghorn: CompanyApi) -> None:
    recorded = exchanges("create/customer.yml")[0]
    answer = foghorn.post("customer", recorded.sent)
    compare(recorded.got, parsed(answer))
    identifier = parsed(answer)["Customer"]["Id"]
    recorded = exchanges("update/customer.yml")[1]
    sent = parsed_sent(recorded.sent) | {"Id": identifier}
    compare(recorded.got, parsed(foghorn.post("customer", sent)))


@pytest.mark.parametrize(
    ("name", "number", "query"),
    [
        ("get/display_name.yml", 0, AMY),
        ("all/alt_select.yml", 0, "SELECT count(*) FROM Customer WHERE Id IN ('201', '204')"),
        ("all/vendors_by_5.yml", 0, "SELECT COUNT(*) FROM Vendor"),
    ],
)  # fmt: skip
def test_queries(foghorn: CompanyApi, name: str, number: int, query: str) -> None:
    recorded = exchanges(name)[number]
    answer = parsed(foghorn.send("GET", "query", query=query))
    # That customer had a phone and a person's name, and was older than tax defaults.
    personal = ("GivenName", "FamilyName", "PrimaryPhone", "ShipAddr")
    allowed = [f".QueryResponse.Customer[].{field} only recorded" for field in personal]
    allowed.append(".QueryResponse.Customer[].DefaultTaxCodeRef only ours")
    compare(recorded.got, answer, *allowed)


def test_deactivating_an_account_again_changes_nothing(foghorn: CompanyApi) -> None:
    recorded = exchanges("deactivate/account.yml")[1]
    off = {"Id": "186", "SyncToken": "0", "sparse": True, "Active": False}
    first = parsed(foghorn.post("account", off | {"Name": "Discounts given"}))
    again = parsed(
        foghorn.post("account", off | {"SyncToken": "1", "Name": "Discounts given (deleted)"})
    )
    compare(recorded.got, again)
    assert first["Account"] == again["Account"]


def test_a_batch(foghorn: CompanyApi) -> None:
    recorded = exchanges("batch/basic.yml")[0]
    payment = foghorn.pay("204", "5.00")
    items = [
        {"bId": "bid1", "operation": "create", "Vendor": {"DisplayName": "Boraski Family Store"}},
        {"bId": "bid2", "operation": "delete", "Invoice": {"Id": "129", "SyncToken": "0"}},
        {"bId": "bid3", "operation": "update", "Payment": {"Id": payment["Id"], "SyncToken": "7",
         "sparse": True, "PrivateNote": "A private note."}},
    ]  # fmt: skip
    ours = parsed(foghorn.post("batch", {"BatchItemRequest": items}))["BatchItemResponse"]
    for theirs, our in zip(recorded.got["BatchItemResponse"], ours, strict=False):
        compare(theirs, our)
    assert [x.get("Fault", {}).get("Error", [{}])[0].get("code") for x in ours] == [
        None,
        "610",
        "5010",
    ]


def test_an_expired_token(foghorn: CompanyApi) -> None:
    recorded = exchanges("error/401.yml")[0]
    foghorn.simulator.expire_tokens(foghorn.realm)
    answer = foghorn.send("GET", "customer/201")
    assert answer.status_code == recorded.status
    compare(recorded.got, parsed(answer))
    assert (
        parsed(answer)["fault"]["error"][0]["message"]
        == (recorded.got["fault"]["error"][0]["message"])
    )


@pytest.mark.parametrize(
    ("name", "number", "path", "body"),
    [
        ("error/400.yml", -1, "query?query=SELECT * FROM Custmoer", None),
        ("error/400_json.yml", 0, "invoice", {"BadJson": True}),
        ("error/500.yml", 0, "customer/1/5", None),
        ("error/500.yml", 1, "customer/1.5", None),
        ("error/validation.yml", 0, "customer", {"DisplayName": "Red Rock Diner"}),
    ],
)
def test_faults(foghorn: CompanyApi, name: str, number: int, path: str, body: Json | None) -> None:
    recorded = exchanges(name)[number]
    answer = foghorn.send("POST" if body else "GET", path, body)
    assert answer.status_code == recorded.status
    theirs, ours = recorded.got["Fault"], parsed(answer)["Fault"]
    assert (ours["type"], ours["Error"][0]["code"], ours["Error"][0]["Message"]) == (
        theirs["type"],
        theirs["Error"][0]["code"],
        theirs["Error"][0]["Message"],
    )
    # The element may be absent or empty (facts: quickbooks 8.1).
    compare(recorded.got, parsed(answer), ".Fault.Error[].element only ours")


@pytest.mark.parametrize("entity", sorted(set(FIELDS) - NOT_IN_THE_TABLE))
def test_every_field_we_know_is_in_the_vendors_schema(entity: str) -> None:
    schema = parsed_sent((CONTRACTS / "qbo_fields_from_xsd.json").read_text())["types"]
    theirs = {field["name"].lstrip("@") for field in schema[entity]} | {"value"}
    assert set(FIELDS[entity]) - theirs == set()


@pytest.mark.parametrize("entity", sorted(set(FIELDS) - NOT_IN_THE_TABLE))
def test_no_field_of_the_schema_would_be_refused(entity: str) -> None:
    schema = parsed_sent((CONTRACTS / "qbo_fields_from_xsd.json").read_text())["types"]
    theirs = {field["name"].lstrip("@") for field in schema[entity]}
    assert theirs - set(FIELDS[entity]) == set()
