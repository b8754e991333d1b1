"""The rate limiter of connections, verbs, dialects, WebSocket frames and HTTP requests. The clock comes from outside.

A `TokenBucket` allows a burst and then a steady rate. A `SlidingWindow` allows so many in so many seconds, for each
key. All times are `time.monotonic()` seconds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from typing import NamedTuple


class Rate(NamedTuple):
    """How fast a bucket refills, and how much it holds. Any unit: lines, bytes, connections."""

    per_s: float
    burst: float


def per_minute(count: float) -> Rate:
    """All of a minute's share at once, and then evenly."""
    return Rate(count / 60, count)


class TokenBucket:
    """One bucket, full at first. The rate is given with each call, so that new settings count at once."""

    __slots__ = ("seen_at_s", "tokens")

    def __init__(self, rate: Rate, now_s: float) -> None:
        self.tokens = rate.burst
        """Negative after a cost greater than the burst."""
        self.seen_at_s = now_s
        """When `tokens` was counted."""

    def spend(self, rate: Rate, now_s: float, cost: float = 1.0) -> float:
        """Take `cost` and return 0.0; or take nothing and return the seconds to wait.

        A cost greater than the burst needs a full bucket and leaves a debt. Hot path.
        """
        tokens = self.tokens
        if now_s > self.seen_at_s:
            tokens = min(rate.burst, tokens + (now_s - self.seen_at_s) * rate.per_s)
            self.seen_at_s = now_s
        needed = min(cost, rate.burst)
        if tokens < needed:
            self.tokens = tokens
            return (needed - tokens) / rate.per_s
        self.tokens = tokens - cost
        return 0.0

    def give_back(self) -> None:
        """What was spent last, one token, was not used."""
        self.tokens += 1.0

    def charge(self, cost: float) -> None:
        """Take what was spent already, even if it is not there: a debt."""
        self.tokens -= cost

    def is_full(self, rate: Rate, now_s: float) -> bool:
        """Whether forgetting the bucket changes nothing."""
        return self.tokens + (now_s - self.seen_at_s) * rate.per_s >= rate.burst


class KeyedBuckets:
    """A bucket for each key: an address, an account, a channel. Full buckets are forgotten above `max_keys`."""

    def __init__(self, max_keys: int = 10_000) -> None:
        self._buckets: dict[Hashable, TokenBucket] = {}
        self._max_keys = max_keys

    def spend(self, key: Hashable, rate: Rate, now_s: float, cost: float = 1.0) -> float:
        """As `TokenBucket.spend`."""
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= self._max_keys:
                self._make_room(rate, now_s)
            bucket = self._buckets[key] = TokenBucket(rate, now_s)
        return bucket.spend(rate, now_s, cost)

    def owe(self, key: Hashable, rate: Rate, now_s: float, cost: float, max_wait_s: float) -> float:
        """Take `cost` even if it is not there, and return the seconds until it is.

        If that is more than `max_wait_s` nothing is taken.
        """
        if key not in self._buckets:
            self.spend(key, rate, now_s, 0.0)
        bucket = self._buckets[key]
        bucket.spend(rate, now_s, 0.0)
        wait_s = max(0.0, cost - bucket.tokens) / rate.per_s
        if wait_s <= max_wait_s:
            bucket.charge(cost)
        return wait_s

    def __len__(self) -> int:
        return len(self._buckets)

    def _make_room(self, rate: Rate, now_s: float) -> None:
        """Forget the full buckets, and if there are none, the oldest."""
        for key in [key for key, bucket in self._buckets.items() if bucket.is_full(rate, now_s)]:
            del self._buckets[key]
        if len(self._buckets) >= self._max_keys:
            del self._buckets[next(iter(self._buckets))]


class SlidingWindow:
    """When things happened, for each key. At most `max_times` are kept for a key, and `max_keys` keys."""

    def __init__(self, max_times: int, max_keys: int = 10_000) -> None:
        self._times: dict[Hashable, deque[float]] = {}
        self._max_times = max_times
        self._max_keys = max_keys

    def allow(self, key: Hashable, count: int, window_s: float, now_s: float) -> bool:
        """Whether fewer than `count` happened in the last `window_s`; if so, one more has."""
        if self.count(key, window_s, now_s) >= count:
            return False
        self.note(key, now_s)
        return True

    def count(self, key: Hashable, window_s: float, now_s: float) -> int:
        """How often it happened in the last `window_s`."""
        return sum(1 for at_s in self._times.get(key, ()) if at_s > now_s - window_s)

    def note(self, key: Hashable, now_s: float) -> None:
        """It happened once more."""
        times = self._times.get(key)
        if times is None:
            while len(self._times) >= self._max_keys:
                del self._times[next(iter(self._times))]
            times = self._times[key] = deque(maxlen=self._max_times)
        times.append(now_s)

    def take_back(self, key: Hashable, at_s: float) -> None:
        """It has not happened then after all."""
        times = self._times.get(key)
        if times is not None and at_s in times:
            times.remove(at_s)

    def move(self, old: Hashable, new: Hashable) -> None:
        """Count under another key from now on."""
        times = self._times.pop(old, None)
        if times is not None:
            self._times[new] = times

    def __len__(self) -> int:
        return len(self._times)
