"""`papo chat` in a pseudo-terminal, against a real server."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_server import LiveServer, irc_client, serve, start_server

if sys.platform == "win32":
    pytest.skip("pseudo-terminals of Unix", allow_module_level=True)

import fcntl
import pty
import termios

TIMEOUT_S = 30.0
_ESCAPES = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][A-Z0-9]|\x1b[=>78]")


class Terminal:
    """A program in a terminal of its own."""

    def __init__(self, folder: Path, *words: str, **environment: str) -> None:
        self.shown = b""
        self.process, self.terminal = pty.fork()
        if self.process == 0:  # pragma: no cover -- another process
            os.environ.update(
                TERM="xterm-256color", COLORTERM="truecolor", LANGUAGE="en", PAPO_CLIENT_FOLDER=str(folder),
                PYTHONPATH=os.pathsep.join(path for path in sys.path if path), **environment,
            )  # fmt: skip
            os.environ.pop("NO_COLOR", None)
            os.execv(sys.executable, [sys.executable, "-m", "papo", "chat", *words])  # noqa: S606 -- it is Papo
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 110, 0, 0))

    def until(self, words: str) -> bytes:
        """Read until these words were drawn; everything that was written up to there."""
        end_s = time.monotonic() + TIMEOUT_S
        while words not in self.text():
            ready, _, _ = select.select([self.terminal], [], [], max(0.0, end_s - time.monotonic()))
            if not ready:
                raise AssertionError(f"{words!r} never came: {self.text()[-2000:]}")
            data = os.read(self.terminal, 65536)
            self.shown += data
        return self.shown

    def text(self) -> str:
        """What was drawn, without what moves and colours it."""
        return _ESCAPES.sub(b"", self.shown).decode(errors="replace")

    def type(self, text: str) -> None:
        """Keys."""
        os.write(self.terminal, text.encode())

    def end(self) -> int:
        """Wait for the end; the exit code."""
        with contextlib.suppress(OSError):
            while select.select([self.terminal], [], [], TIMEOUT_S)[0] and os.read(self.terminal, 65536):
                pass
        _, status = os.waitpid(self.process, 0)
        os.close(self.terminal)
        return os.waitstatus_to_exitcode(status)


@pytest.fixture(name="server", scope="module")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with serve(tmp_path_factory.mktemp("server"), ["irc", "http"]) as server:
        yield server


def test_talking_in_a_terminal(server: LiveServer, tmp_path: Path) -> None:
    with irc_client(server.ports["irc"], "bia", "#room") as other:
        other.send("PRIVMSG #room :were you here before?")
        terminal = Terminal(tmp_path, f"irc://127.0.0.1:{server.ports['irc']}", "--nick", "ana", "--join", "#room")
        terminal.until("were you here before?")
        terminal.type("bom dia\r")
        assert other.receive_until("PRIVMSG")[-1].endswith("PRIVMSG #room :bom dia")
        terminal.type("/quit\r")
        assert terminal.end() == 0


def test_no_escape_of_others_reaches_the_terminal(server: LiveServer, tmp_path: Path) -> None:
    with irc_client(server.ports["irc"], "evil", "#evil") as other:
        other.send("TOPIC #evil :topic\x1b]0;owned\x07\x1b[2J")
        other.send("PRIVMSG #evil :in the past \x1b]52;c;aGk=\x07 \x9b5n")
        terminal = Terminal(tmp_path, f"irc://127.0.0.1:{server.ports['irc']}", "--nick", "target", "--join", "#evil")
        terminal.until("in the past")
        other.send("PRIVMSG #evil :now \x1b]0;owned\x07\x1bP+q544e\x1b\\ \x1b[6n\x9b5n \u202eend")
        other.send("PRIVMSG target :\x1b]0;owned\x07private")
        shown = terminal.until("private")
        terminal.type("\x11")  # Ctrl+Q
        assert terminal.end() == 0
        for evil in (b"\x1b]0;owned", b"\x1b]52", b"\x1bP+q", b"\x1b[6n", b"\xc2\x9b", b"\x1b[5n", b"\xe2\x80\xae"):
            assert evil not in shown


def test_a_server_that_comes_back(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    server = start_server(folder, ["irc"])
    port = server.ports["irc"]
    terminal = Terminal(tmp_path / "client", f"irc://127.0.0.1:{port}", "--nick", "ana", "--join", "#room")
    terminal.until("#room")
    terminal.type("before\r")
    terminal.until("before")
    server.stop(signal.SIGKILL)
    assert server.process.stdout is not None
    server.process.stdout.close()
    terminal.until("Trying again")
    terminal.type("while it was away\r")
    terminal.until("1 message waits.")
    with serve(folder, [f"irc://127.0.0.1:{port}"]), irc_client(port, "bia", "#room") as other:
        assert other.receive_until("while it was away")[-1].endswith("PRIVMSG #room :while it was away")
        terminal.type("\x11")
        assert terminal.end() == 0


EVERYBODY = """
[server]
name = "papo.test"
[rooms]
permanent = []
[limits]
enabled = false
[uploads]
who = "everyone"
"""


def test_a_file_is_sent_by_its_path(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    file = tmp_path / "notes on tcp.txt"
    file.write_text("a stream, not messages", encoding="utf-8")
    with (
        serve(folder, ["irc", "http"], config=EVERYBODY) as server,
        irc_client(server.ports["irc"], "bia", "#r") as other,
    ):
        terminal = Terminal(tmp_path, f"http://127.0.0.1:{server.ports['http']}", "--nick", "ana", "--join", "#r")
        other.receive_until("JOIN")
        terminal.until("ana joined")
        terminal.type(f"/upload {file}\r")
        link = other.receive_until("PRIVMSG")[-1].partition(" :")[2]
        assert link.endswith("/notes%20on%20tcp.txt")
        terminal.type("/upload /not/there\r")
        terminal.until("no such file")
        terminal.type("\x11")
        assert terminal.end() == 0


def test_signing_in_asks_for_the_password(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    with serve(folder, ["irc"]) as server, irc_client(server.ports["irc"], "ana") as other:
        other.send("REGISTER * * :correct horse")
        other.receive_until("REGISTER SUCCESS")
        other.send("QUIT")
        terminal = Terminal(
            tmp_path, f"irc://127.0.0.1:{server.ports['irc']}", "--nick", "ana", "--account", "ana", "--join", "#r",
            PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring",
        )  # fmt: skip
        terminal.until("Password")
        terminal.type("wrong\r")
        terminal.until("Sign in")
        terminal.until("password is wrong")
        terminal.type("correct horse\r")
        terminal.until("ana (ana)")
        terminal.type("\x11")
        assert terminal.end() == 0


def test_a_pipe_is_no_terminal(tmp_path: Path) -> None:
    import subprocess

    done = subprocess.run(
        [sys.executable, "-m", "papo", "chat", "irc://127.0.0.1:1"], input="", capture_output=True, text=True,
        check=False, env={**os.environ, "LANGUAGE": "en", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        timeout=TIMEOUT_S,
    )  # fmt: skip
    assert done.returncode == 2
    assert "--plain" in done.stderr
