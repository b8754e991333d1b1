from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import apsw
import pytest
from broken_disk import BrokenDisk
from contract import *  # noqa: F403 -- the tests every store must pass
from contract import OpenStore, ask, commit, everywhere, run, texts
from records_contract import *  # noqa: F403 -- what two writers may ask of every store
from records_contract import OpenTwo, next_of, put
from samples import START_MS, Maker

import papo
from papo.server.delivery.ports import NotStored
from papo.server.store import schema, sqlite, writer
from papo.server.store.rows import body_of
from papo.server.store.sqlite import SqliteStore
from papo.server.store.writer import Writer
from papo.server.world.events import Audited
from papo.server.world.records import Account, ChannelRecord


@pytest.fixture(params=["inline", "thread"])
def open_store(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> OpenStore:
    """Opens the store of this test; it commits on the loop's thread (fast disk) or on the writer's (slow disk)."""
    monkeypatch.setattr(sqlite, "INLINE_MS", -1.0 if request.param == "thread" else 1e9)
    return lambda: opened(tmp_path)


@pytest.fixture
def open_two(open_store: OpenStore) -> OpenTwo:
    """Two stores on one file."""
    return lambda: (open_store(), open_store())


def opened(folder: Path, vfs: str | None = None) -> SqliteStore:
    """The store in a folder, on the running loop."""
    soon = asyncio.get_running_loop().call_soon_threadsafe
    return SqliteStore(folder / "history.db", on_soon=soon, vfs=vfs)


def query(folder: Path, sql: str) -> list[tuple[object, ...]]:
    """Query the file through another connection."""
    connection = apsw.Connection(str(folder / "history.db"))
    try:
        return list(connection.execute(sql))
    finally:
        connection.close()


def check_integrity(folder: Path) -> None:
    """Check that tables and full-text index are consistent, and agree with each other."""
    assert query(folder, "PRAGMA integrity_check") == [("ok",)]
    query(folder, "INSERT INTO search (search, rank) VALUES ('integrity-check', 1)")


def indexed(folder: Path, words: str) -> list[object]:
    """Rows that the full-text index finds."""
    return [row[0] for row in query(folder, f"SELECT rowid FROM search WHERE search MATCH '{words}' ORDER BY rowid")]


def test_sequence_numbers_have_no_holes(open_store: OpenStore, tmp_path: Path) -> None:
    """Each conversation counts 1, 2, 3 in commit order, also over failed batches and a restart."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        first = maker.message("x")
        await commit(store, [first, maker.message("y", "#other")])
        assert await commit(store, [maker.message("y", "#new"), maker.message("x"), first]) is not None
        await commit(store, [maker.message("x"), maker.message("y", "#other"), maker.message("z", "#new")])
        await store.close()
        store = open_store()
        await commit(store, [maker.message("x")])
        await store.close()

    run(test())
    rows = query(tmp_path, "SELECT conversation, seq FROM events ORDER BY id")
    assert [seq for _, seq in rows] == [1, 1, 2, 2, 1, 3]
    assert len({conversation for conversation, _ in rows}) == 3


def test_more_conversations_than_are_remembered(
    open_store: OpenStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch with many conversations numbers each correctly although few are kept in memory."""
    monkeypatch.setattr(writer, "REMEMBERED", 2)

    async def test() -> None:
        maker, store = Maker(), open_store()
        batch = [maker.message("x", f"#{number % 5}") for number in range(20)]
        assert await commit(store, batch) is None
        assert await commit(store, [maker.message("x", f"#{number % 5}") for number in range(20)]) is None
        await store.close()

    run(test())
    rows = query(tmp_path, "SELECT conversation, group_concat(seq, ' ') FROM events GROUP BY conversation")
    assert {seqs for _, seqs in rows} == {"1 2 3 4 5 6 7 8"}


def test_the_full_text_index_holds_every_message_and_nothing_else(open_store: OpenStore, tmp_path: Path) -> None:
    """Words are found without accents and case; other events and pruned messages are not in it."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        await commit(store, [maker.message("Olá, café da manhã"), maker.join(), maker.message("nada")])
        events = [maker.message(f"number{number} café") for number in range(200)]
        await commit(store, events)
        assert await store.prune(events[100].at_ms, 1000) == 103
        await store.close()

    run(test())
    assert len(indexed(tmp_path, "cafe")) == 100
    assert indexed(tmp_path, "manha") == []
    assert indexed(tmp_path, "number100") == [104]
    check_integrity(tmp_path)


def test_pruning_the_newest_messages_leaves_the_index_consistent(open_store: OpenStore, tmp_path: Path) -> None:
    """A few messages, all pruned before anything else happens: the index stays consistent."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        await commit(store, [maker.message("ghost one"), maker.message("ghost two")])
        assert await store.prune(START_MS * 2, 100) == 2
        for number in range(100):
            await commit(store, [maker.message(f"later {number}")])
        await store.close()

    run(test())
    assert indexed(tmp_path, "ghost") == []
    assert len(indexed(tmp_path, "later")) == 100
    check_integrity(tmp_path)


def test_text_with_a_null_character_is_indexed_and_pruned(open_store: OpenStore, tmp_path: Path) -> None:
    """U+0000 in a text does not cut it short anywhere."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        await commit(store, [maker.message("before\0after") for _ in range(70)])
        assert [event.text for event in await store.page(ask(limit=1))] == ["before\0after"]
        assert await store.prune(START_MS + 35_000, 1000) == 35
        await store.close()

    run(test())
    assert len(indexed(tmp_path, "after")) == 35
    check_integrity(tmp_path)


def test_a_database_of_a_newer_program_is_refused_with_a_sentence(tmp_path: Path) -> None:
    """Nothing is changed in it."""

    async def test() -> None:
        store = opened(tmp_path)
        await store.close()
        query(tmp_path, "PRAGMA user_version = 99")
        with pytest.raises(ValueError, match="newer"):
            opened(tmp_path)

    run(test())


def test_a_file_that_is_no_database_is_refused_with_a_sentence(tmp_path: Path) -> None:
    """The path is named, and the file stays as it was."""
    (tmp_path / "history.db").write_bytes(b"not a database, but long enough to be looked at" * 100)

    async def test() -> None:
        with pytest.raises(ValueError, match=r"history\.db"):
            opened(tmp_path)

    run(test())
    assert (tmp_path / "history.db").read_bytes().startswith(b"not a database")


@pytest.mark.parametrize(("durability", "level"), [("power-loss", 2), ("process", 1)])
def test_the_durability_asked_for_is_the_one_in_force(tmp_path: Path, durability: str, level: int) -> None:
    """PRAGMA synchronous is FULL or NORMAL, in WAL mode."""

    async def test() -> None:
        store = SqliteStore(
            tmp_path / "history.db",
            durability="process" if durability == "process" else "power-loss",
            on_soon=asyncio.get_running_loop().call_soon_threadsafe,
        )
        assert store.writer.connection.pragma("synchronous") == level
        assert store.writer.connection.pragma("journal_mode") == "wal"
        await store.close()

    run(test())


def test_a_commit_is_synced_before_it_is_done(open_store: OpenStore, tmp_path: Path) -> None:
    """At `done` the write-ahead log has been synced once more."""
    del open_store
    disk = BrokenDisk()

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path, disk.name)
        for _ in range(3):
            before = disk.syncs.count("-wal")
            assert await commit(store, [maker.message("x")]) is None
            assert disk.syncs.count("-wal") > before
        await store.close()

    run(test())


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


def test_the_write_ahead_log_stays_small_under_load(open_store: OpenStore, tmp_path: Path) -> None:
    """It is copied and reset while commits go on."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        largest = 0
        for _ in range(400):
            assert await commit(store, [maker.message("words " * 20, f"#{number}") for number in range(40)]) is None
            largest = max(largest, (tmp_path / "history.db-wal").stat().st_size)
        assert largest < 256 << 20
        await store.close()

    run(test())
    check_integrity(tmp_path)


def test_another_program_holding_the_file_does_not_stop_the_loop(open_store: OpenStore, tmp_path: Path) -> None:
    """The loop runs while a commit waits for the lock; when that is released the commit is done."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        await commit(store, [maker.message("first")])
        other = apsw.Connection(str(tmp_path / "history.db"))
        other.execute("BEGIN EXCLUSIVE")
        answers: list[NotStored | None] = []
        began_s = time.monotonic()
        store.commit([maker.message("second")], answers.append)
        assert time.monotonic() - began_s < 0.5
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


def test_a_slow_disk_is_written_on_the_thread_and_a_fast_one_on_the_loop(tmp_path: Path) -> None:
    """Commits move to the writer's thread when they are slow, and back when they are fast."""
    disk, where = SlowDisk(), []

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
    """A disk whose syncs take a while."""

    stall_s = 0.0

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 -- apsw's name
        disk, opened = self, super().xOpen(name, flags)
        sync = opened.xSync

        def slow(flags: int) -> None:
            time.sleep(disk.stall_s)
            sync(flags)

        opened.xSync = slow  # type: ignore[method-assign]
        return opened


def test_a_large_conversation_is_read_by_index(tmp_path: Path) -> None:
    """No query scans a table or sorts, whatever its bounds."""
    asked: list[str] = []

    def note(found: str) -> bool:
        asked.append(found)
        return True

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path)
        events = [maker.message(str(number)) for number in range(50)]
        await commit(store, events)
        connection = store.readers.connection()
        connection.exec_trace = lambda _, sql, bindings: note(plan(tmp_path, sql, bindings))
        from papo.server.store import queries

        for everything in (True, False):
            for bound in (events[20].msgid, events[20].at_ms):
                for newest_first in (True, False):
                    query = ask(after=bound, everything=everything, newest_first=newest_first, limit=5)
                    queries.page(connection, query)
                queries.around(connection, ask(everything=everything), bound)
        queries.targets(connection, "ana", [("#sala", 0)], 0, START_MS * 2, 5)
        connection.exec_trace = None
        await store.close()

    run(test())
    assert asked
    for line in asked:
        assert "SCAN events" not in line
        assert "SCAN conversations" not in line
        if "conversations" not in line:
            assert "TEMP B-TREE" not in line


def plan(folder: Path, sql: str, bindings: object) -> str:
    """SQLite's query plan."""
    connection = apsw.Connection(str(folder / "history.db"), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        rows = connection.execute("EXPLAIN QUERY PLAN " + sql, bindings)  # type: ignore[arg-type]
        return " | ".join(str(row[3]) for row in rows)
    finally:
        connection.close()


def test_many_queries_at_once_during_commits(open_store: OpenStore) -> None:
    """Each page is whole: it ends with a message that was committed, without holes."""

    async def test() -> None:
        maker, store = Maker(), open_store()

        async def reader() -> None:
            for _ in range(30):
                shown = [int(text) for text in await texts(store, limit=20)]
                assert shown == list(range(shown[0], shown[0] + len(shown))) if shown else True

        async def writer() -> None:
            for number in range(300):
                assert await commit(store, [maker.message(str(number))]) is None
                if number % 10 == 0:
                    await asyncio.sleep(0)

        await asyncio.gather(writer(), *(reader() for _ in range(5)))
        await store.close()

    run(test())


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


_WRITER = """
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
        command = [sys.executable, "-c", _WRITER, str(folder / "history.db"), str(round_)]
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


def test_closing_finishes_what_was_handed_over(open_store: OpenStore) -> None:
    """A commit under way at `close` is done by the time it returns; a later one is refused."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        answers: list[NotStored | None] = []
        store.commit([maker.message("last")], answers.append)
        await store.close()
        assert answers == [None]
        store.commit([maker.message("late")], answers.append)
        assert isinstance(answers[1], NotStored)
        store = open_store()
        assert await texts(store) == ["last"]
        await store.close()

    run(test())


def test_an_older_database_is_brought_up_to_date(tmp_path: Path) -> None:
    """Permanent channels, history and what can be found in it are as they were."""

    async def test() -> None:
        connection = apsw.Connection(str(tmp_path / "history.db"))
        connection.execute((Path(schema.__file__).parent / "0001_initial.sql").read_text(encoding="utf-8"))
        connection.execute("PRAGMA user_version = 1")
        channel = '{"key":"#a","name":"#A","created_at_ms":5}'
        connection.execute("INSERT INTO channels VALUES ('#a', json(?))", (channel,))
        connection.execute("INSERT INTO conversations (id, name) VALUES (1, '#sala')")
        sent = Maker().message("antigo texto")
        body = body_of(sent)
        connection.execute("INSERT INTO events VALUES (1, 1, 1, ?, ?, 0, 0, 1, ?)", (sent.msgid, sent.at_ms, body))
        connection.execute("INSERT INTO search (rowid, text) VALUES (1, 'antigo texto')")
        connection.execute("UPDATE indexed SET until = 1")
        connection.close()
        store = opened(tmp_path)
        assert [record.name for record in await store.records() if isinstance(record, ChannelRecord)] == ["#A"]
        assert await texts(store) == ["antigo texto"]
        assert await store.search(everywhere("antigo", sender="ana")) == [sent]
        await store.close()

    run(test())


def test_accounts_that_look_alike_in_an_older_database_can_still_be_changed(tmp_path: Path) -> None:
    """The first has the unique keys; the other keeps its name, but gets no further key of another account."""

    async def test() -> None:
        folder = Path(schema.__file__).parent
        connection = apsw.Connection(str(tmp_path / "history.db"))
        for file in ("0001_initial.sql", "0002_records.sql"):
            connection.execute((folder / file).read_text(encoding="utf-8"))
        connection.execute("PRAGMA user_version = 2")
        for number, name in enumerate(["ana", "Ana"]):
            body = f'{{"type":"Account","id":"{number}","name":"{name}","created_at_ms":5}}'
            connection.execute("INSERT INTO records VALUES ('account', ?, ?)", (str(number), body))
        connection.close()
        maker, store = Maker(), opened(tmp_path)
        accounts = {record.id: record for record in await store.records() if isinstance(record, Account)}
        assert {each.version for each in accounts.values()} == {1}
        for account in accounts.values():
            accounts[account.id] = next_of(account, email="a@b")
            assert await put(store, maker, accounts[account.id]) is None
        first = next_of(accounts["0"], nicks=("bia",))
        assert await put(store, maker, first) is None
        assert await put(store, maker, next_of(accounts["1"], nicks=("bia",))) == (first,)
        await store.close()

    run(test())


def test_the_audit_log_only_grows(tmp_path: Path) -> None:
    """Not even the server can change it."""

    async def test() -> None:
        store, maker = opened(tmp_path), Maker()
        await commit(store, [Audited(**maker.stamp(), oper="chefe", action="KILL", details="x")])
        assert await store.audit(5) == [(START_MS, "chefe ana!ana@host", "KILL", "x")]
        await store.close()
        connection = apsw.Connection(str(tmp_path / "history.db"))
        for sql in ("DELETE FROM audit", "UPDATE audit SET who = ''"):
            with pytest.raises(apsw.ConstraintError):
                connection.execute(sql)
        connection.close()

    run(test())
