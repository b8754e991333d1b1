"""The power fails at any moment: what was acknowledged is there, nothing is there by half, the index follows.

`PAPO_FAULT_SEED=1234 make test ARGS=tests/faults` repeats a sample.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest
from fault_run import Reference, violations
from faulty_disk import NO_FAULT, Fault
from integrity import complaints_about
from memory_store import MemoryStore
from power_loss import Workload, lose_power, new_folder, opened, rounds
from power_loss_disk import PowerLossDisk
from test_every_io_fails import SEED, WAYS

from papo.server.store import database, sqlite, write_ahead_log, writer

OLD = Path(__file__).parents[1] / "data" / "0.1.0" / "data" / "papo.db"
TABLES = ("conversations", "events", "records", "markers", "audit", "unique_keys")

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""apsw mentions every error of a disk that SQLite takes no notice of."""


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A store that fails as often is not to log it."""
    monkeypatch.setattr(sqlite, "INLINE_MS", 1e9)  # restored at the end
    monkeypatch.setattr(write_ahead_log, "COPY_PAGES", write_ahead_log.COPY_PAGES)
    monkeypatch.setattr(write_ahead_log, "EMPTY_PAGES", write_ahead_log.EMPTY_PAGES)
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_a_database_survives_power_losses() -> None:
    """Sixty, on databases that go on from what the last loss has left."""
    assert asyncio.run(rounds(60, SEED)) == []


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_a_database_survives_a_thousand_power_losses() -> None:
    """The same, a thousand times."""
    assert asyncio.run(rounds(1000, SEED)) == []


async def check_chat(reference: Reference, chance: random.Random) -> None:
    """Lose power somewhere in a chat in which everything happens."""
    way = chance.choice(WAYS)
    fault = Fault(chance.randint(1, await reference.operations("power", way)), "power", stays=True)
    found = await violations(reference, fault, way)
    assert not found, "\n".join([f"seed {SEED}, {fault}, {way}:", *found])


async def check_chats(count: int) -> None:
    """Lose power so many times."""
    reference, chance = Reference(), random.Random(SEED)
    for _ in range(count):
        await check_chat(reference, chance)


def test_a_chat_survives_power_losses() -> None:
    """What clients were told is what is there."""
    asyncio.run(check_chats(20))


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_a_chat_survives_many_power_losses() -> None:
    """The same, more often."""
    asyncio.run(check_chats(500))


# --- the first start, and the first start of a new version


def contents(path: Path) -> list[object]:
    """All rows of a database."""
    connection = apsw.Connection(str(path))
    rows: list[object] = [connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall() for name in TABLES]
    wrong = complaints_about(connection)
    connection.close()
    assert not wrong
    return rows


async def start(folder: Path, vfs: str | None = None) -> bool:
    """Open the store and close it; False if the power fails in between."""
    try:
        store = opened(folder, vfs)
    except (ValueError, apsw.Error):
        return False
    with contextlib.suppress(apsw.Error):  # a real disk cannot raise it: SQLite takes no notice at the end
        await store.close()
    return True


async def start_and_lose_power(base: Path, old: Path | None, at: int, chance: random.Random) -> tuple[int, Path]:
    """(How many operations a start takes, what survives if the power fails at one of them; 0: it does not fail)."""
    folder = base / str(at)
    folder.mkdir()
    if old is not None:
        shutil.copy(old, folder / "papo.db")
    disk = PowerLossDisk(folder, chance)
    disk.arm(Fault(at, "power", stays=True))
    await start(folder, disk.name)
    count = disk.count
    return count, disk.restart(folder)


async def check_starts(old: Path | None, sample: int) -> None:
    """Lose power at so many operations of a start, or at all of them for 0; the next start does what it has not."""
    chance = random.Random(SEED)
    with new_folder() as base:
        count, whole = await start_and_lose_power(Path(base), old, 0, chance)
        wanted = contents(whole / "papo.db")
        every = range(1, count + 1)
        for at in chance.sample(every, sample) if sample else every:
            _, survivors = await start_and_lose_power(Path(base), old, at, chance)
            assert await start(survivors), f"seed {SEED}: no start after a power loss at operation {at}"
            assert contents(survivors / "papo.db") == wanted, f"seed {SEED}, operation {at}"


@pytest.mark.parametrize("old", [None, OLD], ids=["new", "migration"])
def test_a_start_survives_power_losses(old: Path | None) -> None:
    """A database is made or migrated whole, or again."""
    asyncio.run(check_starts(old, 25))


@pytest.mark.soak
@pytest.mark.timeout(0)
@pytest.mark.parametrize("old", [None, OLD], ids=["new", "migration"])
def test_a_start_survives_a_power_loss_at_every_operation(old: Path | None) -> None:
    """The same for each of them."""
    asyncio.run(check_starts(old, 0))


# --- what a mistake would look like


def test_a_store_that_does_not_sync_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """With `synchronous = OFF`, commits are lost."""
    open_database = database.open_database

    def careless(*arguments: Any) -> apsw.Connection:
        connection = open_database(*arguments)
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    monkeypatch.setattr(writer, "open_database", careless)
    assert asyncio.run(rounds(60, 1)) != []


def test_what_was_acknowledged_and_is_lost_would_be_found(tmp_path: Path) -> None:
    """The model has a message that the database has not."""

    async def test() -> None:
        chance, model = random.Random(1), MemoryStore()
        work = Workload(chance)
        await work.next()(model)
        _, found = await lose_power(tmp_path, work, model, chance)
        assert found

    asyncio.run(test())


def test_a_disk_without_a_power_loss_keeps_everything(tmp_path: Path) -> None:
    """The survivors are what was synced, and that is all of it."""

    async def test() -> None:
        folder = tmp_path / "data"
        folder.mkdir()
        disk = PowerLossDisk(folder, random.Random(1))
        disk.arm(NO_FAULT)
        assert await start(folder, disk.name)
        assert contents(disk.restart(folder) / "papo.db") == contents(folder / "papo.db")

    asyncio.run(test())
