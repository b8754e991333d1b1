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
