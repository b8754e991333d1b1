"""A server of links on loopback, and blocking clients for it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from ipaddress import ip_network

import pytest
import uvloop

from papo.server.net.link import Link, WriteQueue

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


PATIENCE_S = 10.0


LOOPBACK = (ip_network("127.0.0.0/8"),)


class Notebook:
    """A handler that records its calls."""

    is_silent = True
    opened_at_s = 0.0

    def __init__(self) -> None:
        self.received = bytearray()
        self.lost_reasons: list[str] = []
        self.heard = asyncio.Event()
        self.is_lost = asyncio.Event()
        self.on_receive: Callable[[bytes], None] = lambda _: None

    def receive(self, data: bytes) -> None:
        self.received += data
        self.heard.set()
        self.on_receive(data)

    def lost(self, reason: str) -> None:
        self.lost_reasons.append(reason)
        self.is_lost.set()

    def sweep(self, now_s: float) -> None:
        pass


class WatchedLink(Link):
    """A link that reports when it is connected."""

    def __init__(self, server: Server, **limits: float) -> None:
        super().__init__(server.write_queue, on_end=server.ended.append, **limits)  # type: ignore[arg-type] # as named
        self.server = server
        self.handler = self.notebook = Notebook()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.server.all.append(self)
        self.server.links.put_nowait((self, self.notebook))


class Server:
    """One listening socket; each connection's link is put into a queue with its notebook."""

    def __init__(self, *, max_queue_bytes: int = 512 * 1024, max_stuck_s: float = 30.0) -> None:
        self.write_queue = WriteQueue(asyncio.get_running_loop().call_soon)
        self.links: asyncio.Queue[tuple[Link, Notebook]] = asyncio.Queue()
        self.ended: list[Link] = []
        self.port = 0
        self.all: list[WatchedLink] = []
        self._limits = {"max_queue_bytes": max_queue_bytes, "max_stuck_s": max_stuck_s}

    def make_link(self) -> Link:
        return WatchedLink(self, **self._limits)

    async def connect(self) -> socket.socket:
        client = socket.socket()
        client.setblocking(False)
        await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", self.port))
        return client


@contextlib.asynccontextmanager
async def serving(
    factory: Callable[[Server], asyncio.Protocol] | None = None, **limits: float
) -> AsyncIterator[Server]:
    """A server on a port of its own; its links end with it."""
    server = Server(**limits)  # type: ignore[arg-type] # int or float, as named
    make = factory or Server.make_link
    listener = await asyncio.get_running_loop().create_server(lambda: make(server), "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        for link in server.all:
            link.abort()
            await link.notebook.is_lost.wait()


def run(loop: str, test: Callable[[], Awaitable[None]]) -> None:
    """Run the test on that loop, for at most `PATIENCE_S`."""

    async def timed() -> None:
        await asyncio.wait_for(test(), PATIENCE_S)

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        runner.run(timed())


async def recv(client: socket.socket, size: int = 65536) -> bytes:
    """What one `recv` returns."""
    return await asyncio.get_running_loop().sock_recv(client, size)


async def send(client: socket.socket, data: bytes) -> None:
    """Send all of it."""
    await asyncio.get_running_loop().sock_sendall(client, data)


async def read_to_end(client: socket.socket) -> bytes:
    """All bytes until the peer closes."""
    data = bytearray()
    while chunk := await recv(client):
        data += chunk
    return bytes(data)


class CountedSend:
    """A transport that records each write."""

    def __init__(self, link: Link) -> None:
        assert link.send is not None
        self._send = link.send
        self.written: list[bytes] = []

    def __call__(self, data: bytes) -> int:
        self.written.append(data)
        return self._send(data)


loops = pytest.mark.parametrize("loop", LOOPS)


def fill(link: Link) -> None:
    """Write to a peer that does not read until the transport says so."""
    while not link.stuck_since_s:
        link.transport.write(b"x" * 65_536)


V1 = b"PROXY TCP4 203.0.113.9 127.0.0.1 5000 6667\r\n"


V2_TLS = (
    b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x14" + bytes([203, 0, 113, 9, 127, 0, 0, 1]) + b"\x13\x88\x1a\x0b"
    b"\x20\x00\x05\x01\x00\x00\x00\x00"
)
