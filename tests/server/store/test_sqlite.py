"""The SQLite store: the contract of every store, and what its file holds."""

from __future__ import annotations

import asyncio
from pathlib import Path

import apsw
import pytest
from broken_disk import BrokenDisk
from clock_contract import *  # noqa: F403 -- times that run back
from contract import *  # noqa: F403 -- the tests every store must pass
from contract import OpenStore, ask, commit, everywhere, run, texts
from copy_contract import *  # noqa: F403 -- how every store is copied
from copy_contract import OpenCopy
from deletion_contract import *  # noqa: F403 -- what is deleted
from nonce_contract import *  # noqa: F403 -- messages that are sent again
from query_contract import *  # noqa: F403 -- who finds what
from records_contract import *  # noqa: F403 -- what two writers may ask of every store
from records_contract import OpenTwo, next_of, put
from rename_contract import *  # noqa: F403 -- the history of renamed channels
from rename_contract import renamed
from samples import START_MS, Maker
from sqlite_files import check_file, check_integrity, indexed, opened, plan, query

from papo.server.delivery.ports import NotStored
from papo.server.store import renames, schema, sqlite, writer
from papo.server.store.rows import body_of
from papo.server.store.sqlite import SqliteStore
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


@pytest.fixture
def open_copy() -> OpenCopy:
    """A store on the copy."""

    def opened_copy(path: Path) -> SqliteStore:
        check_file(path)
        return SqliteStore(path, on_soon=asyncio.get_running_loop().call_soon_threadsafe)

    return opened_copy


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


def test_sequence_numbers_are_not_used_again(tmp_path: Path) -> None:
    """A conversation that is pruned to nothing is deleted, private ones too; the next message counts on."""

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path)
        first = [maker.message("a"), maker.message("b", "ana bia"), *(maker.message("c") for _ in range(5))]
        await commit(store, first)
        await commit(store, [maker.message("kept", "#outra")])
        assert await store.prune(START_MS + 7000, 100) == 7
        assert query(tmp_path, "SELECT name FROM conversations") == [("#outra",)]
        await commit(store, [maker.message("d"), maker.message("e", "ana bia")])
        await store.close()
        store = opened(tmp_path)
        await commit(store, [maker.message("f"), maker.message("g", "#outra"), maker.message("h", "#nova")])
        assert await texts(store) == ["d", "f"]
        await store.close()
        store = opened(tmp_path)
        assert await store.prune(START_MS * 2, 100) == 6
        await store.close()
        store = opened(tmp_path)
        await commit(store, [maker.message("i")])
        await store.close()

    seen = "SELECT name, seq, body ->> 'text' FROM events JOIN conversations ON conversations.id = conversation"
    run(test())
    assert query(tmp_path, seen) == [("#sala", 9, "i")]
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
        assert store.writer.connection.pragma("fullfsync") == (durability == "power-loss")  # macOS asks the drive
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


def test_two_large_histories_become_one_beside_the_loop(
    open_store: OpenStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole, with an index that agrees, and not on the loop's thread."""
    monkeypatch.setattr(renames, "MERGED_INLINE", 10)

    async def test() -> None:
        maker, store = Maker(), open_store()
        await commit(store, [maker.message(f"sala {n}", ("#sala", "#nova")[n % 3 == 0]) for n in range(30)])
        assert await commit(store, [renamed(maker, "#sala", "#nova")]) is None
        assert await texts(store, conversation="#nova", everything=False) == [f"sala {number}" for number in range(30)]
        await commit(store, [maker.message("depois", "#nova")])
        await store.close()

    run(test())
    assert query(tmp_path, "PRAGMA integrity_check") == [("ok",)]
    assert [seq for (seq,) in query(tmp_path, "SELECT seq FROM events ORDER BY id")] == [*range(1, 33)]
    assert [len(indexed(tmp_path, f"sala {number}")) for number in range(30)] == [1] * 30
    assert indexed(tmp_path, "depois") == [32]
