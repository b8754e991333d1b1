"""Space of the SQLite store on its disk: given back after pruning, and a write-ahead log that stays small."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import apsw
import pytest
from contract import ask, commit, run, texts
from samples import START_MS, Maker
from sqlite_files import check_integrity, opened, query

from papo.server.delivery.ports import NotReadable, Search, TookTooLong
from papo.server.store import database, queries, readers, schema, vacuum, write_ahead_log
from papo.server.store.sqlite import SqliteStore

MIB = 1 << 20
FOR_EVER = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


@pytest.fixture(name="small")
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log that is emptied at 2 MiB."""
    monkeypatch.setattr(write_ahead_log, "EMPTY_PAGES", 500)
    monkeypatch.setattr(write_ahead_log, "COPY_PAGES", 100)
    monkeypatch.setattr(database, "WAL_CUT_BYTES", 2 * MIB)


async def fill(store: SqliteStore, maker: Maker, batches: int = 300) -> None:
    """About a MiB for 40 batches."""
    for _ in range(batches):
        events = [maker.message("palavras de uma mensagem " * 8, f"#{room}") for room in range(20)]
        assert await commit(store, events) is None


def wal_bytes(folder: Path) -> int:
    """Size of the write-ahead log's file."""
    return (folder / "history.db-wal").stat().st_size


def test_a_pruned_file_shrinks(tmp_path: Path) -> None:
    """Step by step, while others commit; some space stays for what comes."""

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path)
        await fill(store, maker)
        store.writer.wal.empty()
        before = store.size().database_bytes
        while await store.prune(START_MS + 5_500_000, 500):
            pass
        steps = []
        while gone := await store.vacuum():
            steps.append(gone)
            assert await commit(store, [maker.message("entretanto")]) is None
        store.writer.wal.empty()
        assert len(steps) > 3
        assert max(steps) <= (vacuum.PAGES + 2) * 4096  # and the maps of what is gone
        assert store.size().database_bytes < before * 2 // 3
        assert int(schema.first(store.writer.connection, "PRAGMA freelist_count")) > 0
        assert await texts(store) == ["entretanto"] * len(steps)
        await store.close()

    run(test())
    check_integrity(tmp_path)


def test_a_file_with_little_to_give_back_stays(tmp_path: Path) -> None:
    """New messages fill what is free."""

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path)
        await fill(store, maker, 20)
        assert await store.prune(START_MS * 2, 1000) == 400
        assert await store.vacuum() == 0
        await store.close()

    run(test())


def test_an_older_database_can_shrink_after_its_update(tmp_path: Path) -> None:
    """Its file is rebuilt once, when its tables are changed."""
    connection = apsw.Connection(str(tmp_path / "history.db"))
    connection.execute((Path(schema.__file__).parent / "0001_initial.sql").read_text(encoding="utf-8"))
    connection.execute("PRAGMA user_version = 1")
    assert connection.pragma("auto_vacuum") == 0
    connection.close()

    async def test() -> None:
        await opened(tmp_path).close()

    run(test())
    assert query(tmp_path, "PRAGMA auto_vacuum") == [(2,)]


@pytest.mark.usefixtures("small")
def test_the_log_stays_small_while_queries_never_pause(tmp_path: Path) -> None:
    """There is always one that reads: they wait a moment now and then."""

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path)
        await fill(store, maker, 20)
        writing = True

        async def read() -> int:
            count = 0
            while writing:
                await store.page(ask("#3", limit=1000))
                count += 1
            return count

        reading = [asyncio.create_task(read()) for _ in range(3)]
        largest = 0
        for _ in range(60):
            await fill(store, maker, 5)
            largest = max(largest, wal_bytes(tmp_path))
            await asyncio.sleep(0)
        writing = False
        assert min(await asyncio.gather(*reading)) > 0
        assert largest < 4 * MIB
        await store.close()

    run(test())


@pytest.mark.usefixtures("small")
def test_another_program_that_reads_for_long_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log grows, which can be seen; when that program ends, the file is cut."""
    monkeypatch.setattr(write_ahead_log, "EMPTY_TIMEOUT_MS", 1)

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path)
        await fill(store, maker, 20)
        other: Any = apsw.Connection(str(tmp_path / "history.db"), flags=apsw.SQLITE_OPEN_READONLY)
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM events").fetchall()
        await fill(store, maker, 300)
        assert store.size().wal_bytes == wal_bytes(tmp_path) > 8 * MIB
        other.execute("ROLLBACK")
        other.close()
        await fill(store, maker, 60)
        assert wal_bytes(tmp_path) < 4 * MIB
        assert len(await texts(store, conversation="#3", limit=1000)) == 380
        await store.close()

    run(test())
    check_integrity(tmp_path)


def test_a_query_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asked is told so, and the next query is answered."""
    monkeypatch.setattr(readers, "QUERY_S", 0.01)

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path)
        assert await commit(store, [maker.message("um")]) is None
        with pytest.raises(NotReadable):
            await store.readers.ask(lambda connection: connection.execute(FOR_EVER).fetchall())
        assert store.failed == ""
        monkeypatch.setattr(readers, "QUERY_S", 30.0)
        assert await texts(store) == ["um"]
        await store.close()

    run(test())


def test_a_search_that_takes_too_long_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of rows that the user may not see cost as much as those they may; pages of history do not wait."""

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path)
        assert await commit(store, [maker.message("um", rank=3) for _ in range(5000)]) is None
        search = Search(words=("um",), places=(("#sala", 0, 0),), limit=50)
        assert await store.search(search) == []
        monkeypatch.setattr(queries, "search", lambda connection, _: connection.execute(FOR_EVER).fetchall())
        monkeypatch.setattr(readers, "SEARCH_S", 0.01)
        first, second = asyncio.ensure_future(store.search(search)), asyncio.ensure_future(store.search(search))
        assert await texts(store) == []
        for waiting in (first, second):  # the second begins when the first is given up, and is given up as well
            with pytest.raises(TookTooLong):
                await waiting
        monkeypatch.undo()
        assert await store.search(search) == []
        await store.close()

    run(test())
