"""Files whose bits have flipped: noticed at the start, by a query or by a check of everything.

No event is lost, doubled, or out of order unnoticed. A letter inside an event is stored once, and cannot be compared
with anything (docs/decisions/0027-damage.md).
"""

from __future__ import annotations

import asyncio
import random
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from contract import commit
from samples import Maker
from sqlite_files import opened

from papo.server.delivery.ports import NotReadable, Page
from papo.server.store import integrity
from papo.server.store.database import open_to_read
from papo.server.store.preflight import Damaged
from papo.server.world.events import AnyEvent

SAMPLE, ALL = 100, 1_000
CHANNELS = [f"#{number}" for number in range(5)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of a hundred pages; not to be changed."""
    folder = tmp_path_factory.mktemp("whole")

    async def fill() -> None:
        maker, store = Maker(), opened(folder)
        for number in range(40):
            batch: list[AnyEvent] = [
                maker.message(f"texto {number}.{each} " * 4, CHANNELS[each % 5]) for each in range(20)
            ]
            assert await commit(store, [*batch, maker.join(CHANNELS[0])]) is None
        await store.close()

    asyncio.run(fill())
    return folder / "history.db"


async def pages(store: Any) -> list[AnyEvent]:
    """Everything that users can read."""
    found: list[AnyEvent] = []
    for channel in CHANNELS:
        query = Page(conversation=channel, newest_first=True, limit=10_000, everything=True)
        found += await store.page(query)
    return found


async def outcome(folder: Path, before: list[AnyEvent]) -> str:
    """Who has noticed, or what nobody could notice. Fails if anything else is wrong."""
    try:
        store = opened(folder)
    except Damaged:
        return "start"
    try:
        after = await pages(store)
    except NotReadable:
        assert store.failed
        return "query"
    finally:
        await store.close()
    connection = open_to_read(folder / "history.db")
    wrong = integrity.pages(connection) + [reason for part in integrity.check(connection) for reason in part.wrong]
    connection.close()
    if wrong:
        return "check"
    assert [(event.msgid, event.at_ms) for event in after] == [(event.msgid, event.at_ms) for event in before]
    return "nothing differs" if after == before else "inside an event"


def flipped(whole: Path, folder: Path, seed: int) -> bool:
    """Flip 1 to 64 bits of a copy."""
    chance = random.Random(seed)
    folder.mkdir()
    data = bytearray(whole.read_bytes())
    for _ in range(chance.choice([1, 1, 4, 64])):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bool((folder / "history.db").write_bytes(data))


def tally(whole: Path, folder: Path, seeds: range) -> Counter[str]:
    """How many are noticed by whom."""

    async def test() -> Counter[str]:
        store = opened(whole.parent)
        before = await pages(store)
        await store.close()
        counts: Counter[str] = Counter()
        for seed in seeds:
            flipped(whole, folder / str(seed), seed)
            counts[await outcome(folder / str(seed), before)] += 1
            shutil.rmtree(folder / str(seed))
        return counts

    return asyncio.run(test())


def test_bits_that_flip(whole: Path, tmp_path: Path) -> None:
    """Each is noticed, makes no difference, or is inside an event that is stored once."""
    counts = tally(whole, tmp_path, range(SAMPLE))
    assert sum(counts.values()) == SAMPLE
    assert counts["start"] + counts["query"] + counts["check"] > SAMPLE / 3


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_many_bits_that_flip(whole: Path, tmp_path: Path) -> None:
    """The same in a thousand files."""
    counts = tally(whole, tmp_path, range(SAMPLE, SAMPLE + ALL))
    assert sum(counts.values()) == ALL
    assert counts["inside an event"] < ALL / 10
