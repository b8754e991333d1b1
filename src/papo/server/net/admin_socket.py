"""The admin socket: `papo account` on the same machine sends one order a connection, as JSON.

It listens on loopback. A client that knows the token in the data folder (mode 0600) runs as the server's own user.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import os
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

FILE = "control.json"
MAX_BYTES = 65_536
TIMEOUT_S = 30.0


class Address(msgspec.Struct, frozen=True):
    """The content of `FILE`."""

    port: int
    token: str


class Request(msgspec.Struct, frozen=True):
    """The line that a client sends."""

    token: str
    order: msgspec.Raw


class AdminSocket:
    """Answers each order with what `answer` returns for its JSON."""

    def __init__(self, folder: Path, answer: Callable[[bytes], Awaitable[Any]]) -> None:
        self._path = folder / FILE
        self._answer = answer
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
                if hmac.compare_digest(request.token.encode(), self._token.encode()):
                    writer.write(msgspec.json.encode(await self._answer(bytes(request.order))) + b"\n")
                    await writer.drain()
        except (OSError, ValueError, TimeoutError, msgspec.MsgspecError):
            pass  # not a client of ours: there is nothing to answer
        finally:
            writer.close()

    def close(self) -> None:
        """Stop listening, and delete `FILE`."""
        if self._server is not None:
            self._server.close()
            with contextlib.suppress(OSError):
                self._path.unlink()


def ask(folder: Path, order: object) -> Any:
    """The running server's answer, for the command line. Raises OSError if no server runs."""
    import socket  # noqa: PLC0415 -- the server does not need it

    address = msgspec.json.decode((folder / FILE).read_bytes(), type=Address)
    with socket.create_connection(("127.0.0.1", address.port), TIMEOUT_S) as connection:
        connection.sendall(msgspec.json.encode({"token": address.token, "order": order}) + b"\n")
        data = b""
        while chunk := connection.recv(65_536):
            data += chunk
    if not data:
        raise OSError("the server did not answer")
    return msgspec.json.decode(data)
