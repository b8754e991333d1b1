"""Which nonces may be in the store: nearly all are new, and those are not looked up on the disk."""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary

BITS = 22
"""Each generation has 2 ** BITS bits: half a megabyte."""
FULL = 250_000
"""Keys in a generation, after which another one begins: one key in 500 that is new is then looked up in vain."""
AGE_MS = 6 * 3_600_000
"""The same, by time: a generation is dropped as a whole."""
_MASK = (1 << BITS) - 1


class _Generation:
    """The keys of one stretch of time."""

    __slots__ = ("bits", "count", "newest_ms", "oldest_ms")

    def __init__(self, at_ms: int) -> None:
        self.bits = bytearray(1 << (BITS - 3))
        self.count = 0
        self.oldest_ms = self.newest_ms = at_ms


class NonceFilter:
    """A Bloom filter (Bloom 1970) in generations. A key that was added is always found, another one hardly ever."""

    def __init__(self) -> None:
        self._generations: list[_Generation] = []
        self._locks: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()

    def add(self, key: bytes, at_ms: int) -> None:
        """Add a key, which is a hash of 16 bytes."""
        newest = self._generations[-1] if self._generations else None
        if newest is None or newest.count >= FULL or at_ms - newest.oldest_ms > AGE_MS:
            newest = _Generation(at_ms)
            self._generations.append(newest)
        newest.count += 1
        newest.newest_ms = max(newest.newest_ms, at_ms)
        bits, rest = newest.bits, int.from_bytes(key)
        for _ in range(4):
            at = rest & _MASK
            bits[at >> 3] |= 1 << (at & 7)
            rest >>= BITS

    def __contains__(self, key: bytes) -> bool:
        rest = int.from_bytes(key)
        a, b, c, d = rest & _MASK, rest >> BITS & _MASK, rest >> 2 * BITS & _MASK, rest >> 3 * BITS & _MASK
        for each in self._generations:
            bits = each.bits
            if (
                bits[a >> 3] >> (a & 7) & 1
                and bits[b >> 3] >> (b & 7) & 1
                and bits[c >> 3] >> (c & 7) & 1
                and bits[d >> 3] >> (d & 7) & 1
            ):
                return True
        return False

    def forget(self, before_ms: int) -> None:
        """Drop the generations of which the store keeps nothing."""
        self._generations = [each for each in self._generations if each.newest_ms >= before_ms]

    def lock(self, key: bytes) -> asyncio.Lock:
        """Held while a key is looked up, so that of two requests with it one waits for the other."""
        return self._locks.setdefault(key, asyncio.Lock())
