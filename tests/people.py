"""People at the pages, without a browser: sign in, send a page's own form."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.builders import PASSWORD

PRIYA = "priya@northgate.example"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def token_of(client: FlaskClient, path: str = "/login") -> str:
    """Return the CSRF token of a page."""
    found = _TOKEN.search(client.get(path).text)
    assert found, f"{path} has no form"
    return found[1]


def sign_in(
    client: FlaskClient, email: str = PRIYA, password: str = PASSWORD, **more: str
) -> TestResponse:
    """Sign in through the page for it."""
    fields = {"csrf_token": token_of(client), "email": email, "password": password}
    return client.post("/login", data=fields | more)


def send(client: FlaskClient, path: str, page: str = "/settings", **fields: Any) -> TestResponse:
    """Send a form to path with the token of a page, and go where it leads."""
    body = {"csrf_token": token_of(client, page)} | fields
    return client.post(path, data=body, follow_redirects=True)
