"""Billing's side of events: a receiver over real HTTP that keeps what it is sent."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Heard:
    """One event as it came in."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def said(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing of a line that was cut, or refused for its certificate."""


class Receiver:
    """answers: what it answers in turn, then 204; a callable does it all by itself."""

    def __init__(self, tls: tuple[Path, Path] | None = None) -> None:
        self.heard: list[Heard] = []
        self.answers: list[int | Callable[[BaseHTTPRequestHandler], None]] = []
        self.refuses: dict[str, int] = {}  # by the number of the invoice
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                one = Heard({k.lower(): v for k, v in self.headers.items()}, body)
                outer.heard.append(one)
                refused = outer.refuses.get(one.said["data"].get("number", ""))
                answer = refused or (outer.answers.pop(0) if outer.answers else 204)
                if callable(answer):
                    answer(self)
                else:
                    self.send_response(answer)
                    self.send_header("Content-Length", "0")
                    self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = _Server(("127.0.0.1", 0), Handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/events?token=s3cret"

    @property
    def numbers(self) -> list[str]:
        """The invoices of what it heard, in order."""
        return [each.said["data"].get("number", "") for each in self.heard]

    @property
    def types(self) -> list[str]:
        return [each.said["type"] for each in self.heard]


@contextmanager
def receiving(tls: tuple[Path, Path] | None = None) -> Iterator[Receiver]:
    """Receive until the block ends; tls: a certificate and its key."""
    made = Receiver(tls)
    thread = threading.Thread(target=made.server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        thread.join()
        made.server.server_close()
