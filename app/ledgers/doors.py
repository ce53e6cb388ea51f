"""How a vendor gives permission and sends notices: what crosses these two doors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class App:
    """Our application as registered with the vendor."""

    client_id: str
    client_secret: str = field(repr=False)
    webhook_tokens: tuple[str, ...] = field(default=(), repr=False)  # several while rotating
    discovery_url: str = ""
    api_url: str = ""


@dataclass(frozen=True, slots=True)
class Tokens:
    """A permission as the vendor handed it out; times aware, UTC."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    access_expires_at: datetime
    refresh_expires_at: datetime | None
    hard_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """One event of a ledger's webhook."""

    event_id: str
    company_id: str
    entity: str
    ledger_id: str
    verb: str
    at: datetime | None
    absorbed_id: str | None = None  # the customer that was merged into ledger_id


class OAuth(Protocol):
    """Ask for, renew and give back a permission. Raises LedgerError's Reconnect and TryAgain."""

    def authorise_url(self, app: App, environment: str, redirect_uri: str, state: str) -> str:
        """Return where to send the person who consents."""

    def exchange(
        self, app: App, environment: str, redirect_uri: str, code: str, now: datetime
    ) -> Tokens:
        """Trade the code of a callback for tokens."""

    def refresh(self, app: App, environment: str, refresh_token: str, now: datetime) -> Tokens:
        """Trade a refresh token for new tokens; Disconnected when it is dead."""

    def knows(self, app: App, environment: str, now: datetime) -> bool:
        """Tell whether the vendor knows an application by this secret; true where nobody can say.

        Never raises LedgerError.
        """

    def revoke(self, app: App, environment: str, refresh_token: str) -> None:
        """Give the permission back; a token that is dead already is no error."""


class Webhooks(Protocol):
    """Verify and read a ledger's notices."""

    def verify(self, app: App, raw: bytes, headers: Mapping[str, str]) -> bool:
        """Tell in constant time whether the raw body carries a signature of ours."""

    def parse(self, raw: bytes) -> Sequence[Notice]:
        """Read a verified body; raises ValueError for one that is not the vendor's shape."""
