"""Limits failed logins, for each account and each network, without locking an account's owner out.

A network that the account has logged in from before is counted apart, so guessing from anywhere else never locks its
owner out.
"""

from __future__ import annotations

import hashlib
from ipaddress import ip_address, ip_network

from papo.server.rate_limit import SlidingWindow

PER_ACCOUNT, ACCOUNT_S = 5, 1800.0
PER_NETWORK, NETWORK_S = 20, 600.0
MAX_ENTRIES = 50_000


class Throttle:
    """Counts failed logins."""

    def __init__(self) -> None:
        self._failures = SlidingWindow(max_times=PER_NETWORK, max_keys=MAX_ENTRIES)

    def allows(self, account: str, address: str, now_s: float, *, known_network: bool) -> bool:
        """Whether another attempt is allowed; `known_network` if the account has logged in from this network before."""
        network = network_of(address)
        if self._failures.count(f"n {network}", NETWORK_S, now_s) >= PER_NETWORK:
            return False
        return self._failures.count(_key(account, network, known_network=known_network), ACCOUNT_S, now_s) < PER_ACCOUNT

    def count_failure(self, account: str, address: str, now_s: float, *, known_network: bool) -> None:
        """An attempt has failed."""
        network = network_of(address)
        for key in (f"n {network}", _key(account, network, known_network=known_network)):
            self._failures.note(key, now_s)


def _key(account: str, network: str, *, known_network: bool) -> str:
    return f"a {account} {network}" if known_network else f"a {account}"


def network_of(address: str) -> str:
    """The IPv4 address, or the /64 of an IPv6 address; "" for a Unix socket."""
    if not address:
        return ""
    parsed = ip_address(address)
    return str(parsed) if parsed.version == 4 else str(ip_network(f"{address}/64", strict=False))


def network_mark(account_id: str, address: str) -> str:
    """A digest by which an account remembers a network without keeping the address."""
    return hashlib.sha256(f"{account_id} {network_of(address)}".encode()).hexdigest()[:16]
