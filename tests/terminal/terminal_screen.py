"""The terminal client without a terminal: an app on a screen of a given size, and a server that the test plays."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from fake_server import FakeServer
from textual.pilot import Pilot

from papo.client.address import read_address
from papo.client.identity import Identity
from papo.client.settings import Settings
from papo.client.state.buffer import Buffer
from papo.client.state.irc_network import IrcNetwork
from papo.client.state.network import Network
from papo.client.state.outbox import Outbox
from papo.terminal.app import ChatApp

CAPS = (
    "server-time message-tags account-tag echo-message batch labeled-response draft/chathistory draft/message-edit "
    "draft/message-redaction draft/read-marker draft/search draft/multiline=max-bytes=40000 standard-replies"
)
ROOM = "#geral"


class TerminalScreen:
    """An app with one server, which the test plays."""

    def __init__(self, app: ChatApp, pilot: Pilot[None], network: Network) -> None:
        self.app = app
        self.pilot = pilot
        self.network = network
        self.server = FakeServer(lambda: network, channel=ROOM)

    def connect(self, *, caps: str = CAPS, room: str = ROOM) -> Buffer:
        """Register, join a channel and show its buffer."""
        self.server.accept()
        granted = " ".join(word.partition("=")[0] for word in caps.split())
        self.server.send(
            f":s CAP * LS :{caps}", f":s CAP * ACK :{granted}", ":s 001 ana :Welcome", ":s 005 ana NETWORK=Papo :are",
            ":s 422 ana :-", f":ana!ana@h JOIN {room}", f":s 353 ana = {room} :ana @bia caio", f":s 366 ana {room} :-",
        )  # fmt: skip
        self.server.answer("CHATHISTORY")
        buffer = self.network.buffer(room)
        assert buffer is not None
        self.app.show(self.network, buffer)
        return buffer

    @property
    def shown_buffer(self) -> Buffer | None:
        """The buffer in the timeline."""
        return self.app.shown[1] if self.app.shown is not None else None

    @property
    def shown_network(self) -> Network | None:
        """Its network."""
        return self.app.shown[0] if self.app.shown is not None else None

    async def type(self, text: str) -> None:
        """Type, as a person does."""
        for char in text:
            await self.pilot.press({" ": "space", "\n": "ctrl+j", "/": "slash", "#": "number_sign"}.get(char, char))

    def screen_lines(self) -> list[str]:
        """The lines of the screen."""
        width, height = self.app.size
        strips = self.app.screen._compositor.render_strips(self.app.size)  # noqa: SLF001 -- nothing public has it
        found = ["".join(segment.text for segment in line).rstrip() for line in strips]
        assert len(found) == height
        assert width
        return found

    async def wait_until(self, condition: Callable[[], object]) -> None:
        """Let the app work until the condition holds."""
        for _ in range(200):
            if condition():
                return
            await self.pilot.pause()
        raise AssertionError("the condition never held:\n" + "\n".join(self.screen_lines()))

    async def text(self) -> str:
        """The screen, after everything has been drawn."""
        self.app.frame()
        await self.pilot.pause()
        return "\n".join(self.screen_lines())


@contextlib.asynccontextmanager
async def terminal_screen(
    *, size: tuple[int, int] = (110, 30), folder: Path | None = None, settings: Settings | None = None,
    ansi: bool = False,
) -> AsyncIterator[TerminalScreen]:  # fmt: skip
    """An app that is connected to nothing."""
    app = ChatApp(folder=folder, settings=settings or Settings(), start=None, ansi=ansi)
    async with app.run_test(size=size, notifications=True) as pilot:
        network = IrcNetwork(
            read_address("irc://irc.example:6667"), Identity("ana"), rooms=[ROOM], outbox=Outbox(), listener=app
        )
        app.networks.outbox.close()
        app.networks.outbox = network.outbox
        app.networks.all.append(network)
        yield TerminalScreen(app, pilot, network)


def run(
    script: Callable[[TerminalScreen], Awaitable[None]],
    *,
    size: tuple[int, int] = (110, 30),
    folder: Path | None = None,
) -> None:
    """Run a test in a loop of its own."""

    async def go() -> None:
        async with terminal_screen(size=size, folder=folder) as screen:
            await script(screen)

    asyncio.run(go())


def in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show the same times everywhere: the screen shows local ones."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
