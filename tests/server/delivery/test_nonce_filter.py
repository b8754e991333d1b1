"""Nothing that was added is missed; what was not is hardly ever found; old generations go."""

from __future__ import annotations

import asyncio
from hashlib import blake2b

from papo.server.delivery.nonce_filter import FULL, NonceFilter

HOUR_MS = 3_600_000


def key(number: int) -> bytes:
    """The key of a nonce."""
    return blake2b(str(number).encode(), digest_size=16).digest()


def test_what_was_added_is_found_and_little_else() -> None:
    """A full generation finds one in a few hundred in vain."""
    seen = NonceFilter()
    assert key(0) not in seen
    for number in range(FULL):
        seen.add(key(number), 5)
    assert all(key(number) in seen for number in range(0, FULL, 7))
    in_vain = sum(key(FULL + number) in seen for number in range(20_000))
    assert in_vain < 20_000 / 200


def test_generations_begin_by_count_and_by_time_and_go_as_a_whole() -> None:
    """A key is found as long as the store may have it."""
    seen = NonceFilter()
    for hour in range(0, 48, 2):
        seen.add(key(hour), hour * HOUR_MS)
    seen.forget(24 * HOUR_MS)
    assert all(key(hour) in seen for hour in range(24, 48, 2))
    assert key(0) not in seen
    seen.forget(100 * HOUR_MS)
    assert not any(key(hour) in seen for hour in range(0, 48, 2))


def test_a_clock_that_goes_back_loses_nothing() -> None:
    """The newest time of a generation counts."""
    seen = NonceFilter()
    seen.add(key(1), 100 * HOUR_MS)
    seen.add(key(2), 90 * HOUR_MS)
    seen.forget(95 * HOUR_MS)
    assert key(1) in seen
    assert key(2) in seen


def test_one_at_a_time_for_each_key() -> None:
    """Two requests with one nonce wait for each other, others do not."""

    async def test() -> None:
        seen = NonceFilter()
        async with seen.lock(key(1)):
            assert seen.lock(key(1)).locked()
            assert not seen.lock(key(2)).locked()
        assert not seen.lock(key(1)).locked()

    asyncio.run(test())
