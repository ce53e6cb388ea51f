"""No address that leads into a private network is ever opened."""

import pytest

from app.billing.safe_address import ForbiddenAddress, NoAddress, addresses_of, check_all

FORBIDDEN = {
    "loopback": "127.0.0.1",
    "loopback, another": "127.9.9.9",
    "loopback v6": "::1",
    "private 10": "10.0.0.1",
    "private 172": "172.16.5.4",
    "private 192": "192.168.1.1",
    "shared by carriers": "100.64.0.1",
    "link-local": "169.254.1.1",
    "metadata of clouds": "169.254.169.254",
    "metadata v6": "fd00:ec2::254",
    "unspecified": "0.0.0.0",  # noqa: S104  an address to be refused
    "unspecified v6": "::",
    "broadcast": "255.255.255.255",
    "multicast": "224.0.0.1",
    "multicast v6": "ff02::1",
    "reserved": "240.0.0.1",
    "documentation": "192.0.2.1",
    "documentation v6": "2001:db8::1",
    "benchmarks": "198.18.0.1",
    "link-local v6": "fe80::1",
    "link-local v6 of a line": "fe80::1%eth0",
    "unique local v6": "fc00::1",
    "site local v6": "fec0::1",
    "mapped loopback": "::ffff:127.0.0.1",
    "mapped private": "::ffff:10.0.0.1",
    "mapped metadata": "::ffff:169.254.169.254",
    "compatible loopback": "::127.0.0.1",
    "translated private": "64:ff9b::10.0.0.1",
    "tunnelled (6to4) private": "2002:0a00:0001::1",
    "tunnelled (teredo) private": "2001:0:4136:e378:8000:63bf:f5ff:fffe",
}


@pytest.mark.parametrize("address", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_it_is_refused(address: str) -> None:
    with pytest.raises(ForbiddenAddress):
        check_all([address])


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]
)
def test_a_public_one_is_not(address: str) -> None:
    check_all([address])


def test_one_private_address_among_public_ones_is_enough() -> None:
    with pytest.raises(ForbiddenAddress):
        check_all(["93.184.216.34", "10.0.0.1"])


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_in_development_this_machine_may_be_asked(address: str) -> None:
    check_all([address], loopback=True)


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "fe80::1"])
def test_in_development_other_machines_may_not(address: str) -> None:
    with pytest.raises(ForbiddenAddress):
        check_all([address], loopback=True)


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "localhost"])
def test_other_spellings_of_an_address_are_what_they_resolve_to(host: str) -> None:
    with pytest.raises(ForbiddenAddress):
        check_all(addresses_of(host, 443))


def test_a_name_that_leads_nowhere() -> None:
    with pytest.raises(NoAddress):
        addresses_of("x" * 64 + ".example", 443)
