"""Where the server may connect for a user: to public addresses, and never to its own network. Pure."""

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
"""Private, reserved, multicast, and every IPv6 notation of an IPv4 address (IANA special-purpose registries)."""
_GLOBAL = IPv6Network("2000::/3")


def is_public(address: str) -> bool:
    """Whether a numeric address is on the public internet. False for anything else, names included."""
    try:
        parsed: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address) and parsed not in _GLOBAL:
        return False
    return parsed.is_global and not any(parsed in network for network in _NEVER if network.version == parsed.version)


def is_foreign(address: str, own: Iterable[str]) -> bool:
    """Whether an address is public and not in one of this machine's networks, which may be public too.

    `own` are this machine's addresses. Its networks are taken as the /24 (IPv4) or /64 (IPv6) around each.
    """
    if not is_public(address):
        return False
    parsed = ip_address(address.partition("%")[0])
    return not any(
        parsed in ip_network(f"{each}/{64 if ':' in each else 24}", strict=False)
        for each in own
        if (":" in each) == (parsed.version == 6)
    )
