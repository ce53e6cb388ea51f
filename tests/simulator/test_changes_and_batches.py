"""Change data capture and batches."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.simulator.company_api import CompanyApi, fault, parsed

ALL = "Invoice,Payment,CreditMemo,Customer"


@pytest.fixture
def since(northgate: CompanyApi) -> str:
    """A moment before anything the test does, after the seeds."""
    return northgate.now()


def test_changes_come_per_entity_as_whole_objects(northgate: CompanyApi, since: str) -> None:
    invoice = northgate.invoice("58")
    northgate.pay("58", "20.00", (invoice["Id"], "20.00"))
    groups = {key: value for group in northgate.cdc(ALL, since) for key, value in group.items()}
    assert [row["Balance"] for row in groups["Invoice"]] == [100]
    assert len(groups["Payment"]) == 1
    assert [row["Id"] for row in groups["Customer"]] == ["58"]
    assert "CreditMemo" not in groups


def test_what_did_not_change_is_an_empty_group(northgate: CompanyApi, since: str) -> None:
    northgate.invoice("58")
    groups = northgate.cdc("CreditMemo,invoice", since)
    assert groups[0] == {}
    assert groups[1]["maxResults"] == 1


def test_deleted_ones_come_as_stubs_after_the_living(northgate: CompanyApi, since: str) -> None:
    first, second = northgate.invoice("58"), northgate.invoice("58")
    northgate.write("Invoice", {"Id": first["Id"], "SyncToken": "0"}, operation="delete")
    rows = northgate.cdc("Invoice", since)[0]["Invoice"]
    assert [row["Id"] for row in rows] == [second["Id"], first["Id"]]
    assert set(rows[1]) == {"domain", "status", "Id", "MetaData"}
    assert rows[1]["status"] == "Deleted"


def test_nothing_older_than_asked_is_shown(northgate: CompanyApi) -> None:
    northgate.invoice("58")
    northgate.later(days=5)
    now = northgate.now()
    northgate.invoice("59")
    assert len(northgate.cdc("Invoice", now)[0]["Invoice"]) == 1
    assert len(northgate.cdc("Invoice", days_before(now, 6))[0]["Invoice"]) == 2


def days_before(moment: str, days: int) -> str:
    return (datetime.fromisoformat(moment) - timedelta(days=days)).isoformat()


@pytest.mark.parametrize(
    ("entities", "days", "code"),
    [
        ("Invoice", 31, "2190"),
        ("TaxCode", 1, "4001"),
        ("Custmoer", 1, "4001"),
        ("", 1, "2020"),
    ],
)
def test_wrong_requests_for_changes(
    northgate: CompanyApi, since: str, entities: str, days: int, code: str
) -> None:
    asked = days_before(since, days)
    answer = northgate.send("GET", "cdc", entities=entities, changedSince=asked)
    assert (answer.status_code, fault(answer)["code"]) == (400, code)


def test_at_most_a_thousand_objects_are_shown(northgate: CompanyApi, since: str) -> None:
    body = {
        "BatchItemRequest": [
            {"bId": str(n), "operation": "create", "Customer": {"DisplayName": ""}}
            for n in range(30)
        ]
    }
    for batch in range(34):
        for item in body["BatchItemRequest"]:
            item["Customer"]["DisplayName"] = f"Tenant {batch}-{item['bId']}"
        assert northgate.post("batch", body).status_code == 200
    northgate.invoice("58")
    groups = northgate.cdc("Customer,Invoice", since)
    assert (groups[0]["maxResults"], groups[1]) == (1000, {})
    northgate.simulator.switch(cdc_limit="entity")
    groups = northgate.cdc("Customer,Invoice", since)
    assert (groups[0]["maxResults"], groups[1]["maxResults"]) == (1000, 1)


# Batches


def test_items_of_a_batch_succeed_and_fail_on_their_own(northgate: CompanyApi) -> None:
    payment = northgate.pay("58", "10.00")
    answer = northgate.post(
        "batch",
        {
            "BatchItemRequest": [
                {"bId": "a1", "operation": "create", "Customer": {"DisplayName": "Oak & Ash Ltd"}},
                {"bId": "a2", "operation": "create", "Customer": {"DisplayName": "Oak & Ash Ltd"}},
                {
                    "bId": "a3",
                    "operation": "update",
                    "Customer": {"Id": "58", "SyncToken": "9", "sparse": True, "Notes": "x"},
                },
                {
                    "bId": "a4",
                    "operation": "update",
                    "optionsData": "void",
                    "Payment": {"Id": payment["Id"], "SyncToken": "0", "sparse": True},
                },
                {"bId": "a5", "Query": "select * from Term where Name = 'Net 30'"},
                {"bId": "a6", "operation": "fly", "Customer": {}},
            ]
        },
    )
    assert answer.status_code == 200
    items = {item["bId"]: item for item in parsed(answer)["BatchItemResponse"]}
    assert items["a1"]["Customer"]["DisplayName"] == "Oak & Ash Ltd"
    assert items["a2"]["Fault"]["Error"][0]["code"] == "6240"
    assert items["a3"]["Fault"]["Error"][0]["code"] == "5010"
    assert items["a4"]["Payment"]["TotalAmt"] == 0
    assert items["a5"]["QueryResponse"]["Term"][0]["Id"] == "3"
    assert items["a6"]["Fault"]["Error"][0]["code"] == "500"


@pytest.mark.parametrize(
    ("count", "requestid", "bid", "code"),
    [(31, None, "{}", "1040"), (2, None, "same", "2040"), (1, "r" * 37, "a", "2130"),
     (1, "r-1", "longer-than-ten", "2130")],
)  # fmt: skip
def test_a_wrong_batch_is_refused_as_a_whole(
    northgate: CompanyApi, count: int, requestid: str | None, bid: str, code: str
) -> None:
    items = [
        {"bId": bid.format(n), "operation": "create", "Customer": {"DisplayName": f"T {n}"}}
        for n in range(count)
    ]
    parameters = {"requestid": requestid} if requestid else {}
    answer = northgate.post("batch", {"BatchItemRequest": items}, **parameters)
    assert (answer.status_code, fault(answer)["code"]) == (400, code)
    assert northgate.query("SELECT COUNT(*) FROM Customer") == {"totalCount": 5}


def test_a_batch_is_replayed_as_a_whole(northgate: CompanyApi) -> None:
    body = {
        "BatchItemRequest": [
            {"bId": "a1", "operation": "create", "Customer": {"DisplayName": "Oak & Ash Ltd"}}
        ]
    }
    first = northgate.post("batch", body, requestid="batch-1")
    assert northgate.post("batch", body, requestid="batch-1").content == first.content
