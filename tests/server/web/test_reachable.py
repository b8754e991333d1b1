"""Which addresses are public: none of the server's own networks, in any notation."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papo.server.web.reachable import is_foreign, is_public

EMBEDDED = {"::": 0, "::ffff:0:0": 0, "::ffff:0:0:0": 0, "64:ff9b::": 0, "64:ff9b:1::": 0, "2002::": 80}
"""Networks of IPv6 with an IPv4 address inside, and how many bits from its end."""


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "0.1.2.3", "10.1.2.3", "100.64.0.1", "100.127.255.255", "169.254.169.254",
        "172.16.0.1", "172.31.255.1", "192.168.1.1", "192.0.0.8", "192.0.0.9", "192.0.2.1", "192.88.99.1",
        "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.5", "224.0.0.1", "239.1.1.1", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:8.8.8.8",
        "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "2002:7f00:1::", "2002:808:808::", "2001:0:7f00:1::",
        "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "3fff::1", "5f00::1", "fc00::1", "fd12::1",
        "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1", "100::1", "4000::1", "e000::1",
    ],
)  # fmt: skip
def test_private_addresses_are_not_public(address: str) -> None:
    """Private, reserved, multicast and embedded addresses."""
    assert not is_public(address)


@pytest.mark.parametrize(
    "text", ["localhost", "", " ", "1.2.3", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "08.8.8.8", "8.8.8.8 ",
             "8.8.8.8:80", "[2606:4700::1]", "8.8.8.8/32", "８.8.8.8", "%", "2606:4700::1111::"],
)  # fmt: skip
def test_text_that_is_not_an_address_is_not_public(text: str) -> None:
    """Names and old notations of numbers."""
    assert not is_public(text)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "93.184.215.14", "2606:4700::1111", "2a00:1450:4001::5e"])
def test_other_addresses_are_public(address: str) -> None:
    """Public addresses."""
    assert is_public(address)


@given(st.ip_addresses(v=4), st.sampled_from(list(EMBEDDED)))
def test_no_embedded_address_is_public(inner: IPv4Address, network: str) -> None:
    """IPv4-compatible, -mapped, -translated, NAT64 and 6to4: a link has no honest use for them."""
    assert not is_public(str(IPv6Address(int(IPv6Address(network)) | int(inner) << EMBEDDED[network])))


@given(st.one_of(st.text(max_size=50), st.from_regex(r"[0-9a-fx:.%]{0,45}", fullmatch=True)))
def test_any_text_is_checked_without_raising(text: str) -> None:
    """Whatever a resolver returns."""
    assert is_public(text) in {True, False}


def test_the_servers_own_networks_are_not_foreign() -> None:
    """Even if their addresses are public, as those of a home with IPv6 are."""
    own = ["192.168.0.5", "198.41.0.4", "2a00:1450:4001:800::5"]
    assert not is_foreign("2a00:1450:4001:800:ffff::1", own)
    assert not is_foreign("198.41.0.200", own)
    assert not is_foreign("10.0.0.1", own)
    assert is_foreign("2a00:1450:4001:801::1", own)
    assert is_foreign("8.8.8.8", own)
