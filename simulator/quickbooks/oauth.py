"""Serve Intuit's sign-in: discovery, consent, token, revoke, userinfo (facts: quickbooks 1)."""

from __future__ import annotations

import base64
import json
import secrets
import time
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from simulator.answers import Answer, ConnectionDropped
from simulator.quickbooks import injected
from simulator.quickbooks.calls import trace_id
from simulator.quickbooks.tokens import InvalidGrant, Issued
from simulator.simulation import Simulation

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def blueprint(simulation: Simulation) -> Blueprint:
    """Return the routes of the sign-in server."""
    pages = Blueprint("oauth", __name__)
    rules = (
        ("/.well-known/openid_configuration", _discovery, ["GET"]),
        ("/.well-known/openid_sandbox_configuration", _discovery, ["GET"]),
        ("/connect/oauth2", _authorize, ["GET", "POST"]),
        ("/oauth2/v1/tokens/bearer", _token, ["POST"]),
        ("/v2/oauth2/tokens/revoke", _revoke, ["POST"]),
        ("/v1/openid_connect/userinfo", _userinfo, ["GET"]),
        ("/op/v1/jwks", _keys, ["GET"]),
    )
    for path, view, methods in rules:
        pages.add_url_rule(
            path,
            path.replace(".", "_"),
            lambda view=view: view(simulation),
            methods=methods,
            strict_slashes=False,
        )
    return pages


def _json(status: int, body: dict[str, Any] | None) -> Response:
    text = "" if body is None else json.dumps(body, separators=(",", ":"))
    answer = Response(text, status, content_type="application/json;charset=utf-8")
    answer.headers["intuit_tid"] = trace_id()
    answer.headers["Cache-Control"] = "no-cache, no-store"
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Basic realm="Intuit"'
    return answer


def _discovery(simulation: Simulation) -> Response:
    base = request.host_url.rstrip("/")
    return _json(
        200,
        {
            "issuer": "https://oauth.platform.intuit.com/op/v1",
            "authorization_endpoint": f"{base}/connect/oauth2",
            "token_endpoint": f"{base}/oauth2/v1/tokens/bearer",
            "userinfo_endpoint": f"{base}/v1/openid_connect/userinfo",
            "revocation_endpoint": f"{base}/v2/oauth2/tokens/revoke",
            "jwks_uri": f"{base}/op/v1/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "email", "profile", "address", "phone"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        },
    )


# Consent


def _authorize(simulation: Simulation) -> Response | BaseResponse | tuple[str, int]:
    asked = request.values
    problem = _problem(simulation)
    if problem:
        # The vendor shows its own page and does not redirect back.
        return render_template("oauth_error.html", problem=problem), 400
    if request.method == "GET":
        companies = simulation.store.rows("SELECT realm, settings FROM company ORDER BY rowid")
        listed = [(row["realm"], json.loads(row["settings"])) for row in companies]
        return Response(render_template("consent.html", companies=listed, asked=asked))
    state = {"state": asked["state"]} if asked.get("state") else {}
    realm = asked.get("realm") or asked.get("realmId")
    if asked.get("decision") == "deny" or not realm:
        return _back(asked["redirect_uri"], {"error": "access_denied", **state})
    if simulation.store.row("SELECT 1 FROM company WHERE realm=?", realm) is None:
        return render_template("oauth_error.html", problem="There is no such company."), 400
    code = simulation.tokens.issue_code(
        realm, asked["client_id"], asked["redirect_uri"], asked["scope"], simulation.clock.now()
    )
    return _back(asked["redirect_uri"], {"code": code, **state, "realmId": realm})


def _back(uri: str, parameters: dict[str, str]) -> BaseResponse:
    return redirect(f"{uri}?{urlencode(parameters)}", code=302)


def _problem(simulation: Simulation) -> str | None:
    asked = request.values
    if asked.get("client_id") not in simulation.clients():
        return "The client_id parameter is missing or unknown."
    if not _registered(simulation, asked.get("redirect_uri", "")):
        return "The redirect_uri query parameter value is invalid."
    if asked.get("response_type") != "code":
        return "The response_type parameter must be code."
    if not asked.get("scope"):
        return "The scope parameter is missing."
    return None if asked.get("state") else "The state parameter is missing."


def _registered(simulation: Simulation, uri: str) -> bool:
    """Compare exactly with those registered; with none registered any loopback address will do."""
    registered = [
        *simulation.settings.redirect_uris,
        *simulation.store.setting("redirect_uris", []),
    ]
    if registered:
        return uri in registered
    parts = urlsplit(uri)
    return (
        parts.scheme in ("http", "https")
        and parts.hostname in _LOOPBACK
        and not (parts.query or parts.fragment)
    )


# Tokens


def _client(simulation: Simulation) -> str | None:
    given = request.authorization
    identifier, secret = request.form.get("client_id"), request.form.get("client_secret")
    if given is not None and given.type == "basic":
        identifier, secret = given.username, given.password
    known = simulation.clients().get(identifier or "")
    matches = known is not None and secret is not None and secrets.compare_digest(known, secret)
    return identifier if matches else None


def _token(simulation: Simulation) -> Response:
    kind = request.form.get("grant_type", "")
    operation = "refresh" if kind == "refresh_token" else "exchange"
    rule = simulation.injections.match("", "token", operation, "")
    if rule and rule.kind != "slow" and rule.when == "before":
        return _spoiled(injected.instead(rule, simulation.clock.now()))
    if rule and rule.kind == "slow":
        time.sleep(rule.seconds)
    answer = _grant(simulation, kind)
    if rule and rule.kind != "slow":
        return _spoiled(injected.instead(rule, simulation.clock.now()))
    return answer


def _spoiled(answer: Answer) -> Response:
    time.sleep(answer.wait)
    if answer.drop:
        raise ConnectionDropped
    return Response(
        answer.body, answer.status, content_type=answer.content_type, headers=answer.headers
    )


def _grant(simulation: Simulation, kind: str) -> Response:
    client = _client(simulation)
    if client is None:
        return _json(401, {"error": "invalid_client"})
    if kind not in ("authorization_code", "refresh_token"):
        return _json(400, {"error": "unsupported_grant_type"})
    needed = ("code", "redirect_uri") if kind == "authorization_code" else ("refresh_token",)
    if not all(request.form.get(name) for name in needed):
        return _json(400, {"error": "invalid_request"})
    try:
        issued = (
            _exchange(simulation, client)
            if kind == "authorization_code"
            else _refresh(simulation, client)
        )
    except InvalidGrant as refusal:
        return _json(400, {"error": "invalid_grant", "error_description": str(refusal)})
    hard = request.headers.get("x-include-refresh-token-hard-expires-in", "").lower() == "true"
    return _json(200, issued.document(hard))


def _exchange(simulation: Simulation, client: str) -> Issued:
    form = request.form
    return simulation.tokens.exchange(
        form["code"], client, form["redirect_uri"], simulation.clock.now()
    )


def _refresh(simulation: Simulation, client: str) -> Issued:
    value = request.form["refresh_token"]
    with simulation.tokens.refreshing(value):
        time.sleep(simulation.switches["latency_ms"] / 1000)
        return simulation.tokens.refresh(value, client, simulation.clock.now())


def _revoke(simulation: Simulation) -> Response:
    rule = simulation.injections.match("", "token", "revoke", "")
    if rule and rule.kind == "slow":
        time.sleep(rule.seconds)
    elif rule and rule.when == "before":
        return _spoiled(injected.instead(rule, simulation.clock.now()))
    if _client(simulation) is None:
        return _json(401, {"error": "invalid_client"})
    sent = request.get_json(silent=True) or request.form
    if not simulation.tokens.revoke(str(sent.get("token", ""))):
        return _json(400, {"error": "invalid_request"})
    return _json(200, None)


def _userinfo(simulation: Simulation) -> Response:
    realm = simulation.tokens.owner(
        request.headers.get("Authorization", "").removeprefix("Bearer ")
    )
    if realm is None:
        return _json(401, {"error": "invalid_token"})
    subject = base64.b32encode(realm.encode()).decode().strip("=").lower()
    return _json(
        200,
        {
            "sub": subject,
            "email": "bookkeeper@example.com",
            "emailVerified": True,
            "givenName": "Jo",
            "familyName": "Bloggs",
        },
    )


def _keys(simulation: Simulation) -> Response:
    return _json(200, {"keys": []})
