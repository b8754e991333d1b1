"""After each failure of the disk: is the batch stored, surely not, or unknown, and does the store go on?

What the answer says is compared with what the next process finds: a batch that was refused is never there, one whose
outcome is unknown is there whole or not at all, and what was answered before is always there.
"""

from __future__ import annotations

import asyncio
import errno
import functools
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest
import system_calls
from broken_disk import BrokenDisk
from contract import commit, run, texts
from samples import Maker
from sqlite_files import check_integrity, opened

from papo.server.delivery.ports import Author, NotStored, Outcome, Search
from papo.server.store import sqlite, write_ahead_log
from papo.server.store.disk_errors import NO_SPACE, UNIX_NO_SPACE, WINDOWS_NO_SPACE
from papo.server.store.sqlite import SqliteStore

BATCH = ["one", "two", "three", "four", "five"]
on_linux = pytest.mark.skipif(not system_calls.available(), reason="SQLite writes by another system call here")


@pytest.fixture(autouse=True, params=["inline", "thread"])
def commits_on(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Commits run on the loop's thread (fast disk) or on the writer's (slow disk)."""
    monkeypatch.setattr(sqlite, "INLINE_MS", -1.0 if request.param == "thread" else 1e9)
    return str(request.param)


async def refused(store: SqliteStore, batch: list[Any]) -> NotStored:
    """The answer to a commit that fails."""
    outcome = await commit(store, batch)
    assert isinstance(outcome, NotStored)
    return outcome


async def found_at_next_start(folder: Path) -> list[str]:
    """The texts that another process finds, in files that are in order."""
    store = opened(folder)
    found = await texts(store, limit=1000)
    await store.close()
    check_integrity(folder)
    return found


class OnceBroken(BrokenDisk):
    """A disk whose operations raise when `broken` says so."""

    def __init__(self) -> None:
        super().__init__()
        self.broken: Callable[[str, str], BaseException | None] = lambda _operation, _ending: None

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 -- apsw's name
        disk, opened_file = self, super().xOpen(name, flags)
        ending = opened_file._ending  # type: ignore[attr-defined]  # noqa: SLF001 -- its own class

        def guarded(operation: str) -> None:
            real = getattr(opened_file, operation)

            def call(*arguments: Any) -> Any:
                error = disk.broken(operation, ending)
                if error is not None:
                    raise error
                return real(*arguments)

            setattr(opened_file, operation, call)

        for operation in ("xWrite", "xRead", "xSync", "xLock", "xFileSize", "xTruncate"):
            guarded(operation)
        return opened_file


def test_a_sync_that_fails_leaves_the_outcome_unknown(tmp_path: Path) -> None:
    """The batch is in the log, whole, and the next start finds it: saying that it was not stored would be a lie."""
    disk = OnceBroken()

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path, disk.name)
        await commit(store, [maker.message("before")])
        disk.broken = lambda operation, ending: apsw.IOError("no") if (operation, ending) == ("xSync", "-wal") else None
        outcome = await refused(store, [maker.message(text) for text in BATCH])
        assert outcome.unknown
        assert store.failed
        later = await refused(store, [maker.message("later")])
        assert not later.unknown  # it was not even tried
        await store.close()
        assert await found_at_next_start(tmp_path) == ["before", *BATCH]

    run(test())


@on_linux
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_write_without_space_surely_stores_nothing_and_the_store_goes_on(tmp_path: Path, number: int) -> None:
    """A full disk, and a quota or a limit on files, which SQLite calls I/O errors: none needs a restart."""

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path)
        await commit(store, [maker.message("before")])
        with system_calls.failing_write(number, lambda ending, _: ending == "wal") as failed:
            outcome = await refused(store, [maker.message(text) for text in BATCH])
        assert failed
        assert not outcome.unknown
        assert store.failed == ""
        assert await commit(store, [maker.message("after")]) is None
        await store.close()
        assert await found_at_next_start(tmp_path) == ["before", "after"]

    run(test())


def test_a_bad_sector_is_no_want_of_space() -> None:
    """Windows numbers its errors otherwise: 27 is EFBIG on Unix, and ERROR_SECTOR_NOT_FOUND there."""
    assert {errno.ENOSPC, errno.EDQUOT, errno.EFBIG} <= UNIX_NO_SPACE
    assert {112, 1295} <= WINDOWS_NO_SPACE
    assert 27 not in WINDOWS_NO_SPACE
    assert NO_SPACE is (WINDOWS_NO_SPACE if os.name == "nt" else UNIX_NO_SPACE)


@on_linux
def test_nothing_of_a_batch_without_space_is_found_after_a_crash(tmp_path: Path) -> None:
    """Whichever write of the batch was the one that found no space: its log has no valid end."""

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path)
        await commit(store, [maker.message("before")])
        for allowed in range(40):
            left = [allowed]

            def chosen(ending: str, _size: int, left: list[int] = left) -> bool:
                left[0] -= ending == "wal"
                return ending == "wal" and left[0] < 0

            with system_calls.failing_write(errno.ENOSPC, chosen) as failed:
                outcome = await commit(store, [maker.message("words " * 900) for _ in range(5)])
            if not failed:
                break
            assert isinstance(outcome, NotStored)
            crashed = tmp_path / f"crashed-{allowed}"
            crashed.mkdir()
            for name in ("history.db", "history.db-wal"):
                (crashed / name).write_bytes((tmp_path / name).read_bytes())
            assert await found_at_next_start(crashed) == ["before"]
        assert allowed > 5
        assert outcome is None
        await store.close()

    run(test())


@on_linux
def test_a_write_error_at_commit_leaves_the_outcome_unknown(tmp_path: Path) -> None:
    """A disk that says EIO may have written all the same."""

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path)
        await commit(store, [maker.message("before")])
        with system_calls.failing_write(errno.EIO, lambda ending, _: ending == "wal"):
            outcome = await refused(store, [maker.message(text) for text in BATCH])
        assert outcome.unknown
        assert store.failed
        await store.close()
        assert await found_at_next_start(tmp_path) in (["before"], ["before", *BATCH])

    run(test())


@on_linux
def test_no_space_for_the_index_of_the_log_comes_too_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says "no space" and the batch is stored: errno alone does not tell."""
    monkeypatch.setattr(write_ahead_log, "COPY_PAGES", 1_000_000)

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path)
        stored: list[str] = []
        with system_calls.failing_write(errno.ENOSPC, lambda ending, size: ending == "shm" and size == 1) as failed:
            while not failed:
                batch = [maker.message(f"{len(stored) + number} " + "word " * 600) for number in range(30)]
                outcome = await commit(store, batch)
                stored += [message.text for message in batch]
        assert isinstance(outcome, NotStored)
        assert outcome.unknown
        assert store.failed
        await store.close()
        store = opened(tmp_path)
        assert await texts(store, limit=100_000) == stored
        await store.close()

    run(test())


def test_no_memory_at_commit_leaves_the_outcome_unknown(tmp_path: Path) -> None:
    """Memory is asked for after the log is written, too."""
    disk = OnceBroken()

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path, disk.name)
        await commit(store, [maker.message("before")])
        disk.broken = lambda operation, _ending: MemoryError() if operation == "xSync" else None
        outcome = await refused(store, [maker.message(text) for text in BATCH])
        assert outcome.unknown
        assert store.failed
        disk.broken = lambda _operation, _ending: None
        await store.close()
        assert await found_at_next_start(tmp_path) in (["before"], ["before", *BATCH])

    run(test())


@pytest.mark.parametrize(
    ("error", "goes_on"),
    [
        (apsw.NoMemError("no memory"), True),
        (MemoryError(), True),
        (apsw.ConstraintError("twice"), True),
        (apsw.FullError("no space"), True),
        (apsw.CantOpenError("too many open files"), True),
        (ValueError("a text that is none"), True),
        (apsw.IOError("the disk does not read"), False),
        (apsw.CorruptError("malformed"), False),
        (apsw.ReadOnlyError("the file was moved away"), False),
    ],
)
def test_an_error_before_commit_surely_stores_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, *, goes_on: bool
) -> None:
    """Whether the store goes on depends on the error: memory comes back, a broken disk does not heal."""

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path)
        await commit(store, [maker.message("before")])
        insert = store.writer._insert  # noqa: SLF001 -- where the error comes from

        def fails(*arguments: Any) -> Any:
            insert(*arguments)
            raise error

        monkeypatch.setattr(store.writer, "_insert", fails)
        outcome = await refused(store, [maker.message(text) for text in BATCH])
        assert not outcome.unknown
        assert (store.failed == "") is goes_on
        assert store.damaged is isinstance(error, apsw.CorruptError)
        monkeypatch.undo()
        if goes_on:
            assert await commit(store, [maker.message("after")]) is None
        await store.close()
        assert await found_at_next_start(tmp_path) == ["before", *(["after"] if goes_on else [])]

    run(test())


def test_a_failed_sync_while_the_log_is_copied_refuses_nothing_that_is_in_it(tmp_path: Path) -> None:
    """The batch is answered: it is in the log. The next one is refused without being tried."""
    disk = OnceBroken()

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path, disk.name)
        store.writer.wal.pages = write_ahead_log.COPY_PAGES
        store.writer.connection.set_wal_hook(lambda *_: apsw.SQLITE_OK)
        disk.broken = lambda operation, ending: apsw.IOError("no") if (operation, ending) == ("xSync", ".db") else None
        assert await commit(store, [maker.message(text) for text in BATCH]) is None
        assert store.failed
        assert not (await refused(store, [maker.message("later")])).unknown
        await store.close()
        assert await found_at_next_start(tmp_path) == BATCH

    run(test())


@pytest.mark.parametrize("error", [apsw.FullError("no space"), MemoryError(), apsw.NoMemError("no memory")])
def test_without_space_or_memory_the_log_is_copied_later(tmp_path: Path, error: Exception) -> None:
    """Writing goes on in the log, and the copy is made when there is space again."""
    disk = OnceBroken()

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path, disk.name)
        store.writer.wal.pages = write_ahead_log.COPY_PAGES
        store.writer.connection.set_wal_hook(lambda *_: apsw.SQLITE_OK)
        disk.broken = lambda operation, ending: error if (operation, ending) == ("xWrite", ".db") else None
        assert await commit(store, [maker.message("one")]) is None
        assert await commit(store, [maker.message("two")]) is None
        assert store.failed == ""
        disk.broken = lambda _operation, _ending: None
        assert await commit(store, [maker.message("three")]) is None
        await store.close()
        assert await found_at_next_start(tmp_path) == ["one", "two", "three"]

    run(test())


def test_what_waits_for_the_thread_is_not_tried_after_a_failure(tmp_path: Path) -> None:
    """Nothing that was handed over before writes or syncs: commits, deletions, the index, the log."""
    disk = OnceBroken()

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path, disk.name)
        await commit(store, [maker.message("before")])
        syncs = len(disk.syncs)
        errors = [apsw.IOError("no")]

        def broken_once(operation: str, ending: str) -> BaseException | None:
            return errors.pop() if errors and (operation, ending) == ("xSync", "-wal") else None

        disk.broken = broken_once
        store.writer.commit_ms = 1e12  # on the thread, even if the disk was fast
        outcomes: dict[str, Outcome] = {}
        for text in ("perhaps", "waits"):
            store.commit([maker.message(text)], functools.partial(outcomes.__setitem__, text))
        others = [
            store.prune(10**15, 10),
            store.forget(Author("a1", "ana", 0)),
            store.search(Search(words=("before",), places=())),
        ]
        await asyncio.gather(*others, return_exceptions=True)
        while len(outcomes) < 2:
            await asyncio.sleep(0)
        assert {text: outcome.unknown for text, outcome in outcomes.items() if isinstance(outcome, NotStored)} == {
            "perhaps": True,
            "waits": False,
        }
        assert not errors
        await store.close()
        assert len(disk.syncs) == syncs
        assert await found_at_next_start(tmp_path) == ["before", "perhaps"]

    run(test())


def test_a_failure_is_told_once_to_the_log_and_to_the_server(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """On the loop's thread; not once for each message that is refused from then on."""
    disk = OnceBroken()

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path, disk.name)
        told: list[str] = []
        failed = asyncio.Event()
        loop = asyncio.get_running_loop()

        def on_failure() -> None:
            assert asyncio.get_running_loop() is loop
            told.append(store.failed)
            failed.set()

        store.on_failure = on_failure
        disk.broken = lambda operation, _ending: apsw.IOError("gone") if operation == "xSync" else None
        for _ in range(5):
            await refused(store, [maker.message("lost")])
        await asyncio.wait_for(failed.wait(), 10)
        await store.close()
        assert told == ["IOError: gone"]

    run(test())
    lines = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.levelname for record in lines] == ["CRITICAL"]


def test_a_full_disk_is_told_once_until_it_has_space_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One line when it begins, one when it is over, with how many commits it took."""
    disk = OnceBroken()

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path, disk.name)
        for _ in range(2):
            disk.full = True
            for _ in range(5):
                await refused(store, [maker.message("lost")])
            disk.full = False
            assert await commit(store, [maker.message("kept")]) is None
        await store.close()

    run(test())
    lines = [(record.levelname, record.getMessage()) for record in caplog.records]
    full = ("ERROR", "a commit failed: FullError: no space")
    over = ("WARNING", "commits succeed again, after 5 that did not")
    assert lines == [full, over, full, over]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("operation", ["xWrite", "xRead", "xSync", "xLock", "xFileSize", "xTruncate"])
@pytest.mark.parametrize("ending", [".db", "-wal"])
def test_a_disk_that_fails_while_the_store_closes_raises_nothing(tmp_path: Path, operation: str, ending: str) -> None:
    """The server has its own last words to say; what was committed is in the log."""
    disk = OnceBroken()

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path, disk.name)
        await commit(store, [maker.message(text) for text in BATCH])
        assert await texts(store) == BATCH  # on a reader's connection, which is closed too
        disk.broken = lambda asked, of: apsw.IOError("no") if (asked, of) == (operation, ending) else None
        await store.close()
        disk.broken = lambda _operation, _ending: None
        assert await found_at_next_start(tmp_path) == BATCH

    run(test())


def test_whoever_stops_the_writing_is_heard_once(tmp_path: Path) -> None:
    """Damage that was found stops it too; the first reason stays."""

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path)
        await commit(store, [maker.message("before")])
        store.writer.stop_writing("page 7 is damaged", damaged=True)
        store.writer.stop_writing("another reason")
        assert store.failed == "page 7 is damaged"
        assert store.damaged
        assert not (await refused(store, [maker.message("later")])).unknown
        assert await texts(store) == ["before"]
        await store.close()
        assert await found_at_next_start(tmp_path) == ["before"]

    run(test())
