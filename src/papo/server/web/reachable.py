"""Where the server may connect on somebody's behalf: to public addresses, and to nothing of its own network. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

_NEVER = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
            "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32",
            "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/9", "ff00::/8",
        ),
    )
)  # fmt: skip
"""Private, reserved, multicast, and every way to write an IPv4 address inside an IPv6 one (IANA special registries)."""
_GLOBAL = IPv6Network("2000::/3")


def is_public(address: str) -> bool:
    """Whether an address, as a number and not as a name, is one of the open internet. Deny is the default."""
    try:
        parsed: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address) and parsed not in _GLOBAL:
        return False
    return parsed.is_global and not any(parsed in network for network in _NEVER if network.version == parsed.version)


def is_foreign(address: str, own: Iterable[str]) -> bool:
    """Whether an address is public and not of this machine's own networks, which may have public addresses too.

    `own`: this machine's addresses. An IPv6 network is a /64, an IPv4 one at least the /24 around the address.
    """
    if not is_public(address):
        return False
    parsed = ip_address(address.partition("%")[0])
    return not any(
        parsed in ip_network(f"{each}/{64 if ':' in each else 24}", strict=False)
        for each in own
        if (":" in each) == (parsed.version == 6)
    )
