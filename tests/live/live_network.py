"""A client core with a real connection, in the test's own event loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

from fake_server import RecordingListener

from papo.client.address import read_address
from papo.client.certificates import Certificates
from papo.client.connection import ServerConnection
from papo.client.identity import Identity
from papo.client.state import send
from papo.client.state.buffer import Buffer
from papo.client.state.irc_network import IrcNetwork
from papo.client.state.message import BufferLine
from papo.client.state.outbox import Outbox

TIMEOUT_S = 30.0


class WakingListener(RecordingListener):
    """A listener that wakes the test at each change."""

    def __init__(self) -> None:
        super().__init__()
        self.changes = asyncio.Event()

    def changed(self) -> None:
        self.changes.set()


class LiveNetwork:
    """A client core and its connection."""

    def __init__(
        self,
        url: str,
        nick: str,
        rooms: Sequence[str] = ("#sala",),
        *,
        account: str = "",
        password: str = "",
        outbox: Path | None = None,
        certificates: Certificates | None = None,
    ) -> None:
        self.listener = WakingListener()
        self.network = IrcNetwork(
            read_address(url), Identity(nick, account=account, password=password), rooms=rooms,
            outbox=Outbox(outbox), listener=self.listener,
        )  # fmt: skip
        self.connection = ServerConnection(self.network, certificates=certificates)

    async def wait_until(self, condition: Callable[[], object]) -> None:
        """Wait until the condition holds, looking again at each change."""
        async with asyncio.timeout(TIMEOUT_S):
            while not condition():
                self.listener.changes.clear()
                await self.listener.changes.wait()

    async def connect(self) -> LiveNetwork:
        """Register, and join all channels."""
        self.connection.start()
        await self.wait_ready()
        return self

    async def wait_ready(self) -> None:
        """Wait until it is registered, has joined, has read its history and sent what waited."""
        await self.wait_until(
            lambda: (
                self.network.is_online
                and all(
                    (each := self.network.buffer(name)) and each.joined and each.outbox_sent and not each.loading
                    for name in self.network.rooms
                )
            )
        )

    async def ask(self, *words: str) -> None:
        """Send a request and wait for its answer."""
        done: list[object] = []

        def keep(answer: object) -> None:
            done.append(answer)
            self.listener.changed()

        self.network.session.ask(words[0], *words[1:], then=keep)
        await self.wait_until(lambda: done)

    def buffer(self, name: str = "#sala") -> Buffer:
        """A buffer that must be open."""
        found = self.network.buffer(name)
        assert found is not None, name
        return found

    def texts(self, name: str = "#sala") -> list[str]:
        """The messages of a buffer, without those that wait."""
        buffer = self.network.buffer(name)
        return [each.text for each in buffer.lines if each.is_message and not each.pending] if buffer else []

    def send(self, text: str, name: str = "#sala", *, reply_to: str = "") -> None:
        """Send a message."""
        send.say(self.network, self.network.open(name), text, reply_to=reply_to)

    async def wait_for_message(self, text: str, name: str = "#sala") -> BufferLine:
        """Wait for a message, and return it."""
        await self.wait_until(lambda: text in self.texts(name))
        return next(each for each in self.buffer(name).lines if each.text == text)

    async def close(self) -> None:
        """Quit, and wait for the end of the connection."""
        task = self.connection.task
        self.network.quit()
        self.network.outbox.close()
        if task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await task
