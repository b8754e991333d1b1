"""Links behind a proxy: the PROXY header."""

from __future__ import annotations

import asyncio
import contextlib
from ipaddress import ip_network

import pytest
from link_server import (
    LOOPBACK,
    V1,
    V2_TLS,
    Server,
    loops,
    recv,
    run,
    send,
    serving,
)

from papo.server.net.proxy_protocol import ProxyHeader


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
