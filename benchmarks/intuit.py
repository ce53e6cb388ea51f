"""Send notices as Intuit does: signed, at their own pace, again until they are accepted."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import quantiles
from urllib.parse import urlsplit

from simulator.client import VERIFIER_TOKEN

_ANSWER_WITHIN = 3.0  # seconds; Intuit takes a later answer for none
# Seconds before a notice is sent again: a tenth of Intuit's first pauses.
_PAUSES = (1.0, 2.0, 3.0, 30.0)
_LINES = 64  # connections at a time
_HEADERS_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """When a notice was due and answered, seconds since the first was due; what it was answered.

    status 0: not at all. A first try counts from when it was due, so that a queue at the sender
    counts too; a later one from when it was sent.
    """

    due: float
    took: float  # seconds
    status: int


@dataclass(slots=True)
class Delivered:
    """What became of the notices."""

    answers: list[Answer] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def accepted(self) -> list[Answer]:
        """Return the answers that ended a notice."""
        return [each for each in self.answers if each.status == 200]

    @property
    def refused(self) -> Counter[int]:
        """Return how many tries were answered otherwise, by status."""
        return Counter(each.status for each in self.answers if each.status != 200)

    @property
    def refusals(self) -> set[int]:
        """Return the seconds in which a try was not accepted."""
        return {int(each.due + each.took) for each in self.answers if each.status != 200}

    @property
    def outage(self) -> set[int]:
        """Return those seconds and the ones beside them."""
        return {second + beside for second in self.refusals for beside in (-1, 0, 1)}


def p(percent: int, answers: Sequence[Answer]) -> float:
    """Return the milliseconds within which so many of a hundred were answered."""
    return quantiles((each.took * 1000 for each in answers), n=100)[percent - 1]


def request(url: str, event_id: str, realm: str, kind: str = "qbo.payment.created.v1") -> bytes:
    """Return the bytes of one signed delivery of one notice."""
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": "intuit.bench",
        "type": kind,
        "datacontenttype": "application/json",
        "time": "2026-11-20T10:15:04.123456789Z",
        "intuitentityid": "301",
        "intuitaccountid": realm,
        "data": {},
    }
    body = json.dumps([event]).encode()
    mac = hmac.new(VERIFIER_TOKEN.encode(), body, hashlib.sha256).digest()
    address = urlsplit(url)
    head = (
        f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"intuit-signature: {base64.b64encode(mac).decode()}\r\n\r\n"
    )
    return head.encode() + body


def bare_request(url: str) -> bytes:
    """Return the bytes of a request that does nothing."""
    address = urlsplit(url)
    return f"GET {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode()


def deliver(url: str, requests: Sequence[bytes], a_second: float) -> Delivered:
    """Send requests one after the other at a pace, each again until it is accepted."""
    return asyncio.run(_Sender(url).deliver(requests, a_second))


_Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class _Sender:
    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._host, self._port = address.hostname, address.port
        self._idle: list[_Line] = []
        self._lines = asyncio.Semaphore(_LINES)
        self._began = 0.0
        self._delivered = Delivered()

    async def deliver(self, requests: Sequence[bytes], a_second: float) -> Delivered:
        self._began = time.perf_counter()
        under_way = []
        for position, bytes_ in enumerate(requests):
            due = position / a_second
            await asyncio.sleep(max(0.0, due - self._now()))
            under_way.append(asyncio.create_task(self._until_accepted(bytes_, due)))
        await asyncio.gather(*under_way)
        self._delivered.seconds = self._now()
        for _, writer in self._idle:
            writer.close()
        return self._delivered

    def _now(self) -> float:
        return time.perf_counter() - self._began

    async def _until_accepted(self, bytes_: bytes, due: float) -> None:
        tries = 0
        while await self._try(bytes_, due) != 200:
            await asyncio.sleep(_PAUSES[min(tries, len(_PAUSES) - 1)])
            tries, due = tries + 1, self._now()

    async def _try(self, bytes_: bytes, due: float) -> int:
        async with self._lines:
            try:
                status = await asyncio.wait_for(self._exchange(bytes_), _ANSWER_WITHIN)
            except (OSError, EOFError, TimeoutError):
                status = 0
        self._delivered.answers.append(Answer(due, self._now() - due, status))
        return status

    async def _exchange(self, bytes_: bytes) -> int:
        reader, writer = await self._line()
        try:
            writer.write(bytes_)
            head = await reader.readuntil(_HEADERS_END)
            await reader.readexactly(_length(head))
        except BaseException:
            writer.close()
            raise
        if b"connection: close" in head.lower():
            writer.close()
        else:
            self._idle.append((reader, writer))
        return int(head.split(b" ", 2)[1])

    async def _line(self) -> _Line:
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return await asyncio.open_connection(self._host, self._port)


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return int(value)
    return 0
