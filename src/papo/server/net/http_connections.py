"""Connections that an HTTP library answers: counted by address, and dropped when others need their place."""

from __future__ import annotations

import asyncio
from typing import cast

from papo.server.net.by_network import ByNetwork

MAX_CONNECTIONS = 1024
"""HTTP connections at a time; those of the chat are counted by `net.admission`."""
MAX_PER_ADDRESS = 192
"""HTTP connections from one address: thirty browsers of a class, six each."""


class HttpConnection(asyncio.Protocol):
    """Between a transport and the library's own protocol, to know when it was used last."""

    def __init__(self, inner: asyncio.Protocol, connections: HttpConnections) -> None:
        self._inner = inner
        self._connections = connections
        self._transport: asyncio.Transport | None = None
        self.requests = 0
        """Requests that are being handled: whoever handles them counts them."""

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being answered: it may be kept alive, or have sent a part of a request."""
        return not self.requests and (self._transport is None or not self._transport.get_write_buffer_size())

    def abort(self) -> None:
        """Close at once."""
        self._connections.open.discard(self)
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Tell the library."""
        self._transport = cast("asyncio.Transport", transport)
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Tell the library; the connection is the youngest now."""
        self._connections.open.renew(self)
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """Tell the library."""
        return self._inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the library."""
        self._connections.open.discard(self)
        self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        """Tell the library."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Tell the library."""
        self._inner.resume_writing()


class HttpConnections:
    """All of this process, the one that was used longest ago first."""

    def __init__(self) -> None:
        self.open: ByNetwork[HttpConnection] = ByNetwork()

    def admit(self, networks: tuple[tuple[str, int], ...], *, limited: bool) -> bool:
        """Make room for one more; whether there is any. `networks` as in `Admission.networks`."""
        if not limited:
            return True
        for network, share in networks:
            if self.open.count(network) >= MAX_PER_ADDRESS * share and not self.drop_idle(network):
                return False
        return len(self.open) < MAX_CONNECTIONS or self.drop_idle()

    def add(self, inner: asyncio.Protocol, networks: tuple[tuple[str, int], ...]) -> HttpConnection:
        """One more, which the library answers with `inner`."""
        connection = HttpConnection(inner, self)
        self.open.add(connection, tuple(network for network, _ in networks))
        return connection

    def drop_idle(self, network: str | None = None) -> bool:
        """Close the one that has been idle for the longest time, of a network or of all; False if all are in use."""
        connection = self.open.oldest(network, lambda connection: connection.is_idle)
        if connection is None:
            return False
        connection.abort()
        return True
