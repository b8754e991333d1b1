"""What a command does about the server of a data folder: it asks it, or does the work itself; never both."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from papo.cli import main
from papo.data_folder import acquire
from papo.server.net.admin_socket import FILE

OLD = Path(__file__).parent / "data" / "0.1.0" / "data"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of an older version."""
    monkeypatch.setattr("papo.commands.backup._be_modest", lambda: None)
    return Path(shutil.copytree(OLD, tmp_path / "data"))


@contextlib.contextmanager
def program(folder: Path, *, answer: bytes | None) -> Iterator[list[bytes]]:
    """A program on the port that the folder names: sends `answer` to every order and hangs up; None: it says nothing.

    Gives the orders that it got.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        (folder / FILE).write_text(json.dumps({"port": server.getsockname()[1], "token": "-"}))
        orders: list[bytes] = []
        if answer is None:
            yield orders
            return
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                connection, _peer = server.accept()
                with connection, connection.makefile("rb") as lines:
                    if line := lines.readline():
                        orders.append(line)
                        connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield orders
        ended.set()
        socket.create_connection(server.getsockname()).close()
        thread.join()


COMMANDS = (["account", "list"], ["clock"], ["account", "export", "ana", "ana.zip"], ["backup", "backup.tar.gz"])


def papo(words: list[str], folder: Path, tmp_path: Path) -> int:
    """The exit code of a command."""
    paths = [str(tmp_path / word) if "." in word else word for word in words]
    first = 2 if words[0] == "account" else 1
    return main(["--language", "en", *paths[:first], "--data", str(folder), *paths[first:]])


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_port_that_another_program_has_now(words: list[str], data: Path, tmp_path: Path) -> None:
    """The server was killed: its port is not asked, for it would never answer."""
    with program(data, answer=None):
        assert papo(words, data, tmp_path) == 0


@pytest.mark.parametrize("answer", [b"", b'{"said": [], "ref'])
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_server_that_stops_before_its_answer(
    words: list[str], answer: bytes, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it may have done is not done again."""
    with acquire(data), program(data, answer=answer) as orders:
        assert papo(words, data, tmp_path) == 2
    assert len(orders) == 1
    assert "the server was stopped meanwhile; try again" in capsys.readouterr().err


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_server_that_answers_nobody(
    words: list[str], data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It starts or stops, for longer than a command waits."""
    with acquire(data):
        assert papo(words, data, tmp_path) == 2
    assert "already in use" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        *COMMANDS,
        ["account", "drop", "ana"],
        ["account", "rename", "ana", "bia"],
        ["account", "suspend", "ana"],
        ["clock", "accept"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("names", [None, [], ["papo.toml", "papo.lock"]])
def test_a_folder_without_data(
    words: list[str], names: list[str] | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A slip of the finger in --data makes no second server there."""
    folder = tmp_path / "folder"
    if names is not None:
        folder.mkdir(mode=0o700)
        for name in names:
            (folder / name).touch(mode=0o600)
    assert papo(words, folder, tmp_path) == 2
    assert "no data of a server" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ([] if names is None else ["folder"])
    assert names is None or sorted(path.name for path in folder.iterdir()) == sorted(names)


def test_an_account_before_the_first_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There are no data yet, and it makes them."""
    monkeypatch.setattr("sys.stdin", io.StringIO("senha-da-ana\n"))
    assert papo(["account", "add", "ana"], tmp_path / "folder", tmp_path) == 0
    assert papo(["account", "list"], tmp_path / "folder", tmp_path) == 0
