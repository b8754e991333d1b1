"""The TLS handshake of a connection that is counted from the start.

asyncio's own server tells of no connection before its handshake is done.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from typing import cast


class TlsHandshake(asyncio.Protocol):
    """The socket's protocol until the handshake is done; then its link's, which gets what has arrived with it."""

    def __init__(
        self,
        context: ssl.SSLContext,
        make_link: Callable[[], asyncio.BaseProtocol],
        *,
        deadline_s: float,
        on_begin: Callable[[TlsHandshake, str], None],
        on_end: Callable[[TlsHandshake], object],
    ) -> None:
        """`deadline_s`: how long it may take. `on_begin` gets the peer's address, and `on_end` follows it."""
        self._context = context
        self._make_link = make_link
        self._deadline_s = deadline_s
        self._on_begin = on_begin
        self._on_end = on_end
        self._transport: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None
        self._early = b""
        self._lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; nothing may be read before TLS reads it."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.pause_reading()
        self._on_begin(self, peer_address(transport))
        if self._transport.is_closing():
            return
        self._task = asyncio.get_running_loop().create_task(self._shake_hands(self._transport))

    def data_received(self, data: bytes) -> None:
        """What came before TLS reads the socket, or in one packet with the end of the handshake."""
        self._early += data

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """The connection is closed before TLS had the socket, or while it is handed over."""
        self._lost = True
        if self._task is not None:
            self._task.cancel()

    def abort(self) -> None:
        """Close at once."""
        self._on_end(self)
        if self._task is not None:
            self._task.cancel()
        if self._transport is not None:
            self._transport.abort()

    async def _shake_hands(self, transport: asyncio.Transport) -> None:
        loop = asyncio.get_running_loop()
        encrypted: asyncio.Transport | None = None
        upgrade = asyncio.ensure_future(
            loop.start_tls(transport, self, self._context, server_side=True, ssl_handshake_timeout=self._deadline_s)
        )
        try:
            await asyncio.sleep(0)  # it has the socket now
            # uvloop begins to read after `connection_made`, so that it cannot be told to pause until then.
            unread, self._early = self._early, b""
            if unread:
                loop.call_soon(_feed, cast("asyncio.BufferedProtocol", transport.get_protocol()), unread)
            with contextlib.suppress(OSError):  # no TLS, too slow, closed: the loop has closed it
                encrypted = await upgrade
        finally:
            upgrade.cancel()
            self._on_end(self)
        if encrypted is None or self._lost or encrypted.get_extra_info("cipher") is None:
            return  # uvloop also returns a transport if the connection was closed during the handshake
        link = cast("asyncio.Protocol", self._make_link())
        encrypted.set_protocol(link)
        link.connection_made(encrypted)
        if self._early:
            link.data_received(self._early)


def _feed(protocol: asyncio.BufferedProtocol, data: bytes) -> None:
    """Give a protocol bytes as if its transport had read them."""
    while data:
        buffer = memoryview(protocol.get_buffer(len(data)))
        size = min(len(buffer), len(data))
        buffer[:size] = data[:size]
        protocol.buffer_updated(size)
        data = data[size:]


def peer_address(transport: asyncio.BaseTransport) -> str:
    """The IP address of the socket's other end; "" for a unix socket."""
    peer = transport.get_extra_info("peername")
    return str(peer[0]) if isinstance(peer, tuple) else ""
