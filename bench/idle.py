"""Opens registered IRC connections that stay idle, and prints what they cost the server; knows nothing of Papo.

Usage: ``idle.py PORT CONNECTIONS PID``. Prints one line: connections registered per second (including the wait for
001), server CPU per connection in microseconds, resident memory per connection in KiB and the server's total in MiB.
CPU and memory come from ``/proc/PID`` (Linux, proc(5)), so the server must be one process on this machine.
"""

from __future__ import annotations

import os
import resource
import select
import socket
import sys
import time
from pathlib import Path

HANDSHAKES_AT_ONCE = 100
GIVE_UP_AFTER_S = 100.0
SETTLE_S = 1.0


class ServerClosedError(Exception):
    """The server closed a connection that was still registering."""


class Process:
    """A running process, as /proc shows it."""

    def __init__(self, pid: int) -> None:
        """Remember which process to read."""
        self._folder = Path("/proc") / str(pid)
        self._ticks_per_s = os.sysconf("SC_CLK_TCK")

    def resident_kib(self) -> int:
        """Return VmRSS in KiB."""
        for line in (self._folder / "status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        return 0

    def cpu_s(self) -> float:
        """Return user plus system time in seconds; the 14th and 15th fields of stat, in clock ticks."""
        fields = (self._folder / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / self._ticks_per_s


class Crowd:
    """The open connections and how far each has come."""

    def __init__(self, port: int) -> None:
        """Start with nobody; ``port`` is on the loopback address."""
        self._port = port
        self._poll = select.epoll()
        self._sockets: dict[int, socket.socket] = {}
        self._unread: dict[int, bytes] = {}
        self.opened = 0
        self.registered = 0

    def open_one(self) -> None:
        """Connect one more client and send its handshake."""
        client = socket.create_connection(("127.0.0.1", self._port))
        client.settimeout(0)
        client.send(b"NICK n%d\r\nUSER u 0 * :u\r\n" % self.opened)
        self._sockets[client.fileno()] = client
        self._unread[client.fileno()] = b""
        self._poll.register(client.fileno(), select.EPOLLIN)
        self.opened += 1

    def listen(self) -> None:
        """Read for at most a second; count who was welcomed and answer who was asked to prove to be alive."""
        for descriptor, _ in self._poll.poll(1):
            data = self._sockets[descriptor].recv(65536)
            unread = self._unread[descriptor] + data
            if not data:
                raise ServerClosedError(repr(unread[-200:]))
            if b" 001 " in unread:
                self.registered += 1
                self._poll.unregister(descriptor)
                unread = b""
            elif b"PING" in unread:
                lines, _, unread = unread.rpartition(b"\n")
                for line in lines.split(b"\n"):
                    if line.startswith(b"PING"):
                        self._sockets[descriptor].send(b"PONG" + line[4:] + b"\n")
            self._unread[descriptor] = unread


def measure(port: int, connections: int, pid: int) -> str:
    """Open ``connections`` clients with at most 100 unfinished handshakes; return the result line."""
    process = Process(pid)
    resident_before_kib, cpu_before_s, started = process.resident_kib(), process.cpu_s(), time.monotonic()
    crowd = Crowd(port)
    while crowd.registered < connections:
        while crowd.opened < connections and crowd.opened - crowd.registered < HANDSHAKES_AT_ONCE:
            crowd.open_one()
        crowd.listen()
        if time.monotonic() - started > GIVE_UP_AFTER_S:
            message = f"timeout: {crowd.registered} of {connections} registered in {GIVE_UP_AFTER_S:.0f} s"
            raise TimeoutError(message)
    took_s = time.monotonic() - started
    time.sleep(SETTLE_S)
    resident_kib = process.resident_kib()
    return (
        f"idle={connections} rate={connections / took_s:.0f}/s"
        f" server cpu/conn={1e6 * (process.cpu_s() - cpu_before_s) / connections:.0f}us"
        f" rss/conn={(resident_kib - resident_before_kib) / connections:.1f} KiB"
        f" total rss {resident_kib / 1024:.0f} MiB"
    )


def main() -> int:
    """Read the three arguments and print the line; 1 when the server did not hold everybody."""
    port, connections, pid = map(int, sys.argv[1:4])
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        print(measure(port, connections, pid))
    except (ServerClosedError, TimeoutError, OSError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
