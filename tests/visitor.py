"""A person at the pages without a browser: signs in, sends forms with the token they carry."""

from __future__ import annotations

import html
import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.builders import PASSWORD

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Visitor:
    """One person's browser session."""

    def __init__(self, client: FlaskClient, email: str = "priya@northgate.example") -> None:
        self.client = client
        self._token = self._find(client.get("/login"))
        answer = self.post("/login", email=email, password=PASSWORD)
        assert answer.status_code == 303, "signing in was refused"
        self._token = self._find(client.get("/settings"))

    def get(self, path: str, *, part: bool = False) -> TestResponse:
        """Open a page, or ask for its live part as htmx does."""
        return self.client.get(path, headers={"HX-Request": "true"} if part else {})

    def post(self, path: str, *, part: bool = False, **fields: Any) -> TestResponse:
        """Send a form."""
        data = {"csrf_token": self._token, **fields}
        headers = {"HX-Request": "true"} if part else {}
        return self.client.post(path, data=data, headers=headers)

    def _find(self, page: TestResponse) -> str:
        return _TOKEN.findall(page.text)[0]


def text_of(answer: TestResponse) -> str:
    """Return what a person reads on a page: no tags, single spaces."""
    without = re.sub(r"<(script|style|datalist|svg)\b.*?</\1>", " ", answer.text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", without)).split())
