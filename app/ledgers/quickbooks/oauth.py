"""Ask Intuit for a permission, renew it, give it back.

intuit-oauth's AuthClient speaks the protocol; it lacks time-outs and tells errors by status only.
QuickBooks: OAuth 2.0. Only invalid_grant means that a person must reconnect: a wrong client id is
ours to mend, and a page of HTML is nobody's permission.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import requests
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError

from app.ledgers import exact_json, http
from app.ledgers.errors import (
    Disconnected,
    LedgerError,
    Misconfigured,
    Throttled,
    Unavailable,
    Unsure,
)
from app.ledgers.interface import App, Tokens

_DISCOVERY = {
    "production": "https://developer.api.intuit.com/.well-known/openid_configuration",
    "sandbox": "https://developer.api.intuit.com/.well-known/openid_sandbox_configuration",
}
_READ_TIMEOUT = 30.0  # seconds; a refresh holds a lock that others wait for
_DISCOVERY_KEPT = 24 * 3600.0  # seconds; the document has not changed in years

_NO_TOKEN = "nobody-was-given-this"  # noqa: S105

# When the answer leaves them out. QuickBooks: OAuth 2.0, an access token lives an hour.
_ACCESS_LIFETIME = 3600


class QuickBooksOAuth:
    """Implement the door OAuth for Intuit."""

    def authorise_url(self, app: App, environment: str, redirect_uri: str, state: str) -> str:
        """Return where to send the person who consents. Raises Unavailable."""
        with _client(app, environment, redirect_uri) as client:
            return str(client.get_authorization_url([Scopes.ACCOUNTING], state_token=state))

    def exchange(
        self, app: App, environment: str, redirect_uri: str, code: str, now: datetime
    ) -> Tokens:
        """Trade the code of a callback for tokens; Disconnected when it was used or is too old."""
        with _client(app, environment, redirect_uri) as client:
            _asked(lambda: client.get_bearer_token(code))
            return _tokens(client, now)

    def refresh(self, app: App, environment: str, refresh_token: str, now: datetime) -> Tokens:
        """Trade a refresh token for new tokens.

        Disconnected when it is dead; Unsure when the answer was lost: Intuit may have replaced it.
        """
        with _client(app, environment, "") as client:
            _asked(lambda: client.refresh(refresh_token=refresh_token))
            return _tokens(client, now)

    def knows(self, app: App, environment: str, now: datetime) -> bool:
        """Tell whether Intuit knows an application by this secret; true where nobody can say.

        Asked with a token nobody was given: invalid_client says that the pair itself is wrong.
        QuickBooks: OAuth 2.0, error codes.
        """
        try:
            self.refresh(app, environment, _NO_TOKEN, now)
        except LedgerError as error:
            return error.code != "invalid_client"
        return True

    def revoke(self, app: App, environment: str, refresh_token: str) -> None:
        """Give the permission back; a token that is dead already is no error."""
        with _client(app, environment, "") as client:
            try:
                _asked(lambda: client.revoke(token=refresh_token))
            except Disconnected:
                return
            except LedgerError as error:
                if error.status != 400:  # 400 without a word: the token was not alive
                    raise


class _Client(AuthClient):  # type: ignore[misc]  # the package has no types
    """AuthClient with time-outs, without the machine's proxies and .netrc, without redirects."""

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        """Send one request of the protocol. Raises LedgerError when no answer came."""
        self.trust_env = False
        posts = method.upper() == "POST"
        options["timeout"] = (http.CONNECT_TIMEOUT, _READ_TIMEOUT)
        if posts:
            options["allow_redirects"] = False  # our secret goes nowhere else
            # Opt-in: tells when the permission ends for good, five years after consent.
            options["headers"] = {
                **(options.get("headers") or {}),
                "x-include-refresh-token-hard-expires-in": "true",
            }
        try:
            response: requests.Response = super().request(method, url, **options)
        except (requests.RequestException, OSError) as error:
            raise http.failure(error, writes=posts) from None
        return response

    def get(self, url: str, **options: Any) -> requests.Response:
        """Fetch the discovery document, or the copy of the last day."""
        kept = _kept.get(url)
        if kept is not None and time.monotonic() < kept[0]:
            return kept[1]
        response: requests.Response = super().get(url, **options)
        if response.status_code == 200:
            _kept[url] = (time.monotonic() + _DISCOVERY_KEPT, response)
        return response


# Discovery documents by address: when to fetch again, and the answer.
_kept: dict[str, tuple[float, requests.Response]] = {}


def _client(app: App, environment: str, redirect_uri: str) -> _Client:
    """Make a client, which reads the discovery document. Raises LedgerError."""
    address = app.discovery_url or _DISCOVERY.get(environment)
    if address is None:
        raise ValueError(f"QuickBooks has no environment called {environment!r}.")
    try:
        # Any environment that is not one of Intuit's names is taken as the document's address.
        return _Client(app.client_id, app.client_secret, redirect_uri, address)
    except AuthClientError as error:
        raise _not_found_or_down(error) from None
    except (KeyError, ValueError):
        _kept.pop(address, None)
        raise Unavailable("Intuit's discovery document cannot be read.") from None


def _not_found_or_down(error: AuthClientError) -> LedgerError:
    kind = Misconfigured if error.status_code == 404 else Unavailable
    return kind("Intuit's discovery document cannot be had.", status=error.status_code)


def _asked(ask: Callable[[], object]) -> None:
    """Run one call of AuthClient and turn what it raises into ours."""
    try:
        ask()
    except AuthClientError as error:
        raise _refusal(error) from None  # its text holds the answer
    except ValueError:
        # A 200 that cannot be read: the token may have been replaced by one we did not get.
        raise Unsure("Intuit's answer cannot be read.", status=200) from None


def _refusal(error: AuthClientError) -> LedgerError:
    status, request_id = int(error.status_code), error.intuit_tid
    code, words = _said(error.content)
    kind = _kind_of(status, code)
    return kind(words or "Intuit refused.", code=code, request_id=request_id, status=status)


def _kind_of(status: int, code: str) -> type[LedgerError]:
    if status == 429:
        return Throttled
    if code == "invalid_grant":
        return Disconnected
    if status >= 500 or not code:
        return Unavailable
    return Misconfigured


def _said(content: bytes) -> tuple[str, str]:
    """Return the error's code and description; two empty texts for a page of HTML."""
    try:
        body = exact_json.load(content)
    except ValueError:
        return "", ""
    if not isinstance(body, dict):
        return "", ""
    return str(body.get("error") or ""), str(body.get("error_description") or "")


def _tokens(client: _Client, now: datetime) -> Tokens:
    """Read the tokens AuthClient has put onto itself."""
    if not client.access_token or not client.refresh_token:
        raise Unsure("Intuit's answer holds no tokens.", status=200)
    return Tokens(
        access_token=str(client.access_token),
        refresh_token=str(client.refresh_token),
        access_expires_at=_after(now, client.expires_in) or _default(now),
        refresh_expires_at=_after(now, client.x_refresh_token_expires_in),
        hard_expires_at=_after(now, getattr(client, "x_refresh_token_hard_expires_in", None)),
    )


def _default(now: datetime) -> datetime:
    return now + timedelta(seconds=_ACCESS_LIFETIME)


def _after(now: datetime, seconds: object) -> datetime | None:
    try:
        return now + timedelta(seconds=int(str(seconds)))
    except (ValueError, OverflowError):
        return None
