"""An address that somebody outside named, looked up once and checked before anything is opened."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from app.billing.safe_address import ForbiddenAddress, addresses_of, check_all

_HTTPS = "Its address must begin with https://."


class NotAllowed(Exception):
    """Raised with a sentence for an address that is never opened."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom to believe; loopback: this machine may be asked, without encryption too (development).

    certificates: a file of authorities.
    """

    loopback: bool = False
    certificates: str = DEFAULT_CA_BUNDLE_PATH


@dataclass(frozen=True, slots=True)
class Destination:
    """Where to connect: the address that was checked; the host is for headers and certificate."""

    tls: bool
    host: str
    port: int
    address: str
    host_header: str
    path: str


def destination(url: str, trust: Trust) -> Destination:
    """Look an address up and check all it leads to; raises NotAllowed, NoAddress."""
    parts = _checked(url, trust)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    addresses = addresses_of(host, port)
    try:
        check_all(addresses, loopback=trust.loopback)
    except ForbiddenAddress as error:
        raise NotAllowed(f"Its address is not allowed. {error}") from None
    if parts.scheme != "https" and not _all_loopback(addresses):
        raise NotAllowed(_HTTPS)
    shown = f"[{host}]" if ":" in host else host
    return Destination(
        tls=parts.scheme == "https",
        host=host,
        port=port,
        address=addresses[0],
        host_header=f"{shown}:{parts.port}" if parts.port else shown,
        path=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
    )


def _checked(url: str, trust: Trust) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for one that is no number
    except ValueError:
        raise NotAllowed("Its address cannot be read.") from None
    if parts.scheme != "https" and not (trust.loopback and parts.scheme == "http"):
        raise NotAllowed(_HTTPS)
    if not parts.hostname or parts.username or parts.password:
        raise NotAllowed("Its address must name a host, and no user.")
    return parts


def _all_loopback(addresses: list[str]) -> bool:
    return all(address.startswith("127.") or address == "::1" for address in addresses)
