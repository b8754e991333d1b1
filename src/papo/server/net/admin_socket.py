"""The server's back door for the command line on the same machine: one order a connection, as JSON.

It listens on loopback; who has read the token in the data folder (mode 0600) is the server's own user.
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
PATIENCE_S = 30.0


class Address(msgspec.Struct, frozen=True):
    """What the file holds."""

    port: int
    token: str


class Question(msgspec.Struct, frozen=True):
    """What comes in."""

    token: str
    order: msgspec.Raw


class AdminSocket:
    """Answers orders with whatever `answer` makes of their JSON."""

    def __init__(self, folder: Path, answer: Callable[[bytes], Awaitable[Any]]) -> None:
        self._path = folder / FILE
        self._answer = answer
        self._token = secrets.token_hex(32)
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen, and say where."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=MAX_BYTES)
        port = self._server.sockets[0].getsockname()[1]
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(Address(port, self._token)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                line = await reader.readline()
                question = msgspec.json.decode(line, type=Question)
                if hmac.compare_digest(question.token.encode(), self._token.encode()):
                    writer.write(msgspec.json.encode(await self._answer(bytes(question.order))) + b"\n")
                    await writer.drain()
        except (OSError, ValueError, TimeoutError, msgspec.MsgspecError):
            pass  # whoever it was does not speak this; there is nothing to say
        finally:
            writer.close()

    def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
            with contextlib.suppress(OSError):
                self._path.unlink()


def ask(folder: Path, order: object) -> Any:
    """From the command line: the running server's answer. Raises OSError where there is none."""
    import socket  # noqa: PLC0415 -- the server itself needs it not

    address = msgspec.json.decode((folder / FILE).read_bytes(), type=Address)
    with socket.create_connection(("127.0.0.1", address.port), PATIENCE_S) as connection:
        connection.sendall(msgspec.json.encode({"token": address.token, "order": order}) + b"\n")
        data = b""
        while chunk := connection.recv(65_536):
            data += chunk
    if not data:
        raise OSError("the server did not answer")
    return msgspec.json.decode(data)
