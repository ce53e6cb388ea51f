"""The idempotency key: one effect, the same bytes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.simulator.company_api import CompanyApi, fault


def test_the_same_key_gives_the_same_bytes_and_one_invoice(northgate: CompanyApi) -> None:
    body = northgate.invoice_body("58", DocNumber="INV-1")
    first = northgate.post("invoice", body, requestid="push-1")
    northgate.simulator.edit(northgate.realm, "invoices", "301", PrivateNote="changed since")
    again = northgate.post("invoice", body, requestid="push-1")
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["intuit_tid"] != first.headers["intuit_tid"]
    assert northgate.query("SELECT COUNT(*) FROM Invoice") == {"totalCount": 1}
    assert northgate.simulator.counters(northgate.realm)["replayed"] == 1


def test_without_a_key_two_requests_make_two(northgate: CompanyApi) -> None:
    for _ in range(2):
        northgate.post("invoice", northgate.invoice_body("58"), requestid="")
    assert northgate.query("SELECT COUNT(*) FROM Invoice") == {"totalCount": 2}


def test_keys_belong_to_a_company(northgate: CompanyApi, harrow_lane: CompanyApi) -> None:
    northgate.write("Customer", {"DisplayName": "A"}, requestid="k")
    assert harrow_lane.write("Customer", {"DisplayName": "B"}, requestid="k")["DisplayName"] == "B"


def test_twenty_at_once_make_one(northgate: CompanyApi) -> None:
    body = northgate.invoice_body("58", DocNumber="INV-1")
    with ThreadPoolExecutor(20) as pool:
        answers = list(
            pool.map(lambda _: northgate.post("invoice", body, requestid="push-1"), range(20))
        )
    assert len({answer.content for answer in answers}) == 1
    assert northgate.query("SELECT COUNT(*) FROM Invoice") == {"totalCount": 1}


def test_a_second_use_during_the_first_may_be_refused(northgate: CompanyApi) -> None:
    northgate.simulator.switch(requestid_in_flight="600", latency_ms=300)
    body = northgate.invoice_body("58")
    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(lambda _: northgate.post("invoice", body, requestid="push-1"), range(2))
        )
    refused = [answer for answer in answers if answer.status_code == 400]
    assert [fault(answer)["code"] for answer in refused] == ["600"]


@pytest.mark.parametrize(("policy", "status"), [("replay", 400), ("retry", 200)])
def test_a_refusal_is_remembered_or_not(northgate: CompanyApi, policy: str, status: int) -> None:
    northgate.simulator.switch(requestid_fault=policy)
    northgate.simulator.set_company(northgate.realm, BookCloseDate="2026-03-31")
    body = northgate.invoice_body("58", TxnDate="2026-03-01")
    assert northgate.post("invoice", body, requestid="push-1").status_code == 400
    northgate.simulator.set_company(northgate.realm, BookCloseDate=None)
    assert northgate.post("invoice", body, requestid="push-1").status_code == status


@pytest.mark.parametrize("policy", ["replay", "600"])
def test_another_body_under_the_same_key(northgate: CompanyApi, policy: str) -> None:
    northgate.simulator.switch(requestid_other_body=policy)
    northgate.write("Customer", {"DisplayName": "A"}, requestid="k")
    answer = northgate.post("customer", {"DisplayName": "B"}, requestid="k")
    if policy == "600":
        assert fault(answer)["code"] == "600"
    else:
        assert answer.json()["Customer"]["DisplayName"] == "A"
    assert northgate.query("SELECT * FROM Customer WHERE DisplayName = 'B'") == {}


def test_a_key_of_another_kind_of_call_is_refused(northgate: CompanyApi) -> None:
    northgate.write("Customer", {"DisplayName": "A"}, requestid="k")
    answer = northgate.post("invoice", northgate.invoice_body("58"), requestid="k")
    assert fault(answer)["code"] == "600"


def test_a_key_has_fifty_characters_at_most(northgate: CompanyApi) -> None:
    body = {"DisplayName": "A"}
    assert fault(northgate.post("customer", body, requestid="k" * 51))["code"] == "2130"
    assert northgate.post("customer", body, requestid="k" * 50).status_code == 200


def test_a_key_can_be_forgotten_after_a_while(northgate: CompanyApi) -> None:
    northgate.simulator.switch(requestid_retention_hours=24)
    body = northgate.invoice_body("58")
    northgate.post("invoice", body, requestid="k")
    northgate.later(hours=25)
    northgate.post("invoice", body, requestid="k")
    assert northgate.query("SELECT COUNT(*) FROM Invoice") == {"totalCount": 2}
