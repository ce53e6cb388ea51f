"""How a permission is asked for, renewed, lost and given back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from app.config import Settings
from app.ledgers import LEDGERS
from app.ledgers.errors import (
    Disconnected,
    LedgerError,
    Misconfigured,
    NotAuthorised,
    Throttled,
    Unavailable,
    Unsure,
)
from app.ledgers.interface import App, LedgerKind
from app.ledgers.quickbooks import oauth
from tests.contract.books import Books, now

NORTHGATE = "9130357766900456"
CALLBACK = "http://127.0.0.1:8000/connections/quickbooks/callback"


@pytest.fixture
def kind() -> LedgerKind:
    return LEDGERS["quickbooks"]


@pytest.fixture
def app(simulator: Any, kind: LedgerKind) -> App:
    return kind.app_of(Settings.from_environment({**simulator.environment}))


def consent(address: str, decision: str = "connect") -> dict[str, list[str]]:
    """Be the person who is asked; returns what the callback is told."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    page = address.split("?", maxsplit=1)[0]
    form = {**asked, "realm": NORTHGATE, "decision": decision}
    answer = requests.post(page, data=form, allow_redirects=False, timeout=10)
    return parse_qs(urlsplit(answer.headers["Location"]).query)


def test_a_person_consents_and_the_company_opens(kind: LedgerKind, app: App) -> None:
    asked_at = now()
    told = consent(kind.oauth.authorise_url(app, "sandbox", CALLBACK, "state-1"))
    assert (told["state"], told["realmId"]) == (["state-1"], [NORTHGATE])
    tokens = kind.oauth.exchange(app, "sandbox", CALLBACK, told["code"][0], asked_at)
    assert tokens.access_expires_at == asked_at + timedelta(hours=1)
    assert tokens.refresh_expires_at is not None
    assert tokens.refresh_expires_at - asked_at >= timedelta(days=100)
    ledger = kind.open(app, "sandbox", NORTHGATE, tokens.access_token, lambda call: None)
    assert ledger.company().name == "Northgate IT Services Ltd"


def test_the_address_asks_for_accounting_and_names_us(kind: LedgerKind, app: App) -> None:
    address = kind.oauth.authorise_url(app, "sandbox", CALLBACK, "state-1")
    asked = parse_qs(urlsplit(address).query)
    assert asked == {
        "client_id": ["demo-client"],
        "response_type": ["code"],
        "scope": ["com.intuit.quickbooks.accounting"],
        "redirect_uri": [CALLBACK],
        "state": ["state-1"],
    }


def test_a_code_works_once(kind: LedgerKind, app: App) -> None:
    told = consent(kind.oauth.authorise_url(app, "sandbox", CALLBACK, "state-1"))
    kind.oauth.exchange(app, "sandbox", CALLBACK, told["code"][0], now())
    with pytest.raises(Disconnected):
        kind.oauth.exchange(app, "sandbox", CALLBACK, told["code"][0], now())


def test_the_end_for_good_is_known(kind: LedgerKind, app: App, simulator: Any) -> None:
    tokens = kind.oauth.refresh(app, "sandbox", simulator.issue_refresh_token(NORTHGATE), now())
    assert tokens.hard_expires_at is not None
    assert tokens.hard_expires_at - now() > timedelta(days=5 * 360)


def test_a_token_taken_back_there_is_disconnected(
    kind: LedgerKind, app: App, simulator: Any
) -> None:
    token = simulator.issue_refresh_token(NORTHGATE)
    simulator.revoke_tokens(NORTHGATE)
    with pytest.raises(Disconnected) as caught:
        kind.oauth.refresh(app, "sandbox", token, now())
    assert caught.value.code == "invalid_grant"
    assert token not in repr(caught.value)


def test_a_wrong_secret_of_ours_is_not_the_customers_fault(
    kind: LedgerKind, app: App, simulator: Any
) -> None:
    token = simulator.issue_refresh_token(NORTHGATE)
    wrong = App(app.client_id, "wrong", discovery_url=app.discovery_url, api_url=app.api_url)
    with pytest.raises(Misconfigured):
        kind.oauth.refresh(wrong, "sandbox", token, now())
    kind.oauth.refresh(app, "sandbox", token, now())


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "server_error"}, Unavailable),
        ({"kind": "html"}, Unavailable),
        ({"kind": "answer", "status": 400, "body": "<html>Bad Request</html>"}, Unavailable),
        ({"kind": "answer", "status": 403, "body": "<html>firewall</html>"}, Unavailable),
        ({"kind": "answer", "status": 429, "body": "{}"}, Throttled),
        ({"kind": "answer", "status": 400, "body": '{"error":"invalid_request"}'}, Misconfigured),
        (
            {"kind": "answer", "status": 400, "body": '{"error":"unsupported_grant_type"}'},
            Misconfigured,
        ),
        ({"kind": "answer", "status": 400, "body": '{"error":"invalid_grant"}'}, Disconnected),
        ({"kind": "reset"}, Unsure),
        ({"kind": "reset", "when": "after"}, Unsure),
        ({"kind": "answer", "status": 200, "body": "<html></html>"}, Unsure),
        ({"kind": "answer", "status": 200, "body": "{}"}, Unsure),
    ],
)
def test_only_invalid_grant_ends_a_permission(
    kind: LedgerKind, app: App, simulator: Any, fault: dict[str, Any], expected: type[LedgerError]
) -> None:
    token = simulator.issue_refresh_token(NORTHGATE)
    simulator.inject(fault.pop("kind"), entity="token", operation="refresh", **fault)
    with pytest.raises(LedgerError) as caught:
        kind.oauth.refresh(app, "sandbox", token, now())
    assert type(caught.value) is expected


def test_nobody_at_intuit_is_unavailable(kind: LedgerKind, app: App, nowhere: str) -> None:
    away = App(app.client_id, app.client_secret, discovery_url=f"{nowhere}/discovery")
    with pytest.raises(Unavailable):
        kind.oauth.refresh(away, "sandbox", "token", now())


def test_a_missing_discovery_document_is_our_setting(
    kind: LedgerKind, app: App, simulator: Any
) -> None:
    lost = App(app.client_id, app.client_secret, discovery_url=f"{simulator.url}/nothing-here")
    with pytest.raises(Misconfigured):
        kind.oauth.refresh(lost, "sandbox", "token", now())


def test_the_discovery_document_is_read_once_a_day(
    kind: LedgerKind, app: App, simulator: Any
) -> None:
    oauth._kept.clear()
    kind.oauth.authorise_url(app, "sandbox", CALLBACK, "state-1")
    kept = oauth._kept[app.discovery_url]
    kind.oauth.authorise_url(app, "sandbox", CALLBACK, "state-2")
    assert oauth._kept[app.discovery_url] is kept


def test_a_permission_given_back_is_over_and_may_be_given_back_twice(books: Books) -> None:
    token = books.bookkeeper.issue_refresh_token(books.company_id)
    books.kind.oauth.revoke(books.app, "sandbox", token)
    books.kind.oauth.revoke(books.app, "sandbox", token)
    with pytest.raises(Disconnected):
        books.kind.oauth.refresh(books.app, "sandbox", token, now())


def test_another_companys_token_opens_nothing(kind: LedgerKind, app: App, simulator: Any) -> None:
    tokens = kind.oauth.refresh(app, "sandbox", simulator.issue_refresh_token(NORTHGATE), now())
    other = kind.open(app, "sandbox", "4620816365012345670", tokens.access_token, lambda call: None)
    with pytest.raises(NotAuthorised):
        other.company()
