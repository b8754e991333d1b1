"""Who may connect: counters, with the clock given from outside and no socket."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from papo.protocol.networks import Networks, counted_as
from papo.protocol.proxy import is_trusted, plain_address
from papo.server.rate_limit import Rate, TokenBucket

if TYPE_CHECKING:
    from papo.config import Limits

WINDOW_S = 600
MAX_IDLE_ADDRESSES = 65_536
"""Networks remembered at most, besides those that are connected: about 10 MiB."""
SWEEP_INTERVAL_S = 60.0

MakeRoom = Callable[[str], bool]
"""Closes a connection of this network that may be closed for another, and releases it; False if there is none."""


class _Counts:
    """The counts of a network."""

    __slots__ = ("arrivals", "total", "unregistered")

    def __init__(self, arrivals: TokenBucket) -> None:
        self.arrivals = arrivals
        self.total = 0
        self.unregistered = 0


class Admission:
    """Counts connections. Every `admit` that returns "" is followed by one `release` with the same address."""

    def __init__(self, limits: Callable[[], Limits], *, exempt: Callable[[], Networks] = tuple) -> None:
        """Count connections against these limits.

        Args:
            limits: Gives the current settings, so that a reload takes effect at once.
            exempt: Gives the networks without limits besides loopback: those of proxies, as they are now.
        """
        self._limits = limits
        self._exempt = exempt
        self._networks: dict[str, _Counts] = {}
        self._all_rate = Rate(0, 0)
        self._all_arrivals = TokenBucket(self._all_rate, 0.0)
        self._swept_at_s = 0.0
        self.total = 0
        """Current connections."""

    def __len__(self) -> int:
        """How many networks are remembered."""
        return len(self._networks)

    def networks(self, address: str) -> tuple[tuple[str, int], ...]:
        """What an address is counted by, as `networks.counted_as`; () for addresses without limits and unix sockets."""
        try:
            ip = plain_address(address)
        except ValueError:
            return ()
        exempt = self._exempt()
        if ip.is_loopback or (exempt and is_trusted(address, exempt)):
            return ()
        return counted_as(ip)

    def admit(self, address: str, now_s: float, make_room: MakeRoom = lambda _: False) -> str:
        """Count a new connection and return ""; or return the reason that it is refused.

        `address` is "" for a unix socket; `now_s` is `time.monotonic()`.
        """
        networks = self.networks(address)
        if not networks:
            self.total += 1
            return ""
        if now_s - self._swept_at_s > SWEEP_INTERVAL_S or len(self._networks) > MAX_IDLE_ADDRESSES + self.total:
            self._sweep(now_s)
        limits = self._limits()
        for key, share in networks:
            if key not in self._networks:
                self._networks[key] = _Counts(TokenBucket(_arrival_rate(limits, share), now_s))
        if limits.enabled:
            reason = self._spend(networks, now_s)
            if reason:
                return reason
            reason = next(filter(None, (self._crowding(key, share, make_room) for key, share in networks)), "")
            if reason:
                self._give_back(networks)
                return reason
        for key, _ in networks:
            self._networks[key].total += 1
            self._networks[key].unregistered += 1
        self.total += 1
        return ""

    def registered(self, address: str) -> None:
        """The connection has registered: it no longer counts as unregistered."""
        for key, _ in self.networks(address):
            counts = self._networks.get(key)
            if counts is not None and counts.unregistered:
                counts.unregistered -= 1

    def release(self, address: str, *, registered: bool) -> None:
        """The connection is closed. `registered`: whether `registered()` was called for it."""
        self.total = max(0, self.total - 1)
        for key, _ in self.networks(address):
            counts = self._networks.get(key)
            if counts is None:
                continue
            counts.total = max(0, counts.total - 1)
            if not registered:
                counts.unregistered = max(0, counts.unregistered - 1)

    def _crowding(self, network: str, share: int, make_room: MakeRoom) -> str:
        """Why this network may have no more connections, even if one that is worth less was closed; "" if it may."""
        limits, counts = self._limits(), self._networks[network]
        reason = ""
        if counts.total >= limits.connections_per_address * share:
            reason = "Too many connections from your address"
        elif counts.unregistered >= limits.unregistered_per_address * share:
            reason = "Too many connections from your address have not registered yet"
        return reason if reason and not make_room(network) else ""

    def _spend(self, networks: tuple[tuple[str, int], ...], now_s: float) -> str:
        """Count an arrival by each network and by all; or none of them, and return the reason."""
        limits = self._limits()
        spent: list[TokenBucket] = []
        reason = ""
        for key, share in networks:
            bucket = self._networks[key].arrivals
            if bucket.spend(_arrival_rate(limits, share), now_s):
                reason = "Your address connects too often, wait some minutes"
                break
            spent.append(bucket)
        rate = Rate(limits.connections_per_s, limits.connections_per_s)
        if rate != self._all_rate:
            self._all_rate, self._all_arrivals = rate, TokenBucket(rate, now_s)
        if not reason and self._all_arrivals.spend(rate, now_s):
            reason = "The server is busy, wait a moment"
        if reason:
            for bucket in spent:
                bucket.tokens += 1
        return reason

    def _give_back(self, networks: tuple[tuple[str, int], ...]) -> None:
        """A connection that was refused has not arrived."""
        for bucket in (self._all_arrivals, *(self._networks[key].arrivals for key, _ in networks)):
            bucket.tokens += 1

    def _sweep(self, now_s: float) -> None:
        """Forget networks that are not connected once their rate has recovered; all of them if there are too many."""
        self._swept_at_s = now_s
        crowded = len(self._networks) > MAX_IDLE_ADDRESSES + self.total
        for key, counts in list(self._networks.items()):
            if not counts.total and (crowded or now_s - counts.arrivals.seen_at_s > WINDOW_S):
                del self._networks[key]


def _arrival_rate(limits: Limits, share: int) -> Rate:
    return Rate(limits.connections_per_10min * share / WINDOW_S, limits.connections_per_10min * share)
