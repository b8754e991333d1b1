"""A core with a real connection, in the test's own event loop: waiting is for what happens, never for a time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

from wired import Watch

from papo.client.address import read_address
from papo.client.certificates import Certificates
from papo.client.connection import ServerConnection
from papo.client.identity import Identity
from papo.client.state import send
from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine
from papo.client.state.network import Network
from papo.client.state.outbox import Outbox

PATIENCE_S = 30.0


class Waking(Watch):
    """A listener that wakes whoever waits for something."""

    def __init__(self) -> None:
        super().__init__()
        self.happened = asyncio.Event()

    def changed(self) -> None:
        self.happened.set()


class Alive:
    """Somebody at a server."""

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
        self.watch = Waking()
        self.network = Network(
            read_address(url), Identity(nick, account=account, password=password), rooms=rooms,
            outbox=Outbox(outbox), listener=self.watch,
        )  # fmt: skip
        self.connection = ServerConnection(self.network, certificates=certificates)

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until it is so."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                self.watch.happened.clear()
                await self.watch.happened.wait()

    async def come(self) -> Alive:
        """Be in, and in all rooms."""
        self.connection.start()
        await self.ready()
        return self

    async def ready(self) -> None:
        """In, the past read, and everything said."""
        await self.until(
            lambda: (
                self.network.is_online
                and all(
                    (each := self.network.buffer(name)) and each.joined and each.settled for name in self.network.rooms
                )
            )
        )

    async def ask(self, *words: str) -> None:
        """Ask, and wait for the answer."""
        done: list[object] = []

        def take(answer: object) -> None:
            done.append(answer)
            self.watch.changed()

        self.network.session.ask(words[0], *words[1:], then=take)
        await self.until(lambda: done)

    def room(self, name: str = "#sala") -> Buffer:
        """A conversation that must be open."""
        found = self.network.buffer(name)
        assert found is not None, name
        return found

    def said(self, name: str = "#sala") -> list[str]:
        """What stands there, without what waits."""
        buffer = self.network.buffer(name)
        return [each.text for each in buffer.lines if each.is_message and not each.pending] if buffer else []

    def say(self, text: str, name: str = "#sala", *, reply_to: str = "") -> None:
        """Say something."""
        send.say(self.network, self.network.open(name), text, reply_to=reply_to)

    async def hears(self, text: str, name: str = "#sala") -> BufferLine:
        """Wait for a message; gives it."""
        await self.until(lambda: text in self.said(name))
        return next(each for each in self.room(name).lines if each.text == text)

    async def leave(self) -> None:
        """Go, and be gone."""
        task = self.connection._task
        self.network.quit()
        self.network.outbox.close()
        if task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await task
