"""A request that was cut off in its body is not one: nothing is done, nothing is remembered."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from simulator.client import NORTHGATE


def test_a_body_that_never_came_whole_is_not_answered(simulator):
    address = urlsplit(simulator.url)
    head = (
        f"POST /v3/company/{NORTHGATE}/invoice?requestid=cut HTTP/1.1\r\n"
        f"Host: {address.netloc}\r\nContent-Type: application/json\r\nContent-Length: 400\r\n\r\n"
    )
    with socket.create_connection((address.hostname, address.port), timeout=5) as client:
        client.sendall(head.encode() + b'{"DocNumber"')
        client.shutdown(socket.SHUT_WR)
        assert client.recv(100) == b""
