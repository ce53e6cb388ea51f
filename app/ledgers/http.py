"""The one HTTP session to ledgers: time-outs, connection reuse, nothing remembered, nothing logged.

What went wrong is told by what surely did or did not happen: a request that never left is
Unavailable; one that left without a usable answer is Unsure, unless it only reads.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy

import requests
import urllib3
from requests.structures import CaseInsensitiveDict

from app.ledgers.errors import LedgerError, Unavailable, Unsure

CONNECT_TIMEOUT = 5.0  # seconds
READ_TIMEOUT = 60.0  # seconds without a byte
# QuickBooks cuts requests off at 120 s; an answer that still drips in after that is not coming.
LONGEST = 120.0  # seconds for the whole answer
LARGEST = 64 * 1024 * 1024  # bytes of an answer: a thousand long invoices are about a tenth
_CHUNK = 64 * 1024
# Until when reads of this thread must be done, by the monotonic clock; none: as long as it takes.
_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)
_CONNECTIONS = 16  # kept open a host and process

# What urllib3 says when not one byte of the request was sent.
_NOT_SENT = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.NameResolutionError,
    urllib3.exceptions.ProxyError,
)

# What requests says before it tries.
_NEVER_TRIED = (
    requests.ConnectTimeout,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidHeader,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole. Named as requests names it where the vendors' packages look."""

    status_code: int
    headers: Mapping[str, str]  # names in any case
    content: bytes

    @property
    def text(self) -> str:
        """Return the body; JSON is UTF-8 whatever the header says."""
        return self.content.decode("utf-8", errors="replace")


@contextmanager
def reads_within(seconds: float) -> Iterator[None]:
    """Let everything that is read inside take so long altogether; a write is never cut short."""
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


def _longest(*, writes: bool) -> tuple[float, float, float]:
    """Return how long an exchange may take to connect, to read and altogether, seconds.

    Raises Unavailable when no time is left for a read.
    """
    deadline = None if writes else _deadline.get()
    if deadline is None:
        return CONNECT_TIMEOUT, READ_TIMEOUT, LONGEST
    left = deadline - time.monotonic()
    if left <= 0:
        raise Unavailable("The ledger did not answer in the time there was.")
    return min(CONNECT_TIMEOUT, left), min(READ_TIMEOUT, left), min(LONGEST, left)


def exchange(
    method: str,
    url: str,
    *,
    writes: bool,
    headers: Mapping[str, str],
    params: Mapping[str, str] | None = None,
    body: bytes | str | None = None,
) -> Answer:
    """Send one request and read the whole answer, whatever its status; redirects are answers.

    Raises Unavailable when it surely was not processed, Unsure when a write may have been.
    """
    to_connect, to_read, altogether = _longest(writes=writes)
    deadline = time.monotonic() + altogether
    try:
        response = _session().request(
            method,
            url,
            headers=dict(headers),
            params=None if params is None else dict(params),
            data=body.encode() if isinstance(body, str) else body,
            timeout=(to_connect, to_read),
            allow_redirects=False,
            stream=True,
        )
        with response:
            content = _read(response, deadline)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise failure(error, writes=writes) from None  # its text holds the address and the query
    return Answer(response.status_code, CaseInsensitiveDict(response.headers), content)


def failure(error: Exception, *, writes: bool) -> LedgerError:
    """Say what a failed exchange means; Unsure for a write that may have arrived."""
    if never_sent(error):
        return Unavailable("The ledger could not be reached.")
    sentence = "The ledger did not finish its answer."
    return Unsure(sentence) if writes else Unavailable(sentence)


def never_sent(error: BaseException) -> bool:
    """Tell whether surely no byte of the request left: nothing to connect to, or a bad address."""
    if isinstance(error, _NEVER_TRIED):
        return True
    for cause in _causes(error):
        if isinstance(cause, _NOT_SENT):
            return True
        if isinstance(cause, urllib3.exceptions.SSLError) and "CERTIFICATE" in str(cause):
            return True  # the handshake comes before the request
    return False


def _causes(error: BaseException) -> list[BaseException]:
    """Return what requests and urllib3 wrapped, outermost first."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            waiting += [*one.args, getattr(one, "reason", None)]
    return found


def _read(response: requests.Response, deadline: float) -> bytes:
    parts, size = [], 0
    for part in response.iter_content(_CHUNK):
        parts.append(part)
        size += len(part)
        if size > LARGEST or time.monotonic() > deadline:
            raise requests.ReadTimeout("The answer is too long or takes too long.")
    return b"".join(parts)


# One session per process: a connection shared with a forked child would mix their answers.
_sessions: dict[int, requests.Session] = {}
_making = threading.Lock()


def _session() -> requests.Session:
    """Return this process's session; threads share it, and with it the connections kept open."""
    process = os.getpid()
    with _making:
        if process not in _sessions:
            _sessions.clear()
            _sessions[process] = _open_session()
        return _sessions[process]


def _open_session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no proxy and no ~/.netrc of the machine slips in
    # A cookie set for one company must not travel with the next one's request.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # No retries here: whether a request may be sent again is decided where its key is kept.
    adapter = requests.adapters.HTTPAdapter(
        pool_connections=4, pool_maxsize=_CONNECTIONS, max_retries=0
    )
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session
