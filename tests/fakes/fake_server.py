"""The server end of a client's connection, which the test plays: lines in, lines out, nothing in between."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from papo.client.address import read_address
from papo.client.identity import Identity
from papo.client.state.buffer import Buffer
from papo.client.state.irc_network import IrcNetwork
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


class RecordingListener(NullListener):
    """Keeps what the network tells it."""

    def __init__(self) -> None:
        self.notices: list[tuple[str, str]] = []
        self.highlights: list[str] = []
        self.messages: list[str] = []
        self.shown: list[str] = []
        self.refusals: list[tuple[str, str]] = []

    def notice(self, network: Network, kind: Literal["info", "error"], text: str) -> None:
        self.notices.append((kind, text))

    def highlight(self, network: Network, buffer: Buffer, line: BufferLine) -> None:
        self.highlights.append(line.text)

    def message(self, network: Network, buffer: Buffer, line: BufferLine) -> None:
        self.messages.append(line.text)

    def show(self, network: Network, buffer: Buffer) -> None:
        self.shown.append(buffer.name)

    def refused(self, network: Network, code: str, text: str) -> None:
        self.refusals.append((code, text))


class FakeServer:
    """A server for whichever client has the network that `find_network` returns."""

    def __init__(self, find_network: Callable[[], Network], *, channel: str) -> None:
        self._find_network = find_network
        self.channel = channel
        """The channel of `answer` and `send_message`, unless they are given another."""
        self.lines: list[str] = []
        """What the client has sent on this connection, oldest first."""
        self._read = 0

    @property
    def network(self) -> Network:
        """The client's side."""
        return self._find_network()

    def accept(self) -> None:
        """Open a connection; nothing is sent on it yet."""
        self.lines, self._read = [], 0
        self.network.opened(self.lines.append)

    def send(self, *lines: str) -> None:
        """Send lines to the client."""
        for line in lines:
            self.network.received(f"{line}\r\n".encode())

    def received(self) -> list[str]:
        """Lines that the client has sent since the last call."""
        found = self.lines[self._read :]
        self._read = len(self.lines)
        return found

    def requests(self, command: str) -> list[Line]:
        """Lines with this command since the last call of `received`; the others are skipped."""
        return [line for line in map(parse, self.received()) if line is not None and line.command == command]

    def all(self, command: str) -> list[str]:
        """Every line with this command on this connection, without its tags."""
        bare = [line.partition(" ")[2] if line.startswith("@") else line for line in self.lines]
        return [line for line in bare if line.split(" ")[0] == command]

    def last(self, command: str) -> str:
        """The client's last line with this command, tags included."""
        return next(line for line in reversed(self.lines) if f" {command} " in f" {line} ")

    def label_of(self, command: str) -> str:
        """The label of the client's last line with this command."""
        return self.last(command).partition("label=")[2].partition(" ")[0].partition(";")[0]

    def answer(self, command: str, *lines: str, batch: str = "chathistory") -> None:
        """Answer the client's last line with this command by a batch."""
        self.send(
            f"@label={self.label_of(command)} :s BATCH +b {batch} {self.channel}",
            *(f"@batch=b;{line[1:]}" if line.startswith("@") else f"@batch=b {line}" for line in lines),
            ":s BATCH -b",
        )

    def send_message(
        self, nick: str, text: str, msgid: str, *, minute: int = 0, tags: str = "", target: str = ""
    ) -> None:
        """Send a message of `nick` to the channel."""
        self.send(privmsg(nick, text, msgid, minute=minute, tags=tags, target=target or self.channel))

    def echo(self, text: str, msgid: str, *, minute: int = 2, tags: str = "") -> None:
        """Send the server's copy of the client's last message, from `ana`."""
        nonce = self.last("PRIVMSG").partition("+papo/nonce=")[2].partition(";")[0].partition(" ")[0]
        tags = f"+papo/nonce={nonce};label={self.label_of('PRIVMSG')}{f';{tags}' if tags else ''}"
        self.send_message("ana", text, msgid, minute=minute, tags=tags)


class CoreServer(FakeServer):
    """A server for the client core alone: a network of its own, and a listener that records its calls."""

    def __init__(
        self,
        *,
        caps: str = CAPS,
        tokens: str = TOKENS,
        rooms: Iterable[str] = ("#sala",),
        identity: Identity | None = None,
        outbox: Outbox | None = None,
        url: str = "irc://localhost",
        network: Network | None = None,
    ) -> None:
        self.caps, self.tokens = caps, tokens
        self.listener = RecordingListener()
        found = network or IrcNetwork(
            read_address(url), identity or Identity("ana"), rooms=rooms, outbox=outbox, listener=self.listener
        )
        super().__init__(lambda: found, channel="#sala")

    def connect(self, *, joined: Sequence[str] = ("#sala",)) -> CoreServer:
        """Accept the client, register it and let it join."""
        self.accept()
        self.negotiate()
        self.welcome()
        for name in joined:
            self.join(name)
        self.received()
        return self

    def reconnect(self, nick: str = "ana") -> None:
        """Lose the connection and register on a new one, without joining."""
        self.network.lost("broken", 1)
        self.accept()
        self.negotiate()
        self.welcome(nick)

    def negotiate(self) -> None:
        """Offer the capabilities, and acknowledge all that are requested."""
        self.send(f":s CAP * LS :{self.caps}")
        self.acknowledge()

    def acknowledge(self) -> None:
        """Acknowledge each CAP REQ."""
        for line in self.requests("CAP"):
            if line.params[0] == "REQ":
                self.send(f":s CAP * ACK :{line.params[1]}")

    def welcome(self, nick: str = "ana") -> None:
        """End the registration."""
        self.send(f":s 001 {nick} :oi", f":s 005 {nick} {self.tokens} :ok", f":s 422 {nick} :none")

    def join(self, name: str = "#sala", nick: str = "ana") -> None:
        """Let `nick` join a channel, and answer the request for its history with an empty page."""
        self.send(f":{nick}!ana@h JOIN {name} * :Ana")
        self.answer_history(name)

    def answer_history(self, name: str, *lines: str, question: Line | None = None) -> Line | None:
        """Answer the open request for history, and return it."""
        found = self.requests("CHATHISTORY")
        asked = question or (found[-1] if found else None)
        if asked is not None:
            label = f"@label={asked.tags['label']} " if "label" in asked.tags else ""
            self.send(f"{label}:s BATCH +p chathistory {name}")
            for line in lines:
                tags, _, rest = line.partition(" ") if line.startswith("@") else ("", "", line)
                self.send(f"@batch=p{';' + tags[1:] if tags else ''} {rest}")
            self.send(":s BATCH -p")
        return asked

    def buffer(self, name: str = "#sala") -> Buffer:
        """A buffer that must be open."""
        found = self.network.buffer(name)
        assert found is not None, name
        return found

    def texts(self, name: str = "#sala") -> list[str]:
        """The messages of a buffer, oldest first."""
        return [each.text for each in self.buffer(name).lines if each.is_message]


def message(number: int, text: str = "", *, nick: str = "bia", target: str = "#sala", tags: str = "") -> str:
    """The line of message `number`, which is its msgid and its time in seconds."""
    at = f"2026-11-20T22:{number // 60:02}:{number % 60:02}.000Z"
    more = f";{tags}" if tags else ""
    return f"@time={at};msgid=m{number}{more} :{nick}!{nick}@h PRIVMSG {target} :{text or f't{number}'}"


def privmsg(nick: str, text: str, msgid: str, *, minute: int = 0, tags: str = "", target: str = "#geral") -> str:
    """The line of a message, sent at 10:00 and `minute` minutes."""
    at = f"2026-11-20T{10 + minute // 60:02}:{minute % 60:02}:00.000Z"
    more = f";{tags}" if tags else ""
    return f"@time={at};msgid={msgid}{more} :{nick}!{nick}@h PRIVMSG {target} :{text}"


def base64_of(text: str) -> str:
    """The text as AUTHENTICATE carries it."""
    return base64.b64encode(text.encode()).decode()


def assert_clean(*texts: str) -> None:
    """Assert that no text has characters that command a terminal or turn the direction of writing."""
    for text in texts:
        assert not set(text) & {"\x1b", "\x9b", "\x07", "\x08", "\r", "\0", "\u202e", "\u2066", "\u2028"}, text
