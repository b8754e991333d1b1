"""A real server on free loopback ports, and blocking clients for it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

TIMEOUT_S = 30.0
CONFIG = """
[server]
name = "papo.test"
[rooms]
permanent = []
[limits]
enabled = false
"""


class LiveServer:
    """A `papo serve` in its own process."""

    def __init__(self, process: subprocess.Popen[str], ports: dict[str, int], lines: list[str]) -> None:
        self.process = process
        self.ports = ports
        """Scheme to port."""
        self.lines = lines
        """What it printed until it listened."""

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait; returns the exit code."""
        self.process.send_signal(number)
        return self.process.wait(TIMEOUT_S)


def command_of(folder: Path, schemes: Sequence[str], *, program: Sequence[str] = ("-m", "papo")) -> list[str]:
    """The words that start a server on this folder."""
    listen = [part for scheme in schemes for part in ("--listen", _at(scheme))]
    where = ["--config", str(folder / "papo.toml"), "--data", str(folder / "data")]
    return [sys.executable, *program, "serve", *where, *listen]


def environment_of() -> dict[str, str]:
    """The environment that a program of ours runs in."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "LANGUAGE": "en"}


def start_server(
    folder: Path,
    schemes: Sequence[str],
    *,
    config: str = CONFIG,
    before: Sequence[str] = (),
    flags: Sequence[str] = (),
    program: Sequence[str] = ("-m", "papo"),
) -> LiveServer:
    """Start a server and wait until it listens; its log is in `log` in the folder."""
    (folder / "papo.toml").write_text(config, encoding="utf-8")
    command = [*before, *command_of(folder, schemes, program=program), *flags]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment_of(), cwd=folder
        )
    assert process.stdout is not None
    lines = []
    ports = {}
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        words = line.split()
        if len(words) == 2 and ":" in words[1] and line.startswith("  "):
            ports[words[0]] = int(words[1].partition("?")[0].rpartition(":")[2])
        if line.startswith("Stop with"):
            return LiveServer(process, ports, lines)
    process.wait(TIMEOUT_S)
    raise AssertionError(f"the server did not start: {lines}")


def _at(scheme: str) -> str:
    return scheme if "://" in scheme else f"{scheme}://127.0.0.1:0"


@contextlib.contextmanager
def serve(folder: Path, schemes: Sequence[str], **options: object) -> Iterator[LiveServer]:
    """A server for the time of a `with`, killed at the end if it still runs."""
    server = start_server(folder, schemes, **options)  # type: ignore[arg-type]
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.process.kill()
            server.process.wait(TIMEOUT_S)
        assert server.process.stdout is not None
        server.process.stdout.close()


class IrcClient:
    """An IRC client on a blocking socket."""

    def __init__(self, port: int, *, tls: bool = False, by_byte: bool = False) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), TIMEOUT_S)
        if tls:
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            self.socket = context.wrap_socket(self.socket)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, by_byte)
        self._by_byte = by_byte
        self._rest = b""
        self._pings = 0
        self.ended = False

    def send(self, line: str) -> None:
        """Send a line."""
        data = line.encode() + b"\r\n"
        for piece in (data[n : n + 1] for n in range(len(data))) if self._by_byte else [data]:
            self.socket.sendall(piece)

    def receive(self) -> str:
        """The next line. Raises EOFError when the connection is closed."""
        while b"\r\n" not in self._rest:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\r\n")
        return line.decode()

    def receive_until(self, part: str) -> list[str]:
        """Lines up to the first that contains `part`, included."""
        lines = [self.receive()]
        while part not in lines[-1]:
            lines.append(self.receive())
        return lines

    def received(self) -> list[str]:
        """Lines since the last call, up to the answer of a PING. Sets `ended` if the connection is closed."""
        self._pings += 1
        token = f"ping{self._pings}"
        lines: list[str] = []
        with contextlib.suppress(EOFError, OSError):
            self.send(f"PING {token}")
        while True:
            try:
                line = self.receive()
            except (EOFError, OSError):
                self.ended = True
                return lines
            if line.endswith(f"PONG papo.test :{token}"):
                return lines
            lines.append(line)

    def register(self, nick: str, caps: str = "") -> None:
        """Register, with these capabilities."""
        if caps:
            self.send("CAP LS 302")
            self.send(f"CAP REQ :{caps}")
        self.send(f"NICK {nick}")
        self.send(f"USER {nick} 0 * :{nick.title()}")
        if caps:
            self.send("CAP END")
        self.receive_until(" 422 ")

    def close(self) -> None:
        """Close the connection."""
        self.socket.close()


@contextlib.contextmanager
def irc_client(port: int, nick: str, channel: str = "") -> Iterator[IrcClient]:
    """A registered client, in the channel if one is named, closed at the end."""
    client = IrcClient(port)
    with client.socket:
        client.register(nick)
        if channel:
            client.send(f"JOIN {channel}")
            client.receive_until(" 366 ")
        yield client


def wait_until(condition: object, *, timeout_s: float = TIMEOUT_S) -> None:
    """Poll a condition that nothing announces, such as the end of a process."""
    assert callable(condition)
    end_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end_s, "the condition did not hold in time"
        time.sleep(0.01)
