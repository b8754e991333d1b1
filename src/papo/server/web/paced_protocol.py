"""Between a socket and the HTTP library: bytes are handed over in pieces, one in each loop turn.

The library keeps all that it is handed, and parses what waits again and again: a client that sends requests without
waiting for answers would fill its memory, and stop the loop.
"""

from __future__ import annotations

import asyncio
from typing import cast

from papo.server.costs import PIECE_BYTES

LOOK_AGAIN_S = 0.005
"""The library stops and starts the reading by itself, and tells nobody."""


class PacedProtocol(asyncio.Protocol):
    """One connection of `handler`, the library's protocol."""

    __slots__ = ("_handler", "_timer", "_transport", "_unread")

    def __init__(self, handler: asyncio.Protocol) -> None:
        self._handler = handler
        self._transport: asyncio.Transport | None = None
        self._unread = b""
        """Received, and not handed over yet."""
        self._timer: asyncio.Handle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is ours."""
        self._transport = cast("asyncio.Transport", transport)
        self._handler.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Hand over a piece, and keep the rest."""
        if self._timer is None and len(data) <= PIECE_BYTES:
            self._handler.data_received(data)
            return
        self._unread += data
        if self._timer is None:
            self._hand_over()
        elif self._transport is not None and self._transport.is_reading():  # the library has resumed it
            self._timer.cancel()
            self._pause(self._transport)

    def _hand_over(self) -> None:
        """Hand over a piece; the transport reads now exactly if the library wants more."""
        transport = self._transport
        if transport is None:
            return
        piece, self._unread = self._unread[:PIECE_BYTES], self._unread[PIECE_BYTES:]
        self._handler.data_received(piece)
        if not self._unread or transport.is_closing():
            return
        if transport.is_reading():
            self._pause(transport)
        else:
            self._timer = asyncio.get_running_loop().call_later(LOOK_AGAIN_S, self._look_again)

    def _pause(self, transport: asyncio.Transport) -> None:
        transport.pause_reading()
        self._timer = asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        """The next loop turn."""
        self._timer = None
        if self._transport is not None:
            self._transport.resume_reading()
        self._hand_over()

    def _look_again(self) -> None:
        """Go on if the library has resumed the reading."""
        transport = self._transport
        if transport is None or transport.is_closing():
            self._timer = None
        elif transport.is_reading():
            self._go_on()
        else:
            self._timer = asyncio.get_running_loop().call_later(LOOK_AGAIN_S, self._look_again)

    def eof_received(self) -> bool | None:
        """The client sends no more: the library gets what is left first."""
        unread, self._unread = self._unread, b""
        if unread:
            self._handler.data_received(unread)
        return self._handler.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed."""
        self._transport = None
        self._unread = b""
        if self._timer is not None:
            self._timer.cancel()
        self._handler.connection_lost(exc)

    def pause_writing(self) -> None:
        """The client reads too slowly."""
        self._handler.pause_writing()

    def resume_writing(self) -> None:
        """The client has caught up."""
        self._handler.resume_writing()
