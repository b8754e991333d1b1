"""The copy of a database that a newer version is about to change."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from pathlib import Path

import apsw
import pytest
from contract import run
from sqlite_files import check_file

from papo import free_space
from papo.server.store import schema
from papo.server.store.sqlite import SqliteStore

OLD = Path(__file__).parents[2] / "data" / "0.1.0" / "data" / "papo.db"
COPY = f"papo-before-{len(schema.files())}.db"


def start(path: Path) -> None:
    """Open the database as a server does, and close it."""

    async def test() -> None:
        await SqliteStore(path, on_soon=asyncio.get_running_loop().call_soon_threadsafe).close()

    run(test())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database of an older version."""
    return Path(shutil.copy(OLD, tmp_path / "papo.db"))


def version(path: Path) -> int:
    """Of its tables."""
    connection = apsw.Connection(f"file:{path}?immutable=1", flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
    found = int(str(connection.pragma("user_version")))
    connection.close()
    return found


def names(path: Path) -> list[str]:
    """What is beside the database."""
    return sorted(each.name for each in path.parent.iterdir())


def test_an_older_database_is_copied_before_it_is_changed(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Once; nobody else may read it; the log says how to go back."""
    old = version(path)
    with caplog.at_level(logging.INFO):
        start(path)
    copy = path.with_name(COPY)
    assert (version(copy), version(path)) == (old, len(schema.files()))
    check_file(copy)
    if os.name != "nt":
        assert copy.stat().st_mode & 0o077 == 0
    assert "To go back: stop Papo" in caplog.text
    before = copy.stat().st_mtime_ns
    start(path)
    assert copy.stat().st_mtime_ns == before
    assert names(path) == [COPY, "papo.db"]


def test_the_way_back_works_and_may_be_gone_again(path: Path) -> None:
    """As the log says: the copy is moved over the database; another update copies it again."""
    old = version(path)
    start(path)
    path.with_name(COPY).replace(path)
    assert version(path) == old
    start(path)
    assert names(path) == [COPY, "papo.db"]
    assert version(path.with_name(COPY)) == old


def test_a_new_database_is_not_copied(tmp_path: Path) -> None:
    """There is nothing to go back to."""
    start(tmp_path / "papo.db")
    assert names(tmp_path / "papo.db") == ["papo.db"]


def test_the_copy_of_an_earlier_update_is_deleted_when_there_is_a_new_one(path: Path) -> None:
    """And nothing else."""
    mine = ["papo-before-2.db.mine", "papo-before-two.db", "other-before-2.db"]
    for name in [*mine, "papo-before-2.db"]:
        (path.parent / name).write_bytes(b"")
    start(path)
    assert names(path) == sorted([*mine, COPY, "papo.db"])


def test_an_update_that_was_cut_off_keeps_the_copy_from_before_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next start goes on from a step in between, which is no place to go back to."""
    old = version(path)
    real = schema.migrate

    def half(connection: apsw.Connection, until: int | None = None) -> None:
        real(connection, old + 1 if until is None else until)
        if until is None:
            raise apsw.FullError("no space")

    with monkeypatch.context() as patch:
        patch.setattr(schema, "migrate", half)
        with pytest.raises(ValueError, match="No space"):
            start(path)
    start(path)
    assert version(path.with_name(COPY)) == old
    assert version(path) == len(schema.files())


def test_without_space_for_the_copy_nothing_is_changed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence says how much is needed."""
    before = path.read_bytes()
    monkeypatch.setattr(free_space, "KEEP_FREE_BYTES", 1 << 60)
    with pytest.raises(ValueError, match=r"papo\.db is to be brought .* MB are free"):
        start(path)
    assert names(path) == ["papo.db"]
    assert path.read_bytes()[100:] == before[100:]
