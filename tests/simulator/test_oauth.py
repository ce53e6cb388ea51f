"""Intuit's sign-in: consent, tokens, rotation, refusals."""

from __future__ import annotations

import re
import threading
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from simulator.client import FOGHORN, NORTHGATE, SimulatorProcess

CALLBACK = "http://127.0.0.1:8000/quickbooks/callback"
ASKED = {
    "client_id": "demo-client",
    "redirect_uri": CALLBACK,
    "response_type": "code",
    "scope": "com.intuit.quickbooks.accounting",
    "state": "s-1",
}
BASIC = ("demo-client", "demo-secret")


def discovery(simulator: SimulatorProcess) -> dict[str, str]:
    return dict(requests.get(simulator.discovery_url, timeout=5).json())


def decide(simulator: SimulatorProcess, **answers: str) -> dict[str, str]:
    """Answer the consent page and return the callback's query."""
    url = discovery(simulator)["authorization_endpoint"]
    answer = requests.post(url, data=ASKED | answers, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    assert answer.headers["Location"].startswith(CALLBACK + "?")
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    return {name: values[0] for name, values in query.items()}


def token(simulator: SimulatorProcess, auth: Any = BASIC, **form: str) -> requests.Response:
    url = discovery(simulator)["token_endpoint"]
    return requests.post(url, data=form, auth=auth, timeout=5)


def refresh(simulator: SimulatorProcess, value: str) -> requests.Response:
    return token(simulator, grant_type="refresh_token", refresh_token=value)


def exchange(simulator: SimulatorProcess, code: str, uri: str = CALLBACK) -> requests.Response:
    return token(simulator, grant_type="authorization_code", code=code, redirect_uri=uri)


def api_status(simulator: SimulatorProcess, access: str, realm: str = NORTHGATE) -> int:
    url = f"{simulator.url}/v3/company/{realm}/companyinfo/{realm}"
    return requests.get(url, headers={"Authorization": f"Bearer {access}"}, timeout=5).status_code


def test_the_discovery_document_names_this_servers_addresses(simulator: SimulatorProcess) -> None:
    document = discovery(simulator)
    for name in ("authorization", "token", "revocation", "userinfo"):
        assert document[f"{name}_endpoint"].startswith(simulator.url)
    assert document["issuer"] == "https://oauth.platform.intuit.com/op/v1"


def test_the_consent_page_lists_the_companies(simulator: SimulatorProcess) -> None:
    page = requests.get(discovery(simulator)["authorization_endpoint"], params=ASKED, timeout=5)
    assert "Northgate IT Services Ltd" in page.text
    assert re.findall(r'type="radio" name="realm" value="(\d+)"', page.text)[0] == NORTHGATE


def test_consent_gives_a_code_the_state_and_the_company(simulator: SimulatorProcess) -> None:
    query = decide(simulator, realm=FOGHORN, decision="connect")
    assert query["state"] == "s-1"
    assert query["realmId"] == FOGHORN
    answer = exchange(simulator, query["code"])
    assert answer.json()["expires_in"] == 3600
    assert "realmId" not in answer.json()
    assert answer.headers["intuit_tid"]
    assert api_status(simulator, answer.json()["access_token"], FOGHORN) == 200


def test_denial_comes_back_without_code_and_company(simulator: SimulatorProcess) -> None:
    query = decide(simulator, realm=NORTHGATE, decision="deny")
    assert query == {"error": "access_denied", "state": "s-1"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "stranger"},
        {"redirect_uri": "https://elsewhere.example/callback"},
        {"redirect_uri": CALLBACK + "?next=1"},
        {"response_type": "token"},
        {"scope": ""},
        {"state": ""},
    ],
)
def test_a_wrong_request_ends_on_the_vendors_own_page(
    simulator: SimulatorProcess, wrong: dict[str, str]
) -> None:
    url = discovery(simulator)["authorization_endpoint"]
    answer = requests.get(url, params=ASKED | wrong, allow_redirects=False, timeout=5)
    assert answer.status_code == 400
    assert "didn’t connect" in answer.text


def test_registered_redirect_addresses_are_compared_exactly(simulator: SimulatorProcess) -> None:
    simulator.register_redirect_uris(CALLBACK)
    url = discovery(simulator)["authorization_endpoint"]
    asked = ASKED | {"redirect_uri": CALLBACK + "/"}
    assert requests.get(url, params=asked, timeout=5).status_code == 400
    assert requests.get(url, params=ASKED, timeout=5).status_code == 200


def test_a_code_works_once_and_only_for_its_redirect_address(simulator: SimulatorProcess) -> None:
    code = decide(simulator, realm=NORTHGATE)["code"]
    assert exchange(simulator, code, CALLBACK + "x").json()["error"] == "invalid_grant"
    assert exchange(simulator, code).status_code == 200
    assert exchange(simulator, code).status_code == 400


def test_a_code_dies_after_ten_minutes(simulator: SimulatorProcess) -> None:
    code = decide(simulator, realm=NORTHGATE)["code"]
    simulator.advance_clock(seconds=601)
    assert exchange(simulator, code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("auth", "form", "status", "error"),
    [
        (("demo-client", "wrong"), {"grant_type": "refresh_token"}, 401, "invalid_client"),
        (None, {"grant_type": "refresh_token"}, 401, "invalid_client"),
        (BASIC, {"grant_type": "password"}, 400, "unsupported_grant_type"),
        (BASIC, {"grant_type": "refresh_token"}, 400, "invalid_request"),
        (BASIC, {"grant_type": "refresh_token", "refresh_token": "AB11x"}, 400, "invalid_grant"),
        (
            BASIC,
            {"grant_type": "authorization_code", "code": "x", "redirect_uri": CALLBACK},
            400,
            "invalid_grant",
        ),
    ],
)
def test_token_refusals_have_the_vendors_bodies(
    simulator: SimulatorProcess, auth: Any, form: dict[str, str], status: int, error: str
) -> None:
    answer = token(simulator, auth, **form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert "fault" not in answer.text.lower()


def test_the_refresh_value_stays_for_a_day_and_then_changes(simulator: SimulatorProcess) -> None:
    first = simulator.issue_tokens(NORTHGATE)
    same = refresh(simulator, first["refresh_token"]).json()
    assert same["refresh_token"] == first["refresh_token"]
    assert same["access_token"] != first["access_token"]
    simulator.advance_clock(hours=25)
    rotated = refresh(simulator, first["refresh_token"]).json()
    assert rotated["refresh_token"] != first["refresh_token"]
    assert refresh(simulator, first["refresh_token"]).json()["error"] == "invalid_grant"
    assert refresh(simulator, rotated["refresh_token"]).status_code == 200


def test_an_old_refresh_value_lives_on_where_the_switch_says_so(
    simulator: SimulatorProcess,
) -> None:
    simulator.switch(old_refresh_token="grace")
    old = simulator.issue_refresh_token(NORTHGATE)
    simulator.rotate_refresh_token(NORTHGATE)
    new = refresh(simulator, old).json()["refresh_token"]
    assert refresh(simulator, old).json()["refresh_token"] == new
    simulator.advance_clock(hours=25)
    assert refresh(simulator, old).status_code == 400


def test_using_a_superseded_value_may_kill_the_link(simulator: SimulatorProcess) -> None:
    simulator.switch(superseded_refresh_revokes=True)
    old = simulator.issue_refresh_token(NORTHGATE)
    simulator.rotate_refresh_token(NORTHGATE)
    new = refresh(simulator, old).json()["refresh_token"]
    assert refresh(simulator, old).status_code == 400
    assert refresh(simulator, new).status_code == 400


def test_of_two_truly_concurrent_refreshes_one_fails(simulator: SimulatorProcess) -> None:
    value = simulator.issue_refresh_token(NORTHGATE)
    simulator.switch(latency_ms=400)
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(refresh(simulator, value).status_code))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 400]


def test_a_link_idle_for_a_hundred_days_is_dead(simulator: SimulatorProcess) -> None:
    value = simulator.issue_refresh_token(NORTHGATE)
    simulator.advance_clock(days=99)
    value = refresh(simulator, value).json()["refresh_token"]
    simulator.advance_clock(days=100)
    assert refresh(simulator, value).json()["error"] == "invalid_grant"


def test_the_hard_end_after_five_years_is_told_only_when_asked(
    simulator: SimulatorProcess,
) -> None:
    value = simulator.issue_refresh_token(NORTHGATE)
    assert "x_refresh_token_hard_expires_in" not in refresh(simulator, value).json()
    simulator.advance_clock(days=1)
    answer = requests.post(
        discovery(simulator)["token_endpoint"],
        data={"grant_type": "refresh_token", "refresh_token": value},
        headers={"x-include-refresh-token-hard-expires-in": "true"},
        auth=BASIC,
        timeout=5,
    )
    left = answer.json()["x_refresh_token_hard_expires_in"]
    assert 157_680_000 - 86_400 - 5 <= left <= 157_680_000 - 86_400


def test_an_access_token_lives_an_hour(simulator: SimulatorProcess) -> None:
    access = simulator.issue_tokens(NORTHGATE)["access_token"]
    assert api_status(simulator, access) == 200
    simulator.advance_clock(seconds=3601)
    assert api_status(simulator, access) == 401


def test_a_token_of_another_company_is_forbidden(simulator: SimulatorProcess) -> None:
    access = simulator.issue_tokens(FOGHORN)["access_token"]
    assert api_status(simulator, access, NORTHGATE) == 403


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_revoking_either_token_ends_the_grant(simulator: SimulatorProcess, which: str) -> None:
    tokens = simulator.issue_tokens(NORTHGATE)
    url = discovery(simulator)["revocation_endpoint"]
    answer = requests.post(url, json={"token": tokens[which]}, auth=BASIC, timeout=5)
    assert (answer.status_code, answer.content) == (200, b"")
    assert refresh(simulator, tokens["refresh_token"]).status_code == 400
    assert api_status(simulator, tokens["access_token"]) == 401
    assert (
        requests.post(url, json={"token": tokens[which]}, auth=BASIC, timeout=5).status_code == 400
    )


def test_another_apps_refresh_token_is_refused(simulator: SimulatorProcess) -> None:
    simulator.register_client("their-own", "their-secret")
    value = simulator.issue_refresh_token(NORTHGATE, client_id="their-own")
    assert "clientID" in refresh(simulator, value).json()["error_description"]
    answer = token(
        simulator, ("their-own", "their-secret"), grant_type="refresh_token", refresh_token=value
    )
    assert answer.status_code == 200
