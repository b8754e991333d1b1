"""The daily limit of uploads."""

from __future__ import annotations

import asyncio

from files_contract import NOON_MS, put, uploaded
from memory_ports import MemoryFiles

from papo.protocol.times import DAY_MS
from papo.server.web.quota import DailyQuota

PAYER = uploaded().payer


def test_what_was_used_counts_in_place_of_what_was_reserved() -> None:
    """Even if it was more."""

    async def test() -> None:
        quota = DailyQuota(MemoryFiles())
        await quota.load(NOON_MS)
        assert quota.reserve(PAYER, 100, NOON_MS, 100)
        assert not quota.reserve(PAYER, 1, NOON_MS, 100)
        quota.charge(PAYER, 100, 99, NOON_MS)
        assert quota.reserve(PAYER, 1, NOON_MS, 100)
        quota.charge(PAYER, 1, 200, NOON_MS)
        assert not quota.reserve(PAYER, 1, NOON_MS, 200)

    asyncio.run(test())


def test_an_upload_that_failed_costs_nothing() -> None:
    """Its reservation is given back."""

    async def test() -> None:
        quota = DailyQuota(MemoryFiles())
        await quota.load(NOON_MS)
        assert quota.reserve(PAYER, 100, NOON_MS, 100)
        quota.charge(PAYER, 100, 0, NOON_MS)
        assert quota.reserve(PAYER, 100, NOON_MS, 100)

    asyncio.run(test())


def test_each_payer_has_a_day_of_their_own_and_the_next_day_begins_with_nothing() -> None:
    """24 hours, not until midnight."""

    async def test() -> None:
        quota = DailyQuota(MemoryFiles())
        await quota.load(NOON_MS)
        assert quota.reserve(PAYER, 100, NOON_MS, 100)
        assert quota.reserve("ip 2", 100, NOON_MS, 100)
        assert not quota.reserve(PAYER, 1, NOON_MS + DAY_MS - 1, 100)
        assert quota.reserve(PAYER, 100, NOON_MS + DAY_MS, 100)

    asyncio.run(test())


def test_a_restart_does_not_reset_it() -> None:
    """What was uploaded is read from the files, once, even if several uploads begin at once."""

    async def test() -> None:
        files = MemoryFiles()
        await put(files, uploaded(bytes=60))
        quota = DailyQuota(files)
        await asyncio.gather(*(quota.load(NOON_MS + 1) for _ in range(3)))
        assert not quota.reserve(PAYER, 41, NOON_MS + 1, 100)
        assert quota.reserve(PAYER, 40, NOON_MS + 1, 100)

    asyncio.run(test())
