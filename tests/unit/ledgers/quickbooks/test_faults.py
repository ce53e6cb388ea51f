"""Every shape in which QuickBooks says no, and what a worker does about it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.ledgers.errors import (
    CompanyAway,
    Faltered,
    Gone,
    LedgerError,
    Misconfigured,
    NameTaken,
    NotAuthorised,
    NumberTaken,
    Refused,
    Stale,
    Throttled,
    Unavailable,
    Unsure,
)
from app.ledgers.quickbooks.faults import Fault, error_of, read_fault
from tests.outside import published, recorded_bodies


def fault(code: str, detail: str = "", message: str = "", kind: str = "ValidationFault") -> str:
    error = {"Message": message, "Detail": detail, "code": code, "element": ""}
    return json.dumps({"Fault": {"Error": [error], "type": kind}})


def error(status: int, body: str = "", *, writes: bool = True, **headers: str) -> LedgerError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return error_of(status, named, read_fault(body), writes=writes)


GATEWAY = (
    '{"warnings":null,"fault":{"error":[{"message":"message=AuthenticationFailed; '
    'errorCode=003200; statusCode=401","detail":"Token expired: AB0160","code":"3200",'
    '"element":null}],"type":"AUTHENTICATION"},"time":1763650000830}'
)
XML = (
    '<?xml version="1.0"?><IntuitResponse time="2017-07-30T22:45:22.933-07:00" '
    'xmlns="http://schema.intuit.com/finance/v3"><Fault type="SERVICE"><Error code="3001">'
    "<Message>message=ThrottleExceeded; errorCode=003001; statusCode=429</Message>"
    "<Detail>The request limit was reached.  Try again later</Detail></Error></Fault>"
    "</IntuitResponse>"
)


class TestShapes:
    def test_the_books_own(self) -> None:
        read = read_fault(fault("6000", "Business Validation Error: No VAT rate."))
        assert read == Fault("6000", "Business Validation Error: No VAT rate.", "ValidationFault")

    def test_the_gateways_in_small_letters(self) -> None:
        assert read_fault(GATEWAY) == Fault("3200", "Token expired: AB0160", "AUTHENTICATION")

    def test_xml_although_json_was_asked_for(self) -> None:
        words = "The request limit was reached.  Try again later"
        assert read_fault(XML) == Fault("3001", words, "SERVICE")

    @pytest.mark.parametrize("code", ["003200", 3200, "3200", " 3200 "])
    def test_a_code_with_leading_noughts_or_as_a_number(self, code: Any) -> None:
        body = json.dumps({"Fault": {"Error": [{"code": code}], "type": "AUTHENTICATION"}})
        assert read_fault(body).code == "3200"

    def test_several_errors_say_all_their_words_and_the_decisive_code(self) -> None:
        errors = [{"Detail": "First.", "code": "2010"}, {"Detail": "Second.", "code": "3200"}]
        read = read_fault(json.dumps({"Fault": {"Error": errors}}))
        assert (read.code, read.message) == ("3200", "First. Second.")

    def test_a_detail_that_says_nothing_gives_way_to_the_message(self) -> None:
        body = fault("6240", "The name supplied already exists. : null", "Duplicate Name")
        assert read_fault(body).message == "Duplicate Name"

    @pytest.mark.parametrize(
        "body",
        ["", "<html><body>502 Bad Gateway</body></html>", "[]", "null", '{"Fault":[]}', "{", "12"],
    )
    def test_what_is_no_fault_is_silence(self, body: str) -> None:
        assert not read_fault(body).readable


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, fault("6000", "No VAT rate."), Refused),
        (400, fault("6070"), Refused),
        (400, fault("2500", "Items element id 7 not found"), Gone),
        (400, fault("610", "made inactive"), Gone),
        (400, fault("5010"), Stale),
        (400, fault("6240"), NameTaken),
        (400, fault("6140"), NumberTaken),
        (400, fault("6190", "Subscription period has ended"), Refused),
        (403, fault("6190", kind="AuthorizationFault"), Refused),
        (403, fault("5020", kind="AuthorizationFault"), Refused),
        (200, fault("6000", "a Fault inside a yes"), Refused),
        (400, "", Refused),
        (401, GATEWAY, NotAuthorised),
        (401, "<html></html>", NotAuthorised),
        (403, fault("3100", kind="SERVICE"), NotAuthorised),
        (403, fault("003100", kind="AuthorizationFault"), NotAuthorised),
        (401, fault("120"), NotAuthorised),
        (429, XML, Throttled),
        (429, "", Throttled),
        (403, XML, Throttled),
        (404, "<html></html>", Misconfigured),
        (403, "<html>firewall</html>", Unavailable),
        (302, "", Unavailable),
        (400, fault("130"), CompanyAway),
        (400, fault("4002"), Unavailable),
        (400, fault("140"), CompanyAway),
        (400, fault("150", kind="SystemFault"), CompanyAway),
        (400, fault("1000"), Faltered),
        (400, fault("1010", kind="SystemFault"), Faltered),
        (400, fault("10100"), Refused),
        (400, fault("6210", "Account Period Closed"), Refused),
        (400, fault("6210", "Duplicate Document Number Error : 7 is assigned"), NumberTaken),
    ],
)
@pytest.mark.parametrize("writes", [True, False])
def test_what_a_worker_must_do(
    status: int, body: str, expected: type[LedgerError], writes: bool
) -> None:
    assert type(error(status, body, writes=writes)) is expected


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, fault("10000", "System Failure Error", kind="SystemFault")),
        (200, fault("10000", "System Failure Error", kind="SystemFault")),
        (400, fault("99", "something", kind="SystemFault")),
        (500, ""),
        (502, "<html>Bad Gateway</html>"),
        (503, "<html>Service Unavailable</html>"),
        (504, ""),
        (408, ""),
        (500, fault("1010")),
        (400, fault("600", "Duplicate Request ID")),
    ],
)
def test_a_write_that_may_have_happened_is_unsure_a_read_is_not(status: int, body: str) -> None:
    assert type(error(status, body, writes=True)) is Unsure
    assert type(error(status, body, writes=False)) is Unavailable


def test_the_error_carries_code_words_status_and_intuits_id() -> None:
    refused = error(400, fault("6000", "No VAT rate."), intuit_tid="1-5f7349e0")
    assert refused.code == "6000"
    assert refused.message == "No VAT rate."
    assert refused.status == 400
    assert error_of(400, {"intuit_tid": "1-5f73"}, Fault(), writes=True).request_id == "1-5f73"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "30"}, 30.0),
        ({}, None),
        ({"retry_after": "soon"}, None),
        (
            {
                "retry_after": "Fri, 20 Nov 2026 09:31:30 GMT",
                "date": "Fri, 20 Nov 2026 09:30:00 GMT",
            },
            90.0,
        ),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    throttled = error(429, "", **headers)
    assert isinstance(throttled, Throttled)
    assert throttled.retry_after == seconds


@pytest.mark.parametrize(
    ("holder", "existing"),
    [
        ("TxnType=Invoice with TxnId=6575", "6575"),
        ("TxnType=Credit Memo with TxnId=12", "12"),
        ("TxnType=Journal Entry with TxnId=3632", None),  # another list, another id
        ("somewhere", None),
    ],
)
def test_who_holds_the_number(holder: str, existing: str | None) -> None:
    taken = error(400, fault("6140", f"This number has already been used. {holder}"))
    assert isinstance(taken, NumberTaken)
    assert taken.existing_id == existing


@pytest.mark.parametrize("code", ["5020", "6190", "10200"])
def test_a_subscription_or_a_right_that_ended_stops_the_whole_company(code: str) -> None:
    ended, other = error(400, fault(code)), error(400, fault("6070"))
    assert isinstance(ended, Refused)
    assert isinstance(other, Refused)
    assert (ended.company_wide, other.company_wide) == (True, False)


def test_what_concerns_the_whole_company_counts_among_several_errors() -> None:
    errors = [{"Detail": "No VAT rate.", "code": "6000"}, {"Detail": "Ended.", "code": "6190"}]
    assert read_fault(json.dumps({"Fault": {"Error": errors}})).code == "6190"


class TestRecordings:
    """Answers of the live service and its sandbox as others recorded them."""

    def test_every_observed_fault_is_read_and_classified(self) -> None:
        path = published("recorded/qbo-faults/observed_faults.json")
        bodies = [
            (one["http"], one["code"], one.get("body_xml") or json.dumps(one["body"]))
            for one in json.loads(path.read_text())["faults"]
            if "code" in one and ("body" in one or "body_xml" in one)
        ]
        assert len(bodies) >= 6
        for status, code, body in bodies:
            read = error(status, body)
            assert read.code == code
            assert read.message
            assert type(read) is EXPECTED.get(code, Refused)

    @pytest.mark.parametrize(
        ("name", "code", "expected"),
        [
            ("error/400.yml", "4001", Refused),
            ("error/400_json.yml", "2010", Refused),
            ("error/401.yml", "3200", NotAuthorised),
            ("error/500.yml", "2030", Refused),
            ("error/validation.yml", "6240", NameTaken),
        ],
    )
    def test_a_recorded_fault(self, name: str, code: str, expected: type[LedgerError]) -> None:
        body = recorded_bodies(name)[-1]
        read = error(401 if code == "3200" else 400, body)
        assert (read.code, type(read)) == (code, expected)


EXPECTED = {
    "6140": NumberTaken,
    "3200": NotAuthorised,
    "100": NotAuthorised,
    "3001": Throttled,
    "2500": Gone,
}
