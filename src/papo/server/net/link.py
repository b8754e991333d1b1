"""One connection: received bytes go to its handler, bytes to send are collected into one write per loop turn.

A link knows no user, no channel and no protocol.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import Callable
from typing import Protocol, cast

from papo.server.costs import LINGER_BYTES, PIECE_BYTES
from papo.server.net.keepalive import keep_alive

ALONE_MS = 200
"""How long later bytes are held after `write_alone` if the peer sends nothing. A classroom client reads its control
word with one `recv()` as soon as it arrives, on a busy laptop too; a user hardly notices 200 ms."""
LINGER_S = 1.0
"""How long a peer may take to close its side after we have closed ours."""


class ConnectionHandler(Protocol):
    """What speaks the protocol of one connection: a dialect of the server."""

    def receive(self, data: bytes) -> None:
        """Handle bytes as they were received, split anywhere. Never raises."""

    def lost(self, reason: str) -> None:
        """The connection is closed; called once. `reason` is "" if the peer closed it cleanly."""

    def sweep(self, now_s: float) -> None:
        """Check for silence; called a few times a minute (`now_s` is `time.monotonic()`)."""

    @property
    def is_silent(self) -> bool:
        """Whether the peer has sent nothing yet."""

    @property
    def opened_at_s(self) -> float:
        """When the handler was made, as `time.monotonic()`."""


class WriteQueue:
    """The links with bytes to write; flushed once a loop turn, one write each.

    Hot path: `fanout.deliver` appends to `link.out` itself, and adds the link to `links` when it was empty.
    """

    def __init__(self, call_soon: Callable[[Callable[[], None]], object]) -> None:
        self.links: list[Link] = []
        self._call_soon = call_soon
        self._scheduled = False

    def schedule(self) -> None:
        """Flush before the loop waits for the network again."""
        if not self._scheduled:
            self._scheduled = True
            self._call_soon(self.flush)

    def flush(self) -> None:
        """One write per link: the kernel's send is the price of a delivery (docs/performance.md)."""
        self._scheduled = False
        links, self.links = self.links, []
        for link in links:
            out = link.out
            if (
                link.is_closing or link.held or link.kept_from >= 0 or not out
            ):  # no `out`: `write_alone` has sent it, or the link is listed twice
                continue
            link.out = []
            data = out[0] if len(out) == 1 else link.separator.join(out)
            send = link.send
            if send is not None and not (link.queued and link.transport.get_write_buffer_size()):
                try:
                    sent = send(data)
                except OSError:  # would block, or broken: the transport finds out which
                    sent = 0
                if sent == len(data):
                    link.queued = False
                    continue
                data = data[sent:]
            link.queued = True
            link.transport.write(data)
            if link.stuck_since_s:
                link.check_stuck(time.monotonic())


class Link(asyncio.Protocol):
    """A TCP, TLS or unix-socket connection."""

    __slots__ = (
        "_going_on",
        "_lingered_bytes",
        "_make_handler",
        "_on_end",
        "_socket",
        "_timer",
        "_unread",
        "address",
        "fingerprints",
        "handler",
        "held",
        "is_closing",
        "kept_from",
        "max_queue_bytes",
        "max_stuck_s",
        "out",
        "overflowed",
        "paused",
        "port",
        "queued",
        "secure",
        "send",
        "separator",
        "stuck_since_s",
        "transport",
        "write_queue",
    )

    framing = ""
    """`""` for a byte stream; `text` or `binary` for the WebSocket subprotocols."""

    handler: ConnectionHandler
    transport: asyncio.Transport

    def __init__(
        self,
        write_queue: WriteQueue,
        *,
        max_queue_bytes: int,
        max_stuck_s: float,
        make_handler: Callable[[Link], ConnectionHandler] | None = None,
        on_end: Callable[[Link], None] | None = None,
    ) -> None:
        self.out: list[bytes] = []
        """Bytes to write at the end of the loop turn."""
        self.separator = b""
        """Separates chunks in one write: a dialect whose texts have no terminator sets a newline."""
        self.write_queue = write_queue
        self.is_closing = False
        """True once the connection is closed or closing: nothing more is written."""
        self.queued = False
        """True if bytes may wait in the transport: later ones must queue behind them."""
        self.send: Callable[[bytes], int] | None = None
        """The socket's own send: a twentieth cheaper than the transport's write(2) (docs/performance.md).
        None over TLS, and if the loop does not wait for readiness (Windows)."""
        self._socket: socket.socket | None = None
        self.held = False
        """True after `write_alone`, until the peer sends something or `ALONE_MS` pass."""
        self.kept_from = -1
        """Index in `out` of what was written after `keep_back`; -1 if nothing is kept back."""
        self.stuck_since_s = 0.0
        """Since when the peer does not read, in monotonic seconds; 0.0 if it reads."""
        self.max_queue_bytes = max_queue_bytes
        self.max_stuck_s = max_stuck_s
        self.overflowed = False
        self.address = ""
        """The peer's IP address; "" for a unix socket."""
        self.port = 0
        self.fingerprints: tuple[str, ...] = ()
        """SHA-256 and SHA-512 of the client's TLS certificate; () if it has none."""
        self.secure = False
        """True over TLS, or if a trusted proxy says so."""
        self.paused = False
        """Whether the handler wants no more for now."""
        self._unread = b""
        """Received, and not handed over yet; `_going_on`: the next piece is, in the next loop turn."""
        self._going_on = False
        self._lingered_bytes = -1
        """Received since our side was closed; -1 before."""
        self._timer: asyncio.TimerHandle | None = None
        self._make_handler = make_handler
        self._on_end = on_end

    # --- to the peer

    def write(self, data: bytes) -> None:
        """Queue these bytes for the end of the loop turn."""
        if self.is_closing:
            return
        if not self.out:
            self.write_queue.links.append(self)
            self.write_queue.schedule()
        self.out.append(data)

    def write_alone(self, data: bytes) -> None:
        """Send `data` so that one `recv()` of the peer returns it and nothing else.

        What was queued before is sent first, on its own; later bytes are held until the peer sends something.
        """
        if self.is_closing:
            return
        if self.held or self.kept_from >= 0:
            self.write(data)
            return
        out, self.out = self.out, []
        if out:
            self.transport.write(self.separator.join(out))
        self.transport.write(data)
        self.queued = True
        self.held = True
        self._timer = asyncio.get_running_loop().call_later(ALONE_MS / 1000, self.flush_held)

    def flush_held(self) -> None:
        """Send what was held after `write_alone`."""
        if self.is_closing:
            return  # the timer is that of `_hang_up` now
        self._stop_timer()
        if self.held:
            self.held = False
            self._schedule()

    def keep_back(self) -> None:
        """Keep what is written from now on until `send_before` is called: what is older is on its way."""
        if self.kept_from < 0:
            self.kept_from = len(self.out)

    def send_before(self, data: bytes) -> None:
        """Send `data`, if there is any, and then what was kept back. Does nothing if nothing is kept back."""
        if self.kept_from < 0:
            return
        if data and not self.is_closing:
            self.out.insert(self.kept_from, data)
        self.kept_from = -1
        self._schedule()

    def _schedule(self) -> None:
        if self.out and not self.is_closing:
            self.write_queue.links.append(self)
            self.write_queue.schedule()

    def close(self, last: bytes = b"") -> None:
        """Write what is queued and `last`, then close. Safe to call twice."""
        if self.is_closing:
            return
        self.is_closing = True
        out, self.out = self.out, []
        if last:
            out.append(last)
        if out:
            self.transport.write(self.separator.join(out))
        self._hang_up()

    def abort(self) -> None:
        """Close at once; unsent bytes are lost."""
        self.is_closing = True
        self.out.clear()
        self.transport.abort()

    def _hang_up(self) -> None:
        """Close our side, and the connection when the peer has closed its own, or after `LINGER_S`.

        Closing at once would reset the connection if the peer has sent more than was read, and with a reset the peer
        loses what it has not read yet: the last lines above all.
        """
        if self._lingered_bytes >= 0:
            return
        self._lingered_bytes = 0
        self._unread = b""
        self._stop_timer()
        if self.stuck_since_s:
            self.transport.abort()
            return
        waits_s = self.max_stuck_s if self.transport.get_write_buffer_size() else LINGER_S
        self._timer = asyncio.get_running_loop().call_later(waits_s, self.transport.abort)
        if self.transport.can_write_eof():
            try:
                self.transport.write_eof()
            except OSError:  # the peer has reset the connection, and the loop has not noticed yet
                self.transport.abort()
                return
            self.transport.resume_reading()  # what still arrives is ignored
        else:
            self.transport.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def pause_reading(self) -> None:
        """Read no more for now."""
        self.paused = True
        if not self.is_closing:
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        """Read again, and first what was received already."""
        self.paused = False
        if self._unread:
            self._go_on_soon()
        elif not self.is_closing:
            self.transport.resume_reading()

    # --- from asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note the peer's address, unless a PROXY header has given it."""
        self.transport = cast("asyncio.Transport", transport)  # uvloop's are, and are not registered as such
        peer = transport.get_extra_info("peername")
        if isinstance(peer, tuple) and not self.address:
            self.address, self.port = peer[0], peer[1]
        encrypted = transport.get_extra_info("sslcontext") is not None
        if encrypted:
            self.fingerprints = transport.get_extra_info("fingerprints") or ()
        self.secure = self.secure or encrypted
        theirs = transport.get_extra_info("socket")
        if theirs is not None:
            keep_alive(theirs)
        if not encrypted and sys.platform != "win32":
            # The same descriptor: loops close it after `connection_lost`, which detaches ours.
            self._socket = socket.socket(theirs.family, theirs.type, theirs.proto, fileno=theirs.fileno())
            self.send = self._socket.send
        self.begin()

    @property
    def origin(self) -> str:
        """Of the web page that has connected; "" for other programs."""
        return ""

    def begin(self) -> None:
        """Make the handler: the address of the peer is final, and the handler may greet it."""
        if self._make_handler is not None:
            self.handler = self._make_handler(self)
            self._make_handler = None  # so that no connection keeps a cycle or a closure

    def data_received(self, data: bytes) -> None:
        """Hand the bytes to the handler; many of them in pieces, one in each loop turn."""
        if self._lingered_bytes >= 0:
            self._lingered_bytes += len(data)
            if self._lingered_bytes > LINGER_BYTES:
                self.transport.abort()
        elif self._unread:
            self._unread += data  # TLS delivers what it had read before it was paused
        elif len(data) > PIECE_BYTES:
            self._unread = data
            self.transport.pause_reading()
            self._hand_over_piece()
        else:
            self.take(data)

    def _hand_over_piece(self) -> None:
        data, self._unread = self._unread[:PIECE_BYTES], self._unread[PIECE_BYTES:]
        if not self._unread and not self.paused:
            self.transport.resume_reading()
        self.take(data)
        if self._unread and not self.paused:
            self._go_on_soon()

    def _go_on_soon(self) -> None:
        if not self._going_on:
            self._going_on = True
            asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        self._going_on = False
        if self._unread and not self.paused:
            self._hand_over_piece()

    def take(self, data: bytes) -> None:
        """Hand one piece to the handler."""
        if self.is_closing:  # TLS delivers what it had read before it was closed
            return
        if self.held:
            self.flush_held()
        self.handler.receive(data)

    def pause_writing(self) -> None:
        """The peer reads too slowly."""
        self.stuck_since_s = time.monotonic()

    def resume_writing(self) -> None:
        """The peer has caught up."""
        self.stuck_since_s = 0.0

    def sweep(self, now_s: float) -> None:
        """Check for a stuck or silent peer; called a few times a minute (`now_s` is `time.monotonic()`)."""
        self.check_stuck(now_s)
        if not self.is_closing:
            self.handler.sweep(now_s)

    def check_stuck(self, now_s: float) -> None:
        """Drop a peer that has stopped reading; it can read the history later."""
        if self.is_closing or not self.stuck_since_s:
            return
        queued = self.transport.get_write_buffer_size()
        if queued > self.max_queue_bytes or now_s - self.stuck_since_s > self.max_stuck_s:
            self.overflowed = True
            self.abort()

    def release_transport(self) -> None:
        """Stop using the transport: it is closed, or belongs to another protocol now."""
        self.is_closing = True
        self.send = None
        if self._socket is not None:
            self._socket.detach()
        self.out.clear()
        self._stop_timer()
        if self._on_end is not None:
            self._on_end(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the handler, once; first it is given what is left, if it wants it."""
        while self._unread and not self.paused and not self.is_closing:
            self._hand_over_piece()
        self.release_transport()
        reason = "SendQ exceeded" if self.overflowed else _why(exc) if exc else ""
        self.handler.lost(reason)


def _why(error: Exception) -> str:
    """The error for others to read: "Broken pipe", without its number."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
