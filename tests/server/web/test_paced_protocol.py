"""The HTTP library is handed a piece in each loop turn, and nothing while it has stopped the reading."""

from __future__ import annotations

import asyncio
import socket

from link_server import loops, run

from papo.server.costs import PIECE_BYTES
from papo.server.web.paced_protocol import PacedProtocol

EXPECTED = bytes(range(256)) * 2048
"""Half a megabyte."""


class Library(asyncio.Protocol):
    """Stops the reading after every third piece, and goes on a few turns later, as the HTTP library does."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.paused = False
        self.ended = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "pause_reading")
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        assert not self.paused
        self.pieces.append(data)
        if len(self.pieces) % 3 == 0:
            self.paused = True
            self.transport.pause_reading()
            asyncio.get_running_loop().call_later(0, self.resume)

    def resume(self) -> None:
        self.paused = False
        self.transport.resume_reading()  # type: ignore[attr-defined] # as above

    def eof_received(self) -> None:
        self.ended.set()


@loops
def test_bytes_arrive_in_pieces_and_none_is_lost(loop: str) -> None:
    """Whatever the client sends at once, and although it sends nothing more that would wake us."""

    async def test() -> None:
        library = Library()
        server = await asyncio.get_running_loop().create_server(lambda: PacedProtocol(library), "127.0.0.1", 0)
        client = socket.socket()
        client.setblocking(False)
        await asyncio.get_running_loop().sock_connect(client, server.sockets[0].getsockname())
        await asyncio.get_running_loop().sock_sendall(client, EXPECTED)
        client.shutdown(socket.SHUT_WR)
        async with asyncio.timeout(20):
            await library.ended.wait()
        assert b"".join(library.pieces) == EXPECTED
        assert max(map(len, library.pieces[:-1])) <= PIECE_BYTES  # the last one may be what was left at the end
        client.close()
        server.close()

    run(loop, test)
