"""The terminal client without a terminal: an app on a screen of a given size, and a server made of lines."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest
from textual.pilot import Pilot

from papo.client import settings
from papo.client.address import read_address
from papo.client.identity import Identity
from papo.client.state.buffer import Buffer
from papo.client.state.network import Network
from papo.client.state.outbox import Outbox
from papo.terminal.app import ChatApp

CAPS = (
    "server-time message-tags account-tag echo-message batch labeled-response draft/chathistory draft/message-edit "
    "draft/message-redaction draft/read-marker draft/search draft/multiline=max-bytes=40000 standard-replies"
)
ROOM = "#geral"


class Networks:
    """An app with one server, which says what the test says."""

    def __init__(self, app: ChatApp, pilot: Pilot[None], network: Network, sent: list[str]) -> None:
        self.app = app
        self.pilot = pilot
        self.network = network
        self.sent = sent

    def says(self, *lines: str) -> None:
        """The server says this."""
        for line in lines:
            self.network.received_line(line)

    def comes_in(self, *, caps: str = CAPS, room: str = ROOM) -> Buffer:
        """The server lets us in, and into a room."""
        self.network.opened(self.sent.append)
        granted = " ".join(word.partition("=")[0] for word in caps.split())
        self.says(
            f":s CAP * LS :{caps}", f":s CAP * ACK :{granted}", ":s 001 ana :Welcome", ":s 005 ana NETWORK=Papo :are",
            ":s 422 ana :-", f":ana!ana@h JOIN {room}", f":s 353 ana = {room} :ana @bia caio", f":s 366 ana {room} :-",
        )  # fmt: skip
        self.answer("CHATHISTORY")
        buffer = self.network.buffer(room)
        assert buffer is not None
        self.app.show(self.network, buffer)
        return buffer

    def label_of(self, command: str) -> str:
        """The label of the last line of ours with this command."""
        line = next(line for line in reversed(self.sent) if f" {command}" in line)
        return line.partition("label=")[2].partition(" ")[0].partition(";")[0]

    def answer(self, command: str, *lines: str, batch: str = "chathistory") -> None:
        """Answer the last question of this kind with these lines."""
        label = self.label_of(command)
        self.says(
            f"@label={label} :s BATCH +b {batch} {ROOM}", *(_inside(line) for line in lines), ":s BATCH -b"
        )  # fmt: skip

    def said(self, nick: str, text: str, msgid: str, *, minute: int = 0, tags: str = "") -> None:
        """Somebody says something in the room."""
        self.says(message(nick, text, msgid, minute=minute, tags=tags))

    async def type(self, text: str) -> None:
        """Type, as a person does."""
        for char in text:
            await self.pilot.press({" ": "space", "\n": "ctrl+j", "/": "slash", "#": "number_sign"}.get(char, char))

    def rows(self) -> list[str]:
        """What stands on the screen, line by line."""
        width, height = self.app.size
        strips = self.app.screen._compositor.render_strips(self.app.size)
        found = ["".join(segment.text for segment in line).rstrip() for line in strips]
        assert len(found) == height
        assert width
        return found

    async def until(self, is_so: Callable[[], object]) -> None:
        """Let the app work until something is so."""
        for _ in range(200):
            if is_so():
                return
            await self.pilot.pause()
        raise AssertionError("it never came to that:\n" + "\n".join(self.rows()))

    async def drawn(self) -> str:
        """The screen once everything has been drawn."""
        self.app.frame()
        await self.pilot.pause()
        return "\n".join(self.rows())


def message(nick: str, text: str, msgid: str, *, minute: int = 0, tags: str = "") -> str:
    """A line as a server sends it."""
    at = f"2026-11-20T{10 + minute // 60:02}:{minute % 60:02}:00.000Z"
    more = f";{tags}" if tags else ""
    return f"@time={at};msgid={msgid}{more} :{nick}!{nick}@h PRIVMSG {ROOM} :{text}"


def _inside(line: str) -> str:
    return f"@batch=b;{line[1:]}" if line.startswith("@") else f"@batch=b {line}"


@contextlib.asynccontextmanager
async def desk(
    *, size: tuple[int, int] = (110, 30), folder: Path | None = None, chosen: settings.Settings | None = None,
    ansi: bool = False,
) -> AsyncIterator[Networks]:  # fmt: skip
    """An app that is connected to nothing."""

    async def start(app: ChatApp) -> None:
        """Nowhere."""

    app = ChatApp(folder=folder, chosen=chosen or settings.Settings(), start=start, ansi=ansi)
    async with app.run_test(size=size, notifications=True) as pilot:
        network = Network(
            read_address("irc://irc.example:6667"), Identity("ana"), rooms=[ROOM], outbox=Outbox(), listener=app
        )
        app.outbox.close()
        app.outbox = network.outbox
        app.networks.append(network)
        yield Networks(app, pilot, network, [])


def in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows show local times: everywhere the same in tests."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def sent_of(sent: Sequence[str], command: str) -> list[str]:
    """Our lines with this command, without their tags."""
    bare = [line.partition(" ")[2] if line.startswith("@") else line for line in sent]
    return [line for line in bare if line.split(" ")[0] == command]
