"""SQLite when disks are full, slow or broken, files are locked, and the process is killed."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import apsw
import pytest
from broken_disk import BrokenDisk
from contract import OpenStore, commit, run, texts
from samples import Maker
from sqlite_files import check_integrity, opened

import papo
from papo.server.delivery.ports import NotStored
from papo.server.store import sqlite
from papo.server.store import writer as writer_module
from papo.server.store.writer import Writer


@pytest.fixture(params=["inline", "thread"])
def open_store(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> OpenStore:
    """Opens the store of this test; it commits on the loop's thread (fast disk) or on the writer's (slow disk)."""
    monkeypatch.setattr(sqlite, "INLINE_MS", -1.0 if request.param == "thread" else 1e9)
    return lambda: opened(tmp_path)


def test_a_full_disk_refuses_until_there_is_space_again(open_store: OpenStore, tmp_path: Path) -> None:
    """Commits are refused, queries work, and later commits are stored without a restart."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        await commit(store, [maker.message("first")])
        store.writer.connection.pragma("max_page_count", store.writer.connection.pragma("page_count") + 2)
        big = [maker.message("long " * 2000) for _ in range(20)]
        assert isinstance(await commit(store, big), NotStored)
        assert store.failed == ""
        assert await texts(store) == ["first"]
        store.writer.connection.pragma("max_page_count", 1_000_000)
        assert await commit(store, big) is None
        assert len(await texts(store)) == 21
        await store.close()

    run(test())
    check_integrity(tmp_path)


def test_no_space_for_the_log_refuses_until_there_is_space_again(open_store: OpenStore, tmp_path: Path) -> None:
    """The same if the operating system has no space for the write-ahead log."""
    del open_store
    disk = BrokenDisk()

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path, disk.name)
        await commit(store, [maker.message("first")])
        disk.full = True
        assert isinstance(await commit(store, [maker.message("second")]), NotStored)
        assert store.failed == ""
        assert await texts(store) == ["first"]
        disk.full = False
        assert await commit(store, [maker.message("third")]) is None
        await store.close()
        store = opened(tmp_path)
        assert await texts(store) == ["first", "third"]
        await store.close()

    run(test())
    check_integrity(tmp_path)


def test_after_a_failed_sync_nothing_is_written_and_no_sync_is_tried_again(
    open_store: OpenStore, tmp_path: Path
) -> None:
    """The batch is refused, later ones at once; history can be read; closing syncs nothing."""
    del open_store
    disk = BrokenDisk()

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path, disk.name)
        await commit(store, [maker.message("first")])
        disk.failing = "-wal"
        assert isinstance(await commit(store, [maker.message("second")]), NotStored)
        assert store.failed
        disk.failing = ""
        tried = len(disk.syncs)
        assert isinstance(await commit(store, [maker.message("third")]), NotStored)
        assert await texts(store) == ["first"]
        await store.close()
        assert disk.syncs[tried:] == []
        store = opened(tmp_path)
        assert (await texts(store))[0] == "first"
        assert await commit(store, [maker.message("fourth")]) is None
        await store.close()

    run(test())
    check_integrity(tmp_path)


def test_a_failed_sync_of_the_database_itself_is_noticed(open_store: OpenStore, tmp_path: Path) -> None:
    """The log is copied into the database now and then: if that cannot be synced, writing stops."""
    del open_store
    disk = BrokenDisk()

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path, disk.name)
        await commit(store, [maker.message("first")])
        disk.failing = ".db"
        for _ in range(300):
            batch = [maker.message("words to fill pages with " * 20, f"#{number}") for number in range(40)]
            await commit(store, batch)
            if store.failed:
                break
        assert ".db" in disk.syncs
        assert store.failed
        tried = disk.syncs.count(".db")
        await commit(store, [maker.message("more")])
        await store.close()
        assert disk.syncs.count(".db") == tried

    run(test())


def test_another_program_holding_the_file_does_not_stop_the_loop(open_store: OpenStore, tmp_path: Path) -> None:
    """The loop runs while a commit waits for the lock; when that is released the commit is done."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        await commit(store, [maker.message("first")])
        other = apsw.Connection(str(tmp_path / "history.db"))
        other.execute("BEGIN EXCLUSIVE")
        answers: list[NotStored | None] = []
        store.commit([maker.message("second")], answers.append)
        assert await texts(store) == ["first"]
        assert answers == []
        other.execute("ROLLBACK")
        other.close()
        while not answers:
            await asyncio.sleep(0)
        assert answers == [None]
        assert await texts(store) == ["first", "second"]
        await store.close()

    run(test())


def test_a_lock_that_is_never_released_is_a_refusal(
    open_store: OpenStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit is refused after the timeout; the next one is tried again."""
    monkeypatch.setattr(Writer.write, "__kwdefaults__", {"lock_timeout_ms": 20, "index": False})

    async def test() -> None:
        maker, store = Maker(), open_store()
        other = apsw.Connection(str(tmp_path / "history.db"))
        other.execute("BEGIN EXCLUSIVE")
        assert isinstance(await commit(store, [maker.message("refused")]), NotStored)
        assert store.failed == ""
        other.close()
        assert await commit(store, [maker.message("kept")]) is None
        assert await texts(store) == ["kept"]
        await store.close()

    run(test())


def test_a_slow_disk_is_written_on_the_thread_and_a_fast_one_on_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commits move to the writer's thread when they are slow, and back when they are fast."""
    disk, where = SlowDisk(), []
    monkeypatch.setattr(writer_module, "time", disk)  # the disk of this machine may be slow itself

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path, disk.name)
        write = store.writer.write
        store.writer.write = lambda *a, **k: (where.append(threading.get_ident()), write(*a, **k))[1]  # type: ignore[method-assign,func-returns-value]
        here = threading.get_ident()
        for stall_s, expected in ((0.0, True), (0.02, False), (0.0, True)):
            disk.stall_s = stall_s
            for _ in range(300):
                await commit(store, [maker.message("x")])
                if (where[-1] == here) is expected:
                    break
            assert (where[-1] == here) is expected
        await store.close()

    run(test())


class SlowDisk(BrokenDisk):
    """A disk whose syncs take a while, and the only clock that sees them."""

    now_s = 0.0
    stall_s = 0.0

    def perf_counter(self) -> float:
        """Nothing but syncs takes time."""
        return self.now_s

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 -- apsw's name
        disk, opened = self, super().xOpen(name, flags)
        sync = opened.xSync

        def slow(flags: int) -> None:
            disk.now_s += disk.stall_s
            sync(flags)

        opened.xSync = slow  # type: ignore[method-assign]
        return opened


def test_a_copy_of_the_files_cut_anywhere_after_a_commit_has_that_commit(tmp_path: Path) -> None:
    """The write-ahead log, cut or overwritten after what was synced at `done`: every event is there, in order."""
    chance = random.Random(5)

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path)
        done: list[str] = []
        wal = tmp_path / "history.db-wal"
        for round_ in range(12):
            for number in range(chance.randrange(1, 12)):
                text = f"{round_}.{number}"
                assert await commit(store, [maker.message(text)]) is None
                done.append(text)
            synced = wal.stat().st_size
            copy = tmp_path / f"copy{round_}"
            copy.mkdir()
            shutil.copy(tmp_path / "history.db", copy)
            data = wal.read_bytes()[:synced] + chance.randbytes(chance.randrange(9000))
            (copy / "history.db-wal").write_bytes(data)
            again = opened(copy)
            assert await texts(again, limit=1000) == done
            await again.close()
            check_integrity(copy)
        await store.close()

    run(test())


WRITER = """
import asyncio, os, random, sys
from pathlib import Path
from samples import Maker
from papo.server.store.sqlite import SqliteStore

async def main():
    maker = Maker()
    store = SqliteStore(Path(sys.argv[1]), on_soon=asyncio.get_running_loop().call_soon_threadsafe)
    chance, number = random.Random(int(sys.argv[2])), 0
    while True:
        batch = []
        for _ in range(chance.randrange(1, 40)):
            batch.append(maker.message(str(number) + " " + "word " * 30, msgid=f"{sys.argv[2]:0>10}{number:012}"))
            number += 1
        future = asyncio.get_running_loop().create_future()
        store.commit(batch, future.set_result)
        assert await future is None
        os.write(1, f"{number}\\n".encode())

asyncio.run(main())
"""


def test_commits_before_a_kill_are_there_after_it(tmp_path: Path) -> None:
    """A process that commits as fast as it can is killed at random moments: 0 lost, 0 twice, 0 out of order."""
    chance = random.Random(7)
    source, tests = Path(papo.__file__).parent.parent, Path(__file__).parent
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(source), str(tests)])}
    for round_ in range(6):
        folder = tmp_path / str(round_)
        folder.mkdir()
        command = [sys.executable, "-c", WRITER, str(folder / "history.db"), str(round_)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
            assert process.stdout is not None
            line = process.stdout.readline()
            for _ in range(chance.randrange(400)):
                line = process.stdout.readline()
            process.send_signal(signal.SIGKILL if os.name != "nt" else signal.SIGTERM)
            rest = process.stdout.read().splitlines(keepends=True)
        complete = [each for each in [line, *rest] if each.endswith(b"\n")]
        last = int(complete[-1])

        async def check(folder: Path = folder, last: int = last) -> None:
            store = opened(folder)
            shown = [int(text.split()[0]) for text in await texts(store, limit=1_000_000)]
            assert shown == list(range(len(shown)))
            assert len(shown) >= last
            await store.close()

        run(check())
        check_integrity(folder)
