"""What a command does about the server of a data folder: it asks it, or does the work itself; never both."""

from __future__ import annotations

import contextlib
import hmac
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
from papo.server.net.admin_socket import FILE, SOCKET

OLD = Path(__file__).parent / "data" / "0.1.0" / "data"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of an older version."""
    monkeypatch.setattr("papo.commands.backup._be_modest", lambda: None)
    return Path(shutil.copytree(OLD, tmp_path / "data"))


@contextlib.contextmanager
def listening(folder: Path, kind: str) -> Iterator[tuple[socket.socket, int]]:
    """A socket as a server of the folder has it, and the port to write into `FILE`."""
    if kind == "port":
        with socket.create_server(("127.0.0.1", 0)) as server:
            yield server, server.getsockname()[1]
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(folder / SOCKET))
        server.listen()
        yield server, 0
    (folder / SOCKET).unlink()


@contextlib.contextmanager
def program(folder: Path, *, answer: bytes | None, kind: str = "port", proof: str = "") -> Iterator[list[bytes]]:
    """A program where the folder says that its server is: sends `answer` to every order and hangs up.

    It proves that it is the server, or sends `proof` instead. `answer` None: it says nothing. Gives what it was sent
    but for nonces.
    """
    with listening(folder, kind) as (server, port):
        (folder / FILE).write_text(json.dumps({"port": port, "secret": "-"}))
        sent: list[bytes] = []
        if answer is None:
            yield sent
            return
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                connection, _peer = server.accept()
                with connection, connection.makefile("rb") as lines:
                    if not (line := lines.readline()):
                        continue
                    text = f"server {json.loads(line)['nonce']} abc"
                    real = hmac.new(b"-", text.encode(), "sha256").hexdigest()
                    connection.sendall(json.dumps({"nonce": "abc", "proof": proof or real}).encode() + b"\n")
                    if line := lines.readline():
                        sent.append(line)
                        connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield sent
        ended.set()
        with socket.socket(server.family, socket.SOCK_STREAM) as last:
            last.connect(server.getsockname())
        thread.join()


COMMANDS = (["account", "list"], ["clock"], ["account", "export", "ana", "ana.zip"], ["backup", "backup.tar.gz"])


def papo(words: list[str], folder: Path, tmp_path: Path) -> int:
    """The exit code of a command."""
    paths = [str(tmp_path / word) if "." in word else word for word in words]
    first = 2 if words[0] == "account" else 1
    return main(["--language", "en", *paths[:first], "--data", str(folder), *paths[first:]])


KINDS = ["port", pytest.param("socket", marks=pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no such"))]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_port_that_another_program_has_now(words: list[str], kind: str, data: Path, tmp_path: Path) -> None:
    """The server was killed: its port is not asked, for it would never answer."""
    with program(data, answer=None, kind=kind):
        assert papo(words, data, tmp_path) == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("proof", ["00" * 32, "é", "-"])
def test_a_program_that_is_not_the_server_gets_no_password(
    proof: str, kind: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has the port of a server that was killed, and the next server does not listen yet."""
    monkeypatch.setattr("sys.stdin", io.StringIO("senha-secreta\n"))
    with acquire(data), program(data, answer=b'{"said": [], "refused": null}\n', kind=kind, proof=proof) as sent:
        assert papo(["account", "passwd", "ana"], data, tmp_path) == 2
    assert sent == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("answer", [b"", b'{"said": [], "ref'])
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_server_that_stops_before_its_answer(
    words: list[str], answer: bytes, *, kind: str, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it may have done is not done again."""
    with acquire(data), program(data, answer=answer, kind=kind) as orders:
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
