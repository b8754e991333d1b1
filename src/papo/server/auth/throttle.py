"""How often somebody may guess: per account and per network, without shutting the owner out.

A network from which an account signed in before has a count of its own, so that guessing from anywhere else
never locks its owner out (S5).
"""

from __future__ import annotations

import hashlib
from collections import deque
from ipaddress import ip_address, ip_network

PER_ACCOUNT, ACCOUNT_S = 5, 1800.0
PER_NETWORK, NETWORK_S = 20, 600.0
MAX_ENTRIES = 50_000


class Throttle:
    """Failed sign-ins of the last while."""

    def __init__(self) -> None:
        self._failed: dict[str, deque[float]] = {}

    def may_try(self, account: str, address: str, now_s: float, *, known: bool) -> bool:
        """Whether another try is allowed; `known` where the account signed in from that network before."""
        network = network_of(address)
        if self._count(f"n {network}", now_s, NETWORK_S) >= PER_NETWORK:
            return False
        return self._count(_key(account, network, known=known), now_s, ACCOUNT_S) < PER_ACCOUNT

    def note(self, account: str, address: str, now_s: float, *, known: bool) -> None:
        """A try failed."""
        network = network_of(address)
        for key in (f"n {network}", _key(account, network, known=known)):
            self._failed.setdefault(key, deque(maxlen=PER_NETWORK)).append(now_s)
        while len(self._failed) > MAX_ENTRIES:
            del self._failed[next(iter(self._failed))]

    def _count(self, key: str, now_s: float, window_s: float) -> int:
        times = self._failed.get(key)
        if times is None:
            return 0
        while times and times[0] <= now_s - window_s:
            times.popleft()
        if not times:
            del self._failed[key]
        return len(times)


def _key(account: str, network: str, *, known: bool) -> str:
    return f"a {account} {network}" if known else f"a {account}"


def network_of(address: str) -> str:
    """The IPv4 address or IPv6 /64 that counts as one place; "" for a unix socket."""
    if not address:
        return ""
    parsed = ip_address(address)
    return str(parsed) if parsed.version == 4 else str(ip_network(f"{address}/64", strict=False))


def mark_of(account_id: str, address: str) -> str:
    """A network as an account remembers it: no address is kept."""
    return hashlib.sha256(f"{account_id} {network_of(address)}".encode()).hexdigest()[:16]
