"""Classes, departments, terms and texts: what QuickBooks takes, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.company_api import CompanyApi, Json, fault, line

GOOD = line("7", "10.00", "6")


def classed(reference: str) -> Json:
    return line("7", "10.00", "6", ClassRef={"value": reference})


@pytest.fixture
def tracking(northgate: CompanyApi) -> CompanyApi:
    """A company with a class on every line and departments; one of each is inactive."""
    northgate.simulator.set_company(
        northgate.realm, ClassTrackingPerTxnLine=True, TrackDepartments=True
    )
    for entity in ("Class", "Department"):
        northgate.write(entity, {"Name": "Leeds"})
        gone = northgate.write(entity, {"Name": "York"})
        token = {"Id": gone["Id"], "SyncToken": gone["SyncToken"], "sparse": True}
        northgate.write(entity, {**token, "Active": False})
    return northgate


def test_a_class_and_a_department_are_kept_with_their_names(tracking: CompanyApi) -> None:
    invoice = tracking.invoice("58", Line=[classed("1")], DepartmentRef={"value": "1"})
    assert invoice["DepartmentRef"] == {"value": "1", "name": "Leeds"}
    detail = invoice["Line"][0]["SalesItemLineDetail"]
    assert detail["ClassRef"] == {"value": "1", "name": "Leeds"}
    names = [c["Name"] for c in tracking.query("SELECT * FROM Class")["Class"]]
    assert names == ["Leeds"]


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"Line": [classed("99")]}, "2500", "Classes element id 99 not found"),
        ({"Line": [classed("2")]}, "2500", "made inactive"),
        ({"DepartmentRef": {"value": "99"}}, "2500", "Departments element id 99 not found"),
        ({"DepartmentRef": {"value": "2"}}, "2500", "made inactive"),
        ({"ClassRef": {"value": "1"}}, "6000", "ClassTrackingPerTxn is switched off"),
    ],
)
def test_what_is_not_there_or_not_here_is_refused(
    tracking: CompanyApi, change: Json, code: str, words: str
) -> None:
    answer = tracking.post("invoice", {"CustomerRef": {"value": "58"}, "Line": [GOOD]} | change)
    assert fault(answer)["code"] == code
    assert words in fault(answer)["Detail"]


def test_without_tracking_a_class_is_refused_or_lost(northgate: CompanyApi) -> None:
    northgate.write("Class", {"Name": "Leeds"})
    body = northgate.invoice_body("58", Line=[classed("1")])
    assert fault(northgate.post("invoice", body))["code"] == "6000"

    northgate.simulator.switch(untracked_reference="ignore")
    detail = northgate.write("Invoice", body)["Line"][0]["SalesItemLineDetail"]
    assert "ClassRef" not in detail


def test_terms_made_inactive_are_refused(northgate: CompanyApi) -> None:
    term = northgate.read("Term", "3")
    northgate.write(
        "Term", {"Id": "3", "SyncToken": term["SyncToken"], "Name": "N", "Active": False}
    )
    body = northgate.invoice_body("58", SalesTermRef={"value": "3"})
    assert fault(northgate.post("invoice", body))["code"] == "2500"


@pytest.mark.parametrize(
    ("switch", "value", "change", "code"),
    [
        ("emoji", "500", {"PrivateNote": "Thank you 😀"}, "10000"),
        ("negative_line", "2290", {"Line": [GOOD, line("7", "-1.00", "6")]}, "2290"),
        ("due_before_date", "2190", {"TxnDate": "2026-11-30", "DueDate": "2026-11-29"}, "2190"),
        (
            "negative_half_penny",
            "up",
            {"Line": [GOOD, line("7", "-0.63", "6", Qty=-5, UnitPrice="0.125")]},
            "6070",
        ),
    ],
)
def test_what_is_not_known_for_certain_is_a_switch(
    northgate: CompanyApi, switch: str, value: Any, change: Json, code: str
) -> None:
    other = {"emoji": "accept", "negative_half_penny": "away"}.get(switch, "accept")
    body = {"CustomerRef": {"value": "58"}, "Line": [GOOD]} | change
    northgate.simulator.switch(**{switch: value})
    assert fault(northgate.post("invoice", body))["code"] == code

    northgate.simulator.switch(**{switch: other})
    northgate.write("Invoice", body)


def test_an_amount_has_ten_digits_before_the_point(northgate: CompanyApi) -> None:
    body = northgate.invoice_body("58", "10000000000.00")
    assert fault(northgate.post("invoice", body))["code"] == "2140"
