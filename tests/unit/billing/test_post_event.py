"""Events go to the address that was checked, within a deadline, and nowhere else."""

from __future__ import annotations

import socket
import threading
import time
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from app.billing import destination, post_event
from app.billing.destination import Trust
from app.billing.post_event import Answer, Outlet
from tests.receiver import receiving

HERE = Trust(loopback=True)
BODY = b'{"data": {}}'


def post(url: str, trust: Trust = HERE) -> Answer:
    outlet = Outlet(url, trust)
    try:
        return outlet.post(BODY, {"webhook-id": "1"})
    finally:
        outlet.close()


def says(status: int, body: bytes = b"", **headers: str) -> Any:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


def test_a_body_arrives_as_it_is_with_its_headers(receiver):
    assert post(receiver.url).taken
    [heard] = receiver.heard
    assert (heard.body, heard.headers["content-type"]) == (BODY, "application/json")
    assert heard.headers["host"] == receiver.url.split("/")[2]


def test_one_line_carries_several_events_and_a_closed_one_is_opened_again(receiver):
    outlet = Outlet(receiver.url, HERE)
    receiver.answers = [204, says(200, Connection="close"), 204]
    answers = [outlet.post(BODY, {}) for _ in range(4)]
    outlet.close()
    assert [answer.status for answer in answers] == [204, 200, 204, 204]


def test_a_line_that_broke_while_idle_is_opened_again(receiver):
    def hang_up(request: BaseHTTPRequestHandler) -> None:
        says(204)(request)
        request.close_connection = True

    outlet = Outlet(receiver.url, HERE)
    receiver.answers = [hang_up]
    assert outlet.post(BODY, {}).taken
    time.sleep(0.05)
    assert outlet.post(BODY, {}).taken
    outlet.close()


def test_another_address_is_never_followed(receiver):
    with receiving() as elsewhere:
        receiver.answers = [says(307, Location=elsewhere.url)]
        answer = post(receiver.url)
        assert (answer.taken, answer.status, elsewhere.heard) == (False, 307, [])


@pytest.mark.parametrize(
    "url",
    [
        "https://10.0.0.7/events",
        "https://127.0.0.1/events",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:192.168.0.1]/events",
        "https://2130706433/events",
        "http://8.8.8.8/events",
    ],
)
def test_nothing_private_and_nothing_unencrypted_is_opened_in_production(url):
    answer = post(url, Trust())
    assert answer.status is None
    assert answer.words.startswith(("Its address is not allowed.", "Its address must begin"))


def test_a_name_is_looked_up_once_and_that_address_is_opened(receiver, monkeypatch):
    port = int(receiver.url.split("/")[2].partition(":")[2])
    asked = []

    def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.7"]

    monkeypatch.setattr(destination, "addresses_of", rebinding)
    assert post(f"http://billing.example:{port}/").taken
    assert (asked, receiver.heard[0].headers["host"]) == (
        ["billing.example"],
        f"billing.example:{port}",
    )


@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: "])
def test_the_deadline_ends_whatever_it_does_slowly(monkeypatch, first):
    monkeypatch.setattr(post_event, "LONGEST", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        stop = threading.Event()

        def drip() -> None:
            line, _ = server.accept()
            with line:
                line.sendall(first)
                while not stop.wait(0.02):
                    try:
                        line.sendall(b"x" if first else b"")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        begun = time.monotonic()
        answer = post(f"http://127.0.0.1:{server.getsockname()[1]}/")
        stop.set()
        thread.join()
    assert (answer.taken, answer.silent) == (False, True)
    assert time.monotonic() - begun < 2


def test_a_long_answer_is_not_read_to_its_end_and_only_words_of_it_are_kept(receiver):
    receiver.answers = [says(500, b"<b>no\x00\n  room</b>" + b"z" * 100_000)]
    answer = post(receiver.url)
    assert answer.words.startswith("Answered 500: <b>no room</b>zzz")
    assert len(answer.words) < 250


@pytest.mark.parametrize(
    ("asked", "wait"), [("120", 120), ("Fri, 20 Nov 2026 09:00:00 GMT", None), ("-1", None)]
)
def test_it_may_ask_to_be_left_alone_for_some_seconds(receiver, asked, wait):
    receiver.answers = [says(429, Retry_After=asked)]
    assert post(receiver.url).wait == wait


def test_nobody_there_is_said_without_the_address():
    answer = post("http://127.0.0.1:9/events?token=s3cret")
    assert (answer.words, answer.silent) == (
        "The connection to it was refused or broke off.",
        False,
    )


@pytest.mark.parametrize(
    ("host", "vouched", "words"),
    [
        ("localhost", True, "Answered 204."),
        ("127.0.0.1", True, "The certificate of its address is not valid."),
        ("localhost", False, "The certificate of its address is not valid."),
    ],
)
def test_the_certificate_must_be_the_names(certificate, host, vouched, words):
    trust = Trust(loopback=True, certificates=str(certificate[0])) if vouched else HERE
    with receiving(certificate) as encrypted:
        port = encrypted.url.split("/")[2].partition(":")[2]
        assert post(f"https://{host}:{port}/events", trust).words == words
