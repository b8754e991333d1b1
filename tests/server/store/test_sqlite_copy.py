"""Copies of a SQLite store: the log, rollbacks, full disks, ends before the end."""

from __future__ import annotations

import asyncio
from pathlib import Path

import apsw
import pytest
from broken_disk import BrokenDisk
from contract import commit, run, texts
from samples import Maker
from sqlite_files import check_file, opened

from papo import free_space
from papo.server.delivery.ports import NotStored
from papo.server.store import database_copy, sqlite, vacuum
from papo.server.store.sqlite import SqliteStore
from papo.server.world.events import MarkerSet

COPY = "copy.db"


class CopyDisk(BrokenDisk):
    """A disk on which the copy has a disk of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.of_copy = BrokenDisk()

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 -- apsw's name
        """Open a file of this disk, or of the other."""
        text = name if isinstance(name, str) else "" if name is None else name.filename()
        return self.of_copy.xOpen(name, flags) if COPY in text else super().xOpen(name, flags)


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy takes many steps, however small the database."""
    monkeypatch.setattr(database_copy, "MAX_STEP_PAGES", 8)
    monkeypatch.setattr(sqlite, "COPY_PAUSE_S", 0)


async def filled(folder: Path, vfs: str | None = None) -> tuple[SqliteStore, Maker]:
    """A store with a hundred pages or more."""
    maker, store = Maker(), opened(folder, vfs)
    for _ in range(10):
        await commit(store, [maker.message("x" * 1_000) for _ in range(50)])
    return store, maker


def test_the_log_stays_small_while_a_copy_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No snapshot is held, so the log is copied and used again."""
    monkeypatch.setattr(database_copy, "MAX_STEP_PAGES", 1)

    async def test() -> None:
        store, maker = await filled(tmp_path)
        readers = [f"{number} {'x' * 200}" for number in range(1_000)]

        async def mark(some: list[str]) -> None:
            """Change a page for each, and make none."""
            events = [MarkerSet(**maker.stamp(), identity=each, target="#sala", read_at_ms=1) for each in some]
            assert await commit(store, events) is None

        await mark(readers)
        copying = asyncio.ensure_future(store.copy_to(tmp_path / COPY))
        largest = commits = 0
        while not copying.done():
            await mark(readers[commits % 20 :: 20])
            commits += 1
            largest = max(largest, (tmp_path / "history.db-wal").stat().st_size)
            await asyncio.sleep(0)
        await copying
        await store.close()
        assert commits > 100  # of 50 pages each: 20 MB at least
        assert largest < 8 << 20

    run(test())
    check_file(tmp_path / COPY)


def test_a_copy_begins_again_after_a_rollback(tmp_path: Path) -> None:
    """What was rolled back is not in it."""

    async def test() -> None:
        store, maker = await filled(tmp_path)
        copying = asyncio.ensure_future(store.copy_to(tmp_path / COPY))
        seen = maker.message("once")
        assert await commit(store, [seen]) is None
        for _ in range(5):
            await asyncio.sleep(0)
            assert isinstance(await commit(store, [maker.message("rolled back"), seen]), NotStored)
        await copying
        await store.close()

    run(test())
    check_file(tmp_path / COPY)
    connection = apsw.Connection(str(tmp_path / COPY))
    counts = "SELECT count(*), sum(body ->> 'text' = 'once'), sum(body ->> 'text' = 'rolled back') FROM events"
    assert connection.execute(counts).fetchall() == [(501, 1, 0)]
    connection.close()


def test_a_file_that_shrinks_while_it_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is pruned and given back to the disk meanwhile does not count as a beginning again."""
    monkeypatch.setattr(database_copy, "MAX_STEP_PAGES", 1)
    monkeypatch.setattr(database_copy, "MAX_RESTARTS", 0)
    monkeypatch.setattr(vacuum, "LEAST", 0)
    monkeypatch.setattr(vacuum, "PAGES", 3)

    async def test() -> None:
        store, maker = await filled(tmp_path)
        last = maker.message("last")
        await commit(store, [last])
        while await store.prune(last.at_ms, 100):
            pass
        store.writer.wal.empty()
        before = store.size().database_bytes
        copying = asyncio.ensure_future(store.copy_to(tmp_path / COPY))
        steps = 0
        while not copying.done():
            steps += bool(await store.vacuum())
        await copying
        assert steps > 5
        await store.close()
        assert (tmp_path / COPY).stat().st_size < before

    run(test())
    check_file(tmp_path / COPY)


def test_a_disk_that_rolls_back_for_ever_ends_the_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an error; the store goes on."""
    monkeypatch.setattr(database_copy, "MAX_RESTARTS", 2)

    async def test() -> None:
        store, maker = await filled(tmp_path)
        copying = asyncio.ensure_future(store.copy_to(tmp_path / COPY))
        seen = maker.message("once")
        await commit(store, [seen])
        while not copying.done():
            await commit(store, [maker.message("rolled back"), seen])
            await asyncio.sleep(0)
        with pytest.raises(OSError, match="too many commits failed"):
            await copying
        assert await commit(store, [maker.message("next")]) is None
        await store.close()
        assert not (tmp_path / COPY).exists()

    run(test())


def test_a_full_disk_ends_the_copy_and_nothing_else(tmp_path: Path) -> None:
    """There is no copy, and what is committed meanwhile and after is stored."""
    disk = CopyDisk()

    async def test() -> None:
        store, maker = await filled(tmp_path, disk.name)
        disk.of_copy.full = True
        copying = asyncio.ensure_future(store.copy_to(tmp_path / COPY))
        while not copying.done():
            assert await commit(store, [maker.message("meanwhile")]) is None
            await asyncio.sleep(0)
        with pytest.raises(OSError, match="No space left"):
            await copying
        assert await commit(store, [maker.message("after")]) is None
        assert store.failed == ""
        assert (await texts(store))[-1] == "after"
        await store.close()
        assert not (tmp_path / COPY).exists()

    run(test())


def test_a_copy_that_would_fill_the_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the numbers that are needed to make room."""
    monkeypatch.setattr(free_space, "KEEP_FREE_BYTES", 1 << 60)

    async def test() -> None:
        store, _maker = await filled(tmp_path)
        with pytest.raises(OSError, match="MB are free"):
            await store.copy_to(tmp_path / COPY)
        await store.close()
        assert not (tmp_path / COPY).exists()

    run(test())


@pytest.mark.parametrize("ended", ["cancelled", "closed"])
def test_a_copy_that_is_ended_leaves_nothing(tmp_path: Path, ended: str) -> None:
    """Cancelled, or the store is closed."""

    async def test() -> None:
        store, maker = await filled(tmp_path)
        copying = asyncio.ensure_future(store.copy_to(tmp_path / COPY))
        while not (tmp_path / COPY).exists():
            await asyncio.sleep(0)
        if ended == "cancelled":
            copying.cancel()
            with pytest.raises(asyncio.CancelledError):
                await copying
            assert await commit(store, [maker.message("after")]) is None
            await store.close()
        else:
            await store.close()
            with pytest.raises(OSError, match="closed"):
                await copying
        assert not (tmp_path / COPY).exists()
        with pytest.raises(OSError, match="closed"):
            await store.copy_to(tmp_path / COPY)

    run(test())
