"""What a server says of a data folder that is damaged, or has lost a part, before it uses anything of it."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import apsw
import pytest
from damages import DAMAGES, WHOLE, contents, cut, overwrite, start

from papo.config import DamagedError
from papo.i18n import choose
from papo.server.store.integrity import look
from papo.server.store.preflight import Damaged
from papo.server.store.schema import APPLICATION_ID


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that was used and stopped in order; not to be changed."""
    copy = tmp_path_factory.mktemp("used") / "data"
    shutil.copytree(WHOLE, copy)
    start(copy)
    return copy


@pytest.fixture
def folder(tmp_path: Path, used: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(used, tmp_path / "data")


@pytest.mark.parametrize("name", DAMAGES)
def test_it_is_refused_with_one_sentence_and_left_alone(
    folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence names the file and says what to do; no file is made, changed or deleted."""
    damage, expected = DAMAGES[name]
    damage(folder)
    before = contents(folder)
    sentences = []
    for language in ("en", "pt_BR"):
        monkeypatch.setattr("papo.i18n._translations", choose({"LANGUAGE": language}))
        with pytest.raises(DamagedError) as refused:
            start(folder)
        sentences.append(str(refused.value))
        assert "\n" not in sentences[-1]
        assert str(folder) in sentences[-1]
        assert contents(folder) == before
    assert re.search(expected, sentences[0]), sentences
    assert sentences[0] != sentences[1]
    orders = re.findall(r'"(papo (?:restore|serve|salvage).*?)"', " ".join(sentences))
    assert all(f"--data {folder}" in order for order in orders), "it can be pasted"


@pytest.mark.parametrize("name", ["no database", "an empty database", "no secret", "a short secret"])
def test_new_makes_what_is_missing(folder: Path, name: str) -> None:
    """And a later start needs no flag."""
    DAMAGES[name][0](folder)
    start(folder, new=True)
    start(folder)


def test_new_overwrites_nothing(folder: Path) -> None:
    """`--new` on a folder that has everything is a usual start; damage is refused all the same."""
    before = contents(folder)
    start(folder, new=True)
    assert contents(folder) == before
    cut(folder / "papo.db", 4096 * 15)
    with pytest.raises(DamagedError):
        start(folder, new=True)


def test_a_header_that_was_torn_while_the_log_was_copied(folder: Path) -> None:
    """SQLite reads the first page from the log, so the start is a usual one; without the log it is damage."""
    connection = apsw.Connection(str(folder / "papo.db"))
    have = connection.execute("PRAGMA user_version").get
    connection.execute(f"PRAGMA user_version = 1; PRAGMA user_version = {have}")
    copy = shutil.copytree(folder, folder.with_name("copy"))
    connection.close()
    overwrite(copy / "papo.db", 0, bytes(512))
    start(copy)
    overwrite(copy / "papo.db", 0, bytes(512))
    with pytest.raises(DamagedError):
        start(copy)


def test_a_file_whose_making_was_cut_short(tmp_path: Path) -> None:
    """The journal of the first page is there, and half of the page: SQLite makes the file empty again."""
    connection = apsw.Connection(str(tmp_path / "papo.db"))
    connection.execute("PRAGMA cache_spill = 1; BEGIN; PRAGMA user_version = 1; CREATE TABLE t (x)")
    connection.cache_flush()
    copy = shutil.copytree(tmp_path, tmp_path / "copy")
    connection.close()
    cut(copy / "papo.db", 3000)
    overwrite(copy / "papo.db", 0, bytes(512))
    assert (copy / "papo.db-journal").stat().st_size
    start(copy)


def test_a_first_start_that_was_cut_short(tmp_path: Path) -> None:
    """A database in which nothing is stored gets a secret without being asked."""
    start(tmp_path)
    (tmp_path / "secret").unlink()
    start(tmp_path)
    (tmp_path / "papo.db").write_bytes(b"")
    (tmp_path / "secret").unlink()
    start(tmp_path)


def test_a_file_that_grew_in_its_log_alone_is_whole(folder: Path) -> None:
    """After a crash the newest pages are in the log only: that is no damage."""
    connection = apsw.Connection(str(folder / "papo.db"))
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("CREATE TABLE more (text)")
    connection.executemany("INSERT INTO more VALUES (?)", [("y" * 3000,)] * 50)
    crashed = folder.parent / "crashed"
    shutil.copytree(folder, crashed)
    connection.close()
    start(crashed)
    after = apsw.Connection(str(crashed / "papo.db"))
    assert after.execute("SELECT count(*) FROM more").fetchall() == [(50,)]
    after.close()


def test_half_a_file_whose_log_has_only_other_pages(folder: Path) -> None:
    """A log does not make up for what is missing."""
    connection = apsw.Connection(str(folder / "papo.db"))
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("INSERT INTO markers VALUES ('a', 'b', 1)")
    crashed = folder.parent / "crashed"
    shutil.copytree(folder, crashed)
    connection.close()
    assert (crashed / "papo.db-wal").stat().st_size > 4096
    cut(crashed / "papo.db", 4096 * 12)
    with pytest.raises(DamagedError, match="cut off"):
        start(crashed)


def test_a_name_in_the_schema_that_is_no_text(folder: Path) -> None:
    """A flipped bit can make text of it that is no UTF-8: a sentence, no traceback."""
    data = (folder / "papo.db").read_bytes()
    (folder / "papo.db").write_bytes(data.replace(b"events_by_msgid", b"events_by_\xffsgid", 1))
    with pytest.raises(DamagedError, match="papo salvage --data"):
        start(folder)


def test_it_is_known_as_ours(folder: Path) -> None:
    """The file carries Papo's mark, which `file` and others can show."""
    connection = apsw.Connection(str(folder / "papo.db"))
    assert connection.pragma("application_id") == APPLICATION_ID
    connection.execute("DROP TABLE markers")
    with pytest.raises(Damaged, match="markers"):
        look(connection, folder / "papo.db")
    connection.close()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="everything can be read by root")
def test_a_secret_that_cannot_be_read_is_no_reason_to_migrate(folder: Path) -> None:
    """It is refused before the database is opened."""
    shutil.copy(WHOLE / "papo.db", folder / "papo.db")
    (folder / "secret").chmod(0)
    before = (folder / "papo.db").read_bytes()
    with pytest.raises(DamagedError, match="secret cannot be read"):
        start(folder)
    assert (folder / "papo.db").read_bytes() == before
