"""WebSocket links over real sockets, against the library's own client, under both loops."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from ipaddress import ip_network
from typing import Any

import pytest
import uvloop
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from papo.protocol.websocket import BINARY, TEXT, frame
from papo.server import costs
from papo.server.net.link import Link, WriteQueue
from papo.server.net.websocket import WebSocketLink

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
loops = pytest.mark.parametrize("loop", LOOPS)
PATIENCE_S = 10.0


class Echo:
    """A handler that greets, echoes each line, and records its end."""

    is_silent = True
    opened_at_s = 0.0

    def __init__(self, link: Link) -> None:
        assert isinstance(link, WebSocketLink)
        self.link = link
        self.lost_reasons: list[str] = []
        self.is_lost = asyncio.Event()
        self.say(b"hello")

    def say(self, line: bytes) -> None:
        self.link.write(frame(line, TEXT if self.link.framing == "text" else BINARY))

    def receive(self, data: bytes) -> None:
        assert data.endswith(b"\r\n")
        if data == b"QUIT\r\n":
            self.say(b"owed")
            self.link.close(frame(b"ERROR :bye", TEXT))
        self.say(data[:-2])

    def lost(self, reason: str) -> None:
        self.lost_reasons.append(reason)
        self.is_lost.set()

    def sweep(self, now_s: float) -> None:
        pass


class Server:
    def __init__(self, **options: Any) -> None:
        self.write_queue = WriteQueue(asyncio.get_running_loop().call_soon)
        self.echoes: asyncio.Queue[Echo] = asyncio.Queue()
        self.links: list[WebSocketLink] = []
        self.ended: asyncio.Queue[Link] = asyncio.Queue()
        self.options = options
        self.url = ""
        self.address = ("", 0)

    def make_link(self) -> WebSocketLink:
        link = WebSocketLink(
            self.write_queue,
            make_handler=self.make_handler,
            on_end=self.ended.put_nowait,
            max_queue_bytes=1 << 20,
            max_stuck_s=30,
            **self.options,
        )
        self.links.append(link)
        return link

    def make_handler(self, link: Link) -> Echo:
        echo = Echo(link)
        self.echoes.put_nowait(echo)
        return echo


@contextlib.asynccontextmanager
async def serving(**options: Any) -> AsyncIterator[Server]:
    """A server on a port of its own; each of its links ends exactly once."""
    server = Server(**options)
    listener = await asyncio.get_running_loop().create_server(server.make_link, "127.0.0.1", 0)
    server.address = listener.sockets[0].getsockname()
    server.url = f"ws://127.0.0.1:{server.address[1]}/"
    try:
        yield server
    finally:
        listener.close()
        for link in server.links:
            link.abort()
        for _ in server.links:  # each ends exactly once
            await server.ended.get()
        assert server.ended.empty()


def run(loop: str, test: Callable[[], Awaitable[None]]) -> None:
    """Run the test on that loop, for at most `PATIENCE_S`."""

    async def timed() -> None:
        await asyncio.wait_for(test(), PATIENCE_S)

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        runner.run(timed())


@loops
@pytest.mark.parametrize(("subprotocol", "kind"), [("text.ircv3.net", str), ("binary.ircv3.net", bytes), (None, str)])
def test_lines_go_both_ways_in_the_framing_agreed_on(loop: str, subprotocol: str | None, kind: type) -> None:
    """The greeting follows the handshake, each message is one line, pings are answered, the client's close is too."""

    async def test() -> None:
        offered: Any = [subprotocol] if subprotocol else None
        async with serving() as server:
            async with connect(server.url, subprotocols=offered) as client:
                assert client.subprotocol == subprotocol
                assert await client.recv(decode=False) == b"hello"
                for line in ("olá", "x" * 16_000, ""):
                    await client.send(line if kind is str else line.encode())
                    answer = await client.recv()
                    assert isinstance(answer, kind)
                    assert answer == (line if kind is str else line.encode())
                await (await client.ping())
            assert client.close_code == 1000
            echo = await server.echoes.get()
            await echo.is_lost.wait()
            assert echo.lost_reasons == [""]

    run(loop, test)


@loops
def test_close_sends_what_is_queued_then_the_last_lines_then_closes(loop: str) -> None:
    """The client reads all of it and a close frame of 1000; nothing is written after it."""

    async def test() -> None:
        async with serving() as server, connect(server.url) as client:
            await client.send("QUIT")
            assert [message async for message in client] == ["hello", "owed", "ERROR :bye"]
            assert client.close_code == 1000
            echo = await server.echoes.get()
            await echo.is_lost.wait()
            assert echo.lost_reasons == [""]

    run(loop, test)


@loops
def test_close_does_not_wait_long_for_the_peers(loop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A peer that never answers the close frame is disconnected after `CLOSE_WAIT_S`."""
    monkeypatch.setattr("papo.server.net.websocket.CLOSE_WAIT_S", 0.05)

    async def test() -> None:
        async with serving() as server:
            reader, writer = await asyncio.open_connection(*server.address)
            writer.write(
                b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
            echo = await server.echoes.get()
            echo.link.close_code = 1001
            echo.link.close()
            assert (await reader.read()).endswith(b"\x81\x05hello\x88\x02\x03\xe9")
            await echo.is_lost.wait()
            writer.close()

    run(loop, test)


@loops
@pytest.mark.parametrize(("message", "code"), [("x" * 20_000, 1009), ("PRIVMSG #a :b\r\nQUIT", 1008), ("a\nb", 1008)])
def test_a_protocol_error_is_answered_by_its_code_after_earlier_answers(loop: str, message: str, code: int) -> None:
    """The lines before it are answered, no part of it becomes a line, and the close code says why."""

    async def test() -> None:
        async with serving() as server, connect(server.url) as client:
            await client.send("before")
            await client.send(message)
            assert [await client.recv(), await client.recv()] == ["hello", "before"]
            with pytest.raises(ConnectionClosed):
                await client.recv()
            assert client.close_code == code
            echo = await server.echoes.get()
            await echo.is_lost.wait()

    run(loop, test)


@loops
@pytest.mark.parametrize("limited", [True, False])
def test_flood_of_pings_ends_the_connection(loop: str, *, limited: bool) -> None:
    """More than `costs.FRAMES` allows is answered with 1008, unless the limits are off; a few are always answered."""

    async def test() -> None:
        async with serving(limited=limited) as server, connect(server.url) as client:
            assert await client.recv() == "hello"
            await (await client.ping())
            writer = client.transport
            writer.write(b"\x89\x80\0\0\0\0" * int(costs.FRAMES.burst) * 2)
            await client.send("after")
            if limited:
                with pytest.raises(ConnectionClosed):
                    await client.recv()
                assert client.close_code == 1008
            else:
                assert await client.recv() == "after"

    run(loop, test)


@loops
def test_foreign_page_is_refused_and_gets_no_handler(loop: str) -> None:
    """403 for a foreign Origin, 101 for a configured one."""

    async def test() -> None:
        async with serving(origins=("https://good.example",)) as server:
            with pytest.raises(InvalidStatus) as refusal:
                await connect(server.url, origin="https://evil.example")  # type: ignore[arg-type] # NewType of str
            assert refusal.value.response.status_code == 403
            assert server.echoes.empty()
            async with connect(server.url, origin="https://good.example") as client:  # type: ignore[arg-type] # as above
                assert await client.recv() == "hello"

    run(loop, test)


@loops
def test_plain_request_is_handed_over_with_all_its_bytes(loop: str) -> None:
    """Pages are answered by another protocol on the same connection; without one they are refused."""

    class Page(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport) or hasattr(transport, "write")
            self.transport: Any = transport
            self.got = b""

        def data_received(self, data: bytes) -> None:
            self.got += data
            if self.got.endswith(b"hello"):
                self.transport.write(self.got)
                self.transport.close()

    async def test() -> None:
        async with serving(make_http=lambda _: Page()) as server:
            reader, writer = await asyncio.open_connection(*server.address)
            writer.write(b"POST / HTTP/1.1\r\nHost: a\r\n\r\nhe")
            await server.ended.get()  # for the link it is over as soon as it is handed on
            server.ended.put_nowait(server.links[0])
            writer.write(b"llo")
            assert await reader.read() == b"POST / HTTP/1.1\r\nHost: a\r\n\r\nhello"
            writer.close()
        for options, answer in (
            ({}, b"426 Upgrade Required"),
            ({"make_http": lambda _: None}, b"503 Service Unavailable"),
        ):
            async with serving(**options) as server:
                reader, writer = await asyncio.open_connection(*server.address)
                writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                assert (await reader.read()).startswith(b"HTTP/1.1 " + answer + b"\r\n")
                writer.close()

    run(loop, test)


@loops
@pytest.mark.parametrize(
    ("trusted", "address", "secure"), [((ip_network("127.0.0.0/8"),), "203.0.113.9", True), ((), "127.0.0.1", False)]
)
def test_trusted_proxy_gives_the_clients_address(loop: str, trusted: Any, address: str, secure: bool) -> None:  # noqa: FBT001 - a table
    """Before the handler is made; headers from other peers change nothing."""

    async def test() -> None:
        async with serving(trusted=trusted) as server:
            headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "Forwarded": "for=127.0.0.1"}
            async with connect(server.url, additional_headers=headers):
                echo = await server.echoes.get()
                assert (echo.link.address, echo.link.secure) == (address, secure)

    run(loop, test)


@loops
def test_unfinished_handshake_is_swept_after_its_deadline_and_others_are_not(loop: str) -> None:
    """It has no handler yet; an open link stays."""

    async def test() -> None:
        async with serving(open_deadline_s=5.0) as server, connect(server.url) as client:
            reader, writer = await asyncio.open_connection(*server.address)
            writer.write(b"GET / HTTP/1.1\r\nHost:")
            while len(server.links) < 2:
                await asyncio.sleep(0)
            now_s = time.monotonic()
            for link in server.links:
                link.sweep(now_s + 4.0)
            assert not any(link.is_closing for link in server.links)
            for link in server.links:
                link.sweep(now_s + 6.0)
            assert [link.is_closing for link in server.links] == [False, True]
            with contextlib.suppress(ConnectionResetError):
                assert await reader.read() == b""
            assert await client.recv() == "hello"
            writer.close()

    run(loop, test)
