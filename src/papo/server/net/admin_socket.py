"""The admin socket: `papo account` and `papo backup` on the same machine send one order a connection, as JSON.

It listens on loopback. A client that knows the token in the data folder (mode 0600) runs as the server's own user.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hmac
import os
import secrets
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

if TYPE_CHECKING:
    import socket

FILE = "control.json"
MAX_BYTES = 65_536
TIMEOUT_S = 30.0
Hold: TypeAlias = "Callable[[], contextlib.AbstractAsyncContextManager[object]]"
"""What is done while a client is connected: entering gives the answer, and is cancelled if the client leaves."""


class Address(msgspec.Struct, frozen=True):
    """The content of `FILE`."""

    port: int
    token: str


class Request(msgspec.Struct, frozen=True):
    """The line that a client sends."""

    token: str
    order: msgspec.Raw


class Order(msgspec.Struct, frozen=True):
    """What every order has."""

    action: str = ""


class AdminSocket:
    """Answers each order with what `answer` returns for its JSON, or `holds` has for its `action`."""

    def __init__(
        self, folder: Path, answer: Callable[[bytes], Awaitable[Any]], holds: Mapping[str, Hold] | None = None
    ) -> None:
        self._path = folder / FILE
        self._answer = answer
        self._holds = holds or {}
        self._held: set[asyncio.Task[None]] = set()
        self._token = secrets.token_hex(32)
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen, and write port and token to `FILE`."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=MAX_BYTES)
        port = self._server.sockets[0].getsockname()[1]
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(Address(port, self._token)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                line = await reader.readline()
                request = msgspec.json.decode(line, type=Request)
                if not hmac.compare_digest(request.token.encode(), self._token.encode()):
                    return
            # What is asked for may take long: to delete all that somebody wrote, for one.
            hold = self._holds.get(msgspec.json.decode(request.order, type=Order).action)
            if hold is None:
                writer.write(msgspec.json.encode(await self._answer(bytes(request.order))) + b"\n")
                await writer.drain()
            else:
                await self._keep(hold, reader, writer)
        except (OSError, ValueError, TimeoutError, msgspec.MsgspecError):
            pass  # not a client of ours: there is nothing to answer
        finally:
            writer.close()

    async def _keep(self, hold: Hold, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer, and hold what was asked for until the client leaves."""

        async def work() -> None:
            async with hold() as answer:
                writer.write(msgspec.json.encode(answer) + b"\n")
                await writer.drain()
                await asyncio.get_running_loop().create_future()

        held = asyncio.create_task(work())
        self._held.add(held)
        held.add_done_callback(self._held.discard)
        left = asyncio.create_task(reader.read())
        try:
            await asyncio.wait((held, left), return_when=asyncio.FIRST_COMPLETED)
        finally:
            left.cancel()
            held.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await held

    async def release_held(self) -> None:
        """End what is held for clients."""
        for held in tuple(self._held):
            held.cancel()
        await asyncio.gather(*self._held, return_exceptions=True)

    def close(self) -> None:
        """Stop listening, and delete `FILE`."""
        if self._server is not None:
            self._server.close()
            with contextlib.suppress(OSError):
                self._path.unlink()


def is_open(folder: Path) -> bool:
    """Whether somebody listens on the port that the folder names."""
    try:
        _connect(_address(folder)).close()
    except (OSError, msgspec.DecodeError):  # no file, or half of one, or one left behind by a server that was killed
        return False
    return True


@contextlib.contextmanager
def held(folder: Path, order: object) -> Iterator[Any]:
    """The running server's answer; what it holds for the order is released at the end. Raises OSError if none answers.

    What is asked for may take long: there is no time limit.
    """
    address = _address(folder)
    with _connect(address) as connection:
        connection.settimeout(None)
        connection.sendall(msgspec.json.encode({"token": address.token, "order": order}) + b"\n")
        data = b""
        while not data.endswith(b"\n"):
            chunk = connection.recv(65_536)
            if not chunk:
                raise ConnectionAbortedError(errno.ECONNABORTED, "the server did not answer")
            data += chunk
        yield msgspec.json.decode(data)


def _address(folder: Path) -> Address:
    return msgspec.json.decode((folder / FILE).read_bytes(), type=Address)


def _connect(address: Address) -> socket.socket:
    import socket  # noqa: PLC0415 -- the server does not need it

    return socket.create_connection(("127.0.0.1", address.port), TIMEOUT_S)
