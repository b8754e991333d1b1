"""A server without sockets on a real database: clients on fake links, any dialect, a disk that may fail."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from fake_link import FakeLink, FakeWriteQueue
from memory_ports import MemoryFiles, MemorySecrets
from memory_server import make_config

from papo.config import Accounts, Config, History, Rooms
from papo.server.actions import always_on
from papo.server.assembly import Ports, make_chat
from papo.server.delivery.chat import Chat
from papo.server.dialects.connection import Connection
from papo.server.dialects.irc import verbs  # noqa: F401 -- fills the table of commands
from papo.server.dialects.table import maker
from papo.server.store.sqlite import SqliteStore

QUIET_TURNS = 4
"""Loop turns without work after which nothing more comes: a request may start another."""
_SECRETS = MemorySecrets()
_FILES = MemoryFiles()


def disk_config() -> Config:
    """Limits off, cheap passwords, always-on for those who want it, no permanent channel."""
    return make_config(
        accounts=Accounts(argon2_memory_kib=8, argon2_passes=1, scram_rounds=4096, always_on="opt-in"),
        rooms=Rooms(permanent=()),
        history=History(),
    )


class DiskServer:
    """A chat on the database of a folder. A client is known by the name it connected with."""

    def __init__(self, chat: Chat, store: SqliteStore) -> None:
        self.chat = chat
        self.store = store
        self.clients: dict[str, Connection] = {}
        self._tasks: list[asyncio.Task[bool]] = []
        self.stopped = False
        """Whether the server has asked to be stopped."""
        self.chat.stop = self._stop
        always_on.restore(chat)
        self.chat.follow = lambda event: always_on.follow(chat, event)

    def _stop(self) -> None:
        self.stopped = True

    @classmethod
    async def start(cls, folder: Path, vfs: str | None = None, config: Config | None = None) -> DiskServer:
        """Open the database and load it. Raises ValueError with a sentence."""
        soon = asyncio.get_running_loop().call_soon_threadsafe
        store = SqliteStore(folder / "papo.db", on_soon=soon, vfs=vfs)
        ports = Ports(store, _FILES, _SECRETS)
        chat = await make_chat(config or disk_config(), ports, FakeWriteQueue())  # type: ignore[arg-type]  # no sockets
        return cls(chat, store)

    def connect(self, name: str, scheme: str = "irc", **options: str) -> Connection:
        """Open a connection."""
        link = FakeLink()
        link.fingerprints = (hashlib.sha256(name.encode()).hexdigest(),)
        self.clients[name] = maker(scheme)(self.chat, link, {"replay": "0", **options})
        return self.clients[name]

    def send(self, name: str, data: str) -> None:
        """What a client sends, as it is."""
        self.clients[name].receive(data.encode())

    def run(self, action: Coroutine[Any, Any, bool]) -> asyncio.Task[bool]:
        """Start an action of the server's own."""
        task = asyncio.get_running_loop().create_task(action)
        self._tasks.append(task)
        return task

    async def settle(self) -> None:
        """Wait until no request is pending and everything accepted has been released or refused."""
        async with asyncio.timeout(20):
            quiet = 0
            while quiet < QUIET_TURNS:
                busy = not self.chat.journal.idle or not all(task.done() for task in self._tasks)
                busy = busy or any(each.is_running for each in self.clients.values())
                quiet = 0 if busy else quiet + 1
                await asyncio.sleep(0)

    def received(self, name: str) -> bytes:
        """What the client has been sent since the last call."""
        link = self.clients[name].link
        assert isinstance(link, FakeLink)
        return link.sent()

    async def close(self) -> None:
        """Close the database; the clients are told nothing, as if the process had been killed."""
        for each in self.clients.values():
            each._stop()  # noqa: SLF001 -- ends its timers
        await self.store.close()
