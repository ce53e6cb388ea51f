"""Injected faults: each shape, before and after the commit, chosen by rule."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import requests

from simulator.client import SimulatorError, SimulatorProcess
from tests.simulator.company_api import CompanyApi, Json, fault, parsed


def invoices(company: CompanyApi) -> int:
    return len(company.simulator.books(company.realm)["invoices"])


@pytest.mark.parametrize(
    ("rule", "status", "kind", "words"),
    [
        ({"kind": "expired_token"}, 401, "application/json", "errorCode=003200"),
        ({"kind": "forbidden"}, 403, "application/json", "errorCode=003100"),
        ({"kind": "throttled"}, 429, "application/json", "ThrottleExceeded"),
        ({"kind": "throttled", "format": "xml"}, 429, "application/xml", "<Fault type="),
        ({"kind": "server_error"}, 500, "application/json", "SystemFault"),
        ({"kind": "unavailable"}, 503, "text/html", "<h1>503"),
        ({"kind": "html"}, 502, "text/html", "<h1>502"),
        ({"kind": "xml"}, 500, "application/xml", "IntuitResponse"),
        ({"kind": "fault", "code": "6000", "body": "Because"}, 400, "application/json", "Because"),
        ({"kind": "answer", "status": 200, "body": "{}"}, 200, "application/json", "{}"),
        ({"kind": "answer", "status": 520, "body": "?"}, 520, "application/json", "?"),
    ],
)
@pytest.mark.parametrize(("when", "booked"), [("before", 0), ("after", 1)])
def test_each_shape_instead_of_the_answer(
    northgate: CompanyApi, rule: Json, status: int, kind: str, words: str, when: str, booked: int
) -> None:
    northgate.simulator.inject(**rule, when=when)
    answer = northgate.post("invoice", northgate.invoice_body("58"), requestid="k")
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, kind)
    assert words in answer.text
    assert answer.headers["intuit_tid"]
    assert invoices(northgate) == booked
    retried = northgate.post("invoice", northgate.invoice_body("58"), requestid="k")
    assert retried.status_code == 200
    assert invoices(northgate) == 1


@pytest.mark.parametrize(("when", "booked"), [("before", 0), ("after", 1)])
@pytest.mark.parametrize("kind", ["reset", "hang"])
def test_a_lost_answer(northgate: CompanyApi, kind: str, when: str, booked: int) -> None:
    northgate.simulator.inject(kind, when=when, seconds=0.2)
    with pytest.raises(requests.ConnectionError):
        northgate.post("invoice", northgate.invoice_body("58"), requestid="k")
    assert invoices(northgate) == booked
    northgate.post("invoice", northgate.invoice_body("58"), requestid="k")
    assert invoices(northgate) == 1
    assert [x["status"] for x in northgate.simulator.requests(northgate.realm)] == [0, 200]


def test_a_hang_outlasts_an_impatient_client(northgate: CompanyApi) -> None:
    northgate.simulator.inject("hang", when="after", seconds=3)
    with pytest.raises(requests.ReadTimeout):
        northgate.session.post(
            f"{northgate.base}/invoice",
            json={"CustomerRef": {"value": "58"}, "Line": []},
            timeout=0.2,
        )


def test_a_truncated_answer_breaks_off(northgate: CompanyApi) -> None:
    northgate.simulator.inject("truncated")
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        northgate.post("invoice", northgate.invoice_body("58"))
    assert invoices(northgate) == 1


def test_unreadable_json_comes_with_200(northgate: CompanyApi) -> None:
    northgate.simulator.inject("invalid_json")
    answer = northgate.post("invoice", northgate.invoice_body("58"))
    assert answer.status_code == 200
    with pytest.raises(ValueError, match="char"):
        parsed(answer)


def test_a_slow_answer_is_right(northgate: CompanyApi) -> None:
    northgate.simulator.inject("slow", seconds=0.3)
    started = time.monotonic()
    assert northgate.invoice("58")["Id"] == "301"
    assert time.monotonic() - started >= 0.3


def test_retry_after_is_sent_when_asked(northgate: CompanyApi) -> None:
    northgate.simulator.inject("throttled", retry_after=7)
    northgate.simulator.inject("throttled")
    first, second = (northgate.send("GET", "preferences") for _ in range(2))
    assert first.headers["Retry-After"] == "7"
    assert "Retry-After" not in second.headers


CALLS: dict[str, Callable[[CompanyApi], requests.Response]] = {
    "customer": lambda c: c.post("customer", {"DisplayName": "A"}),
    "customers": lambda c: c.send("GET", "query", query="select * from customer"),
    "invoice": lambda c: c.post("invoice", c.invoice_body("58")),
    "cdc": lambda c: c.send("GET", "cdc", entities="Invoice", changedSince=c.now()),
    "batch": lambda c: c.post("batch", {"BatchItemRequest": [{"bId": "1", "Query": "x"}]}),
    "read": lambda c: c.send("GET", "customer/58"),
}


@pytest.mark.parametrize(
    ("rule", "met"),
    [
        ({"entity": "Customer"}, {"customer", "customers", "read"}),
        ({"entity": "Customer", "operation": "create"}, {"customer"}),
        ({"operation": "query"}, {"customers"}),
        ({"entity": "cdc"}, {"cdc"}),
        ({"operation": "batch"}, {"batch"}),
        ({"contains": '"DisplayName":"A"'}, {"customer"}),
        ({"realm": "9130357766900999"}, set()),
        ({}, set(CALLS)),
    ],
)
def test_a_rule_meets_only_what_it_names(northgate: CompanyApi, rule: Json, met: set[str]) -> None:
    northgate.simulator.inject("server_error", times=None, **rule)
    failed = {name for name, call in CALLS.items() if call(northgate).status_code == 500}
    assert failed == met


def test_a_rule_fires_from_the_nth_match_as_often_as_told(northgate: CompanyApi) -> None:
    northgate.simulator.inject("server_error", entity="Preferences", nth=3, times=2)
    statuses = [northgate.send("GET", "preferences").status_code for _ in range(6)]
    assert statuses == [200, 200, 500, 500, 200, 200]
    rule = northgate.simulator.faults()[0]
    assert (rule["seen"], rule["fired"]) == (4, 2)
    northgate.simulator.clear_faults(rule["id"])
    assert northgate.simulator.faults() == []


def test_the_token_endpoint_fails_too(simulator: SimulatorProcess, northgate: CompanyApi) -> None:
    simulator.inject("server_error", entity="token", operation="refresh", when="after")
    url = f"{simulator.url}/oauth2/v1/tokens/bearer"
    value = northgate.tokens["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": value}
    auth = ("demo-client", "demo-secret")
    assert requests.post(url, data=form, auth=auth, timeout=5).status_code == 500
    simulator.inject("reset", entity="token")
    with pytest.raises(requests.ConnectionError):
        requests.post(url, data=form, auth=auth, timeout=5)
    assert requests.post(url, data=form, auth=auth, timeout=5).status_code == 200


@pytest.mark.parametrize(
    "rule", [{"kind": "earthquake"}, {"kind": "reset", "when": "never"}, {"kind": "reset", "x": 1}]
)
def test_a_wrong_rule_is_refused(simulator: SimulatorProcess, rule: Json) -> None:
    with pytest.raises(SimulatorError):
        simulator.inject(**rule)


# Limits and the meter


def test_above_ten_a_second_real_throttling_answers_429(northgate: CompanyApi) -> None:
    northgate.simulator.switch(throttle=True)
    answers = [northgate.send("GET", "preferences") for _ in range(14)]
    assert [answer.status_code for answer in answers[:10]] == [200] * 10
    assert 429 in {answer.status_code for answer in answers[10:]}
    assert fault(answers[-1])["code"] == "3001"
    counters = northgate.simulator.counters(northgate.realm)
    assert counters["throttled"] >= 1
    assert counters["max_per_second"] >= 11


def test_reads_are_metered_and_single_writes_are_free(northgate: CompanyApi) -> None:
    invoice = northgate.invoice("58")
    northgate.post("invoice", {"Line": []})
    northgate.read("Invoice", invoice["Id"])
    northgate.query("SELECT * FROM Term")
    northgate.cdc("Invoice", northgate.now())
    northgate.post("batch", {"BatchItemRequest": [{"bId": "1", "Query": "select * from Term"}]})
    northgate.send("GET", "invoice/9999")
    counters = northgate.simulator.counters(northgate.realm)
    assert (counters["metered"], counters["free_writes"], counters["requests"]) == (4, 1, 7)
    assert counters["by_operation"]["Invoice.create"] == 2


def test_the_free_tier_ends_hard(northgate: CompanyApi) -> None:
    northgate.simulator.switch(metered_limit=2)
    statuses = [northgate.send("GET", "preferences").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert northgate.invoice("58")["Id"] == "301"


def test_the_log_tells_what_was_asked(northgate: CompanyApi) -> None:
    northgate.post("invoice", northgate.invoice_body("58"), requestid="push-1")
    northgate.post("invoice", {"CustomerRef": {"value": "58"}})
    northgate.query("SELECT * FROM Customer WHERE DisplayName IN ('a', 'b')")
    write, refused, query = northgate.simulator.requests(northgate.realm)
    assert (write["entity"], write["operation"], write["requestid"]) == (
        "Invoice",
        "create",
        "push-1",
    )
    assert (refused["status"], refused["fault"], refused["metered"]) == (400, "2020", False)
    assert (query["entity"], query["metered"]) == ("Customer", True)
    assert "IN ('a', 'b')" in query["statement"]
    assert northgate.tokens["access_token"] not in str([write, refused, query])


def test_latency_is_added_to_every_answer(northgate: CompanyApi) -> None:
    northgate.simulator.switch(latency_ms=150)
    started = time.monotonic()
    northgate.send("GET", "preferences")
    assert time.monotonic() - started >= 0.15


def fired(northgate: CompanyApi, writes: int) -> list[int]:
    """Write so many invoices; return which of them lost their answer."""
    lost = []
    for number in range(writes):
        try:
            northgate.post("invoice", northgate.invoice_body("58"))
        except requests.ConnectionError:
            lost.append(number)
    return lost


def test_a_rule_with_a_chance_fires_at_the_same_requests_for_the_same_seed(
    northgate: CompanyApi,
) -> None:
    chances: Json = {"entity": "Invoice", "chance": 0.2, "times": None}
    northgate.simulator.inject("reset", seed=41, **chances)
    first = fired(northgate, 60)
    northgate.simulator.clear_faults()
    northgate.simulator.inject("reset", seed=41, **chances)
    assert fired(northgate, 60) == first
    assert 4 <= len(first) <= 24
    northgate.simulator.clear_faults()
    northgate.simulator.inject("reset", seed=42, **chances)
    assert fired(northgate, 60) != first


def test_a_chance_is_a_share(northgate: CompanyApi) -> None:
    with pytest.raises(SimulatorError, match="chance"):
        northgate.simulator.inject("reset", chance=3)
