"""Addresses and networks that are told apart from others, such as trusted proxies."""

from __future__ import annotations

from collections.abc import Container, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Networks: TypeAlias = Sequence[Container[Address]]


class Network:
    """An address, or a network of them: `127.0.0.1`, `10.0.0.0/8`, `fd00::/8`."""

    __slots__ = ("_network", "text")

    def __init__(self, text: str) -> None:
        """Raises ValueError if it is neither. A network is written with its first address: `10.0.0.0/8`."""
        self.text = text
        self._network = ip_network(text)

    def __contains__(self, address: object) -> bool:
        return address in self._network

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Network) and self._network == other._network

    def __hash__(self) -> int:
        return hash(self._network)

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__


def first_address(text: str) -> str:
    """The network that an address within it is written for: `10.0.0.0/8` for `10.0.0.1/8`; "" if there is none."""
    try:
        return str(ip_network(text, strict=False))
    except ValueError:
        return ""


IPV6_SHARES = ((64, 1), (48, 16))
"""Prefix length to how many times the limit of one address it may have: a home or a phone has a whole /64, and a site,
or whoever asks a tunnel broker, a /48 of 65,536 of them (RFC 6177)."""


def counted_as(address: Address) -> tuple[tuple[str, int], ...]:
    """What an address is counted by, narrowest first: keys, and how many times the limit of one address each has."""
    if isinstance(address, IPv4Address):
        return ((str(address), 1),)
    packed = address.packed
    return tuple((f"{packed[: bits // 8].hex()}/{bits}", share) for bits, share in IPV6_SHARES)
