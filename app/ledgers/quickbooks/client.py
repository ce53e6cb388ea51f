"""Call one QuickBooks company.

python-quickbooks builds what it builds well: addresses, minorversion, requestid, headers. We
bypass the rest of it on purpose: its session (no time-outs, and it refuses plain http on
loopback), its errors (they lose the status, the headers and intuit_tid, and give throttling and
system failures the same code) and its typed objects (they send fields nobody set, floats, or
numbers in quotes).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from quickbooks.client import QuickBooks
from quickbooks.exceptions import QuickbooksException

from app.ledgers import http
from app.ledgers.errors import LedgerError, Unavailable, Unsure
from app.ledgers.http import Answer
from app.ledgers.interface import App, Call, OnCall
from app.ledgers.quickbooks import faults

log = structlog.get_logger()

# QuickBooks: minor versions. Lower ones are served as 75 since August 2025.
MINOR_VERSION = 75
REQUEST_ID_LENGTH = 50  # characters; QuickBooks: Learn basic field definitions
_AGENT = "Ledgerbridge/0.1"

Body = Mapping[str, Any]


class Client(QuickBooks):  # type: ignore[misc]  # the package has no types
    """One company, one access token, one thread; each call is told to on_call."""

    api_url_v3: str
    status: int | None
    request_id: str | None
    told: object  # the time of the last query's answer, as QuickBooks wrote it

    def __new__(cls, **_kwargs: Any) -> Client:
        """Make the package's object without its session: nothing is opened here."""
        client: Client = super().__new__(cls, minorversion=MINOR_VERSION, use_decimal=True)
        return client

    def __init__(
        self, *, app: App, environment: str, company_id: str, token: str, on_call: OnCall
    ) -> None:
        if not company_id.isdecimal():
            raise ValueError("A QuickBooks company id is a row of digits.")
        self.company_id = company_id
        self.api_url_v3 = _api_url(app, environment)
        self._token = token
        self._on_call = on_call
        self._call = _Doing("", writes=False)
        self.status = None
        self.request_id = None
        self.told = None

    def read(self, operation: str, path: str, params: Mapping[str, str] | None = None) -> Body:
        """Read something: metered. Raises LedgerError."""
        return self._do(operation, False, lambda: self.get(self._url(path), params=_copy(params)))

    def ask(self, operation: str, statement: str) -> Body:
        """Run a query and return its QueryResponse: metered. Raises LedgerError."""
        # As a body: an address would be limited in length and would show names in access logs.
        body = self._do(operation, False, lambda: self.query(statement))
        self.told = body.get("time")
        found = body.get("QueryResponse")
        return found if isinstance(found, Mapping) else {}

    def write(
        self,
        operation: str,
        path: str,
        key: str,
        body: bytes,
        params: Mapping[str, str],
        content_type: str = "application/json",
    ) -> Body:
        """Write something under an idempotency key: free. Raises LedgerError."""
        if not 0 < len(key) <= REQUEST_ID_LENGTH:
            raise ValueError(f"A request id has 1 to {REQUEST_ID_LENGTH} characters.")
        return self._do(
            operation,
            True,
            lambda: self.post(
                self._url(path), body, content_type, params=_copy(params), request_id=key
            ),
        )

    def process_request(
        self,
        request_type: str,
        url: str,
        headers: Any = "",
        params: Any = "",
        data: Any = "",
    ) -> Answer:
        """Send what the package built, through our one session; only a yes goes back to it."""
        headers = {**headers, "Authorization": f"Bearer {self._token}", "User-Agent": _AGENT}
        params = {name: str(value) for name, value in params.items()}
        answer = self._metered(
            request_type,
            lambda: http.exchange(
                request_type,
                url,
                writes=self._call.writes,
                headers=headers,
                params=params,
                body=data or None,
            ),
        )
        if not 200 <= answer.status_code < 300:
            fault = faults.read_fault(answer.text)
            raise faults.error_of(
                answer.status_code, answer.headers, fault, writes=self._call.writes
            )
        self._call.answer = answer
        return answer

    def _do(self, operation: str, writes: bool, send: Callable[[], Any]) -> Body:
        """Run one of the package's calls; whatever it cannot read is an answer that was lost."""
        self._call = _Doing(operation, writes)
        try:
            body = send()
        except QuickbooksException:
            raise self._unreadable() from None
        fault = faults.fault_in(body)
        if fault is not None:
            raise self.refused(fault)
        if not isinstance(body, Mapping):
            raise self._unreadable()
        return body

    def handle_exceptions(self, results: Mapping[str, object]) -> None:
        """Raise our error for a Fault that came with a 200, where the package would raise its."""
        raise self.refused(results)

    def refused(self, fault: Mapping[str, object]) -> LedgerError:
        """Return our error for a Fault that came inside a 200."""
        return faults.error_of(
            self.status or 200, self._headers(), faults.parse_fault(fault), writes=self._call.writes
        )

    def _unreadable(self) -> LedgerError:
        lost = Unsure if self._call.writes else Unavailable
        return lost(
            "QuickBooks answered with something that is not JSON.",
            status=self.status,
            request_id=self.request_id,
        )

    def _headers(self) -> Mapping[str, str]:
        return {} if self._call.answer is None else self._call.answer.headers

    def _metered(self, method: str, send: Callable[[], Answer]) -> Answer:
        """Send and count, also what failed. QuickBooks: App Partner Program, Core and CorePlus."""
        self.status = self.request_id = None
        started = time.monotonic()
        try:
            answer = send()
            self.status = answer.status_code
            self.request_id = faults.request_id(answer.headers)
            return answer
        finally:
            self._tell(method, int((time.monotonic() - started) * 1000))

    def _tell(self, method: str, milliseconds: int) -> None:
        call = Call(
            company_id=str(self.company_id),
            method=method,
            operation=self._call.operation,
            status=self.status,
            milliseconds=milliseconds,
            metered=not self._call.writes and self.status == 200,
            request_id=self.request_id,
        )
        try:
            self._on_call(call)
        except Exception:  # a meter that breaks must not lose what was booked
            log.exception("ledger.call_not_counted", operation=call.operation)

    def _url(self, path: str) -> str:
        return f"{self.api_url}/company/{self.company_id}/{path}"


class _Doing:
    """What the client is in the middle of."""

    def __init__(self, operation: str, writes: bool) -> None:
        self.operation = operation
        self.writes = writes
        self.answer: Answer | None = None


def _copy(params: Mapping[str, str] | None) -> dict[str, str]:
    return dict(params or {})  # the package adds its own to what it is given


def _api_url(app: App, environment: str) -> str:
    """Return the address up to /v3; an override serves both environments."""
    if app.api_url:
        return f"{app.api_url.rstrip('/')}/v3"
    known = {
        "production": QuickBooks.api_url_v3,
        "sandbox": QuickBooks.sandbox_api_url_v3,
    }
    # Never a default: a sandbox token sent to production, or the other way round, is a 403.
    if environment not in known:
        raise ValueError(f"QuickBooks has no environment called {environment!r}.")
    return str(known[environment])
