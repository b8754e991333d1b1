"""A server without sockets: clients on fake links, a store in memory, a clock that does not run."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from fake_link import FakeLink, FakeWriteQueue
from memory_store import MemoryStore

from papo.config import Accounts, Config, History, Limits, Server
from papo.server.actions import always_on
from papo.server.actions.channels import revocation
from papo.server.delivery.chat import Chat
from papo.server.dialects.irc import verbs  # noqa: F401 -- fills the table of commands
from papo.server.dialects.irc.session import IrcSession

T = TypeVar("T")
START_MS = 1_700_000_000_000


def make_config(**changes: Any) -> Config:
    """The defaults with limits off and cheap passwords."""
    settings: dict[str, Any] = {
        "server": Server(name="papo.test"),
        "limits": Limits(enabled=False),
        "history": History(),
        "accounts": Accounts(argon2_memory_kib=8, argon2_passes=1, scram_rounds=4096),
    }
    return Config(**{**settings, **changes})


class MemoryServer:
    """A chat and its clients. A client is known by the name it connected with."""

    def __init__(self, config: Config | None = None, store: MemoryStore | None = None) -> None:
        self.now_s = START_MS / 1000
        self.set_by_s = 0.0
        """How far the machine's clock was set away from where it should be."""
        self.store = store or MemoryStore()
        self.deferred: list[Callable[[], None]] = []
        self.chat = Chat(
            config or make_config(),
            self.store,
            FakeWriteQueue(),
            self.deferred.append,
            clock_s=lambda: self.now_s + self.set_by_s,
            monotonic_s=lambda: self.now_s,
        )
        self.chat.throttle.sleep = self._sleep
        self.chat.follow = functools.partial(always_on.follow, self.chat)
        self.chat.follow_links = functools.partial(revocation.follow, self.chat)
        self.clients: dict[str, IrcSession] = {}
        self.tls = False
        """Whether the connections that are opened from now on use TLS."""

    async def _sleep(self, seconds: float) -> None:
        """Whoever waits moves the clock."""
        self.now_s += seconds

    def run_deferred(self) -> None:
        """Run the callbacks that wait for the end of the loop turn."""
        while self.deferred:
            self.deferred.pop(0)()

    def connect(self, name: str, *, framing: str = "") -> IrcSession:
        """Open a connection."""
        link = FakeLink(framing)
        link.secure = self.tls
        session = IrcSession(self.chat, link)
        self.clients[name] = session
        return session

    def register(self, nick: str, *channels: str, caps: str = "") -> IrcSession:
        """Connect, register and join; what was sent to everybody until then is dropped."""
        self.connect(nick)
        lines = [f"NICK {nick}", f"USER {nick} 0 * :{nick.title()}"]
        if caps:
            lines = ["CAP LS 302", f"CAP REQ :{caps}", *lines, "CAP END"]
        for line in lines + [f"JOIN {channel}" for channel in channels]:
            self.send(nick, line)
        for session in self.clients.values():
            session.link.sent()  # type: ignore[attr-defined]
        return self.clients[nick]

    def send_bytes(self, name: str, data: bytes) -> None:
        """Bytes from a client, and the loop turn that follows."""
        self.clients[name].receive(data)
        self.run_deferred()

    def send(self, name: str, line: str) -> None:
        """A line from a client."""
        self.send_bytes(name, line.encode() + b"\r\n")

    def received(self, name: str) -> list[str]:
        """Lines that the client has received since the last call."""
        link = self.clients[name].link
        assert isinstance(link, FakeLink)
        return link.sent().decode().split("\r\n")[:-1]

    def ask(self, name: str, line: str) -> list[str]:
        """Lines that the client receives in answer."""
        self.received(name)
        self.send(name, line)
        return self.received(name)

    def try_nick(self, nick: str) -> str:
        """What a new client receives that registers with this nick."""
        self.connect("?")
        self.send("?", f"NICK {nick}")
        self.send("?", "USER x 0 * :x")
        return " ".join(self.received("?"))

    async def ask_and_wait(self, name: str, line: str) -> list[str]:
        """As `ask`, for requests that wait for the store or for a password hash."""
        self.received(name)
        self.send(name, line)
        await self.wait_idle(name)
        return self.received(name)

    async def wait_idle(self, name: str) -> None:
        """Wait until no request of the client is pending."""
        async with asyncio.timeout(20):
            while self.clients[name].is_running or self.deferred:
                self.run_deferred()
                await asyncio.sleep(0)

    async def run_action(self, action: Coroutine[Any, Any, T]) -> T:
        """Run an action that waits for the store; returns its result."""
        task = asyncio.ensure_future(action)
        async with asyncio.timeout(20):
            while not task.done():
                self.run_deferred()
                await asyncio.sleep(0)
        self.run_deferred()
        return task.result()
