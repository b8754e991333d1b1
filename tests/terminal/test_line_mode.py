"""`papo chat --plain`: real processes, real servers."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_server import LiveServer, irc_client, serve

TIMEOUT_S = 30


@pytest.fixture(name="server", scope="module")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with serve(tmp_path_factory.mktemp("server"), ["irc", "ircs", "http"]) as server:
        yield server


class Chatting:
    """A `papo chat --plain` with a pipe at each end."""

    def __init__(self, folder: Path, url: str, *flags: str, nick: str = "ana", language: str = "en") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "papo", "chat", url, "--plain", "--nick", nick, *flags],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={
                **os.environ, "PAPO_CLIENT_FOLDER": str(folder), "LANGUAGE": language,
                "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "PYTHONUTF8": "1",
            },
        )  # fmt: skip
        self.lines: list[str] = []
        self._guard = threading.Timer(TIMEOUT_S, self.process.kill)
        self._guard.start()

    def until(self, words: str) -> str:
        """Read until a line holds these words."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if words in line:
                return self.lines[-1]
        raise AssertionError(f"{words!r} never came: {self.lines}")

    def type(self, line: str) -> None:
        """A line and Enter."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def end(self, words: str = "/sair") -> int:
        """Leave; the exit code."""
        try:
            if words:
                self.type(words)
            out, _ = self.process.communicate(timeout=TIMEOUT_S)
            self.lines += out.splitlines()
            return self.process.returncode
        finally:
            self._guard.cancel()


def test_a_pipe_says_everything_and_leaves(server: LiveServer, tmp_path: Path) -> None:
    with irc_client(server.ports["irc"], "bia", "#pipe") as other:
        chat = Chatting(tmp_path, f"irc://127.0.0.1:{server.ports['irc']}", "--join", "#pipe")
        chat.type("bom dia")
        chat.type("/me waves")
        chat.process.stdin.close()  # type: ignore[union-attr]
        chat.process.stdin = None
        assert other.receive_until("PRIVMSG")[-1].endswith("PRIVMSG #pipe :bom dia")
        assert "ACTION waves" in other.receive_until("PRIVMSG")[-1]
        assert chat.end("") == 0
        assert [line[6:] for line in chat.lines[-2:]] == ["#pipe ana: bom dia", "#pipe * ana waves"]


@pytest.mark.parametrize("words", ["/sair", "/close", "/quit", "/SAIR"])
def test_words_for_leaving(server: LiveServer, tmp_path: Path, words: str) -> None:
    chat = Chatting(tmp_path, f"http://127.0.0.1:{server.ports['http']}", nick="leaver")
    chat.until("You are leaver.")
    assert chat.end(words) == 0


def test_a_taken_nick_is_asked_for_again(server: LiveServer, tmp_path: Path) -> None:
    with irc_client(server.ports["irc"], "taken"):
        chat = Chatting(tmp_path, f"irc://127.0.0.1:{server.ports['irc']}", nick="taken")
        chat.until("Type another nick:")
        chat.type("free")
        chat.until("You are free.")
        assert chat.end() == 0


def test_a_certificate_is_trusted_once(server: LiveServer, tmp_path: Path) -> None:
    url = f"ircs://127.0.0.1:{server.ports['ircs']}"
    chat = Chatting(tmp_path, url, nick="careful")
    chat.until("Trust it (y/n)?")
    chat.type("y")
    chat.until("You are careful.")
    assert chat.end() == 0
    again = Chatting(tmp_path, url, nick="careful")
    again.until("You are careful.")
    assert again.end() == 0
    never = Chatting(tmp_path / "other", url, nick="careful")
    never.until("Trust it (y/n)?")
    assert never.end("n") == 0


def test_nobody_there_is_explained(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    chat = Chatting(tmp_path, f"relay://127.0.0.1:{port}")
    assert "nothing listens there" in chat.until("nothing listens there")
    assert chat.end("") == 1


def test_a_bad_address_is_explained(tmp_path: Path) -> None:
    chat = Chatting(tmp_path, "gopher://x", language="pt_BR")
    assert "não é conhecido" in chat.until("gopher://")
    assert chat.end("") == 2


def test_escapes_of_others_stay_out(server: LiveServer, tmp_path: Path) -> None:
    with irc_client(server.ports["irc"], "evil", "#escape") as other:
        chat = Chatting(tmp_path, f"irc://127.0.0.1:{server.ports['irc']}", "--join", "#escape", nick="target")
        other.receive_until("JOIN")
        other.send("TOPIC #escape :\x1b]0;owned\x07\x1b[2J")
        other.send("PRIVMSG #escape :before \x1b[31m\x1b]52;c;aGk=\x07\x9b5n \u202eafter done")
        chat.until("done")
        assert chat.end() == 0
        assert not any(char in line for line in chat.lines for char in "\x1b\x07\x9b\u202e")


class Student:
    """A student's server of the dialect `nick`, with a fault of its own: what it sends is glued, or cut."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]


def test_a_students_server(tmp_path: Path) -> None:
    """Glued greetings, a cut letter, an end without a word."""
    student = Student()
    chat = Chatting(tmp_path, f"nick://127.0.0.1:{student.port}", language="pt_BR")
    connection, _ = student.listener.accept()
    with connection, student.listener:
        connection.sendall(b"NI")
        connection.sendall(b"CK")
        assert connection.recv(1024) == b"ana"
        connection.sendall("ana conectou ao servidor!\nConectado ao Servidor\nbia: olá, tudo bem? a".encode())
        chat.until("Conectado ao Servidor")
        chat.until("bia: olá")
        chat.type("tudo")
        assert connection.recv(1024) == b"ana: tudo"
        connection.sendall("caio: ação".encode()[:-2])
        connection.sendall("caio: ação".encode()[-2:])
        chat.until("caio: ação")
    chat.until("Conexão encerrada.")
    assert chat.end("") == 0
