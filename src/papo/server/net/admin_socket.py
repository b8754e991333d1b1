"""The admin socket: `papo account` and `papo backup` on the same machine send one order a connection, as JSON.

It is a Unix socket in the data folder, else (Windows, a path that is too long, a file system without sockets) a port of
loopback. Before anything is said each side proves that it can read the secret in the data folder (mode 0600): a port
may be another program's by now, which is to get no password. In lines of JSON:

    client: {"nonce": "c"}
    server: {"nonce": "s", "proof": HMAC(secret, "server c s")}
    client: {"proof": HMAC(secret, "client c s"), "order": {...}}
    server: the answer
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hmac
import os
import secrets
import struct
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from papo.private_file import create

if TYPE_CHECKING:
    import socket

FILE = "control.json"
SOCKET = "control.sock"
MAX_BYTES = 65_536
TIMEOUT_S = 30.0
Hold: TypeAlias = "Callable[[], contextlib.AbstractAsyncContextManager[object]]"
"""What is done while a client is connected: entering gives the answer, and is cancelled if the client leaves."""


class Address(msgspec.Struct, frozen=True):
    """The content of `FILE`."""

    port: int
    """0: the socket is `SOCKET`."""
    secret: str


class Hello(msgspec.Struct, frozen=True):
    """The first line of each side."""

    nonce: str
    proof: str = ""
    """The server's."""


class Request(msgspec.Struct, frozen=True):
    """The second line that a client sends."""

    proof: str
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
        self._socket = folder / SOCKET
        self._answer = answer
        self._holds = holds or {}
        self._held: set[asyncio.Task[None]] = set()
        self._secret = secrets.token_hex(32)
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen, and write to `FILE` where, and the secret."""
        for left in (self._path, self._socket):  # by a server that was killed
            with contextlib.suppress(FileNotFoundError):
                left.unlink()
        port = 0
        try:
            self._server = await self._listen_on_file()
        except (OSError, AttributeError, NotImplementedError):
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=MAX_BYTES)
            port = self._server.sockets[0].getsockname()[1]
        with create(self._path) as file:
            file.write(msgspec.json.encode(Address(port, self._secret)))

    async def _listen_on_file(self) -> asyncio.Server:
        """Raises OSError, AttributeError or NotImplementedError if there can be no such socket here."""
        server = await asyncio.start_unix_server(self._serve, self._socket, limit=MAX_BYTES)
        self._socket.chmod(0o600)  # nobody was let into the folder before either
        return server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if not _is_ours(writer.get_extra_info("socket"), self._path.parent):
                return
            async with asyncio.timeout(TIMEOUT_S):
                nonces = msgspec.json.decode(await reader.readline(), type=Hello).nonce, secrets.token_hex(16)
                hello = Hello(nonces[1], _proof(self._secret, "server", nonces))
                writer.write(msgspec.json.encode(hello) + b"\n")
                request = msgspec.json.decode(await reader.readline(), type=Request)
                if not _is_proof(request.proof, self._secret, "client", nonces):
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
        """Stop listening, and delete the files."""
        if self._server is not None:
            self._server.close()
            for path in (self._path, self._socket):
                with contextlib.suppress(OSError):
                    path.unlink()


def is_open(folder: Path) -> bool:
    """Whether the server of the folder listens, and not somebody else in its place."""
    try:
        with _connected(folder):
            return True
    except (OSError, msgspec.DecodeError):  # no file, or half of one, or one left behind by a server that was killed
        return False


@contextlib.contextmanager
def held(folder: Path, order: object) -> Iterator[Any]:
    """The running server's answer; what it holds for the order is released at the end. Raises OSError if none answers.

    What is asked for may take long: there is no time limit.
    """
    with _connected(folder) as (connection, proof):
        connection.settimeout(None)
        connection.sendall(msgspec.json.encode({"proof": proof, "order": order}) + b"\n")
        yield msgspec.json.decode(_read_line(connection))


@contextlib.contextmanager
def _connected(folder: Path) -> Iterator[tuple[socket.socket, str]]:
    """A connection to the folder's server, which has proved that it is it, and what proves the same of us.

    Raises OSError if it is not there, msgspec.DecodeError if the file is damaged.
    """
    address = msgspec.json.decode((folder / FILE).read_bytes(), type=Address)
    with _connect(folder, address) as connection:
        ours = secrets.token_hex(16)
        connection.sendall(msgspec.json.encode({"nonce": ours}) + b"\n")
        try:
            hello = msgspec.json.decode(_read_line(connection, MAX_BYTES), type=Hello)
        except msgspec.DecodeError:
            hello = Hello("")
        nonces = ours, hello.nonce
        if not _is_proof(hello.proof, address.secret, "server", nonces):
            raise ConnectionRefusedError(errno.ECONNREFUSED, "another program answers")
        yield connection, _proof(address.secret, "client", nonces)


def _connect(folder: Path, address: Address) -> socket.socket:
    import socket  # noqa: PLC0415 -- the server does not need it

    if address.port:
        return socket.create_connection(("127.0.0.1", address.port), TIMEOUT_S)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(TIMEOUT_S)
    try:
        connection.connect(str(folder / SOCKET))
        if not _is_ours(connection, folder):
            raise ConnectionRefusedError(errno.ECONNREFUSED, "another user's program answers")
    except OSError:
        connection.close()
        raise
    return connection


def _is_ours(connection: Any, folder: Path) -> bool:
    """Whether the program at the other end is our own user's, the folder's owner's, or root's; True if nobody can say.

    Linux says it of Unix sockets (SO_PEERCRED, unix(7)).
    """
    import socket  # noqa: PLC0415 -- the server does not need it

    if connection.family != getattr(socket, "AF_UNIX", None) or not hasattr(socket, "SO_PEERCRED"):
        return True
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _pid, uid, _gid = struct.unpack("3i", credentials)
    return uid in {0, os.geteuid(), folder.stat().st_uid}


def _read_line(connection: socket.socket, most: int = 0) -> bytes:
    """The next line. Raises OSError if there is none, or if it is longer than `most` bytes (0: of any length)."""
    data = b""
    while not data.endswith(b"\n"):
        chunk = connection.recv(65_536)
        if not chunk:
            raise ConnectionAbortedError(errno.ECONNABORTED, "the server did not answer")
        data += chunk
        if 0 < most < len(data):
            raise ConnectionAbortedError(errno.ECONNABORTED, "another program answers")
    return data


def _proof(secret: str, side: str, nonces: tuple[str, str]) -> str:
    return hmac.new(secret.encode(), " ".join((side, *nonces)).encode(), "sha256").hexdigest()


def _is_proof(proof: str, secret: str, side: str, nonces: tuple[str, str]) -> bool:
    return hmac.compare_digest(proof.encode(), _proof(secret, side, nonces).encode())
