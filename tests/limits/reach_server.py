"""Reaches each limit of addresses, accounts, the server as a whole and uploads, and returns what is answered."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from pathlib import Path
from typing import Any

from live_server import CONFIG, serve
from memory_server import MemoryServer, make_config
from reach_chat import WIDE, Reach
from upload_server import UploadServer, png, token

from papo.config import Accounts, Limits
from papo.server.net import http_connections
from papo.server.net.admission import Admission
from papo.server.net.http_connections import HttpConnections
from papo.server.net.link import Link, WriteQueue
from papo.server.net.listener import Listener
from papo.server.net.websocket import NullHandler
from papo.server.web.request_rate import MAX_WAIT_S, RequestRate

FAR = "203.0.113.9"


class FakeTransport(asyncio.Transport):
    """A transport whose peer does not read."""

    def __init__(self, waiting: int) -> None:
        super().__init__({"sslcontext": True})
        self.waiting = waiting

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def abort(self) -> None:
        pass


def admitted(*, count: int = 2, registered: bool = False, **limits: int) -> str:
    """What the last of so many connections of one address is answered."""
    numbers = Limits(**limits)  # type: ignore[arg-type]  # none of them is a text
    admission = Admission(lambda: numbers)
    answers = []
    for _ in range(count):
        answers.append(admission.admit(FAR, 0))
        if registered:
            admission.registered(FAR)
    return answers[-1] or "admitted"


def listener(**limits: int) -> Listener:
    """All connections of a process."""
    numbers = Limits(**limits)  # type: ignore[arg-type]  # none of them is a text
    return Listener(WriteQueue(lambda _: None), lambda: numbers, trusted=(), max_total=0)


class Opening:
    """A connection whose handshake is not complete."""

    closed = ""

    def abort(self) -> None:
        self.closed = "closed"


def oldest_opening() -> str:
    """What becomes of the oldest of three where two are allowed."""
    here, openings = listener(opening_per_address=2), [Opening() for _ in range(3)]
    for each in openings:
        here.begin(each, FAR)
    assert [each.closed for each in openings[1:]] == ["", ""]
    return openings[0].closed


def slow_handshake() -> str:
    """What becomes of a request that does not end."""

    async def test() -> str:
        here = listener(handshake_timeout_s=1)
        make = here.protocol_factory(lambda _: NullHandler(), make_http=asyncio.Protocol)
        server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"GET / HT")
        while not here.openings:
            await asyncio.sleep(0)
        for link in here.openings:
            assert isinstance(link, Link)
            link.sweep(time.monotonic() + 2)
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
        writer.close()
        server.close()
        return "closed"

    return asyncio.run(test())


def asked_for_pages(**limits: int) -> str:
    """What becomes of requests that come too fast."""
    numbers = Limits(**limits)  # type: ignore[arg-type]  # none of them is a text
    rate = RequestRate(lambda: numbers, lambda: 0.0)
    waits = [rate.charge(FAR, 1) for _ in range(100)]
    assert not waits[0]
    return f"{'waits' if any(waits) else ''} {'429' if waits[-1] > MAX_WAIT_S else ''}"


def stuck(*, waiting: int, for_s: float) -> str:
    """What becomes of a client that does not read."""
    link = Link(WriteQueue(lambda _: None), max_queue_bytes=524288, max_stuck_s=30)
    link.handler = NullHandler()
    link.connection_made(FakeTransport(waiting))
    link.pause_writing()
    link.check_stuck(time.monotonic() + for_s)
    return "SendQ exceeded" if link.overflowed else ""


def page(limit: str) -> str:
    """What one connection too many for pages gets: the status that `net.websocket` sends."""
    connections = HttpConnections()
    most = getattr(http_connections, limit)
    for at in range(most):
        who = FAR if limit == "MAX_PER_ADDRESS" else str(at)
        assert connections.admit(((who, 1),), limited=True)
        connections.add(asyncio.Protocol(), ((who, 1),)).requests = 1
    full = "" if connections.admit(((FAR, 1),), limited=True) else "503"
    next(iter(connections.open)).requests = 0
    return f"{full} then room" if connections.admit(((FAR, 1),), limited=True) else full


def registered(
    *lines: str, people: tuple[str, ...] = ("ana",), settings: dict[str, Any] | None = None, **limits: Any
) -> str:
    """What guests of one address are answered who make accounts, and then ask for more."""

    async def test() -> str:
        accounts = Accounts(argon2_memory_kib=8, argon2_passes=1, scram=False, **(settings or {}))
        server = MemoryServer(make_config(limits=Limits(**{**WIDE, **limits}), accounts=accounts))
        text: list[str] = []

        async def sleep(wait_s: float) -> None:
            text.append(f"waits {wait_s:.0f} s")
            server.now_s += wait_s

        server.chat.throttle.sleep = sleep
        for nick in people:
            session = server.connect(nick)
            session.link.address = FAR
            for line in (f"NICK {nick}", f"USER {nick} 0 * :x", "JOIN #a", "JOIN #b"):
                server.send(nick, line)
            for line in ("REGISTER * * senha-boa-1", *lines):
                text += await server.ask_and_wait(nick, line)
        return "\n".join(text)

    return asyncio.run(test())


def guessed(guesses: int, **limits: Any) -> str:
    """What wrong passwords for one account are answered, and then the right one."""
    return registered("NICKSERV LOGOUT", *["NICKSERV IDENTIFY ninguem senha-errada"] * guesses, **limits)


def uploaded(settings: str, *bodies: bytes) -> str:
    """What the last upload is answered."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = CONFIG.replace("enabled = false", "enabled = true") + f'[uploads]\nwho = "everyone"\n{settings}\n'
        with serve(folder, ["http", "irc"], config=config) as live:
            server = UploadServer(live, folder)
            try:
                own = token(server.person("ana"))
                answers = [server.post(own, body) for body in bodies]
                return f"{answers[-1].status} {answers[-1].body.decode()}"
            finally:
                server.close()


REACH: dict[str, Reach] = {
    "limits.connections_per_address": lambda: admitted(connections_per_address=1, registered=True),
    "limits.unregistered_per_address": lambda: admitted(unregistered_per_address=1),
    "limits.opening_per_address": oldest_opening,
    "limits.connections_per_10min": lambda: admitted(connections_per_10min=1),
    "limits.connections_per_s": lambda: admitted(connections_per_s=1),
    "limits.handshake_timeout_s": slow_handshake,
    "limits.http_burst": lambda: asked_for_pages(http_burst=2, http_per_s=1),
    "limits.http_per_s": lambda: asked_for_pages(http_burst=2, http_per_s=1),
    "limits.send_queue_bytes": lambda: stuck(waiting=524289, for_s=0),
    "limits.send_stuck_s": lambda: stuck(waiting=1, for_s=31),
    "limits.accounts_per_10min": lambda: registered(people=("ana", "bia"), accounts_per_10min=1),
    "limits.guesses_per_account": lambda: guessed(6, guesses_per_account=3),
    "limits.guesses_per_address": lambda: registered(
        *(f"NICKSERV IDENTIFY ninguem{n} senha-errada" for n in range(3)), guesses_per_address=1
    ),
    "accounts.registrations_per_10min": lambda: registered(
        people=("ana", "bia"), settings={"registrations_per_10min": 1}
    ),
    "accounts.nicks": lambda: registered("NICK outra", "NICKSERV GROUP", settings={"nicks": 0}),
    "accounts.channels": lambda: registered("CHANSERV REGISTER #a", "CHANSERV REGISTER #b", settings={"channels": 1}),
    "uploads.max_bytes": lambda: uploaded("max_bytes = 10", b"x" * 11),
    "uploads.day_bytes": lambda: uploaded("day_bytes = 10\nkeep_free_bytes = 0", b"x" * 11),
    "uploads.attempts_per_10min": lambda: uploaded("attempts_per_10min = 1", b"x", b"x"),
    "uploads.pixels_per_10min": lambda: uploaded("pixels_per_10min = 601", png(), png()),
    "uploads.keep_free_bytes": lambda: uploaded(f"keep_free_bytes = {1 << 60}", b"x"),
    "net.http_connections.MAX_PER_ADDRESS": lambda: page("MAX_PER_ADDRESS"),
    "net.http_connections.MAX_CONNECTIONS": lambda: page("MAX_CONNECTIONS"),
}
