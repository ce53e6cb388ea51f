"""Issue, rotate, refuse and revoke Intuit's tokens (facts: quickbooks 1.4 to 1.7)."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from simulator.store import Store
from simulator.switches import Switches

ACCESS_SECONDS = 3600
REFRESH_SECONDS = 100 * 86400
ROTATION_SECONDS = 86400
HARD_SECONDS = 5 * 365 * 86400


class InvalidGrant(Exception):
    """Refuse with ``invalid_grant``; the text is the error_description."""


class AccessDenied(Exception):
    """Refuse an API call: 401 with a detail, or 403."""

    def __init__(self, status: int, detail: str | None) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


@dataclass(frozen=True)
class Issued:
    """A token answer's values."""

    access_token: str
    refresh_token: str
    refresh_expires_in: int
    hard_expires_in: int

    def document(self, hard: bool) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "x_refresh_token_expires_in": self.refresh_expires_in,
            "refresh_token": self.refresh_token,
            "access_token": self.access_token,
            "token_type": "bearer",
            "expires_in": ACCESS_SECONDS,
        }
        if hard:
            answer["x_refresh_token_hard_expires_in"] = self.hard_expires_in
        return answer


class Tokens:
    """Keep one consent per authorisation of an app for a company."""

    def __init__(self, store: Store, switches: Switches) -> None:
        self._store, self._switches = store, switches
        self._refreshing: set[str] = set()
        self._guard = threading.Lock()

    # Authorisation

    def issue_code(
        self, realm: str, client_id: str, redirect_uri: str, scope: str, now: datetime
    ) -> str:
        code = "XAB1" + secrets.token_urlsafe(32)
        self._store.execute(
            "INSERT INTO authorization_code VALUES (?, ?, ?, ?, ?, ?, NULL)",
            code, realm, client_id, redirect_uri, scope, int(now.timestamp()),
        )  # fmt: skip
        return code

    def exchange(self, code: str, client_id: str, redirect_uri: str, now: datetime) -> Issued:
        """Turn a code into tokens, once. A second use revokes nothing but is refused."""
        with self._store.transaction():
            row = self._store.row("SELECT * FROM authorization_code WHERE code=?", code)
            lifetime = self._switches["auth_code_minutes"] * 60
            if (
                row is None
                or row["consent"] is not None
                or row["issued"] + lifetime < now.timestamp()
            ):
                raise InvalidGrant("Invalid authorization code")
            if row["client_id"] != client_id or row["redirect_uri"] != redirect_uri:
                raise InvalidGrant("Incorrect Token type or clientID")
            issued, consent = self._consent(row["realm"], client_id, row["scope"], now)
            self._store.execute(
                "UPDATE authorization_code SET consent=? WHERE code=?", consent, code
            )
            return issued

    def grant(self, realm: str, client_id: str, now: datetime) -> Issued:
        """Issue tokens without a browser, for tests and headless set-up."""
        with self._store.transaction():
            return self._consent(realm, client_id, "com.intuit.quickbooks.accounting", now)[0]

    def _consent(self, realm: str, client_id: str, scope: str, now: datetime) -> tuple[Issued, int]:
        epoch = int(now.timestamp())
        consent = self._store.one(
            "INSERT INTO consent (realm, client_id, scope, started)"
            " VALUES (?, ?, ?, ?) RETURNING id",
            realm, client_id, scope, epoch,
        )["id"]  # fmt: skip
        refresh = self._new_refresh(consent, epoch)
        return self._issued(consent, refresh, epoch, epoch, epoch), consent

    # Refreshing

    @contextmanager
    def refreshing(self, value: str) -> Iterator[None]:
        """Hold a refresh value while it is used: of two truly concurrent uses the second fails."""
        with self._guard:
            if value in self._refreshing:
                raise InvalidGrant("Incorrect or invalid refresh token")
            self._refreshing.add(value)
        try:
            yield
        finally:
            with self._guard:
                self._refreshing.discard(value)

    def refresh(self, value: str, client_id: str, now: datetime) -> Issued:
        """Issue a new access token; the refresh value itself changes once it is a day old."""
        epoch = int(now.timestamp())
        refusal: str | None = None
        with self._store.transaction():
            row = self._token(value)
            if row is None or row["revoked"]:
                refusal = "Incorrect or invalid refresh token"
            elif row["kind"] != "refresh" or row["client_id"] != client_id:
                refusal = "Incorrect Token type or clientID"
            elif epoch >= row["expires"] or epoch >= row["started"] + HARD_SECONDS:
                refusal = "Token expired"
            elif row["superseded"] is not None and not self._in_grace(row, epoch):
                refusal = "Incorrect or invalid refresh token"
                if self._switches["superseded_refresh_revokes"]:
                    self._store.execute("UPDATE consent SET revoked=1 WHERE id=?", row["consent"])
            else:
                return self._renew(row, epoch)
        raise InvalidGrant(refusal)

    def _in_grace(self, row: Any, epoch: int) -> bool:
        grace = self._switches["old_refresh_token"] == "grace"  # noqa: S105 - a policy
        return bool(grace and epoch < row["superseded"] + ROTATION_SECONDS)

    def _renew(self, row: Any, epoch: int) -> Issued:
        consent, value, issued = row["consent"], row["value"], row["issued"]
        if row["superseded"] is not None:
            newest = self._store.one(
                "SELECT * FROM token WHERE consent=? AND kind='refresh' AND superseded IS NULL",
                consent,
            )
            value, issued = newest["value"], newest["issued"]
        elif epoch - row["issued"] >= ROTATION_SECONDS:
            self._store.execute("UPDATE token SET superseded=? WHERE value=?", epoch, value)
            value, issued = self._new_refresh(consent, epoch), epoch
        # The 100 days roll on with every refresh, also when the value stays the same.
        self._store.execute(
            "UPDATE token SET expires=? WHERE value=?", epoch + REFRESH_SECONDS, value
        )
        return self._issued(consent, value, issued, row["started"], epoch)

    def _new_refresh(self, consent: int, epoch: int) -> str:
        value = f"AB11{secrets.token_hex(23)}"
        self._store.execute(
            "INSERT INTO token VALUES (?, ?, 'refresh', ?, ?, NULL)",
            value,
            consent,
            epoch,
            epoch + REFRESH_SECONDS,
        )
        return value

    def _issued(self, consent: int, refresh: str, issued: int, started: int, epoch: int) -> Issued:
        access = f"eyJlbmMiOiJBMTI4Q0JDLUhTMjU2IiwiYWxnIjoiZGlyIn0..{secrets.token_urlsafe(480)}"
        self._store.execute(
            "INSERT INTO token VALUES (?, ?, 'access', ?, ?, NULL)",
            access,
            consent,
            epoch,
            epoch + ACCESS_SECONDS,
        )
        return Issued(access, refresh, REFRESH_SECONDS, started + HARD_SECONDS - epoch)

    # Using and ending

    def check(self, access_token: str, realm: str, now: datetime) -> None:
        """Let an API call pass. Raise AccessDenied: 401 for the token, 403 for the company."""
        row = self._token(access_token)
        if row is None or row["kind"] != "access":
            raise AccessDenied(401, "Malformed bearer token: too short or too long")
        if row["revoked"]:
            raise AccessDenied(401, "Token revoked")
        if now.timestamp() >= row["expires"]:
            raise AccessDenied(401, f"Token expired: {access_token[:12]}…")
        if row["realm"] != realm:
            raise AccessDenied(403, None)

    def revoke(self, value: str) -> bool:
        """Kill all an app may do in the token's company; return whether the token was live."""
        row = self._token(value)
        if row is None or row["revoked"]:
            return False
        self._store.execute(
            "UPDATE consent SET revoked=1 WHERE realm=? AND client_id=?",
            row["realm"],
            row["client_id"],
        )
        return True

    def revoke_realm(self, realm: str) -> None:
        """Disconnect every app from a company, as its owner can do inside QuickBooks."""
        self._store.execute("UPDATE consent SET revoked=1 WHERE realm=?", realm)

    def expire_access(self, realm: str) -> None:
        self._store.execute(
            "UPDATE token SET expires=0 WHERE kind='access'"
            " AND consent IN (SELECT id FROM consent WHERE realm=?)",
            realm,
        )

    def rotate_refresh(self, realm: str) -> None:
        """Make the next refresh hand out a new value, as after a day."""
        self._store.execute(
            "UPDATE token SET issued=issued-? WHERE kind='refresh'"
            " AND consent IN (SELECT id FROM consent WHERE realm=?)",
            ROTATION_SECONDS, realm,
        )  # fmt: skip

    def owner(self, access_token: str) -> str | None:
        row = self._token(access_token)
        return None if row is None or row["revoked"] else row["realm"]

    def _token(self, value: str) -> Any:
        return self._store.row(
            "SELECT token.*, consent.realm, consent.client_id, consent.revoked, consent.started"
            " FROM token JOIN consent ON consent.id=token.consent WHERE token.value=?",
            value,
        )
