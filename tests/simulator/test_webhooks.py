"""Webhooks: what is announced, how it is signed, tried again and lost."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from simulator.client import VERIFIER_TOKEN, wait_until
from simulator.quickbooks.webhooks import sign
from tests.simulator.company_api import CompanyApi
from tests.simulator.conftest import Listener

CONTRACTS = (
    Path(__file__).resolve().parents[3] / "shared" / "contracts" / "recorded" / "qbo-webhooks"
)


def events(listener: Listener) -> list[dict[str, Any]]:
    return [event for _, body in listener.received for event in json.loads(body)]


def types(listener: Listener) -> list[str]:
    return [event["type"] for event in events(listener)]


def until(listener: Listener, count: int) -> list[dict[str, Any]]:
    wait_until(lambda: len(events(listener)) >= count)
    return events(listener)


def test_an_invoice_of_ours_is_announced_signed(northgate: CompanyApi, listener: Listener) -> None:
    invoice = northgate.invoice("58")
    event = until(listener, 1)[0]
    assert event["type"] == "qbo.invoice.created.v1"
    assert (event["intuitentityid"], event["intuitaccountid"]) == (invoice["Id"], northgate.realm)
    assert (event["specversion"], event["data"]) == ("1.0", {})
    headers, body = listener.received[0]
    expected = hmac.new(VERIFIER_TOKEN.encode(), body, hashlib.sha256).digest()
    assert headers["intuit-signature"] == base64.b64encode(expected).decode()


@pytest.mark.skipif(not CONTRACTS.is_dir(), reason="the recorded webhooks are not here")
def test_the_signature_is_the_vendors() -> None:
    for vector in json.loads((CONTRACTS / "known_answers.json").read_text())["vectors"]:
        body = (CONTRACTS / vector["body_file"]).read_bytes()
        assert sign(body, vector["verifier_token"]) == vector["intuit_signature"]


def test_a_payment_announces_itself_and_its_invoices(
    northgate: CompanyApi, listener: Listener
) -> None:
    invoice = northgate.invoice("58")
    until(listener, 1)
    northgate.simulator.record_payment(northgate.realm, "58", [(invoice["Id"], "20.00")])
    until(listener, 3)
    assert types(listener)[1:] == ["qbo.payment.created.v1", "qbo.invoice.updated.v1"]


@pytest.mark.parametrize(("verb", "expected"), [("void", "void"), ("voided", "voided")])
def test_the_verbs_of_withdrawal(
    northgate: CompanyApi, listener: Listener, verb: str, expected: str
) -> None:
    northgate.simulator.switch(webhook_void_verb=verb)
    first, second = northgate.invoice("58"), northgate.invoice("58")
    northgate.simulator.void(northgate.realm, "invoices", first["Id"])
    northgate.simulator.delete(northgate.realm, "invoices", second["Id"])
    until(listener, 4)
    assert types(listener)[2:] == [f"qbo.invoice.{expected}.v1", "qbo.invoice.deleted.v1"]


def test_a_merge_names_the_one_that_is_gone(northgate: CompanyApi, listener: Listener) -> None:
    northgate.simulator.merge_customers(northgate.realm, "58", "59")
    event = until(listener, 1)[0]
    assert event["type"] == "qbo.customer.merged.v1"
    assert (event["intuitentityid"], event["data"]) == ("58", {"deletedid": "59"})


def test_a_refused_or_replayed_write_announces_nothing(
    northgate: CompanyApi, listener: Listener
) -> None:
    body = northgate.invoice_body("58")
    northgate.post("invoice", {"CustomerRef": {"value": "58"}})
    for _ in range(3):
        northgate.post("invoice", body, requestid="k")
    until(listener, 1)
    assert [event["entity"] for event in northgate.simulator.events()] == ["Invoice"]


def test_a_burst_of_one_company_shares_a_post(northgate: CompanyApi, listener: Listener) -> None:
    northgate.simulator.switch(webhook_window_ms=300)
    for _ in range(5):
        northgate.invoice("58")
    until(listener, 5)
    assert len(listener.received) == 1


def test_two_companies_get_posts_of_their_own(
    northgate: CompanyApi, harrow_lane: CompanyApi, listener: Listener
) -> None:
    northgate.simulator.switch(webhook_window_ms=300)
    northgate.customer("A")
    harrow_lane.customer("B")
    until(listener, 2)
    realms = [
        {event["intuitaccountid"] for event in json.loads(body)} for _, body in listener.received
    ]
    assert realms == [{northgate.realm}, {harrow_lane.realm}]


def test_a_failing_post_is_repeated_and_holds_back_the_rest(
    northgate: CompanyApi, listener: Listener
) -> None:
    northgate.simulator.switch(webhook_retry_scale=0.01)
    listener.statuses = [500, 503]
    northgate.invoice("58")
    wait_until(lambda: listener.received)
    northgate.customer("Later Ltd")
    until(listener, 4)
    bodies = [body for _, body in listener.received]
    assert bodies[0] == bodies[1] == bodies[2]
    assert json.loads(bodies[3])[0]["type"] == "qbo.customer.created.v1"
    tried = [(x["attempt"], x["status"]) for x in northgate.simulator.deliveries()]
    assert tried == [(1, 500), (2, 503), (3, 200), (1, 200)]


def test_a_new_address_is_tried_at_once(northgate: CompanyApi, listener: Listener) -> None:
    northgate.simulator.set_webhook("http://127.0.0.1:9/nobody")
    northgate.invoice("58")
    wait_until(northgate.simulator.deliveries)
    assert northgate.simulator.webhook()["waiting"] == 1
    northgate.simulator.set_webhook(listener.url)
    until(listener, 1)
    wait_until(lambda: northgate.simulator.webhook()["waiting"] == 0)


def test_held_events_come_later_and_lost_ones_never(
    northgate: CompanyApi, listener: Listener
) -> None:
    simulator = northgate.simulator
    simulator.switch(webhook_delivery="held")
    northgate.customer("Held Ltd")
    simulator.switch(webhook_delivery="lost")
    northgate.customer("Lost Ltd")
    simulator.switch(webhook_delivery="on")
    northgate.customer("Sent Ltd")
    until(listener, 2)
    names = [
        northgate.read("Customer", e["intuitentityid"])["DisplayName"] for e in events(listener)
    ]
    assert names == ["Held Ltd", "Sent Ltd"]


def test_without_an_endpoint_nothing_is_kept_for_later(
    northgate: CompanyApi, listener: Listener
) -> None:
    northgate.simulator.set_webhook("")
    northgate.customer("Nobody hears Ltd")
    wait_until(lambda: northgate.simulator.events()[0]["state"] == "unsent")
    northgate.simulator.set_webhook(listener.url)
    northgate.customer("Heard Ltd")
    assert len(until(listener, 1)) == 1


def test_duplicates_carry_the_same_event_id(northgate: CompanyApi, listener: Listener) -> None:
    northgate.simulator.switch(webhook_duplicates=True)
    northgate.invoice("58")
    first, second = until(listener, 2)
    assert first["id"] == second["id"]


def test_a_bad_signature_is_bad(northgate: CompanyApi, listener: Listener) -> None:
    northgate.simulator.switch(webhook_bad_signature=True)
    northgate.invoice("58")
    until(listener, 1)
    headers, body = listener.received[0]
    assert headers["intuit-signature"] != sign(body, VERIFIER_TOKEN)


def test_the_old_shape_can_be_sent(northgate: CompanyApi, listener: Listener) -> None:
    northgate.simulator.switch(webhook_shape="legacy")
    invoice = northgate.invoice("58")
    wait_until(lambda: listener.received)
    notification = json.loads(listener.received[0][1])["eventNotifications"][0]
    entity = notification["dataChangeEvent"]["entities"][0]
    assert notification["realmId"] == northgate.realm
    assert (entity["name"], entity["id"], entity["operation"]) == (
        "Invoice",
        invoice["Id"],
        "Create",
    )


@pytest.mark.skipif(not CONTRACTS.is_dir(), reason="the recorded webhooks are not here")
def test_an_event_has_the_keys_of_the_vendors_sample(
    northgate: CompanyApi, listener: Listener
) -> None:
    northgate.invoice("58")
    ours = until(listener, 1)[0]
    theirs = json.loads((CONTRACTS / "cloudevents_dotnet_sdk.body.txt").read_text())[0]
    assert set(theirs) <= set(ours)
    assert {key: type(ours[key]) for key in theirs} == {key: type(theirs[key]) for key in theirs}
    assert len(ours["time"]) == len(theirs["time"])
