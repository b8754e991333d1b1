"""A connection that comes back: bytes between a socket and a network, waiting longer after each failure.

The only place of this package that waits for a network. It runs in an event loop, which may be another thread's: then
`post` hands what happens to the thread of the network.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import ssl
from collections.abc import Callable
from functools import partial
from typing import Protocol

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, WebSocketException
from websockets.typing import Subprotocol

from papo.client.address import Address
from papo.client.certificates import Certificates, context_for, fingerprint, fingerprint_at
from papo.client.state.message import now_ms
from papo.i18n import _

FIRST_WAIT_S = 0.5
MAX_WAIT_S = 30.0
CONNECT_S = 20.0
SILENCE_S = 75.0
ANSWER_S = 15.0
READ_BYTES = 65_536
MAX_DOUBLINGS = 10
CLOSE_S = 2.0
IDLE_S = 0.15
APART_S = 0.05
"""Between two messages to a classroom server: those take what one recv() gives for one message."""


class ConnectionListener(Protocol):
    """What a connection needs of a network."""

    address: Address
    disconnect: Callable[[], None]
    reconnect: Callable[[], None]

    @property
    def is_online(self) -> bool:
        """Whether the server has let us in."""

    @property
    def is_closed(self) -> bool:
        """Whether nobody wants the connection any more."""

    def connecting(self) -> None:
        """A connection is being made."""

    def opened(self, write: Callable[[str], None]) -> None:
        """It stands."""

    def received(self, data: bytes) -> None:
        """Bytes came."""

    def received_line(self, text: str) -> None:
        """A line came, over WebSocket."""

    def idle(self) -> None:
        """Nothing more came for a moment; asked of classroom servers, which end no message."""

    def lost(self, why: str, retry_at_ms: int) -> None:
        """It ended."""

    def distrusted(self, fingerprint: str) -> None:
        """The server's certificate is not known to anybody; a person may know it."""


class ServerConnection:
    """Keeps one network connected until `close`."""

    def __init__(
        self,
        network: ConnectionListener,
        *,
        certificates: Certificates | None = None,
        post: Callable[[Callable[[], None]], None] | None = None,
        comes_back: bool = True,
    ) -> None:
        self._network = network
        self._certificates = certificates if certificates is not None else Certificates(None)
        self._post = post if post is not None else _at_once
        self._comes_back = comes_back and not network.address.is_classroom
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._write: Callable[[str], None] | None = None
        self._soon = asyncio.Event()
        self._heard_s = 0.0
        self._was_in = False
        network.disconnect = self.close
        network.reconnect = self.hurry

    def start(self) -> asyncio.Task[None]:
        """Connect, in the running loop."""
        self._loop = asyncio.get_running_loop()
        self._task = self._loop.create_task(self._run())
        return self._task

    def close(self) -> None:
        """End it, for good. From any thread."""
        self._call(lambda: self._task.cancel() if self._task is not None else None)

    def hurry(self) -> None:
        """Try again now, where it waits to or has given up. From any thread."""
        self._call(self._hurry)

    def _hurry(self) -> None:
        if self._task is None or self._task.done():
            self.start()
        else:
            self._soon.set()

    def _call(self, what: Callable[[], object]) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: so is the connection
                self._loop.call_soon_threadsafe(what)

    async def _run(self) -> None:
        failures = 0
        while True:
            self._post(self._network.connecting)
            self._was_in = False
            try:
                why = await self._once()
            except CertificateError as error:
                self._post(partial(self._network.distrusted, error.fingerprint))
                self._post(partial(self._network.lost, _("The server's certificate is not known."), 0))
                return
            except (OSError, WebSocketException, ssl.SSLError, TimeoutError, UnicodeError) as error:
                why = sentence(error, self._network.address)
            failures = 1 if self._was_in else failures + 1
            if not self._comes_back or self._network.is_closed:
                self._post(partial(self._network.lost, why, 0))
                return
            doublings = min(failures - 1, MAX_DOUBLINGS)
            wait_s = min(FIRST_WAIT_S * 2**doublings, MAX_WAIT_S) * random.uniform(0.5, 1)  # noqa: S311
            self._soon.clear()
            self._post(partial(self._network.lost, why, now_ms() + int(wait_s * 1000)))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._soon.wait(), wait_s)

    async def _once(self) -> str:
        """One connection, from its beginning to its end; gives why it ended."""
        address = self._network.address
        try:
            if address.scheme in {"ws", "wss"}:
                await self._over_websocket(address)
            else:
                await self._over_tcp(address)
        except ssl.SSLCertVerificationError:
            raise CertificateError(await fingerprint_at(address, CONNECT_S)) from None
        return _("The server closed the connection.")

    async def _over_tcp(self, address: Address) -> None:
        async with asyncio.timeout(CONNECT_S):
            reader, writer = await asyncio.open_connection(address.host, address.port, ssl=self._context(address))
        try:
            self._check(address, writer.get_extra_info("ssl_object"))
        except CertificateError:
            writer.transport.abort()
            raise
        raw = writer.get_extra_info("socket")
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        outgoing: asyncio.Queue[bytes] | None = asyncio.Queue() if address.is_classroom else None
        apart = asyncio.create_task(self._write_apart(outgoing, writer)) if outgoing is not None else None

        def write(line: str) -> None:
            if outgoing is not None:
                self._call(lambda: outgoing.put_nowait(line.encode("utf-8", "surrogateescape")))
            else:
                self._call(lambda: None if writer.is_closing() else writer.write(line.encode() + b"\r\n"))

        self._opened(write)
        watch = None if address.is_classroom else asyncio.create_task(self._watch(write, writer.transport.abort))
        try:
            while data := await reader.read(READ_BYTES):
                self._heard()
                self._post(partial(self._network.received, data))
                if address.is_classroom:
                    asyncio.get_running_loop().call_later(IDLE_S, partial(self._post, self._network.idle))
        finally:
            for task in (watch, apart):
                if task is not None:
                    task.cancel()
            if outgoing is not None:
                while not outgoing.empty():
                    writer.write(outgoing.get_nowait())
            await _finish(writer)

    async def _write_apart(self, outgoing: asyncio.Queue[bytes], writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(await outgoing.get())
            await writer.drain()
            await asyncio.sleep(APART_S)

    async def _over_websocket(self, address: Address) -> None:
        async with connect(
            str(address), ssl=self._context(address), subprotocols=[Subprotocol("text.ircv3.net")],
            max_size=1 << 20, open_timeout=CONNECT_S, close_timeout=CLOSE_S, ping_interval=None, proxy=None,
            compression=None,
        ) as websocket:  # fmt: skip
            self._check(address, websocket.transport.get_extra_info("ssl_object"))
            sending: asyncio.Queue[str] = asyncio.Queue()

            def write(line: str) -> None:
                self._call(lambda: sending.put_nowait(line))

            sender = asyncio.create_task(_send_all(websocket, sending))
            watch = asyncio.create_task(self._watch(write, websocket.transport.abort))
            self._opened(write)
            try:
                async for message in websocket:
                    self._heard()
                    text = message if isinstance(message, str) else message.decode(errors="replace")
                    self._post(partial(self._network.received_line, text))
            finally:
                watch.cancel()
                sender.cancel()
                with contextlib.suppress(WebSocketException):  # the last words, such as QUIT
                    while not sending.empty():
                        await websocket.send(sending.get_nowait())

    def _context(self, address: Address) -> ssl.SSLContext | None:
        return context_for(self._certificates.pin(address)) if address.is_tls else None

    def _check(self, address: Address, shown: ssl.SSLObject | None) -> None:
        """Compare what the server shows with what a person trusts, before anything is said to it."""
        pinned = self._certificates.pin(address)
        if pinned and (shown is None or fingerprint(shown) != pinned):
            raise CertificateError(fingerprint(shown) if shown is not None else "")

    def _opened(self, write: Callable[[str], None]) -> None:
        self._heard()
        self._post(partial(self._network.opened, write))

    def _heard(self) -> None:
        self._heard_s = asyncio.get_running_loop().time()
        self._was_in = self._was_in or self._network.is_online

    async def _watch(self, write: Callable[[str], None], drop: Callable[[], object]) -> None:
        """A network that has gone silent is gone: ask, and give up if no answer comes."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(max(1.0, self._heard_s + SILENCE_S - loop.time()))
            if loop.time() - self._heard_s < SILENCE_S:
                continue
            asked_s = loop.time()
            write("PING :still-there")
            await asyncio.sleep(ANSWER_S)
            if self._heard_s < asked_s:
                drop()
                return


class CertificateError(Exception):
    """Nobody vouches for the server's certificate, or it is another one than last time."""

    def __init__(self, fingerprint: str) -> None:
        super().__init__(fingerprint)
        self.fingerprint = fingerprint


def _at_once(what: Callable[[], None]) -> None:
    what()


async def _send_all(websocket: ClientConnection, sending: asyncio.Queue[str]) -> None:
    with contextlib.suppress(WebSocketException):  # the reader sees the end too
        while True:
            await websocket.send(await sending.get())


async def _finish(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, ssl.SSLError, TimeoutError):
        async with asyncio.timeout(1):
            await writer.drain()
            writer.close()
            await writer.wait_closed()
    writer.transport.abort()


def sentence(error: Exception, address: Address) -> str:
    """What went wrong, for a person, with what to do."""
    where = f"{address.host}:{address.port}"
    if isinstance(error, socket.gaierror | UnicodeError):
        return _("{host}: there is no such host; check the spelling.").format(host=address.host)
    # asyncio joins the refusals of several addresses of one host into an error without a number.
    if isinstance(error, ConnectionRefusedError) or "Connect call failed" in str(error):
        return _("{where}: nothing listens there; is the server running, and is this its port?").format(where=where)
    if isinstance(error, TimeoutError):
        return _("{where}: no answer; check the address, and whether a firewall is in between.").format(where=where)
    if isinstance(error, ConnectionResetError | BrokenPipeError | ConnectionClosed):
        return _("The server closed the connection.")
    if isinstance(error, ssl.SSLError):
        return _("{where}: this server does not speak TLS there ({reason}).").format(where=where, reason=error.reason)
    if isinstance(error, InvalidHandshake):
        return _("{where}: there is no chat behind this web address.").format(where=where)
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        return _("{where}: no connection ({reason}).").format(where=where, reason=reason)
    return str(error)
