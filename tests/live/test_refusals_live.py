"""A disk that fills up under a server with real sockets: what is refused has not happened, for any client."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest
from broken_disk import BrokenDisk

from papo.config.load import load
from papo.protocol.dialects import CLASSROOM
from papo.protocol.text import to_ascii
from papo.server import app, assembly
from papo.server.store import sqlite
from papo.server.store.sqlite import SqliteStore

PATIENCE_S = 60.0
NOTHING = ":The server cannot store anything at the moment; nothing was changed"


@pytest.fixture(params=["inline", "thread"])
def disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[BrokenDisk]:
    """The server's, with commits on the loop's thread or on the writer's."""
    found = BrokenDisk()
    monkeypatch.setattr(assembly, "SqliteStore", functools.partial(SqliteStore, vfs=found.name))
    monkeypatch.setattr(sqlite, "INLINE_MS", -1.0 if request.param == "thread" else 1e9)
    yield found
    found.full = False


class Client:
    """Bytes over a socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._pings = 0

    def send(self, *lines: str) -> None:
        """Lines in one packet."""
        self.writer.write("".join(f"{line}\r\n" for line in lines).encode())

    async def close(self) -> None:
        """Hang up."""
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()

    async def received(self) -> list[str]:
        """Lines up to the answer to a PING."""
        self._pings += 1
        self.send(f"PING {self._pings}")
        lines: list[str] = []
        while not lines or not lines[-1].endswith(f"PONG papo.test :{self._pings}"):
            lines.append((await self.reader.readline()).decode().rstrip("\r\n"))
        return lines[:-1]


async def connect(server: app.Server, scheme: str) -> Client:
    """A connection to the listener of this scheme."""
    port = next(at.port for at in server.sockets.opened if at.scheme == scheme)
    return Client(*await asyncio.open_connection("127.0.0.1", port))


async def registered(server: app.Server, nick: str) -> Client:
    """An IRC client in #sala."""
    client = await connect(server, "irc")
    client.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}", "JOIN #sala")
    await client.received()
    return client


async def refusal_to_join(server: app.Server, scheme: str) -> bool:
    """Whether a client of a classroom dialect is told in its words that it cannot join, and disconnected."""
    pupil = await connect(server, scheme)
    if scheme in {"nick", "nick-ascii"}:
        assert await pupil.reader.readexactly(4) == b"NICK"
    if scheme in {"nick", "nick-ascii", "handshake"}:
        pupil.writer.write(b"eva")
    said = (await pupil.reader.read()).decode()
    await pupil.close()
    phrase = CLASSROOM[scheme].phrases.not_sent.partition("{")[0]
    return said.startswith(to_ascii(phrase) if CLASSROOM[scheme].ascii else phrase)


def test_what_a_full_disk_refuses_has_not_happened(tmp_path: Path, disk: BrokenDisk) -> None:
    """Nobody hears of it, it is done when there is space again, and that is what the next start finds."""

    async def test() -> None:
        schemes = ["irc", *CLASSROOM]
        listen = {"listen.at": tuple(f"{scheme}://127.0.0.1:0?" for scheme in schemes)}
        settings = load({**listen, "server.name": "papo.test", "limits.enabled": False}, {}, None)
        server = await app.start(settings, tmp_path)
        ana, bia = await registered(server, "ana"), await registered(server, "bia")
        await ana.received()
        disk.full = True
        for line, target in (("TOPIC #sala :novo", "#sala"), ("MODE #sala +m", "#sala"), ("NICK outra", "outra")):
            ana.send(line)
            command = line.partition(" ")[0]
            assert await ana.received() == [f":papo.test FAIL {command} TEMPORARILY_UNAVAILABLE {target} {NOTHING}"]
        # In one packet: the message is refused, and that ana has quit is true.
        ana.send("NICK outra", "PRIVMSG #sala :perdida", "QUIT :tchau")
        assert [line.split(" ")[2] for line in (await ana.reader.read()).decode().splitlines()[:2]] == [
            "NICK",
            "PRIVMSG",
        ]
        (quit_line,) = await bia.received()
        assert quit_line.startswith(":ana!")
        assert quit_line.endswith(" QUIT :Quit: tchau")
        for scheme in CLASSROOM:
            assert await refusal_to_join(server, scheme)
        assert await bia.received() == []
        disk.full = False
        bia.send("JOIN #nova", "TOPIC #nova :depois", "PRIVMSG #sala :guardada")
        assert any(line.endswith("TOPIC #nova :depois") for line in await bia.received())
        for client in (ana, bia):
            await client.close()
        await server.drain()

        server = await app.start(settings, tmp_path)
        caio = await registered(server, "caio")
        caio.send("CAP REQ draft/chathistory", "CAP REQ draft/event-playback", "CHATHISTORY LATEST #sala * 50")
        history = "\n".join(await caio.received())
        assert "perdida" not in history
        assert history.count("guardada") == 1
        assert history.count("QUIT :Quit: tchau") == 1
        await caio.close()
        await server.drain()

    asyncio.run(asyncio.wait_for(test(), PATIENCE_S))
