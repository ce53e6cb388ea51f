"""Hand events to an endpoint of billing's: a checked address, one deadline, no redirects.

The address comes from outside; nothing of it is logged. http.client and a socket of our own: the
deadline ends the headers too, which a time-out for each read does not.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from app.billing.destination import Destination, NotAllowed, Trust, destination
from app.billing.safe_address import NoAddress

_CONNECT, _READ = 3.0, 5.0  # seconds
LONGEST = 8.0  # seconds for everything
_MOST = 4096  # bytes read of an answer
_SHOWN = 200  # letters of it kept for people
_AGENT = "Ledgerbridge/0.1"
_GONE = 410


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of handing over one event.

    status: None when there was no answer. silent: it kept us waiting. wait: seconds it wants to be
    left alone for.
    """

    words: str
    status: int | None = None
    silent: bool = False
    wait: int | None = None

    @property
    def taken(self) -> bool:
        """Tell whether billing has the event."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def unwanted(self) -> bool:
        """Tell whether the endpoint wants no events any more (Standard Webhooks: 410)."""
        return self.status == _GONE


class Outlet:
    """A line to one endpoint, kept open for the next event; close it."""

    def __init__(self, url: str, trust: Trust) -> None:
        self._url, self._trust = url, trust
        self._place: Destination | None = None
        self._line: http.client.HTTPConnection | None = None

    def post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Hand over one event and say what came of it; never raises for what the network does."""
        reused = self._line is not None
        try:
            return self._post(body, headers)
        except NotAllowed as error:
            return Answer(error.sentence)
        except NoAddress:
            return Answer("Its address leads nowhere just now.", silent=True)
        except ssl.SSLCertVerificationError:
            return Answer("The certificate of its address is not valid.")
        except TimeoutError:
            return Answer("It did not answer in time.", silent=True)
        except (OSError, http.client.HTTPException, ValueError):
            if reused:  # it closed a line that was idle: nothing came of that
                self.close()
                return self.post(body, headers)
            return Answer("The connection to it was refused or broke off.")
        finally:
            if self._line is not None and self._line.sock is None:
                self.close()

    def close(self) -> None:
        """End the line."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        overdue = threading.Event()
        try:
            line, place = self._opened()
            watch = threading.Timer(LONGEST, _cut, (line.sock, overdue))
            watch.start()
            try:
                if isinstance(line.sock, ssl.SSLSocket):
                    line.sock.do_handshake()  # once; nothing is done a second time
                answer = self._ask(line, place, body, headers)
            finally:
                watch.cancel()
            if overdue.is_set():  # a line that was cut looks like the end of the headers
                raise TimeoutError
            return answer
        except BaseException:
            self.close()
            if overdue.is_set():
                raise TimeoutError from None
            raise

    def _opened(self) -> tuple[http.client.HTTPConnection, Destination]:
        if self._line is None or self._place is None:
            place = destination(self._url, self._trust)
            line = http.client.HTTPConnection(place.host, place.port)
            line.auto_open = 0  # it would look the name up by itself, unchecked
            line.sock = _connected(place, self._trust)
            self._line, self._place = line, place
        return self._line, self._place

    def _ask(
        self,
        line: http.client.HTTPConnection,
        place: Destination,
        body: bytes,
        headers: Mapping[str, str],
    ) -> Answer:
        plain = {
            "Host": place.host_header,
            "User-Agent": _AGENT,
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
        }
        line.request("POST", place.path, body, plain | dict(headers))
        response = line.getresponse()
        said = response.read(_MOST)
        if not response.isclosed():  # more than we want to know
            self.close()
        return _answer(response, said)


def _connected(place: Destination, trust: Trust) -> socket.socket:
    """Open the address that was checked; the certificate must be the name's all the same."""
    line = socket.create_connection((place.address, place.port), timeout=_CONNECT)
    try:
        line.settimeout(_READ)
        # Headers and body are two writes: held together, the second waits for an ACK (40 ms).
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not place.tls:
            return line
        context = ssl.create_default_context(cafile=trust.certificates)
        return context.wrap_socket(line, server_hostname=place.host, do_handshake_on_connect=False)
    except BaseException:
        line.close()
        raise


def _cut(line: socket.socket, overdue: threading.Event) -> None:
    """End whatever waits on a line; TLS is passed by, which another thread is in the midst of."""
    overdue.set()
    try:
        socket.socket.shutdown(line, socket.SHUT_RDWR)
    except OSError:
        return


def _answer(response: http.client.HTTPResponse, said: bytes) -> Answer:
    status = response.status
    if 300 <= status < 400:
        return Answer(f"Answered {status} and named another address; none is followed.", status)
    asked = response.getheader("Retry-After", "")
    wait = int(asked) if asked.isdecimal() and len(asked) < 9 else None
    if 200 <= status < 300:
        return Answer(f"Answered {status}.", status)
    if status == _GONE:
        return Answer("Answered 410: it wants no more events.", status)
    text = "".join(c if c.isprintable() else " " for c in said.decode("utf-8", "replace"))
    text = " ".join(text.split())[:_SHOWN]
    return Answer(f"Answered {status}{': ' if text else '.'}{text}", status, wait=wait)
