"""The one HTTP session: what went wrong decides whether a write may have happened."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from app.ledgers import http
from app.ledgers.errors import LedgerError, Unavailable, Unsure

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nIntuit_Tid: 1-5f73\r\nConnection: close\r\n\r\n{}"
Serve = Callable[..., str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Answer each connection with the given bytes, then close it; returns the address."""
    listeners: list[socket.socket] = []

    def start(*answers: bytes, requests: list[bytes] | None = None, linger: bool = False) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        threading.Thread(
            target=_answer, args=(listener, answers, requests, linger), daemon=True
        ).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for listener in listeners:
        listener.close()


def _answer(
    listener: socket.socket,
    answers: tuple[bytes, ...],
    requests: list[bytes] | None,
    linger: bool,
) -> None:
    held = []
    with suppress(OSError):
        for answer in answers:
            connection, _ = listener.accept()
            received = connection.recv(65536)
            if requests is not None:
                requests.append(received)
            connection.sendall(answer)
            if linger:
                held.append(connection)
            else:
                connection.close()
        listener.accept()


def send(url: str, *, writes: bool = True) -> http.Answer:
    return http.exchange("POST", url, writes=writes, headers={"X-Test": "1"}, body=b"{}")


def failure(url: str, *, writes: bool) -> type[LedgerError]:
    with pytest.raises(LedgerError) as caught:
        send(url, writes=writes)
    return type(caught.value)


def test_an_answer_comes_whole_with_headers_in_any_case(serve: Serve) -> None:
    answer = send(serve(OK))
    assert (answer.status_code, answer.text) == (200, "{}")
    assert answer.headers["intuit_tid"] == "1-5f73"


@pytest.mark.parametrize("writes", [True, False])
def test_nobody_there_means_nothing_was_done(nowhere: str, writes: bool) -> None:
    assert failure(nowhere, writes=writes) is Unavailable


@pytest.mark.parametrize("url", ["127.0.0.1:9001", "ftp://127.0.0.1", "http://", "books"])
def test_an_address_that_is_none_means_nothing_was_done(url: str) -> None:
    assert failure(url, writes=True) is Unavailable


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 2",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
        b"not http at all\r\n\r\n",
    ],
)
def test_an_answer_cut_off_leaves_a_write_unsure_and_a_read_undone(
    serve: Serve, answer: bytes
) -> None:
    assert failure(serve(answer), writes=True) is Unsure
    assert failure(serve(answer), writes=False) is Unavailable


def test_silence_leaves_a_write_unsure(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "READ_TIMEOUT", 0.2)
    assert failure(serve(b"", linger=True), writes=True) is Unsure


def test_an_answer_that_only_drips_is_given_up(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "LONGEST", -1.0)
    assert failure(serve(OK), writes=True) is Unsure


def test_an_answer_without_end_is_given_up(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "LARGEST", 1)
    assert failure(serve(OK), writes=False) is Unavailable


def test_a_redirect_is_an_answer_and_the_token_goes_nowhere_else(serve: Serve) -> None:
    elsewhere = serve(OK)
    moved = f"HTTP/1.1 302 Found\r\nLocation: {elsewhere}\r\nContent-Length: 0\r\n\r\n"
    assert send(serve(moved.encode())).status_code == 302


def test_no_cookie_of_one_company_travels_with_the_next(serve: Serve) -> None:
    requests: list[bytes] = []
    cookie = OK.replace(b"Content-Length", b"Set-Cookie: company=1\r\nContent-Length")
    url = serve(cookie, OK, requests=requests)
    send(url)
    send(url)
    assert b"cookie" not in requests[1].lower()


def test_the_machines_proxy_is_not_used(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert send(serve(OK)).status_code == 200


def test_an_error_never_shows_the_address(nowhere: str) -> None:
    with pytest.raises(LedgerError) as caught:
        send(f"{nowhere}/v3/company/9130357766900456/query?query=secret")
    assert "secret" not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_worker_opens_connections_of_its_own() -> None:
    parents = http._session()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, b"shared" if http._session() is parents else b"own")
        os._exit(0)
    assert os.read(reading, 6) == b"own"
    os.waitpid(child, 0)
    assert http._session() is parents
