"""Damage that is met while the server runs: by a query, by a commit, or by reading everything."""

from __future__ import annotations

import asyncio
from pathlib import Path

import apsw
import pytest
from contract import ask, commit, run
from samples import Maker
from sqlite_files import opened

from papo.server.delivery.ports import NotReadable, NotStored, Search
from papo.server.store import scrub, sqlite
from papo.server.world.events import MarkerSet

MESSAGES = 3_000


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of some megabytes that was stopped in order; not to be changed."""
    folder = tmp_path_factory.mktemp("filled")

    async def fill() -> None:
        maker, store = Maker(), opened(folder)
        await commit(store, [maker.message(f"texto {number} " * 20, f"#{number % 7}") for number in range(MESSAGES)])
        await store.close()

    run(fill())
    return folder / "history.db"


def copy_of(filled: Path, folder: Path) -> Path:
    """A copy to be damaged."""
    path = folder / "history.db"
    path.write_bytes(filled.read_bytes())
    return path


def leaf_of(path: Path, name: str) -> int:
    """Where a page in the middle of a table or index begins."""
    connection = apsw.Connection(str(path))
    pages = connection.execute(
        "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path", (name,)
    ).fetchall()
    connection.close()
    assert len(pages) > 10
    return (int(str(pages[len(pages) // 2][0])) - 1) * 4096


def spoil(path: Path, name: str) -> None:
    """Zero a page in the middle of a table or index: deep enough for the look at the start not to meet it."""
    at = leaf_of(path, name)
    with path.open("r+b") as file:
        file.seek(at)
        file.write(bytes(4096))


def test_a_query_that_meets_damage_is_refused_and_stops_writing(filled: Path, tmp_path: Path) -> None:
    """The user is told, later commits are refused, and the rest can be read."""
    spoil(copy_of(filled, tmp_path), "events")

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path)
        assert not store.failed
        told: list[bool] = []
        store.on_failure = lambda: told.append(store.damaged)
        refused = 0
        for number in range(7):
            try:
                await store.page(ask(f"#{number}", limit=MESSAGES))
            except NotReadable:
                refused += 1
        assert refused
        assert "papo salvage" in store.failed
        assert store.damaged
        assert isinstance(await commit(store, [maker.message("late")]), NotStored)
        assert len(await store.page(ask("#0", limit=5))) == 5
        assert told == [True]
        before = (tmp_path / "history.db").read_bytes()
        await store.close()
        assert (tmp_path / "history.db").read_bytes() == before

    run(test())


def test_a_search_that_meets_damage(filled: Path, tmp_path: Path) -> None:
    """The index of words is damaged: that is said, and history can be read."""
    spoil(copy_of(filled, tmp_path), "search_data")

    async def test() -> None:
        store = opened(tmp_path)
        places = tuple((f"#{number}", 0, 0) for number in range(7))
        with pytest.raises(NotReadable):
            await store.search(Search(words=("texto",), places=places, limit=MESSAGES))
        assert store.damaged
        assert len(await store.page(ask("#0", limit=5))) == 5
        await store.close()

    run(test())


def test_a_commit_that_meets_damage(filled: Path, tmp_path: Path) -> None:
    """Its author is refused, and nothing more is written."""
    path = copy_of(filled, tmp_path)
    connection = apsw.Connection(str(path))
    root = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'markers'").fetchall()[0][0]
    connection.close()
    with path.open("r+b") as file:
        file.seek((int(str(root)) - 1) * 4096)
        file.write(b"\x55" * 4096)

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path)
        marker = MarkerSet(**maker.stamp(), identity="a", target="#0", read_at_ms=5)
        assert isinstance(await commit(store, [marker]), NotStored)
        assert store.damaged
        assert isinstance(await commit(store, [maker.message("later")]), NotStored)
        await store.close()

    run(test())


@pytest.mark.parametrize("name", ["events", "events_by_seq", "events_by_msgid", "search_data"])
def test_reading_everything_finds_what_nobody_has_asked_for(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """In a table, an index, or the full-text index; commits go on until then."""
    monkeypatch.setattr(scrub, "REST", 0)
    spoil(copy_of(filled, tmp_path), name)

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path)
        assert await commit(store, [maker.message("before", "#new")]) is None
        wrong = await store.scrub()
        assert wrong
        assert store.damaged
        assert isinstance(await commit(store, [maker.message("after", "#new")]), NotStored)
        await store.close()

    run(test())


def test_reading_everything_of_a_whole_database(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is found while commits go on, and they go on."""
    monkeypatch.setattr(scrub, "REST", 0)
    copy_of(filled, tmp_path)

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path)
        check = asyncio.create_task(store.scrub())
        while not check.done():
            assert await commit(store, [maker.message("meanwhile", "#new")]) is None
            await asyncio.sleep(0)
        assert await check == []
        assert store.failed == ""
        await store.close()

    run(test())


def test_closing_ends_it(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even while it rests."""
    monkeypatch.setattr(scrub, "REST", 1e9)
    spoil(copy_of(filled, tmp_path), "events")

    async def test() -> None:
        store = opened(tmp_path)
        check = asyncio.create_task(store.scrub())
        await asyncio.sleep(0)
        await store.close()
        assert await check is None

    run(test())


def test_a_log_that_grows_is_let_begin_again(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's own check is given up rather than hold back the log; what can be read in slices was read."""
    monkeypatch.setattr(scrub, "REST", 0)
    monkeypatch.setattr(scrub, "WAL_GROWTH_BYTES", -1)
    copy_of(filled, tmp_path)
    asked: list[str] = []

    async def test() -> None:
        store = opened(tmp_path)
        monkeypatch.setattr(scrub.log, "info", asked.append)
        assert await store.scrub() is None
        await store.close()

    run(test())
    assert len(asked) == 1


@pytest.mark.parametrize("error", [apsw.CantOpenError("no file"), PermissionError("not allowed")])
def test_what_cannot_be_read_is_not_taken_for_whole(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """Nor for damaged."""
    copy_of(filled, tmp_path)

    def fail(*_arguments: object) -> list[str]:
        raise error

    async def test() -> None:
        store = opened(tmp_path)
        monkeypatch.setattr(sqlite, "scrub", fail)
        assert await store.scrub() is None
        assert store.failed == ""
        await store.close()

    run(test())
    assert str(error) in caplog.text


def test_a_question_that_cannot_be_asked_is_no_damage(filled: Path, tmp_path: Path) -> None:
    """What a user sends never makes the server stop writing."""
    copy_of(filled, tmp_path)

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path)
        for strange in ("\ud800", "#\udfff"):
            with pytest.raises(UnicodeEncodeError):
                await store.page(ask(strange))
        assert store.failed == ""
        assert await commit(store, [maker.message("depois", "#new")]) is None
        await store.close()

    run(test())
