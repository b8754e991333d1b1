"""TLS on sockets that are counted from the start: nothing that is early is lost, and nothing that fails is left."""

from __future__ import annotations

import asyncio
import ssl

import pytest
from link_server import Server, loops, recv, run, send, serving

from papo.server.net import tls
from papo.server.net.tls_handshake import TlsHandshake
from papo.server.store.certificate import self_signed

CLIENT = ssl.create_default_context()
CLIENT.check_hostname = False
CLIENT.verify_mode = ssl.CERT_NONE


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """The server's."""
    return tls.server_context(*self_signed(tmp_path_factory.mktemp("tls"), ["localhost"]))


class Notes:
    """The connections whose handshake is under way, and how many have ended."""

    def __init__(self, context: ssl.SSLContext, deadline_s: float = 10.0) -> None:
        self.context = context
        self.deadline_s = deadline_s
        self.open: list[TlsHandshake] = []
        self.addresses: list[str] = []
        self.ended = asyncio.Event()

    def begin(self, opening: TlsHandshake, address: str) -> None:
        """One has begun."""
        self.open.append(opening)
        self.addresses.append(address)

    def end(self, opening: TlsHandshake) -> None:
        """It is over; this may be said twice."""
        if opening in self.open:
            self.open.remove(opening)
        self.ended.set()

    def make(self, server: Server) -> asyncio.Protocol:
        """The protocol of a new connection."""
        return TlsHandshake(
            self.context, server.make_link, deadline_s=self.deadline_s, on_begin=self.begin, on_end=self.end
        )


class Client:
    """A TLS client whose packets we cut ourselves."""

    def __init__(self) -> None:
        self.into, self.out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = CLIENT.wrap_bio(self.into, self.out)

    async def shake_hands(self, server: Server) -> None:
        """Connect, and send the end of the handshake and a line in one packet."""
        client = await server.connect()
        while True:
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                await send(client, self.out.read())
                self.into.write(await recv(client))
        self.tls.write(b"NICK ana\r\n")
        await send(client, self.out.read())
        client.close()


@loops
def test_a_hello_that_is_there_at_once_is_read(loop: str, context: ssl.SSLContext) -> None:
    """Before the loop can be told not to read it; each of many clients is greeted."""

    async def test() -> None:
        notes = Notes(context)
        async with serving(notes.make) as server:
            for _ in range(30):
                reader, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=CLIENT)
                link, _ = await server.links.get()
                assert link.secure
                link.write(b"oi\r\n")
                assert await reader.readline() == b"oi\r\n"
                writer.close()
            assert notes.open == []
            assert notes.addresses == ["127.0.0.1"] * 30

    run(loop, test)


@loops
def test_a_line_in_the_packet_that_ends_the_handshake_is_heard(loop: str, context: ssl.SSLContext) -> None:
    """It arrives before there is a link."""

    async def test() -> None:
        async with serving(Notes(context).make) as server:
            for _ in range(10):
                await Client().shake_hands(server)
                _, notebook = await server.links.get()
                await notebook.heard.wait()
                assert notebook.received == b"NICK ana\r\n"

    run(loop, test)


@loops
@pytest.mark.parametrize("beginning", [b"", b"\x16\x03\x01", b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 5000])
@pytest.mark.parametrize("end", ["peer", "abort", "deadline"])
def test_what_ends_before_the_handshake_never_has_a_link(
    loop: str, context: ssl.SSLContext, beginning: bytes, end: str
) -> None:
    """Whoever ends it: it is counted no more, and nothing else is told of it."""

    async def test() -> None:
        notes = Notes(context, 0.05 if end == "deadline" else 10.0)
        before = asyncio.all_tasks()
        async with serving(notes.make) as server:
            client = await server.connect()
            await send(client, beginning)
            while not notes.addresses:
                await asyncio.sleep(0)
            if end == "peer":
                client.close()
            elif end == "abort" and notes.open:
                notes.open[0].abort()
            await notes.ended.wait()
            client.close()
            while asyncio.all_tasks() - before:
                await asyncio.sleep(0)
            assert notes.open == []
            assert server.links.empty()

    run(loop, test)
