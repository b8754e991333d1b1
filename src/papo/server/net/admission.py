"""Who may connect: counters, with the clock given from outside and no socket."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Address
from typing import TYPE_CHECKING

from papo.protocol.networks import Networks
from papo.protocol.proxy import is_trusted, plain_address
from papo.server.rate_limit import Rate, TokenBucket

if TYPE_CHECKING:
    from papo.config import Limits

WINDOW_S = 600
MAX_IDLE_ADDRESSES = 65_536
"""Addresses remembered at most, besides those that are connected: about 10 MiB."""
SWEEP_INTERVAL_S = 60.0
_IPV6_PREFIX = 64
"""A home or a phone has a whole /64: counting single addresses would limit nothing."""


class _Counts:
    """The counts of an address, or a /64."""

    __slots__ = ("arrivals", "total", "unregistered")

    def __init__(self, arrivals: TokenBucket) -> None:
        self.arrivals = arrivals
        self.total = 0
        self.unregistered = 0


class Admission:
    """Counts connections. Every `admit` that returns "" is followed by one `release` with the same address."""

    def __init__(
        self, limits: Callable[[], Limits], *, exempt: Callable[[], Networks] = tuple, max_total: int = 0
    ) -> None:
        """Count connections against these limits.

        Args:
            limits: Gives the current settings, so that a reload takes effect at once.
            exempt: Gives the networks without limits besides loopback: those of proxies, as they are now.
            max_total: Connections that the process has file descriptors for, in force even if the limits are off;
                0: no limit.
        """
        self._limits = limits
        self._exempt = exempt
        self._max_total = max_total
        self._addresses: dict[str, _Counts] = {}
        self._all_rate = Rate(0, 0)
        self._all_arrivals = TokenBucket(self._all_rate, 0.0)
        self._swept_at_s = 0.0
        self.total = 0
        """Current connections."""

    def __len__(self) -> int:
        """How many addresses are remembered."""
        return len(self._addresses)

    def admit(self, address: str, now_s: float) -> str:
        """Count a new connection and return ""; or return the reason that it is refused.

        `address` is "" for a unix socket; `now_s` is `time.monotonic()`.
        """
        if self._max_total and self.total >= self._max_total:
            return "The server is full"
        key = self._key(address)
        limits = self._limits()
        if not key:
            self.total += 1
            return ""
        if now_s - self._swept_at_s > SWEEP_INTERVAL_S or len(self._addresses) > MAX_IDLE_ADDRESSES + self.total:
            self._sweep(now_s)
        counts = self._addresses.get(key)
        if limits.enabled:
            reason = self._refusal(counts, now_s)
            if reason:
                return reason
        if counts is None:
            rate = _arrival_rate(limits)
            counts = self._addresses[key] = _Counts(TokenBucket(rate, now_s))
            if limits.enabled:
                counts.arrivals.spend(rate, now_s)
        counts.total += 1
        counts.unregistered += 1
        self.total += 1
        return ""

    def registered(self, address: str) -> None:
        """The connection has registered: it no longer counts as unregistered."""
        counts = self._addresses.get(self._key(address))
        if counts is not None and counts.unregistered:
            counts.unregistered -= 1

    def release(self, address: str, *, registered: bool) -> None:
        """The connection is closed. `registered`: whether `registered()` was called for it."""
        self.total = max(0, self.total - 1)
        counts = self._addresses.get(self._key(address))
        if counts is None:
            return
        counts.total = max(0, counts.total - 1)
        if not registered:
            counts.unregistered = max(0, counts.unregistered - 1)

    def _refusal(self, counts: _Counts | None, now_s: float) -> str:
        limits = self._limits()
        if counts is not None:
            if counts.total >= limits.connections_per_address:
                return "Too many connections from your address"
            if counts.unregistered >= limits.unregistered_per_address:
                return "Too many connections from your address have not registered yet"
            if counts.arrivals.spend(_arrival_rate(limits), now_s):
                return "Your address connects too often, wait some minutes"
        rate = Rate(limits.connections_per_s, limits.connections_per_s)
        if rate != self._all_rate:
            self._all_rate, self._all_arrivals = rate, TokenBucket(rate, now_s)
        return "The server is busy, wait a moment" if self._all_arrivals.spend(rate, now_s) else ""

    def _key(self, address: str) -> str:
        """The address, or its /64; "" for addresses without limits."""
        try:
            ip = plain_address(address)
        except ValueError:
            return ""
        exempt = self._exempt()
        if ip.is_loopback or (exempt and is_trusted(address, exempt)):
            return ""
        if isinstance(ip, IPv6Address):
            return ip.packed[: _IPV6_PREFIX // 8].hex()
        return str(ip)

    def _sweep(self, now_s: float) -> None:
        """Forget addresses that are not connected once their rate has recovered; all of them if there are too many."""
        self._swept_at_s = now_s
        crowded = len(self._addresses) > MAX_IDLE_ADDRESSES + self.total
        for key, counts in list(self._addresses.items()):
            if not counts.total and (crowded or now_s - counts.arrivals.seen_at_s > WINDOW_S):
                del self._addresses[key]


def _arrival_rate(limits: Limits) -> Rate:
    return Rate(limits.connections_per_10min / WINDOW_S, limits.connections_per_10min)
