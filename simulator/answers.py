"""The answer to one request, including the ways in which an answer can go missing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.client import responses
from typing import Any

StartResponse = Callable[..., Any]


class ConnectionDropped(BaseException):
    """Tell the server to reset the connection instead of answering.

    Not an Exception, so that no web framework on the way turns it into a polite error page.
    """


@dataclass
class Answer:
    """A finished HTTP answer; ``drop`` resets the connection, after ``wait`` seconds."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0
    drop: bool = False
    length: int | None = None  # a longer Content-Length than the body: a truncated answer

    def send(self, start_response: StartResponse) -> Iterable[bytes]:
        """Answer by WSGI. Raise ConnectionDropped when the answer is to be lost."""
        if self.wait:
            time.sleep(self.wait)
        if self.drop:
            raise ConnectionDropped
        length = len(self.body) if self.length is None else self.length
        headers = [
            ("Content-Type", self.content_type),
            ("Content-Length", str(length)),
            *self.headers.items(),
        ]
        start_response(f"{self.status} {responses.get(self.status, 'Unknown')}", headers)
        return [self.body]
