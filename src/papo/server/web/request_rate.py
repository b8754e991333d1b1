"""How many HTTP requests an address may make: what comes too fast waits before it is answered, as in the chat."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from papo.protocol.networks import counted_as
from papo.protocol.proxy import plain_address
from papo.server import costs
from papo.server.rate_limit import KeyedBuckets, Rate

if TYPE_CHECKING:
    from papo.config import Limits

MAX_WAIT_S = 10.0
"""Who would have to wait longer is refused, after a wait all the same: a refusal is nearly as much work as a page."""


class RequestRate:
    """A bucket for each IPv4 address, and for what an IPv6 address is counted by; loopback addresses have none."""

    def __init__(self, limits: Callable[[], Limits], monotonic_s: Callable[[], float]) -> None:
        self._limits = limits
        self._monotonic_s = monotonic_s
        self._buckets = KeyedBuckets()

    def charge(self, address: str, cost: float) -> float:
        """Charge what is asked for, or what it turned out to cost; returns the seconds to wait before it is done.

        More than `MAX_WAIT_S`: it is to be refused. The debt of an address does not grow beyond that.
        """
        limits = self._limits()
        if not limits.enabled:
            return 0.0
        try:
            ip = plain_address(address)
        except ValueError:
            return 0.0  # a unix socket
        if ip.is_loopback:
            return 0.0
        wait_s = 0.0
        for key, share in counted_as(ip):
            rate = Rate(limits.http_per_s * share, limits.http_burst * share)
            wait_s = max(wait_s, self._buckets.owe(key, rate, self._monotonic_s(), cost, MAX_WAIT_S))
        return wait_s


def cost_of(method: str, path: str) -> float:
    """What a request costs before it is answered; `path` as in `routes.ROUTES`, or "" if there is no such route."""
    return costs.HTTP_ROUTES.get((method, path), costs.HTTP_REQUEST)
