"""Cloaks, shown in place of addresses: an address always has the same cloak, and neighbours share its end.

`a.b.c.cloak` for an IPv4 address: `*.c.cloak` is its /16, `*.b.c.cloak` its /24; for IPv6 the /48, /56 and /64.
Without the secret, nobody can find the address of a cloak by trying all addresses.
"""

from __future__ import annotations

import base64
import hmac
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_V4, _V6 = (32, 24, 16), (64, 56, 48)


def cloak(address: str, secret: bytes, suffix: str) -> str:
    """The cloak of an address: `a.b.c` and the suffix."""
    parsed = _parse(address)
    lengths = _V4 if parsed.version == 4 else _V6
    words = [_word(str(ip_network(f"{parsed}/{length}", strict=False)), secret) for length in lengths]
    return ".".join([*words, suffix])


def is_global(address: str) -> bool:
    """Whether the address is on the internet, not on a local network."""
    return bool(address) and _parse(address).is_global


def _parse(address: str) -> IPv4Address | IPv6Address:
    parsed = ip_address(address)
    return parsed.ipv4_mapped or parsed if isinstance(parsed, IPv6Address) else parsed


def _word(network: str, secret: bytes) -> str:
    digest = hmac.digest(secret, network.encode(), "sha256")
    return base64.b32encode(digest[:5]).decode().lower()
