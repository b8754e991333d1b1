"""The PROXY header at the start of a connection through a TCP proxy. It knows no kind of link."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from papo.protocol.networks import Networks
from papo.protocol.proxy import Malformed, is_trusted, may_be_header, read_header
from papo.server.net.link import Link

HEADER_DEADLINE_S = 5.0
"""A proxy sends its header with the connection; the specification asks for at least 3 s (section 2)."""


class ProxyHeader(asyncio.Protocol):
    """Reads the header if the peer is a trusted proxy, then hands the transport to a new link.

    Other peers, and trusted ones whose first bytes are not a header, get their link as without this class. A trusted
    peer has no link until it has sent something, so no handler greets it before.
    """

    __slots__ = ("_data", "_deadline", "_make_link", "_on_begin", "_on_end", "_transport", "_trusted")

    def __init__(
        self,
        make_link: Callable[[], Link],
        trusted: Networks,
        *,
        on_begin: Callable[[ProxyHeader, str], None] = lambda _opening, _address: None,
        on_end: Callable[[ProxyHeader], object] = lambda _: None,
    ) -> None:
        """`on_begin` gets the proxy's address when the wait for a header begins; `on_end` is called when it ends."""
        self._make_link = make_link
        self._trusted = trusted
        self._on_begin = on_begin
        self._on_end = on_end
        self._data = b""
        self._deadline: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the header of a trusted proxy; hand others over at once."""
        self._transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        if isinstance(peer, tuple) and is_trusted(peer[0], self._trusted):
            self._deadline = asyncio.get_running_loop().call_later(HEADER_DEADLINE_S, self.abort)
            self._on_begin(self, peer[0])
        else:
            self._hand_over(self._transport, self._make_link(), b"")

    def data_received(self, data: bytes) -> None:
        """Read more of the header; a malformed one ends the connection, as the specification asks (section 2)."""
        assert self._transport is not None
        self._data += data
        if not may_be_header(self._data):
            self._hand_over(self._transport, self._make_link(), self._data)
            return
        header = read_header(self._data)
        if header is None:
            return
        if isinstance(header, Malformed):
            self._transport.abort()
            return
        link = self._make_link()
        if header.address:
            link.address, link.port, link.secure = header.address, header.port, header.secure
        self._hand_over(self._transport, link, header.rest)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """The proxy has closed before the header was complete."""
        self._stop_waiting()

    def abort(self) -> None:
        """Close at once."""
        self._stop_waiting()
        if self._transport is not None:
            self._transport.abort()

    def _hand_over(self, transport: asyncio.Transport, link: Link, rest: bytes) -> None:
        self._stop_waiting()
        transport.set_protocol(link)
        link.connection_made(transport)
        if rest:
            link.data_received(rest)

    def _stop_waiting(self) -> None:
        self._on_end(self)
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
