"""The start after a failure: what was left in the log is written again before anything is acknowledged."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import apsw
import pytest
import system_calls
from broken_disk import BrokenDisk
from contract import commit, run, texts
from forgetful_disk import ForgetfulDisk
from samples import Maker
from sqlite_files import check_integrity, opened, query

from papo.server.delivery.ports import NotStored
from papo.server.store import write_ahead_log, writer


def test_what_a_failed_sync_forgot_takes_nothing_with_it_that_comes_later(tmp_path: Path) -> None:
    """The log has a hole that nobody sees until the power fails: what was acknowledged behind it must be safe."""
    disk = ForgetfulDisk()

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path, disk.name)
        assert await commit(store, [maker.message("before")]) is None
        disk.failing = "-wal"
        perhaps = [maker.message(f"perhaps {number} " + "words " * 300) for number in range(20)]
        outcome = await commit(store, perhaps)
        assert isinstance(outcome, NotStored)
        assert outcome.unknown
        disk.failing = ""
        await store.close()
        store = opened(tmp_path, disk.name)
        assert len(await texts(store)) == 21
        assert await commit(store, [maker.message("after")]) is None
        after = tmp_path / "after the power cut"
        after.mkdir()
        disk.cut_power(after)
        found = opened(after)
        shown = await texts(found)
        assert (shown[0], shown[-1]) == ("before", "after")
        assert len(shown) in {2, 22}
        await found.close()
        check_integrity(after)
        await store.close()

    run(test())


def test_what_a_failed_copy_of_the_log_forgot_is_copied_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages of the database that the sync forgot are still in the log."""
    disk = ForgetfulDisk()

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path, disk.name)
        monkeypatch.setattr(write_ahead_log, "COPY_PAGES", 1)
        disk.failing = ".db"
        assert await commit(store, [maker.message("words " * 300) for _ in range(20)]) is None
        assert store.failed
        disk.failing = ""
        await store.close()
        store = opened(tmp_path, disk.name)
        assert await commit(store, [maker.message("after")]) is None
        after = tmp_path / "after the power cut"
        after.mkdir()
        disk.cut_power(after)
        found = opened(after)
        assert len(await texts(found)) == 21
        await found.close()
        check_integrity(after)
        await store.close()

    run(test())


def test_a_start_copies_the_log_that_a_crash_left(tmp_path: Path) -> None:
    """Its pages are in the database then, which is whole without any log."""

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path)
        await commit(store, [maker.message("before")])
        store.writer.stop_writing("as if it had crashed")
        await store.close()
        assert (tmp_path / "history.db-wal").stat().st_size > 0
        store = opened(tmp_path)
        alone = tmp_path / "without its log"
        alone.mkdir()
        shutil.copy(tmp_path / "history.db", alone)
        await store.close()
        store = opened(alone)
        assert await texts(store) == ["before"]
        await store.close()

    run(test())


def test_a_start_on_a_disk_that_does_not_sync_is_refused_with_a_sentence(tmp_path: Path) -> None:
    """What is in the log is not lost: a later start has it."""
    disk = BrokenDisk()

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path)
        await commit(store, [maker.message("before")])
        store.writer.stop_writing("as if it had crashed")
        await store.close()
        for failing in (".db", "-wal"):
            disk.failing = failing
            with pytest.raises(ValueError, match=r"history\.db cannot be used as a database"):
                opened(tmp_path, disk.name)
        store = opened(tmp_path)
        assert await texts(store) == ["before"]
        await store.close()

    run(test())
    check_integrity(tmp_path)


@pytest.mark.skipif(not system_calls.available(), reason="SQLite writes by another system call here")
def test_a_start_on_a_full_disk_shows_history_and_stores_when_there_is_space(tmp_path: Path) -> None:
    """Nothing is committed before the log that a crash left is safe in the database."""

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path)
        await commit(store, [maker.message("before")])
        store.writer.stop_writing("as if it had crashed")
        await store.close()
        with system_calls.failing_write(errno.ENOSPC, lambda ending, _: ending != "shm") as failed:
            store = opened(tmp_path)
            assert "db" in failed
            assert await texts(store) == ["before"]
            assert isinstance(await commit(store, [maker.message("no space")]), NotStored)
        with system_calls.failing_write(errno.ENOSPC, lambda ending, _: ending == "db") as failed:
            outcome = await commit(store, [maker.message("space for the log alone")])
            assert isinstance(outcome, NotStored)
            assert not outcome.unknown
        assert store.failed == ""
        assert await commit(store, [maker.message("after")]) is None
        await store.close()

    run(test())
    check_integrity(tmp_path)
    assert query(tmp_path, "SELECT count(*) FROM events") == [(2,)]


def test_another_program_that_reads_does_not_keep_the_server_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that copies the log for a replica reads all the time: the log is then not emptied."""
    monkeypatch.setattr(writer, "RECOVERY_TIMEOUT_MS", 1)

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path)
        await commit(store, [maker.message("before")])
        other = apsw.Connection(str(tmp_path / "history.db"))
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM events").fetchall()
        await commit(store, [maker.message("meanwhile")])
        store.writer.stop_writing("as if it had crashed")
        await store.close()
        store = opened(tmp_path)
        assert await commit(store, [maker.message("after")]) is None
        assert await texts(store) == ["before", "meanwhile", "after"]
        other.execute("COMMIT")
        other.close()
        assert await store.vacuum() == 0
        assert (tmp_path / "history.db-wal").stat().st_size == 0  # what the last run has deleted may be in it
        await store.close()

    run(test())
    check_integrity(tmp_path)
