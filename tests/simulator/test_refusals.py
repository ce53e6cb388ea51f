"""What the API refuses, with which code, in which shape."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import requests

from tests.simulator.company_api import CompanyApi, Json, fault, line, parsed

GOOD = line("7", "10.00", "6")


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"CustomerRef": None}, "2020", "CustomerRef is missing"),
        ({"Line": None}, "2020", "Line is missing"),
        ({"Line": []}, "2020", "Line is missing"),
        ({"BadJson": True}, "2010", 'Unrecognized field "BadJson"'),
        ({"Line": [{**GOOD, "Tax": 1}]}, "2010", 'Unrecognized field "Tax"'),
        ({"CustomerRef": "58"}, "2010", "Can not instanti"),
        ({"CustomerRef": {"value": "9999"}}, "2500", "Names element id 9999 not found"),
        ({"Line": [line("999", "1.00", "6")]}, "2500", "Items element id 999"),
        ({"Line": [line("7", "1.00", "99")]}, "2500", "TaxCodes element id 99"),
        ({"Line": [line("7", "1.00", "TAX")]}, "2500", "TaxCodes element id TAX"),
        ({"Line": [line("7", "1.00", None)]}, "6000", "have a VAT rate before you save"),
        ({"Line": [line("7", "1.00", "18")]}, "6000", "have a VAT rate"),
        ({"Line": [line("7", None, "6")]}, "2020", "Amount"),
        ({"Line": [{"Amount": 1}]}, "2020", "DetailType"),
        ({"Line": [{"Amount": 1, "DetailType": "Nonsense"}]}, "2170", "DetailType"),
        ({"Line": [line("7", "-5.00", "6")]}, "6000", "negative"),
        ({"DocNumber": "X" * 24}, "2050", "Max: 21, Supplied length: 24"),
        ({"PrivateNote": "X" * 4001}, "2050", "Max: 4000"),
        ({"CustomerMemo": {"value": "X" * 1001}}, "2050", "Max: 1000"),
        ({"TxnDate": "20/11/2026"}, "2060", "TxnDate"),
        ({"BillEmail": {"Address": "nobody"}}, "2210", "nobody"),
        ({"EmailStatus": "NeedToSend"}, "6420", "email"),
        ({"EmailStatus": "Sometime"}, "2170", "EmailStatus"),
        ({"GlobalTaxCalculation": "Maybe"}, "2170", "GlobalTaxCalculation"),
        ({"SalesTermRef": {"value": "77"}}, "2500", "Terms element id 77"),
        (
            {
                "GlobalTaxCalculation": "NotApplicable",
                "TxnTaxDetail": {"TotalTax": 2},
                "Line": [line("7", "10.00", None)],
            },
            "6170",
            "NotApplicable",
        ),
        (
            {"Line": [GOOD, {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {}}]},
            "6090",
            "Discount",
        ),
        (
            {"TxnTaxDetail": {"TaxLine": [{"Amount": 2, "TaxLineDetail": {}}]}},
            "6000",
            "every tax rate",
        ),
    ],
)
def test_a_wrong_uk_invoice_is_refused(
    northgate: CompanyApi, change: Json, code: str, words: str
) -> None:
    body = {"CustomerRef": {"value": "58"}, "Line": [GOOD]} | change
    answer = northgate.post("invoice", body)
    assert answer.status_code == 400
    assert fault(answer)["code"] == code
    assert words.lower() in fault(answer)["Detail"].lower()
    assert parsed(answer)["Fault"]["type"] == "ValidationFault"
    assert northgate.simulator.books(northgate.realm)["invoices"] == []


@pytest.mark.parametrize(
    ("code", "detail", "refused"),
    [
        ("6", None, "6100"),
        ("TAX", {"TxnTaxCodeRef": {"value": "CustomSalesTax"}}, "6160"),
        ("TAX", {"TxnTaxCodeRef": {"value": "99"}}, "2500"),
        ("TAX", {"TxnTaxCodeRef": {"value": "NON"}}, "2500"),
    ],
)
def test_wrong_us_tax_codes_are_refused(
    foghorn: CompanyApi, code: str, detail: Json | None, refused: str
) -> None:
    body = foghorn.invoice_body("204", Line=[line("101", "1.00", code)], TxnTaxDetail=detail)
    assert fault(foghorn.post("invoice", body))["code"] == refused


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"{not json", "2010"), (b'{"a": "\xff"}', "2010"), (b"[]", "2010"), (b"{}", "2020")],
)
def test_bodies_that_are_no_object_are_refused(
    northgate: CompanyApi, body: bytes, code: str
) -> None:
    answer = northgate.post("invoice", body)
    assert (answer.status_code, fault(answer)["code"]) == (400, code)


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "invoice/99999", "610"),
        ("GET", "customer/1.5", "2030"),
        ("GET", "customer/1/5", "500"),
        ("GET", "nonsense", "500"),
        ("POST", "nonsense", "500"),
        ("GET", "invoice", "500"),
        ("DELETE", "invoice/301", "500"),
        ("POST", "taxcode", "500"),
    ],
)
def test_paths_that_lead_nowhere(northgate: CompanyApi, method: str, path: str, code: str) -> None:
    answer = northgate.send(method, path, {} if method == "POST" else None)
    assert (answer.status_code, fault(answer)["code"]) == (400, code)


def test_an_invalid_id_is_the_fault_without_a_time(northgate: CompanyApi) -> None:
    answer = northgate.send("GET", "customer/1.5")
    assert set(parsed(answer)) == {"Fault"}
    assert fault(answer) == {
        "Message": "Invalid ID",
        "Detail": "Id should be a valid number. Supplied value:1.5",
        "code": "2030",
        "element": "Id",
    }


@pytest.mark.parametrize("day", ["2026-03-30", "2026-03-31"])
def test_closed_books_take_nothing(northgate: CompanyApi, day: str) -> None:
    old = northgate.invoice("58", TxnDate=day)
    northgate.simulator.set_company(northgate.realm, BookCloseDate="2026-03-31")
    answers = [
        northgate.post("invoice", northgate.invoice_body("58", TxnDate=day)),
        northgate.post("invoice", {"Id": old["Id"], "SyncToken": "0"}, operation="void"),
        northgate.post("invoice", {"Id": old["Id"], "SyncToken": "0"}, operation="delete"),
        northgate.post("payment", {"CustomerRef": {"value": "58"}, "TotalAmt": 1, "TxnDate": day}),
    ]
    assert [fault(answer)["code"] for answer in answers] == ["6210"] * 4
    assert "Account Period Closed" in fault(answers[0])["Message"]
    assert northgate.invoice("58", TxnDate="2026-04-01")["TotalAmt"] == Decimal("120.00")


def test_an_ended_subscription_refuses_writes_and_allows_reads(northgate: CompanyApi) -> None:
    northgate.simulator.set_company(northgate.realm, SubscriptionStatus="EXPIRED")
    assert fault(northgate.post("customer", {"DisplayName": "X"}))["code"] == "6190"
    assert northgate.query("SELECT COUNT(*) FROM Item") == {"totalCount": 13}


@pytest.mark.parametrize(("policy", "code"), [("610", "610"), ("6250", "6250")])
def test_an_inactive_customer_gets_no_invoice(
    northgate: CompanyApi, policy: str, code: str
) -> None:
    northgate.simulator.switch(inactive_customer=policy)
    sent = {"Id": "58", "SyncToken": "0", "sparse": True, "Active": False}
    northgate.write("Customer", sent)
    assert fault(northgate.post("invoice", northgate.invoice_body("58")))["code"] == code


# Gateway


def test_a_missing_token_is_refused_in_the_gateways_shape(northgate: CompanyApi) -> None:
    url = f"{northgate.base}/companyinfo/{northgate.realm}"
    answer = requests.get(url, timeout=5)
    assert answer.status_code == 401
    assert fault(answer)["code"] == "3200"
    assert "errorCode=003200" in fault(answer)["message"]
    assert isinstance(parsed(answer)["time"], int)
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_an_unknown_company_is_forbidden(northgate: CompanyApi) -> None:
    url = f"{northgate.simulator.url}/v3/company/123/companyinfo/123"
    headers = {"Authorization": f"Bearer {northgate.tokens['access_token']}"}
    answer = requests.get(url, headers=headers, timeout=5)
    assert (answer.status_code, fault(answer)["code"]) == (403, "3100")


def test_every_answer_carries_its_trace_id(northgate: CompanyApi) -> None:
    answers: list[Any] = [
        northgate.send("GET", "preferences"),
        northgate.send("GET", "nonsense"),
        requests.get(f"{northgate.base}/preferences", timeout=5),
    ]
    trace_ids = {answer.headers["intuit_tid"] for answer in answers}
    assert len(trace_ids) == 3
    assert answers[0].headers["Content-Type"] == "application/json;charset=utf-8"
