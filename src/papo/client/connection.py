"""The connection to a server: bytes between a socket and a network; reconnects, waiting longer after each failure.

It runs in an event loop, which may be in another thread: then `post` hands each call to the network's thread.
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
from papo.client.session.registration import RunApart
from papo.client.state.message import now_ms
from papo.i18n import _

MIN_RETRY_S = 0.5
MAX_RETRY_S = 30.0
CONNECT_S = 20.0
SILENCE_S = 75.0
ANSWER_S = 15.0
READ_BYTES = 65_536
MAX_DOUBLINGS = 10
CLOSE_S = 2.0
IDLE_S = 0.15
MESSAGE_GAP_S = 0.05
"""Between two messages to a classroom server, which takes what one recv() returns for one message."""


class ConnectionListener(Protocol):
    """What a connection needs of a network."""

    address: Address
    disconnect: Callable[[], None]
    reconnect: Callable[[], None]
    run_apart: RunApart

    @property
    def is_online(self) -> bool:
        """Whether registration is complete."""

    @property
    def is_closed(self) -> bool:
        """Whether the user has left the server."""

    def connecting(self) -> None:
        """A connection is being made."""

    def opened(self, write: Callable[[str], None]) -> None:
        """The connection is open. `write` takes a line without its end."""

    def received(self, data: bytes) -> None:
        """Bytes arrived, cut anywhere."""

    def received_line(self, text: str) -> None:
        """A line arrived, over WebSocket."""

    def idle(self) -> None:
        """Nothing more arrived for a moment; for classroom servers, whose messages have no end."""

    def lost(self, why: str, retry_at_ms: int) -> None:
        """The connection ended; it will not be made again if `retry_at_ms` is 0."""

    def distrusted(self, fingerprint: str) -> None:
        """The server's certificate is not signed by a trusted authority; the user may trust it."""


class ServerConnection:
    """Keeps a network connected until `close`."""

    def __init__(
        self,
        network: ConnectionListener,
        *,
        certificates: Certificates | None = None,
        post: Callable[[Callable[[], None]], None] | None = None,
        reconnects: bool = True,
    ) -> None:
        self._network = network
        self._certificates = certificates if certificates is not None else Certificates(None)
        self._post = post if post is not None else _call_directly
        self._reconnects = reconnects and not network.address.is_classroom
        self._loop: asyncio.AbstractEventLoop | None = None
        self.task: asyncio.Task[None] | None = None
        self._apart: set[asyncio.Task[None]] = set()
        self._write: Callable[[str], None] | None = None
        self._retry_now = asyncio.Event()
        self._received_at_s = 0.0
        self._was_online = False
        network.disconnect = self.close
        network.reconnect = self.reconnect
        network.run_apart = self.run_apart

    def start(self) -> asyncio.Task[None]:
        """Connect, in the running loop."""
        self._loop = asyncio.get_running_loop()
        self.task = self._loop.create_task(self._run())
        return self.task

    def close(self) -> None:
        """Disconnect for good. From any thread."""
        self._call(lambda: self.task.cancel() if self.task is not None else None)

    def reconnect(self) -> None:
        """Connect now, if it waits before the next attempt or has ended. From any thread."""
        self._call(self._reconnect)

    def _reconnect(self) -> None:
        if self.task is None or self.task.done():
            self.start()
        else:
            self._retry_now.set()

    def _call(self, what: Callable[[], object]) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed, and with it the connection
                self._loop.call_soon_threadsafe(what)

    def run_apart(self, work: Callable[[], list[str]], then: Callable[[list[str]], None]) -> None:
        """Run something that takes long on a worker thread, and hand over its result. From any thread."""

        async def run() -> None:
            self._post(partial(then, await asyncio.to_thread(work)))

        def start() -> None:
            task = asyncio.ensure_future(run())
            self._apart.add(task)
            task.add_done_callback(self._apart.discard)

        self._call(start)

    async def _run(self) -> None:
        failures = 0
        while True:
            self._post(self._network.connecting)
            self._was_online = False
            try:
                why = await self._once()
            except CertificateError as error:
                self._post(partial(self._network.distrusted, error.fingerprint))
                self._post(partial(self._network.lost, _("The server's certificate is not known."), 0))
                return
            except (OSError, WebSocketException, ssl.SSLError, TimeoutError, UnicodeError) as error:
                why = explain(error, self._network.address)
            failures = 1 if self._was_online else failures + 1
            if not self._reconnects or self._network.is_closed:
                self._post(partial(self._network.lost, why, 0))
                return
            doublings = min(failures - 1, MAX_DOUBLINGS)
            wait_s = min(MIN_RETRY_S * 2**doublings, MAX_RETRY_S) * random.uniform(0.5, 1)  # noqa: S311
            self._retry_now.clear()
            self._post(partial(self._network.lost, why, now_ms() + int(wait_s * 1000)))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._retry_now.wait(), wait_s)

    async def _once(self) -> str:
        """One connection from its beginning to its end. Returns why it ended."""
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
                self._note_received()
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
            await _close(writer)

    async def _write_apart(self, outgoing: asyncio.Queue[bytes], writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(await outgoing.get())
            await writer.drain()
            await asyncio.sleep(MESSAGE_GAP_S)

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
                    self._note_received()
                    text = message if isinstance(message, str) else message.decode(errors="replace")
                    self._post(partial(self._network.received_line, text))
            finally:
                watch.cancel()
                sender.cancel()
                with contextlib.suppress(WebSocketException):  # send the last lines, such as QUIT
                    while not sending.empty():
                        await websocket.send(sending.get_nowait())

    def _context(self, address: Address) -> ssl.SSLContext | None:
        return context_for(self._certificates.pin(address)) if address.is_tls else None

    def _check(self, address: Address, shown: ssl.SSLObject | None) -> None:
        """Compare the server's certificate with the pin before anything is sent."""
        pinned = self._certificates.pin(address)
        if pinned and (shown is None or fingerprint(shown) != pinned):
            raise CertificateError(fingerprint(shown) if shown is not None else "")

    def _opened(self, write: Callable[[str], None]) -> None:
        self._note_received()
        self._post(partial(self._network.opened, write))

    def _note_received(self) -> None:
        self._received_at_s = asyncio.get_running_loop().time()
        self._was_online = self._was_online or self._network.is_online

    async def _watch(self, write: Callable[[str], None], drop: Callable[[], object]) -> None:
        """Ask a server that has been silent for long, and disconnect if no answer comes."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(max(1.0, self._received_at_s + SILENCE_S - loop.time()))
            if loop.time() - self._received_at_s < SILENCE_S:
                continue
            asked_s = loop.time()
            write("PING :still-there")
            await asyncio.sleep(ANSWER_S)
            if self._received_at_s < asked_s:
                drop()
                return


class CertificateError(Exception):
    """The server's certificate is not signed by a trusted authority, or is not the pinned one."""

    def __init__(self, fingerprint: str) -> None:
        super().__init__(fingerprint)
        self.fingerprint = fingerprint


def _call_directly(what: Callable[[], None]) -> None:
    what()


async def _send_all(websocket: ClientConnection, sending: asyncio.Queue[str]) -> None:
    with contextlib.suppress(WebSocketException):  # the reader sees the end too
        while True:
            await websocket.send(await sending.get())


async def _close(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, ssl.SSLError, TimeoutError):
        async with asyncio.timeout(1):
            await writer.drain()
            writer.close()
            await writer.wait_closed()
    writer.transport.abort()


def explain(error: Exception, address: Address) -> str:
    """What went wrong, for the user, and what to do about it."""
    where = f"{address.host}:{address.port}"
    if isinstance(error, socket.gaierror | UnicodeError):
        return _("{host}: there is no such host; check the spelling.").format(host=address.host)
    # asyncio joins the errors of several addresses of one host into one without a number.
    if isinstance(error, ConnectionRefusedError) or "Connect call failed" in str(error):
        return _("{where}: nothing listens there; is the server running, and is this its port?").format(where=where)
    if isinstance(error, TimeoutError):
        return _("{where}: no answer; check the address, and whether a firewall is in between.").format(where=where)
    if isinstance(error, ConnectionResetError | BrokenPipeError | ConnectionClosed):
        return _("The server closed the connection.")
    if isinstance(error, ssl.SSLError):
        return _("{where}: the server does not use TLS on this port ({reason}).").format(
            where=where, reason=error.reason
        )
    if isinstance(error, InvalidHandshake):
        return _("{where}: there is no chat behind this web address.").format(where=where)
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        return _("{where}: no connection ({reason}).").format(where=where, reason=reason)
    return str(error)
