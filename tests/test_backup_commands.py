"""`papo backup` and `papo restore` on the data folder of a server that does not run."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from papo.cli import main
from papo.data_folder import acquire
from papo.i18n import choose
from papo.server.backup import stage
from papo.server.store.certificate import self_signed

OLD = Path(__file__).parent / "data" / "0.1.0" / "data"


@pytest.fixture(autouse=True)
def _in_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The command lowers its priority and chooses a language: not those of the tests."""
    monkeypatch.setenv("LANGUAGE", "en")
    monkeypatch.setattr("papo.commands.backup._be_modest", lambda: None)
    for name in [name for name in os.environ if name.startswith("PAPO__")]:
        monkeypatch.delenv(name)
    yield
    choose({"LANGUAGE": "en"})


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder of an older version, with an upload and a certificate."""
    folder = tmp_path / "data"
    shutil.copytree(OLD, folder)
    (folder / "papo.toml").write_text('[server]\nname = "casa.example"\npassword = "segredo-do-irc"\n')
    upload = folder / "uploads" / "20261121" / ("a" * 22)
    upload.mkdir(parents=True)
    (upload / "data").write_bytes(b"picture")
    (upload / "about.json").write_bytes(b"{}")
    self_signed(folder / "tls", ["casa.example"])
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Every file in a folder but locks, by its path in there."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "papo.lock"
    }


def papo(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str]:
    """Run a command; exit code, and all that it printed."""
    code = main(["--language", "en", *map(str, words)])
    said = capsys.readouterr()
    return code, said.out + said.err


def test_a_data_folder_comes_back_as_it_was(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every file; the database is the same, and of its old version still. The source is left as it was."""
    before = contents(data)
    code, said = papo(capsys, "backup", "--data", data, tmp_path / "b.tar.gz")
    assert (code, "read back and compared" in said) == (0, True), said
    assert contents(data) == before
    target = tmp_path / "new" / "home"
    code, said = papo(capsys, "restore", tmp_path / "b.tar.gz", "--data", target)
    assert (code, "uploaded files: 3" in said) == (0, True), said
    after = contents(target)
    assert after.pop("settings/in-use.toml").count(b"********") == 1
    assert {name: content for name, content in after.items() if name != "papo.db"} == {
        name: content for name, content in before.items() if name != "papo.db"
    }
    assert dump(target / "papo.db") == dump(data / "papo.db")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.tar.gz", "data", "new"]
    if os.name != "nt":
        assert target.stat().st_mode & 0o777 == 0o700


def dump(path: Path) -> list[object]:
    """The rows and the version of a database."""
    connection = apsw.Connection(f"file:{path}?immutable=1", flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
    rows: list[object] = [connection.pragma("user_version")]
    for table in ("conversations", "events", "markers"):
        rows += connection.execute(f"SELECT * FROM {table}").fetchall()
    connection.close()
    return rows


def test_it_is_listed_and_rehearsed(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither makes a folder."""
    papo(capsys, "backup", "--data", data, tmp_path / "b.tar.gz")
    code, said = papo(capsys, "restore", tmp_path / "b.tar.gz", "--list")
    assert code == 0
    assert "Backup of casa.example" in said
    assert f"uploads/20261121/{'a' * 22}/data" in said
    code, said = papo(capsys, "restore", tmp_path / "b.tar.gz", "--verify", "--data", tmp_path / "new")
    assert (code, "can open the database" in said) == (0, True), said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.tar.gz", "data"]


def test_it_is_encrypted_by_the_settings_or_the_flag(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its passphrase, nothing is shown, not even a name."""
    from papo.server.backup import age

    monkeypatch.setattr(age, "WORK_FACTOR", 1)
    (tmp_path / "words").write_text("correto cavalo\nsecond line\n")
    (tmp_path / "other").write_text("outro\n")
    with (data / "papo.toml").open("a") as file:
        file.write('[backup]\npassphrase_file = "../words"\n')
    assert papo(capsys, "backup", "--data", data, tmp_path / "b")[0] == 0
    assert b"casa.example" not in (tmp_path / "b").read_bytes()
    for action in ("--list", "--verify"):
        code, said = papo(capsys, "restore", tmp_path / "b", action)
        assert (code, "--passphrase-file" in said) == (2, True)
        code, said = papo(capsys, "restore", tmp_path / "b", action, "--passphrase-file", tmp_path / "other")
        assert (code, "not its passphrase" in said) == (2, True)
        code, said = papo(capsys, "restore", tmp_path / "b", action, "--passphrase-file", tmp_path / "words")
        assert (code, "casa.example" in said) == (0, True)
    assert papo(capsys, "restore", tmp_path / "b", "--list", "--passphrase-file", tmp_path / "none")[0] == 2
    (tmp_path / "words").write_text("")
    assert papo(capsys, "backup", "--data", data, tmp_path / "b")[0] == 2


def test_what_the_settings_name_elsewhere_comes_along(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A certificate of the system, the configuration file of the system; what cannot be read is said."""
    system = tmp_path / "etc"
    certificate, key = self_signed(system, ["casa.example"])
    (system / "motd").write_text("olá")
    (system / "papo.toml").write_text(
        f'[tls]\ncertificate = "{certificate.as_posix()}"\nkey = "{key.as_posix()}"\n[server]\nmotd_file = "motd"\n'
    )
    code, said = papo(capsys, "backup", "--data", data, "--config", system / "papo.toml", tmp_path / "b")
    assert code == 0, said
    code, said = papo(capsys, "restore", tmp_path / "b", "--data", tmp_path / "new")
    assert code == 0
    found = contents(tmp_path / "new")
    assert found["settings/certificate.pem"] == certificate.read_bytes()
    assert found["settings/key.pem"] == key.read_bytes()
    assert found["settings/motd.txt"] == "olá".encode()
    assert found["papo.toml"] == (system / "papo.toml").read_bytes()
    assert f"{certificate} was outside" in said


def test_a_file_that_the_settings_name_in_the_folder_keeps_its_place(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Paths relative to the configuration file are right again after the restore."""
    certificate, key = self_signed(data / "mine", ["casa.example"])
    (data / "papo.toml").write_text('[tls]\ncertificate = "mine/cert.pem"\nkey = "mine/key.pem"\n')
    assert papo(capsys, "backup", "--data", data, tmp_path / "b")[0] == 0
    assert papo(capsys, "restore", tmp_path / "b", "--data", tmp_path / "new")[0] == 0
    assert contents(tmp_path / "new")["mine/cert.pem"] == certificate.read_bytes()
    assert contents(tmp_path / "new")["mine/key.pem"] == key.read_bytes()
    assert papo(capsys, "config", "check", "--data", tmp_path / "new")[0] == 0


def test_nothing_is_overwritten(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not a folder with anything in it, not a file, not what another restore writes."""
    papo(capsys, "backup", "--data", data, tmp_path / "b")
    before = contents(data)
    code, said = papo(capsys, "restore", tmp_path / "b", "--data", data)
    assert (code, "nothing is overwritten" in said) == (2, True)
    assert papo(capsys, "restore", tmp_path / "b", "--data", tmp_path / "b")[0] == 2
    assert contents(data) == before
    with acquire(tmp_path / "new.restoring"):
        code, said = papo(capsys, "restore", tmp_path / "b", "--data", tmp_path / "new")
    assert (code, "another restore" in said) == (2, True)
    (tmp_path / "other.restoring").mkdir()
    (tmp_path / "other.restoring" / "mine").write_text("mine")
    code, said = papo(capsys, "restore", tmp_path / "b", "--data", tmp_path / "other")
    assert (code, "in the way" in said) == (2, True)
    assert (tmp_path / "other.restoring" / "mine").read_text() == "mine"


def test_an_empty_folder_is_filled(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As a new disk or a system's package makes it; and after a restore that was killed."""
    papo(capsys, "backup", "--data", data, tmp_path / "b")
    (tmp_path / "new").mkdir()
    with acquire(tmp_path / "new.restoring"):
        (tmp_path / "new.restoring" / "uploads").mkdir()
        (tmp_path / "new.restoring" / "papo.db").write_bytes(b"half")
    assert papo(capsys, "restore", tmp_path / "b", "--data", tmp_path / "new")[0] == 0
    assert "papo.db" in contents(tmp_path / "new")
    assert not (tmp_path / "new.restoring").exists()


def test_a_folder_that_cannot_be_replaced_is_said(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as the root of another disk."""

    def busy(_self: Path) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy")

    papo(capsys, "backup", "--data", data, tmp_path / "b")
    (tmp_path / "disk").mkdir()
    monkeypatch.setattr(Path, "rmdir", busy)
    code, said = papo(capsys, "restore", tmp_path / "b", "--data", tmp_path / "disk")
    assert (code, "does not exist, such as" in said) == (2, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "data", "disk"]


def test_a_damaged_database_is_not_backed_up(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The last good backup stays, and nothing is left in the data folder."""
    papo(capsys, "backup", "--data", data, tmp_path / "b")
    good = (tmp_path / "b").read_bytes()
    with (data / "papo.db").open("r+b") as file:
        file.seek(3 * 4096)
        file.write(os.urandom(4096))
    code, said = papo(capsys, "backup", "--data", data, tmp_path / "b")
    assert (code, "damaged" in said) == (2, True), said
    assert said.startswith(f"papo: {data}")
    assert (tmp_path / "b").read_bytes() == good
    assert not (data / stage.FOLDER).exists()


def test_a_backup_of_a_newer_papo_is_refused(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is put in place."""
    connection = apsw.Connection(str(data / "papo.db"))
    connection.pragma("user_version", 99)
    connection.close()
    code, said = papo(capsys, "backup", "--data", data, tmp_path / "b")
    assert (code, "newer" in said) == (2, True)
    for path in data.glob("papo.db-*"):
        path.unlink()


def test_there_must_be_something_to_back_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder with a slip of the finger in its name is not made."""
    code, said = papo(capsys, "backup", "--data", tmp_path / "absent", tmp_path / "b")
    assert (code, "no data of a server" in said) == (2, True)
    assert list(tmp_path.iterdir()) == []
    assert papo(capsys, "restore", tmp_path / "absent")[0] == 2
    (tmp_path / "text").write_text("I am no backup")
    assert papo(capsys, "restore", tmp_path / "text", "--verify")[0] == 2


def test_what_an_earlier_backup_has_left_is_cleared(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that was killed."""
    (data / stage.FOLDER / "uploads").mkdir(parents=True)
    (data / stage.FOLDER / "papo.db").write_bytes(b"half")
    assert papo(capsys, "backup", "--data", data, tmp_path / "b")[0] == 0
    assert not (data / stage.FOLDER).exists()


def test_the_sentences_are_in_portuguese_too(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is said when it works and when it does not."""
    main(["--language", "pt-BR", "backup", "--data", str(data), str(tmp_path / "b")])
    main(["--language", "pt-BR", "restore", "--data", str(data), str(tmp_path / "b")])
    said = "".join(capsys.readouterr())
    assert "mensagens" in said
    assert "nada é sobrescrito" in said
