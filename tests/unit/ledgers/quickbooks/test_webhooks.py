"""Notices: who signed them, and what they say."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from app.ledgers.interface import App, Notice
from app.ledgers.quickbooks.webhooks import QuickBooksWebhooks
from tests.outside import published

webhooks = QuickBooksWebhooks()
APP = App("client", "secret", ("verifier-new", "verifier-old"))
BODY = b'[{"specversion":"1.0"}]'


def signed(body: bytes, token: str) -> str:
    return base64.b64encode(hmac.new(token.encode(), body, hashlib.sha256).digest()).decode()


class TestSignature:
    @pytest.mark.parametrize("token", APP.webhook_tokens)
    def test_any_token_of_ours_counts_while_it_is_being_changed(self, token: str) -> None:
        assert webhooks.verify(APP, BODY, {"Intuit-Signature": signed(BODY, token)})

    def test_a_byte_more_and_it_is_not_theirs(self) -> None:
        headers = {"intuit-signature": signed(BODY, "verifier-new")}
        assert not webhooks.verify(APP, BODY + b" ", headers)

    @pytest.mark.parametrize(
        "given", ["", "1234", "not base64!", "ä", "=", signed(BODY, "a stranger's")]
    )
    def test_junk_is_refused_and_breaks_nothing(self, given: str) -> None:
        assert not webhooks.verify(APP, BODY, {"intuit-signature": given})

    def test_no_header_is_refused(self) -> None:
        assert not webhooks.verify(APP, BODY, {})

    def test_without_a_token_nothing_is_genuine(self) -> None:
        nobody = App("client", "secret", ())
        assert not webhooks.verify(nobody, BODY, {"intuit-signature": signed(BODY, "")})

    def test_the_answers_intuit_published(self) -> None:
        folder = published("recorded/qbo-webhooks")
        known = json.loads((folder / "known_answers.json").read_text())
        for vector in known["vectors"]:
            app = App("client", "secret", (vector["verifier_token"],))
            body = (folder / vector["body_file"]).read_bytes()
            headers = {"intuit-signature": vector["intuit_signature"]}
            assert webhooks.verify(app, body, headers)
            assert not webhooks.verify(app, body, {"intuit-signature": "1234"})
            assert webhooks.parse(body)


def event(**changes: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": "5c2f0d52",
        "type": "qbo.invoice.updated.v1",
        "time": "2026-11-20T10:15:04.123456789Z",
        "intuitentityid": "301",
        "intuitaccountid": "9130357766900456",
        "data": {},
    } | changes


def parsed(*events: dict[str, Any]) -> list[Notice]:
    return list(webhooks.parse(json.dumps(events).encode()))


class TestCloudEvents:
    def test_an_event(self) -> None:
        assert parsed(event()) == [
            Notice(
                event_id="5c2f0d52",
                company_id="9130357766900456",
                entity="invoice",
                ledger_id="301",
                verb="updated",
                at=datetime(2026, 11, 20, 10, 15, 4, 123456, UTC),
            )
        ]

    @pytest.mark.parametrize(
        ("kind", "entity", "verb"),
        [
            ("qbo.invoice.void.v1", "invoice", "voided"),
            ("qbo.invoice.voided.v1", "invoice", "voided"),
            ("qbo.payment.Updated.v1", "payment", "updated"),
            ("QBO.CreditMemo.created.v1", "creditmemo", "created"),
            ("qbo.customer.merged.v1", "customer", "merged"),
            ("qbo.class.deleted.v1", "class", "deleted"),
            ("qbo.invoice.emailed.v2", "invoice", "emailed"),
        ],
    )
    def test_what_happened_however_it_is_written(self, kind: str, entity: str, verb: str) -> None:
        [notice] = parsed(event(type=kind))
        assert (notice.entity, notice.verb) == (entity, verb)

    def test_one_post_may_speak_of_several_companies(self) -> None:
        notices = parsed(event(), event(id="2", intuitaccountid="4620816365012345670"))
        assert [notice.company_id for notice in notices] == [
            "9130357766900456",
            "4620816365012345670",
        ]

    def test_an_unknown_type_is_kept_for_the_log(self) -> None:
        [notice] = parsed(event(type="com.intuit.something.new"))
        assert (notice.entity, notice.verb) == ("com.intuit.something.new", "")

    def test_an_event_without_an_id_gets_the_same_one_every_time(self) -> None:
        first, again = parsed(event(id=None), event(id=None))
        [other] = parsed(event(id=None, intuitentityid="302"))
        assert first.event_id == again.event_id != other.event_id

    def test_an_event_alone_is_an_event(self) -> None:
        assert len(webhooks.parse(json.dumps(event()).encode())) == 1

    def test_what_is_no_event_is_passed_over(self) -> None:
        assert len(webhooks.parse(json.dumps([1, None, event()]).encode())) == 1


class TestRetiredShape:
    BODY = (
        b'{"eventNotifications":[{"realmId":"9130357766900456","dataChangeEvent":{"entities":['
        b'{"name":"Invoice","id":"301","operation":"Void","lastUpdated":"2026-03-01T10:00:00.000Z"},'
        b'{"name":"Customer","id":"58","operation":"Merge","deletedId":"61",'
        b'"lastUpdated":"2026-03-01T10:00:01.000Z"}]}}]}'
    )

    def test_it_is_read_too(self) -> None:
        void, merge = webhooks.parse(self.BODY)
        assert (void.entity, void.verb, void.ledger_id) == ("invoice", "voided", "301")
        assert (merge.entity, merge.verb) == ("customer", "merged")
        assert void.at == datetime(2026, 3, 1, 10, tzinfo=UTC)

    def test_a_repeat_is_seen_as_one(self) -> None:
        first, again = webhooks.parse(self.BODY), webhooks.parse(self.BODY)
        assert [notice.event_id for notice in first] == [notice.event_id for notice in again]
        assert len({notice.event_id for notice in first}) == 2

    @pytest.mark.parametrize(
        "body",
        [
            b'{"eventNotifications":[]}',
            b'{"eventNotifications":[null,{"realmId":"1"},{"dataChangeEvent":{}}]}',
            b'{"eventNotifications":[{"realmId":"1","dataChangeEvent":{"entities":[null,7]}}]}',
        ],
    )
    def test_holes_in_it_break_nothing(self, body: bytes) -> None:
        assert list(webhooks.parse(body)) == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b"7", b'"text"', b"{}", b"\xff\xfe", b"[" * 100_000, b"null"]
)
def test_a_strange_body_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match="notice"):
        webhooks.parse(body)


class TestMerges:
    def test_a_merge_says_who_is_gone(self) -> None:
        event = {
            "id": "evt",
            "type": "qbo.customer.merged.v1",
            "intuitentityid": "58",
            "intuitaccountid": "913",
            "data": {"deletedid": "61"},
        }
        [notice] = webhooks.parse(json.dumps([event]).encode())
        assert (notice.ledger_id, notice.absorbed_id) == ("58", "61")

    def test_so_does_the_retired_shape(self) -> None:
        entity = {"name": "Customer", "id": "58", "operation": "Merge", "deletedId": "61"}
        change = {"realmId": "913", "dataChangeEvent": {"entities": [entity]}}
        [notice] = webhooks.parse(json.dumps({"eventNotifications": [change]}).encode())
        assert (notice.ledger_id, notice.absorbed_id) == ("58", "61")

    @pytest.mark.parametrize("data", [None, {}, [], "61", {"deletedid": ""}])
    def test_one_without_an_id_is_an_ordinary_notice(self, data: Any) -> None:
        event = {"id": "evt", "type": "qbo.customer.merged.v1", "data": data}
        [notice] = webhooks.parse(json.dumps([event]).encode())
        assert notice.absorbed_id is None

    def test_merged_items_are_nobodys_customer(self) -> None:
        event = {"id": "evt", "type": "qbo.item.merged.v1", "data": {"deletedid": "61"}}
        [notice] = webhooks.parse(json.dumps([event]).encode())
        assert notice.absorbed_id is None
