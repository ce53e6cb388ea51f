"""Fetch a document from the address billing gave: a PDF of the public network, and nothing else.

The address comes from outside, so what it may reach is what anybody outside may reach. Nothing of
it is logged: it may carry a token.
"""

from __future__ import annotations

import time
from urllib.parse import urljoin

import urllib3

from app.billing.destination import Destination, NotAllowed, Trust, destination
from app.billing.safe_address import NoAddress

MOST = 10 * 1024 * 1024  # bytes; an invoice of that size is a scan
_CONNECT, _READ = 5.0, 10.0  # seconds
LONGEST = 30.0  # seconds for everything
_REDIRECTS = 3
_CHUNK = 64 * 1024
_AGENT = "Ledgerbridge/0.1"
# PDF 32000-1, 7.5.2 and annex H: the header stands within the first 1024 bytes.
_MAGIC, _WITHIN = b"%PDF-", 1024


class NotFetched(Exception):
    """Raised with a sentence; again: the same address may answer later."""

    def __init__(self, sentence: str, *, again: bool = False) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.again = again


def fetch(url: str, trust: Trust) -> bytes:
    """Return the PDF at an address; raises NotFetched."""
    deadline = time.monotonic() + LONGEST
    for _ in range(_REDIRECTS + 1):
        found = _visit(url, trust, deadline)
        if isinstance(found, bytes):
            return check_pdf(found)
        url = urljoin(url, found)
    raise NotFetched("Its address leads from one address to the next without end.")


def check_pdf(content: bytes) -> bytes:
    """Return content that is a PDF of a size we take; raises NotFetched."""
    if len(content) > MOST:
        raise NotFetched(f"The document has more than {MOST // 1024 // 1024} MB.")
    if _MAGIC not in content[:_WITHIN]:
        raise NotFetched("What was found is not a PDF document.")
    return content


def _visit(url: str, trust: Trust, deadline: float) -> bytes | str:
    """Ask one address; returns what is there, or where it says to look instead."""
    try:
        place = destination(url, trust)
    except NotAllowed as error:
        raise NotFetched(error.sentence) from None
    except NoAddress:
        raise NotFetched("Its address leads nowhere just now.", again=True) from None
    with _pool(place, trust) as pool:
        return _ask(pool, place, deadline)


def _pool(place: Destination, trust: Trust) -> urllib3.HTTPConnectionPool:
    """Open the address that was checked; the certificate must be the name's all the same."""
    timeout = urllib3.Timeout(connect=_CONNECT, read=_READ)
    if not place.tls:
        return urllib3.HTTPConnectionPool(place.address, place.port, timeout=timeout, maxsize=1)
    return urllib3.HTTPSConnectionPool(
        place.address,
        place.port,
        timeout=timeout,
        maxsize=1,
        server_hostname=place.host,
        assert_hostname=place.host,
        cert_reqs="CERT_REQUIRED",
        ca_certs=trust.certificates,
    )


def _ask(pool: urllib3.HTTPConnectionPool, place: Destination, deadline: float) -> bytes | str:
    headers = {
        "Host": place.host_header,
        "User-Agent": _AGENT,
        "Accept": "application/pdf",
        "Accept-Encoding": "identity",
    }
    try:
        response = pool.urlopen(
            "GET",
            place.path,
            headers=headers,
            redirect=False,
            retries=False,
            preload_content=False,
        )
        try:
            return _read(response, deadline)
        finally:
            response.close()
    except urllib3.exceptions.SSLError:
        raise NotFetched("The certificate of its address is not valid.") from None
    except (urllib3.exceptions.HTTPError, OSError, ValueError):
        raise NotFetched(
            "Billing did not answer when asked for the document.", again=True
        ) from None


def _read(response: urllib3.BaseHTTPResponse, deadline: float) -> bytes | str:
    if response.status in (301, 302, 303, 307, 308) and response.headers.get("Location"):
        return str(response.headers["Location"])
    if response.status != 200:
        later = response.status >= 500 or response.status in (408, 425, 429)
        raise NotFetched(
            f"Billing answered {response.status} when asked for the document.", again=later
        )
    parts, size = [], 0
    for part in response.stream(_CHUNK, decode_content=False):
        parts.append(part)
        size += len(part)
        if size > MOST:
            raise NotFetched(f"The document has more than {MOST // 1024 // 1024} MB.")
        if time.monotonic() > deadline:
            raise NotFetched("The document took too long to come.", again=True)
    return b"".join(parts)
