"""A PDF is fetched from the address billing gave, and nothing else is."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.billing import fetch_document
from app.billing.destination import Trust
from app.billing.fetch_document import MOST, NotFetched, check_pdf, fetch

PDF = b"%PDF-1.7\n1 0 obj\n" + b"0" * 2000
HERE = Trust(loopback=True)
Answer = Callable[[BaseHTTPRequestHandler], None]


def answers(status: int = 200, body: bytes = PDF, **headers: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


class Billing:
    """A server whose pages a test writes; hosts: the Host header of each request."""

    def __init__(self, tls: tuple[Path, Path] | None = None) -> None:
        self.pages: dict[str, Answer] = {}
        self.hosts: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.hosts.append(self.headers["Host"])
                outer.pages[self.path](self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.scheme = "https" if tls else "http"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.server.server_address[1]}{path}"

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def billing() -> Iterator[Billing]:
    made = Billing()
    yield made
    made.stop()


def refusal(url: str, trust: Trust = HERE) -> NotFetched:
    with pytest.raises(NotFetched) as caught:
        fetch(url, trust)
    return caught.value


def test_a_pdf_comes_whole(billing: Billing) -> None:
    billing.pages["/inv.pdf?token=1"] = answers()
    assert fetch(billing.url("/inv.pdf?token=1"), HERE) == PDF


@pytest.mark.parametrize(
    "url",
    [
        "http://93.184.216.34/inv.pdf",
        "ftp://billing.example/inv.pdf",
        "file:///etc/passwd",
        "https://user:secret@billing.example/inv.pdf",
        "https:///inv.pdf",
        "https://billing.example:port/inv.pdf",
    ],
)
def test_an_address_of_another_kind_is_refused_for_good(url: str) -> None:
    assert not refusal(url).again
    assert "secret" not in refusal(url).sentence


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1", "169.254.169.254", "[fe80::1]",
     "[fd00:ec2::254]", "2130706433", "localhost"],
)  # fmt: skip
def test_in_production_no_private_address_is_opened(host: str) -> None:
    error = refusal(f"https://{host}/inv.pdf", Trust())
    assert "private network" in error.sentence
    assert not error.again


def test_in_production_nothing_goes_unencrypted(billing: Billing) -> None:
    assert "https://" in refusal(billing.url("/inv.pdf"), Trust()).sentence


def test_a_redirect_is_followed(billing: Billing) -> None:
    billing.pages["/inv.pdf"] = answers(302, b"", Location="/files/1.pdf")
    billing.pages["/files/1.pdf"] = answers()
    assert fetch(billing.url("/inv.pdf"), HERE) == PDF


@pytest.mark.parametrize(
    "target",
    ["https://10.0.0.1/x", "http://169.254.169.254/latest/meta-data", "https://[fe80::1]/x",
     "file:///etc/passwd"],
)  # fmt: skip
def test_a_redirect_into_a_private_network_is_not(billing: Billing, target: str) -> None:
    billing.pages["/inv.pdf"] = answers(302, b"", Location=target)
    assert not refusal(billing.url("/inv.pdf")).again


def test_redirects_in_a_circle_end(billing: Billing) -> None:
    billing.pages["/inv.pdf"] = answers(302, b"", Location="/inv.pdf")
    assert "without end" in refusal(billing.url("/inv.pdf")).sentence
    assert len(billing.hosts) == 4


def test_too_large_a_document_is_dropped_while_it_comes(billing: Billing) -> None:
    billing.pages["/inv.pdf"] = answers(200, PDF + b"0" * MOST)
    assert "more than 10 MB" in refusal(billing.url("/inv.pdf")).sentence


def test_what_says_it_is_a_pdf_and_is_not(billing: Billing) -> None:
    page = {"Content-Type": "application/pdf"}
    billing.pages["/inv.pdf"] = answers(200, b"<html>Sign in</html>", **page)
    assert "not a PDF" in refusal(billing.url("/inv.pdf")).sentence


@pytest.mark.parametrize(
    ("status", "again"), [(404, False), (403, False), (500, True), (429, True)]
)
def test_an_error_of_billing_says_whether_it_may_pass(
    billing: Billing, status: int, again: bool
) -> None:
    billing.pages["/inv.pdf"] = answers(status, b"")
    error = refusal(billing.url("/inv.pdf"))
    assert (error.sentence, error.again) == (
        f"Billing answered {status} when asked for the document.",
        again,
    )


def test_nobody_there_may_pass(billing: Billing) -> None:
    address = billing.url("/inv.pdf")
    billing.stop()
    assert refusal(address).again


def test_a_document_that_drips_in_is_given_up(
    billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch_document, "LONGEST", 0.2)
    monkeypatch.setattr(fetch_document, "_CHUNK", 8)

    def drip(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        for _ in range(20):
            request.wfile.write(b"%PDF-1.7")
            request.wfile.flush()
            time.sleep(0.03)

    billing.pages["/inv.pdf"] = drip
    assert "too long" in refusal(billing.url("/inv.pdf")).sentence


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b" " * 1024 + b"%PDF-1.7"])
def test_what_is_no_pdf(content: bytes) -> None:
    with pytest.raises(NotFetched):
        check_pdf(content)


# ------------------------------------------------------------------ the certificate


@pytest.fixture
def encrypted(certificate: tuple[Path, Path]) -> Iterator[Billing]:
    made = Billing(certificate)
    made.pages["/inv.pdf"] = answers()
    yield made
    made.stop()


def test_the_address_is_opened_and_the_name_is_checked(
    encrypted: Billing, certificate: tuple[Path, Path]
) -> None:
    trust = Trust(loopback=True, certificates=str(certificate[0]))
    url = encrypted.url("/inv.pdf", "localhost")
    assert fetch(url, trust) == PDF
    assert encrypted.hosts == [url.split("/")[2]]


def test_a_certificate_of_another_name_is_refused(
    encrypted: Billing, certificate: tuple[Path, Path]
) -> None:
    trust = Trust(loopback=True, certificates=str(certificate[0]))
    assert "certificate" in refusal(encrypted.url("/inv.pdf", "127.0.0.1"), trust).sentence


def test_a_certificate_nobody_vouches_for_is_refused(encrypted: Billing) -> None:
    assert "certificate" in refusal(encrypted.url("/inv.pdf", "localhost")).sentence
