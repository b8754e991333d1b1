"""A chat without sockets: fake connections, a store that commits when told, a clock that does not run."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from typing import Any

from memory_store import MemoryStore
from papo.config import Accounts, Config, History, Limits, Server
from papo.server.actions import always_on
from papo.server.delivery.chat import Chat
from papo.server.dialects.irc import verbs  # noqa: F401 -- fills the table of commands
from papo.server.dialects.irc.session import IrcSession

START_MS = 1_700_000_000_000


class FakeLink:
    """A connection that keeps what it is sent."""

    framing = ""

    def __init__(self, framing: str = "") -> None:
        self.glue = b""
        self.out: list[bytes] = []
        self.framing = framing
        self.address = "10.0.0.1"
        self.port = 4000
        self.secure = False
        self.fingerprints: tuple[str, ...] = ()
        self.gone = False
        self.held = False
        self.paused = False
        self.alone: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Owe bytes."""
        if not self.gone:
            self.out.append(data)

    def write_alone(self, data: bytes) -> None:
        """Owe bytes that stand alone."""
        self.alone.append(data)
        self.write(data)

    def close(self, last: bytes = b"") -> None:
        """End."""
        if not self.gone:
            self.out.append(last)
            self.gone = True

    def pause_reading(self) -> None:
        """Note it."""
        self.paused = True

    def resume_reading(self) -> None:
        """Note it."""
        self.paused = False

    def take(self) -> bytes:
        """Everything sent since the last call."""
        data = b"".join(self.out)
        self.out.clear()
        return data


class FakeOutbox:
    """Collects links; nothing needs flushing, since a FakeLink keeps its own bytes."""

    def __init__(self) -> None:
        self.links: list[Any] = []

    def schedule(self) -> None:
        """Nothing to do."""
        self.links.clear()


def quiet_config(**changes: Any) -> Config:
    """The defaults with limits off."""
    settings: dict[str, Any] = {
        "server": Server(name="papo.test"),
        "limits": Limits(enabled=False),
        "history": History(),
        "accounts": Accounts(argon2_memory_kib=8, argon2_passes=1),
    }
    return Config(**{**settings, **changes})


class Talk:
    """People on fake IRC connections to one chat."""

    def __init__(self, config: Config | None = None) -> None:
        self.now_s = START_MS / 1000
        self.store = MemoryStore()
        self.soon: list[Callable[[], None]] = []
        self.chat = Chat(
            config or quiet_config(),
            self.store,
            FakeOutbox(),
            self.soon.append,
            clock_s=lambda: self.now_s,
            monotonic_s=lambda: self.now_s,
        )
        self.chat.follow = functools.partial(always_on.follow, self.chat)
        self.people: dict[str, IrcSession] = {}

    def run_soon(self) -> None:
        """Do what was put off to the end of the loop turn."""
        while self.soon:
            self.soon.pop(0)()

    def connect(self, name: str, *, framing: str = "") -> IrcSession:
        """A new connection that has said nothing."""
        session = IrcSession(self.chat, FakeLink(framing))
        self.people[name] = session
        return session

    def join(self, nick: str, *channels: str, caps: str = "") -> IrcSession:
        """Somebody registered, in these channels, with what they were sent thrown away."""
        self.connect(nick)
        lines = [f"NICK {nick}", f"USER {nick} 0 * :{nick.title()}"]
        if caps:
            lines = ["CAP LS 302", f"CAP REQ :{caps}", *lines, "CAP END"]
        for line in lines + [f"JOIN {channel}" for channel in channels]:
            self.say(nick, line)
        for session in self.people.values():
            session.link.take()  # type: ignore[attr-defined]
        return self.people[nick]

    def send(self, name: str, data: bytes) -> None:
        """Bytes from somebody, and the loop turn that follows."""
        self.people[name].receive(data)
        self.run_soon()

    def say(self, name: str, line: str) -> None:
        """A line from somebody."""
        self.send(name, line.encode() + b"\r\n")

    def heard(self, name: str) -> list[str]:
        """Lines somebody was sent since the last call."""
        link = self.people[name].link
        assert isinstance(link, FakeLink)
        return link.take().decode().split("\r\n")[:-1]

    def ask(self, name: str, line: str) -> list[str]:
        """Lines somebody is sent in answer."""
        self.heard(name)
        self.say(name, line)
        return self.heard(name)

    def ask_without(self, nick: str) -> str:
        """What somebody hears who wants to come in under this nick."""
        self.connect("?")
        self.say("?", f"NICK {nick}")
        self.say("?", "USER x 0 * :x")
        return " ".join(self.heard("?"))

    async def ask_slowly(self, name: str, line: str) -> list[str]:
        """As `ask`, for requests that wait for the store, or for a password."""
        self.heard(name)
        self.say(name, line)
        await self.quiet(name)
        return self.heard(name)

    async def quiet(self, name: str) -> None:
        """Until a request of somebody is done."""
        async with asyncio.timeout(20):
            while self.people[name].is_running or self.soon:
                self.run_soon()
                await asyncio.sleep(0)
