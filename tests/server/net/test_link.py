"""Links over real sockets, under asyncio's loop and uvloop's; and the PROXY header before them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from ipaddress import ip_network

import pytest
import uvloop

from papo.server.net.link import Link, WriteQueue
from papo.server.net.proxy_protocol import ProxyHeader

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
PATIENCE_S = 10.0
LOOPBACK = (ip_network("127.0.0.0/8"),)


class Notebook:
    """A dialect that records its calls."""

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
        self.dialect = self.notebook = Notebook()

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


@loops
def test_writes_of_one_turn_are_one_write(loop: str) -> None:
    """Any number of writes in a loop turn are one `send`, in order; the next turn has its own."""

    async def test() -> None:
        async with serving() as server:
            client = await server.connect()
            link, _ = await server.links.get()
            link.send = counted = CountedSend(link)
            for n in range(100):
                link.write(b"%d\n" % n)
            link.out.append(b"fan-out\n")  # what `fanout.deliver` does
            expected = b"".join(b"%d\n" % n for n in range(100)) + b"fan-out\n"
            assert counted.written == []
            assert await recv(client) == expected
            link.write(b"later")
            assert await recv(client) == b"later"
            assert counted.written == [expected, b"later"]
            client.close()

    run(loop, test)


@loops
def test_bytes_queue_behind_those_that_the_socket_did_not_take(loop: str) -> None:
    """A socket that accepts a part, or nothing, does not change the order of what the peer reads."""

    async def test() -> None:
        async with serving() as server:
            client = await server.connect()
            link, _ = await server.links.get()
            real = link.send
            assert real is not None
            answers = iter([3, 0, None])

            def reluctant(data: bytes) -> int:
                limit = next(answers, None)
                if limit == 0:
                    raise BlockingIOError
                assert real is not None
                return real(data if limit is None else data[:limit])

            link.send = reluctant
            expected = b""
            for n in range(200):
                part = b"%d " % n
                expected += part
                link.write(part)
                server.write_queue.flush()
            received = b""
            while len(received) < len(expected):
                received += await recv(client)
            assert received == expected
            client.close()

    run(loop, test)


@loops
def test_control_word_is_alone_until_the_peer_sends(loop: str) -> None:
    """One `recv` returns the word alone although more was written; the rest follows the peer's next bytes."""

    async def test() -> None:
        async with serving() as server:
            client = await server.connect()
            link, notebook = await server.links.get()
            link.write_alone(b"NICK")
            link.write(b"one\n")
            await asyncio.sleep(0)  # the write_queue is flushed
            link.write(b"two\n")
            assert await recv(client) == b"NICK"
            assert link.held
            await send(client, b"ana")
            await notebook.heard.wait()
            assert await recv(client) == b"one\ntwo\n"
            client.close()

    run(loop, test)


@loops
def test_held_bytes_are_sent_after_a_while(loop: str) -> None:
    """A peer that never answers gets the rest too."""

    async def test() -> None:
        async with serving() as server:
            client = await server.connect()
            link, notebook = await server.links.get()
            begun_s = time.monotonic()
            link.write_alone(b"TRUE")
            link.write(b"rest\n")
            assert await recv(client) == b"TRUE"
            assert await recv(client) == b"rest\n"
            assert time.monotonic() - begun_s >= 0.19
            assert not notebook.received
            client.close()

    run(loop, test)


@loops
def test_each_answer_of_a_conversation_is_alone(loop: str) -> None:
    """FALSE, FALSE, TRUE: each answer to a nick is one `recv`, whatever is written after it."""

    async def test() -> None:
        async with serving() as server:
            client = await server.connect()
            link, notebook = await server.links.get()
            words = iter([b"FALSE", b"FALSE", b"TRUE"])

            def answer(_: bytes) -> None:
                link.write_alone(next(words))

            notebook.on_receive = answer
            for word in (b"FALSE", b"FALSE", b"TRUE"):
                await send(client, b"ana")
                assert await recv(client) == word
            link.write(b"welcome\n")
            assert await recv(client) == b"welcome\n"
            client.close()

    run(loop, test)


@loops
def test_close_writes_what_is_queued_and_what_is_held(loop: str) -> None:
    """Queued bytes, held bytes and the last ones arrive before the end; the dialect is told once."""

    async def test() -> None:
        async with serving() as server:
            client = await server.connect()
            link, notebook = await server.links.get()
            link.write_alone(b"TRUE\n")
            link.write(b"owed\n")
            link.close(b"last\n")
            link.close(b"never\n")
            link.write(b"never\n")
            link.write_alone(b"never\n")
            link.flush_held()
            assert await read_to_end(client) == b"TRUE\nowed\nlast\n"
            await notebook.is_lost.wait()
            await asyncio.sleep(0)
            assert notebook.lost_reasons == [""]
            assert server.ended == [link]
            client.close()

    run(loop, test)


@loops
def test_the_peers_reset_is_reported_once_with_a_reason(loop: str) -> None:
    """A reset connection is lost with the system's reason; writing to it afterwards does nothing."""

    async def test() -> None:
        async with serving() as server:
            client, other = await server.connect(), await server.connect()
            link, notebook = await server.links.get()
            neighbour, _ = await server.links.get()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            link.write(b"into the void\n")
            neighbour.write(b"still here\n")
            assert await recv(other) == b"still here\n"
            await notebook.is_lost.wait()
            link.write(b"into the void\n")
            link.abort()
            assert len(notebook.lost_reasons) == 1
            assert notebook.lost_reasons[0]
            assert "Errno" not in notebook.lost_reasons[0]
            other.close()

    run(loop, test)


@loops
def test_slow_reader_is_dropped_and_its_neighbour_is_not(loop: str) -> None:
    """With more than `max_queue_bytes` queued it is dropped with a reason, while another link gets every byte."""

    async def test() -> None:
        async with serving(max_queue_bytes=300_000) as server:
            slow, quick = await server.connect(), await server.connect()
            link, notebook = await server.links.get()
            neighbour, _ = await server.links.get()
            line = b"x" * 65_535 + b"\n"
            sent = 0
            while not link.gone:
                link.write(line)
                neighbour.write(line)
                sent += len(line)
                got = 0
                while got < len(line):
                    got += len(await recv(quick, len(line) - got))
            await notebook.is_lost.wait()
            assert notebook.lost_reasons == ["SendQ exceeded"]
            assert sent > 300_000
            neighbour.write(b"end")
            assert await recv(quick) == b"end"
            slow.close()
            quick.close()

    run(loop, test)


def fill(link: Link) -> None:
    """Write to a peer that does not read until the transport says so."""
    while not link.stuck_since_s:
        link.transport.write(b"x" * 65_536)


@loops
def test_peer_that_does_not_read_for_long_is_dropped_by_the_sweep(loop: str) -> None:
    """`check_stuck` drops it after `max_stuck_s`, not before, and not if it has caught up."""

    async def test() -> None:
        async with serving(max_queue_bytes=1 << 30) as server:
            client = await server.connect()
            link, notebook = await server.links.get()
            fill(link)
            gone = []
            for silent_s in (29, 31):
                link.check_stuck(link.stuck_since_s + silent_s)
                gone.append(link.gone)
            assert gone == [False, True]
            await notebook.is_lost.wait()
            assert notebook.lost_reasons == ["SendQ exceeded"]
            client.close()

    run(loop, test)


@loops
def test_close_does_not_wait_for_a_peer_that_does_not_read(loop: str) -> None:
    """A stuck link is closed at once; one with bytes in the queue after `max_stuck_s`."""

    async def test() -> None:
        async with serving(max_queue_bytes=1 << 30, max_stuck_s=0.05) as server:
            stuck = await server.connect()
            link, notebook = await server.links.get()
            fill(link)
            link.close(b"last")
            await notebook.is_lost.wait()
            queued = await server.connect()
            link, notebook = await server.links.get()
            link.transport.set_write_buffer_limits(high=1 << 30)
            while not link.transport.get_write_buffer_size():
                link.transport.write(b"x" * 65_536)
            link.close(b"last")
            await notebook.is_lost.wait()
            stuck.close()
            queued.close()

    run(loop, test)


@loops
def test_paused_link_takes_nothing_until_it_is_resumed(loop: str) -> None:
    """While reading is paused nothing reaches the dialect; then everything does."""

    async def test() -> None:
        async with serving() as server:
            client, other = await server.connect(), await server.connect()
            link, notebook = await server.links.get()
            _, neighbour = await server.links.get()
            link.pause_reading()
            await send(client, b"waits\n")
            await send(other, b"passes\n")
            await neighbour.heard.wait()
            assert not notebook.received
            link.resume_reading()
            await notebook.heard.wait()
            assert notebook.received == b"waits\n"
            client.close()
            other.close()

    run(loop, test)


# --- the PROXY header

V1 = b"PROXY TCP4 203.0.113.9 127.0.0.1 5000 6667\r\n"
V2_TLS = (
    b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x14" + bytes([203, 0, 113, 9, 127, 0, 0, 1]) + b"\x13\x88\x1a\x0b"
    b"\x20\x00\x05\x01\x00\x00\x00\x00"
)


def trusting(server: Server) -> asyncio.Protocol:
    """A protocol that trusts PROXY headers from this machine."""
    return ProxyHeader(server.make_link, LOOPBACK)


@loops
@pytest.mark.parametrize(("header", "secure"), [(V1, False), (V2_TLS, True)])
def test_link_behind_a_proxy_has_the_clients_address(loop: str, header: bytes, secure: bool) -> None:  # noqa: FBT001 - a table
    """Header and first line in one packet: the link has the client's address before the line, and works on."""

    async def test() -> None:
        async with serving(trusting) as server:
            client = await server.connect()
            await send(client, header + b"PING 1\r\n")
            link, notebook = await server.links.get()
            await notebook.heard.wait()
            assert notebook.received == b"PING 1\r\n"
            assert (link.address, link.port, link.secure) == ("203.0.113.9", 5000, secure)
            notebook.heard.clear()
            await send(client, b"PING 2\r\n")
            await notebook.heard.wait()
            link.write(b"PONG\r\n")
            assert await recv(client) == b"PONG\r\n"
            link.close()
            assert await recv(client) == b""
            await notebook.is_lost.wait()
            assert server.ended == [link]
            client.close()

    run(loop, test)


@loops
def test_header_in_single_bytes_is_read(loop: str) -> None:
    """Each byte in its own packet: the link is made with the last byte of the header."""

    async def test() -> None:
        async with serving(trusting) as server:
            client = await server.connect()
            for byte in V1 + b"x":
                await send(client, bytes([byte]))
            link, notebook = await server.links.get()
            await notebook.heard.wait()
            assert link.address == "203.0.113.9"
            assert notebook.received == b"x"
            client.close()

    run(loop, test)


@loops
def test_trusted_peer_without_a_header_is_itself(loop: str) -> None:
    """Its first bytes are not a header: it gets its link with all of them."""

    async def test() -> None:
        async with serving(trusting) as server:
            client = await server.connect()
            await send(client, b"PRIVMSG")
            link, notebook = await server.links.get()
            await notebook.heard.wait()
            assert link.address == "127.0.0.1"
            assert notebook.received == b"PRIVMSG"
            client.close()

    run(loop, test)


@loops
def test_an_untrusted_peers_header_is_data(loop: str) -> None:
    """It has its link at once, and the header is its first line."""

    async def test() -> None:
        async with serving(lambda server: ProxyHeader(server.make_link, (ip_network("192.0.2.0/24"),))) as server:
            client = await server.connect()
            link, notebook = await server.links.get()
            await send(client, V1)
            await notebook.heard.wait()
            assert link.address == "127.0.0.1"
            assert notebook.received == V1
            client.close()

    run(loop, test)


@loops
def test_broken_header_ends_the_connection(loop: str) -> None:
    """No link is made for it."""

    async def test() -> None:
        async with serving(trusting) as server:
            client = await server.connect()
            await send(client, b"PROXY TCP4 999.0.0.1 1.1.1.1 1 2\r\nNICK ana\r\n")
            with contextlib.suppress(ConnectionResetError):
                assert await recv(client) == b""
            assert server.links.empty()
            client.close()

    run(loop, test)


@loops
def test_an_unfinished_header_is_given_up(loop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After `HEADER_DEADLINE_S` the connection is dropped."""
    monkeypatch.setattr("papo.server.net.proxy_protocol.HEADER_DEADLINE_S", 0.01)

    async def test() -> None:
        async with serving(trusting) as server:
            client = await server.connect()
            await send(client, b"PROXY TCP4 ")
            with contextlib.suppress(ConnectionResetError):
                assert await recv(client) == b""
            assert server.links.empty()
            client.close()

    run(loop, test)
