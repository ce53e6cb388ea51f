"""Which addresses of the network may be opened because somebody outside named them."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# An IPv4 address inside these goes to that address in the end.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LOW_32 = 0xFFFFFFFF


class ForbiddenAddress(Exception):
    """Raised with a sentence for an address that is not of the public network."""


class NoAddress(Exception):
    """Raised when a name leads nowhere just now."""


def addresses_of(host: str, port: int) -> list[str]:
    """Resolve a name once; raises NoAddress.

    Whoever connects does so to what is returned here: asked a second time, the name might lead
    elsewhere.
    """
    if (written := _written_out(host)) is not None:
        return [written]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NoAddress(f"{host} leads nowhere.") from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _written_out(host: str) -> str | None:
    """Return the address that a host is in itself, in any spelling; None for a name."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))  # 127.1, 0x7f000001, 2130706433
    except OSError:
        return None


def check_all(addresses: list[str], *, loopback: bool = False) -> None:
    """Refuse a name of which any address is not public; raises ForbiddenAddress.

    loopback: this machine itself may be meant, as in development.
    """
    for text in addresses:
        address = ipaddress.ip_address(text.partition("%")[0])
        if loopback and all(one.is_loopback for one in _meant(address)):
            continue
        if not all(_is_public(one) for one in _meant(address)):
            raise ForbiddenAddress("It leads into a private network, which is never opened.")


def _meant(address: Address) -> Iterator[Address]:
    """Yield the address, or those that it stands for: mapped, translated and tunnelled IPv4."""
    if isinstance(address, ipaddress.IPv4Address):
        yield address
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
        return
    inner = [address.sixtofour, *(address.teredo or ())]
    # The latter: IPv4-compatible, long retired; ::1 is of that form and means itself.
    if address in _NAT64 or 1 < int(address) <= _LOW_32:
        inner.append(ipaddress.IPv4Address(int(address) & _LOW_32))
    yield from (one for one in inner if one is not None)
    if address not in _NAT64:
        yield address


def _is_public(address: Address) -> bool:
    """Tell an address of the public network: not private, loopback, link-local, multicast, …"""
    if isinstance(address, ipaddress.IPv6Address) and address.is_site_local:
        return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified
    )
