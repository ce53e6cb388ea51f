"""Every route there is, asked for what nobody means: an answer with a sentence, never a fault.

Routes are taken from the application, and the names of their fields from what they ask for, so a
new one is tried without being written down here.
"""

from __future__ import annotations

from typing import ClassVar

import pytest
from flask import Request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import AnyConverter, IntegerConverter

from app.extensions import limiter
from app.usecases.accounts import create_api_key, create_user
from tests.builders import PASSWORD
from tests.connected import connect
from tests.people import PRIYA, sign_in

NO_BIGINT = "9" * 30
HOSTILE = ("a\x00b", NO_BIGINT, "9999-12-31T23:59:59-23:59")
BODIES = (b"[" * 100_000, b"\xff\xfe", b'[{"a": 1e999}]')
# They end the session or what every other route needs: last.
LAST = ("leave", "sign_out", "disconnect", "change_person", "reset_password", "revoke")
READS, SENDS = {"GET"}, {"POST", "PUT", "PATCH", "DELETE"}
MACHINES = ("/api/v1/", "/hooks/", "/api/webhooks/")
NEVER = {500, 502, 504}


class Noting(ImmutableMultiDict):
    """Fields of a request that remember which of them were asked for."""

    asked: ClassVar[set[str]] = set()

    def get(self, key, *args, **more):
        self.asked.add(key)
        return super().get(key, *args, **more)

    def getlist(self, key, *args, **more):
        self.asked.add(key)
        return super().getlist(key, *args, **more)

    def __getitem__(self, key):
        self.asked.add(key)
        return super().__getitem__(key)


class NotingRequest(Request):
    parameter_storage_class = Noting


@pytest.fixture
def key(app, simulator, client, monkeypatch):
    """The head of whoever may do everything in a workspace with something in it."""
    with app.app_context():
        made = connect(simulator)
        made.map_all()
        made.bill("INV-1")
        made.drain()
        made.bill("INV-2")
        create_user(made.workspace_id, PRIYA, "owner", PASSWORD)
        found = create_api_key(made.workspace_id, "billing")
    sign_in(client)
    monkeypatch.setattr(app, "request_class", NotingRequest)
    monkeypatch.setattr(limiter, "enabled", False)
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    return {"Authorization": f"Bearer {found}"}


def routes(app):
    """Return every route with each method it takes; what ends something comes last."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    pairs = [(rule, how) for rule in rules for how in sorted(rule.methods & (READS | SENDS))]
    return sorted(pairs, key=lambda pair: any(word in pair[0].endpoint for word in LAST))


def address(rule, number, word):
    """Return the path of a route, with a number and a word where it takes one."""
    values = {}
    for name in rule.arguments:
        kind = rule._converters[name]
        if isinstance(kind, AnyConverter):
            values[name] = min(kind.items)
        else:
            values[name] = str(number) if isinstance(kind, IntegerConverter) else word
    return rule.build(values)[1]


def send_what_is_hostile(rule, how, send):
    """Send one route everything; send(path, what) returns the status of the answer."""
    path = address(rule, 1, "x")
    where = "query_string" if how in READS else "data"
    Noting.asked = set()
    for value in ("", *HOSTILE):
        status = send(path, {where: dict.fromkeys(Noting.asked, value)})
        if status == 404 or not Noting.asked:
            break  # there is no such row, or it takes no fields
    if rule.arguments:
        send(address(rule, NO_BIGINT, "a\x00b"), {})
    if how in SENDS and path.startswith(MACHINES):
        for body in BODIES:
            send(path, {"data": body, "content_type": "application/json"})


def test_no_route_has_a_fault_whatever_it_is_sent(app, client, key):
    faults, shut_out, tried = [], set(), 0

    def send(path, sent):
        nonlocal tried
        tried += 1
        answer = client.open(path, method=how, headers=key, **sent)
        if answer.status_code in NEVER or "Traceback" in answer.text:
            faults.append((answer.status_code, how, path[:80], str(sent)[:80]))
        if answer.status_code == 401 and path.startswith(MACHINES[0]):
            shut_out.add(path[:80])
        if "/login" in answer.headers.get("Location", ""):
            sign_in(client)
        return answer.status_code

    for rule, how in routes(app):
        send_what_is_hostile(rule, how, send)
    assert not faults
    assert not shut_out, "what opens them was taken away too early"
    assert tried > 400
