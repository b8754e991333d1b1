"""A real server on free ports of loopback, and plain blocking clients for it."""

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
QUIET = """
[server]
name = "papo.test"
[rooms]
permanent = []
[limits]
enabled = false
"""


class Running:
    """A `papo serve` in a process of its own."""

    def __init__(self, process: subprocess.Popen[str], ports: dict[str, int], lines: list[str]) -> None:
        self.process = process
        self.ports = ports
        """Scheme to port."""
        self.lines = lines
        """What it printed until it was ready."""

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait; returns the exit code."""
        self.process.send_signal(number)
        return self.process.wait(TIMEOUT_S)


def start(
    folder: Path, schemes: Sequence[str], *, config: str = QUIET, before: Sequence[str] = (), flags: Sequence[str] = ()
) -> Running:
    """Start a server and wait until it says that it listens."""
    file = folder / "papo.toml"
    file.write_text(config, encoding="utf-8")
    listen = [part for scheme in schemes for part in ("--listen", _at(scheme))]
    command = [
        *before, sys.executable, "-m", "papo", "serve", "--config", str(file), "--data", str(folder / "data"),
        *listen, *flags,
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "LANGUAGE": "en"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment, cwd=folder
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
            return Running(process, ports, lines)
    process.wait(TIMEOUT_S)
    raise AssertionError(f"the server did not start: {lines}")


def _at(scheme: str) -> str:
    return scheme if "://" in scheme else f"{scheme}://127.0.0.1:0"


@contextlib.contextmanager
def running(folder: Path, schemes: Sequence[str], **options: object) -> Iterator[Running]:
    """A server for the time of a `with`; SIGKILL if it does not stop."""
    server = start(folder, schemes, **options)  # type: ignore[arg-type]
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.process.kill()
            server.process.wait(TIMEOUT_S)
        assert server.process.stdout is not None
        server.process.stdout.close()


class Client:
    """An IRC program on a blocking socket."""

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
        self._fences = 0
        self.ended = False

    def send(self, line: str) -> None:
        """Send a line."""
        data = line.encode() + b"\r\n"
        for piece in (data[n : n + 1] for n in range(len(data))) if self._by_byte else [data]:
            self.socket.sendall(piece)

    def line(self) -> str:
        """The next line. Raises EOFError where the connection ends."""
        while b"\r\n" not in self._rest:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\r\n")
        return line.decode()

    def until(self, part: str) -> list[str]:
        """Lines up to and with the first that contains `part`."""
        lines = [self.line()]
        while part not in lines[-1]:
            lines.append(self.line())
        return lines

    def fence(self) -> list[str]:
        """Everything sent until now: a PING's answer comes after it. Sets `ended` where the connection is gone."""
        self._fences += 1
        token = f"fence{self._fences}"
        lines: list[str] = []
        with contextlib.suppress(EOFError, OSError):
            self.send(f"PING {token}")
        while True:
            try:
                line = self.line()
            except (EOFError, OSError):
                self.ended = True
                return lines
            if line.endswith(f"PONG papo.test :{token}"):
                return lines
            lines.append(line)

    def register(self, nick: str, caps: str = "") -> None:
        """Become somebody."""
        if caps:
            self.send("CAP LS 302")
            self.send(f"CAP REQ :{caps}")
        self.send(f"NICK {nick}")
        self.send(f"USER {nick} 0 * :{nick.title()}")
        if caps:
            self.send("CAP END")
        self.until(" 422 ")

    def close(self) -> None:
        """Hang up."""
        self.socket.close()


def wait_until(condition: object, *, timeout_s: float = TIMEOUT_S) -> None:
    """Poll a condition that no message tells of, such as a process's end."""
    assert callable(condition)
    end_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end_s, "it did not happen in time"
        time.sleep(0.01)
