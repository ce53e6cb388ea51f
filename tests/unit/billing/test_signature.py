"""Signatures of billing's hooks, as Standard Webhooks says."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from app.billing.signature import BadSignature, key_of, verify
from tests.billing import SECRET, signed

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
OTHER = "whsec_" + base64.b64encode(b"of some other workspace").decode()
BODY = b'{"type": "invoice.finalised"}'


def headers(**changes: str) -> dict[str, str]:
    given: dict[str, str] = signed(BODY, event_id="msg_1", at=NOW.timestamp())["headers"]
    return given | {name.replace("_", "-"): value for name, value in changes.items()}


def test_a_signed_body_gives_its_event_id() -> None:
    assert verify(BODY, headers(), [SECRET], NOW) == "msg_1"


def test_the_standards_own_library_signs_the_same() -> None:
    signature = Webhook(SECRET).sign("msg_1", NOW, BODY.decode())

    assert verify(BODY, headers(webhook_signature=signature), [SECRET], NOW) == "msg_1"


def test_any_secret_and_any_signature_may_fit() -> None:
    both = "v1,AAAA v1a,whatever " + headers()["webhook-signature"]

    assert verify(BODY, headers(webhook_signature=both), [OTHER, SECRET], NOW) == "msg_1"


@pytest.mark.parametrize("secrets", [[], [OTHER]])
def test_another_secret_does_not_fit(secrets: list[str]) -> None:
    with pytest.raises(BadSignature, match="No signature is by a secret"):
        verify(BODY, headers(), secrets, NOW)


@pytest.mark.parametrize("changed", ["webhook_id", "webhook_timestamp"])
def test_id_and_time_are_signed_too(changed: str) -> None:
    other = {"webhook_id": "msg_2", "webhook_timestamp": str(int(NOW.timestamp()) + 1)}

    with pytest.raises(BadSignature, match="No signature is by a secret"):
        verify(BODY, headers(**{changed: other[changed]}), [SECRET], NOW)


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_five_minutes_are_tolerated(seconds: int) -> None:
    assert verify(BODY, headers(), [SECRET], NOW + timedelta(seconds=seconds)) == "msg_1"


@pytest.mark.parametrize(("seconds", "words"), [(301, "301 seconds old"), (-301, "in the future")])
def test_more_is_not(seconds: int, words: str) -> None:
    with pytest.raises(BadSignature, match=words):
        verify(BODY, headers(), [SECRET], NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_every_header_is_needed(missing: str) -> None:
    given = headers()
    del given[missing]

    with pytest.raises(BadSignature, match="are needed"):
        verify(BODY, given, [SECRET], NOW)


@pytest.mark.parametrize(
    "signature",
    ["v1", "v1,", "v1,!!!", "v2,AAAA", "v1,é", "v1a,AAAA v1,AAAA", " " * 5000, "v1,AA " * 999],
    ids=lambda text: repr(text[:12]),
)
def test_what_is_no_signature_is_refused(signature: str) -> None:
    with pytest.raises(BadSignature):
        verify(BODY, headers(webhook_signature=signature), [SECRET], NOW)


@pytest.mark.parametrize(
    "stamp", ["now", "-1", "1e9", "9" * 400, "１７６００００００", "1.5", " 1"]
)
def test_what_is_no_time_is_refused(stamp: str) -> None:
    with pytest.raises(BadSignature, match="whole seconds"):
        verify(BODY, headers(webhook_timestamp=stamp), [SECRET], NOW)


def test_a_secret_without_padding_is_the_same_secret() -> None:
    assert key_of(SECRET.rstrip("=")) == key_of(SECRET)
