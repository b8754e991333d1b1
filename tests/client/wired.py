"""A network whose server is the test: lines in, lines out, and everything that its listener was told."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from typing import Literal

from papo.client.address import read_address
from papo.client.identity import Identity
from papo.client.state.buffer import Buffer
from papo.client.state.listener import NullListener
from papo.client.state.message import BufferLine
from papo.client.state.network import Network
from papo.client.state.outbox import Outbox
from papo.protocol.irc import Line, parse

CAPS = (
    "batch labeled-response message-tags echo-message server-time account-tag extended-join draft/chathistory "
    "draft/multiline=max-bytes=4096,max-lines=24 draft/read-marker draft/message-edit draft/message-redaction "
    "draft/search standard-replies"
)
TOKENS = "CASEMAPPING=ascii CHANTYPES=# PREFIX=(qaohv)~&@%+ CHANMODES=beI,k,l,imnst WHOX BOT=B NETWORK=Teste"


class Watch(NullListener):
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told_: list[tuple[str, str]] = []
        self.calls: list[str] = []
        self.heard_: list[str] = []
        self.shown: list[str] = []
        self.refusals: list[tuple[str, str]] = []

    def notice(self, network: Network, kind: Literal["info", "error"], text: str) -> None:
        self.told_.append((kind, text))

    def highlight(self, network: Network, buffer: Buffer, entry: BufferLine) -> None:
        self.calls.append(entry.text)

    def message(self, network: Network, buffer: Buffer, entry: BufferLine) -> None:
        self.heard_.append(entry.text)

    def show(self, network: Network, buffer: Buffer) -> None:
        self.shown.append(buffer.name)

    def refused(self, network: Network, code: str, text: str) -> None:
        self.refusals.append((code, text))


class Wire:
    """One network and the other end of its connection."""

    def __init__(
        self,
        *,
        caps: str = CAPS,
        tokens: str = TOKENS,
        rooms: Iterable[str] = ("#sala",),
        identity: Identity | None = None,
        outbox: Outbox | None = None,
        url: str = "irc://localhost",
    ) -> None:
        self.caps, self.tokens = caps, tokens
        self.watch = Watch()
        self.network = Network(
            read_address(url), identity or Identity("ana"), rooms=rooms, outbox=outbox, listener=self.watch
        )
        self._sent: list[str] = []

    def open(self) -> None:
        """A fresh connection; nothing is said on it yet."""
        self._sent = []
        sent = self._sent
        self.network.opened(sent.append)

    def say(self, *lines: str) -> None:
        """Lines from the server."""
        for line in lines:
            self.network.received(f"{line}\r\n".encode())

    def sent(self) -> list[str]:
        """Lines to the server since the last call."""
        found = list(self._sent)
        self._sent.clear()
        return found

    def questions(self, command: str) -> list[Line]:
        """Lines of one command to the server since the last call; the others are thrown away."""
        return [line for line in map(parse, self.sent()) if line is not None and line.command == command]

    def agree(self) -> None:
        """Offer the capabilities, and give all that are asked for."""
        self.say(f":s CAP * LS :{self.caps}")
        self.give()

    def give(self) -> None:
        """Give what was asked for."""
        for line in self.questions("CAP"):
            if line.params[0] == "REQ":
                self.say(f":s CAP * ACK :{line.params[1]}")

    def welcome(self, nick: str = "ana") -> None:
        """Let it in."""
        self.say(f":s 001 {nick} :oi", f":s 005 {nick} {self.tokens} :ok", f":s 422 {nick} :none")

    def join(self, name: str = "#sala", nick: str = "ana") -> None:
        """Let it into a channel, and give all pages that it asks for: empty ones."""
        self.say(f":{nick}!ana@h JOIN {name} * :Ana")
        self.page(name)

    def page(self, name: str, *lines: str, question: Line | None = None) -> Line | None:
        """Answer the question for the past that is open; gives it."""
        found = self.questions("CHATHISTORY")
        asked = question or (found[-1] if found else None)
        if asked is not None:
            label = f"@label={asked.tags['label']} " if "label" in asked.tags else ""
            self.say(f"{label}:s BATCH +p chathistory {name}")
            for line in lines:
                tags, _, rest = line.partition(" ") if line.startswith("@") else ("", "", line)
                self.say(f"@batch=p{';' + tags[1:] if tags else ''} {rest}")
            self.say(":s BATCH -p")
        return asked

    def online(self, *, joined: Sequence[str] = ("#sala",)) -> Wire:
        """In, and in its rooms."""
        self.open()
        self.agree()
        self.welcome()
        for name in joined:
            self.join(name)
        self.sent()
        return self

    def reconnect(self, nick: str = "ana") -> None:
        """The connection breaks, and another one is let in; the rooms are not."""
        self.network.lost("broken", 1)
        self.open()
        self.agree()
        self.welcome(nick)

    def room(self, name: str = "#sala") -> Buffer:
        """A conversation that must be open."""
        found = self.network.buffer(name)
        assert found is not None, name
        return found

    def texts(self, name: str = "#sala") -> list[str]:
        """What was said in a conversation, as it stands there."""
        return [each.text for each in self.room(name).lines if each.is_message]


def message(number: int, text: str = "", *, nick: str = "bia", target: str = "#sala", tags: str = "") -> str:
    """A message with time and msgid: numbers are seconds."""
    at = f"2026-11-20T22:{number // 60:02}:{number % 60:02}.000Z"
    more = f";{tags}" if tags else ""
    return f"@time={at};msgid=m{number}{more} :{nick}!{nick}@h PRIVMSG {target} :{text or f't{number}'}"


def base64_of(text: str) -> str:
    """As AUTHENTICATE has it."""
    return base64.b64encode(text.encode()).decode()


def assert_clean(*texts: str) -> None:
    """Nothing that a terminal obeys, nothing that turns a text around."""
    for text in texts:
        assert not set(text) & {"\x1b", "\x9b", "\x07", "\x08", "\r", "\0", "\u202e", "\u2066", "\u2028"}, text
