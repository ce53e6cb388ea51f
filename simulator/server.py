"""Serve WSGI over HTTP/1.1 with keep-alive: one thread per connection, one process.

The standard library's server has no keep-alive for WSGI; this one is small and lets an answer be
lost on purpose (reset, cut short), which a simulator needs.
"""

from __future__ import annotations

import contextlib
import io
import socket
import socketserver
import struct
import sys
import threading
import traceback
from functools import partial
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIApplication

from simulator.answers import ConnectionDropped
from simulator.patience import has_gone

IDLE_SECONDS = 120
LONGEST_LINE = 64 * 1024
LARGEST_BODY = 32 * 1024 * 1024
GONE = "simulator.gone"  # in the environ: tells whether the client has gone


class _Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS
    server: Server

    def handle(self) -> None:
        try:
            while self._one_request():
                pass
        except ConnectionDropped:
            self._reset()
        except (ConnectionError, TimeoutError, ValueError, OSError):
            pass  # the client went away, or does not speak HTTP

    def finish(self) -> None:
        with contextlib.suppress(OSError):
            super().finish()

    def _one_request(self) -> bool:
        line = self.rfile.readline(LONGEST_LINE)
        if not line.strip():
            return False
        method, target, version = line.decode("latin-1").split()
        headers = self._headers()
        if headers.get("expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        environ = self._environ(method, target, headers, self._body(headers))
        keep = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
        return self._respond(environ, keep)

    def _headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        while (line := self.rfile.readline(LONGEST_LINE)) not in (b"\r\n", b"\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        return headers

    def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return self._chunks()
        length = int(headers.get("content-length") or 0)
        if length > LARGEST_BODY:
            raise ValueError("body too large")
        body = self.rfile.read(length) if length else b""
        if len(body) < length:
            raise ConnectionError("The client went away in the middle of its body.")
        return body

    def _chunks(self) -> bytes:
        chunks = []
        while size := int(self.rfile.readline(LONGEST_LINE).split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline(LONGEST_LINE)
        self._headers()
        return b"".join(chunks)

    def _environ(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> dict[str, Any]:
        path, _, query = target.partition("?")
        host, port = self.server.server_address[:2]
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "CONTENT_TYPE": headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": str(host),
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": self.client_address[0],
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            GONE: partial(has_gone, self.connection),
        }
        for name, value in headers.items():
            if name not in ("content-type", "content-length"):
                environ["HTTP_" + name.upper().replace("-", "_")] = value
        return environ

    def _respond(self, environ: dict[str, Any], keep: bool) -> bool:
        started: list[Any] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None
        ) -> Any:
            started[:] = [status, headers]
            return lambda data: None

        answer = self.server.application(environ, start_response)
        try:
            body = b"".join(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()
        status, headers = started
        promised = next((int(v) for k, v in headers if k.lower() == "content-length"), None)
        if promised is None:
            headers.append(("Content-Length", str(len(body))))
        keep = keep and promised in (None, len(body))
        if environ["REQUEST_METHOD"] == "HEAD":
            body = b""
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers)]
        lines.append("Connection: keep-alive" if keep else "Connection: close")
        self.wfile.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
        return keep

    def _reset(self) -> None:
        """Close with RST, as a broken proxy would."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        # The stream objects keep the descriptor open; detaching closes it here and now.
        socket.close(self.connection.detach())


class Server(socketserver.ThreadingTCPServer):
    """Bind, then serve until ``shutdown``."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256

    def __init__(self, host: str, port: int, application: WSGIApplication) -> None:
        self.application = application
        self._connections: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__((host, port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._connections.discard(request)
        if request.fileno() >= 0:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        traceback.print_exc(file=sys.stderr)

    @property
    def url(self) -> str:
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"
