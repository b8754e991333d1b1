"""The client's side of the five classroom dialects: bytes to what happened, what is said to bytes. Pure.

How messages without framing are told apart stands in `ear`.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from typing import ClassVar, Protocol

from papo.client.classroom.classroom_events import ClassroomEvent, Joined, Left, Message, NickTaken, Ready, Told
from papo.client.classroom.stream_parser import MAX_NICK, StreamParser, is_of_papo, new_name
from papo.i18n import _
from papo.protocol.text import cut, to_ascii

__all__ = [
    "DIALECTS",
    "PORTS",
    "QUIET_S",
    "ClassroomEvent",
    "Conversation",
    "Joined",
    "Left",
    "Message",
    "NickTaken",
    "Ready",
    "Told",
    "conversation",
    "nick_problem",
]  # fmt: skip

QUIET_S = 0.1
"""What comes sooner than this after a piece may belong to it."""
RECV_BYTES = 1024
"""The `recv()` of the originals: a piece of this size is probably one that did not fit."""
HEADER_BYTES = 64
MAX_PAYLOAD_BYTES = 65_536

PORTS = {"relay": 12345, "nick-ascii": 55555, "nick": 9090, "framed": 5050, "handshake": 12346}
"""Where a server of each dialect is found unless somebody says otherwise (12346: `relay` has 12345)."""


class Conversation(Protocol):
    """One connection to a classroom server, without its socket. Nothing here raises, whatever comes."""

    nick: str
    """As it is sent; a server that gives us another one changes it."""
    echoes: ClassVar[bool]
    """Whether the server sends our own messages back to us."""
    out: list[bytes]
    """What is to be written, each item by a `send()` of its own and apart from the next."""

    @property
    def holds(self) -> bool:
        """Whether text is kept back that may be a beginning: `receive(b"", at_s)` after QUIET_S gives it."""
        ...

    def opened(self) -> list[ClassroomEvent]:
        """The connection stands."""
        ...

    def receive(self, data: bytes, at_s: float) -> list[ClassroomEvent]:
        """Take bytes cut anywhere; `at_s` is the time of a clock that only goes forward."""
        ...

    def closed(self) -> list[ClassroomEvent]:
        """The connection ended: what was still kept back."""
        ...

    def say(self, text: str) -> None:
        """Queue each line as a message, or as several where it is longer than the dialect's limit.

        What is said before `Ready` waits for it.
        """

    def rename(self, nick: str) -> None:
        """Take another nickname, before `Ready` only."""

    def leave(self) -> None:
        """Queue the dialect's farewell, where it has one."""


class Talk:
    """What the five share."""

    echoes: ClassVar[bool] = False
    prefixes: ClassVar[bool] = True
    """Whether our own nickname stands before what we say."""
    max_bytes: ClassVar[int] = RECV_BYTES - 1
    """Of a message with its name: one less than a whole `recv()`, which would look like a part of something longer."""
    sentences: ClassVar[Mapping[str, type[Joined | Left]]] = {}
    """What follows a name in the server's sentences, and what it means."""
    greeting: ClassVar[str] = ""
    """What a newcomer is told."""
    awaited: ClassVar[tuple[str, ...]] = ()
    """Words of the server that must come before we are in."""

    def __init__(self, nick: str) -> None:
        self.out: list[bytes] = []
        self._ready = False
        self._unsaid: list[bytes] = []
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._ear = StreamParser(self.sentences, self.greeting)
        self._awaited = re.compile(rf"(?:^|(?<=[\r\n]))(?:{'|'.join(self.awaited) or '(?!)'})")
        self._half_word = ""
        self._at_s = float("-inf")
        self._call_ourselves(nick)

    # --- in

    @property
    def holds(self) -> bool:
        """Whether text is kept back that may be a beginning."""
        return bool(self._ear.held)

    def opened(self) -> list[ClassroomEvent]:
        """The connection stands, and nobody asks for anything."""
        return [self._come_in()]

    def receive(self, data: bytes, at_s: float) -> list[ClassroomEvent]:
        """Take bytes cut anywhere, at a time."""
        happened: list[ClassroomEvent] = []
        if at_s - self._at_s >= QUIET_S:
            happened += self._ear.quiet()
        if data:
            self._at_s = at_s
            text = self._decoder.decode(data)
            if not self._ready:
                text = self._find_awaited(text, happened)
            happened += self._ear.hear(text)
            inside_character = bool(self._decoder.getstate()[0])
            self._ear.surely_cut = len(data) == 1 or not len(data) % RECV_BYTES or inside_character
        return self._with_conclusions(happened)

    def closed(self) -> list[ClassroomEvent]:
        """The connection ended: what was still kept back."""
        rest = self._half_word + self._decoder.decode(b"", final=True)
        self._half_word = ""
        return self._ear.hear(rest, ended=True)

    def _find_awaited(self, text: str, happened: list[ClassroomEvent]) -> str:
        """Answer the words that must come before we are in, and give what follows them."""
        text, self._half_word = self._half_word + text, ""
        while not self._ready and (found := self._awaited.search(text)):
            if found.start():
                happened += self._ear.hear(text[: found.start()], ended=True)
            text = text[found.end() :]
            happened += self._answer(found[0])
        if not self._ready:
            last_line = re.split(r"[\r\n]", text)[-1]
            if last_line and any(word.startswith(last_line) for word in self.awaited):
                self._half_word = last_line
                text = text.removesuffix(last_line)
        return text

    def _answer(self, word: str) -> list[ClassroomEvent]:
        """What an awaited word means."""
        del word
        return []

    def _with_conclusions(self, happened: list[ClassroomEvent]) -> list[ClassroomEvent]:
        """What happened, and what the dialect concludes from it."""
        return happened

    # --- out

    def say(self, text: str) -> None:
        """Queue each line as a message, or as several."""
        prefix = f"{self.nick}: " if self.prefixes else ""
        for line in text.splitlines():
            left = self._carried(line)
            while left.strip():
                part = cut(left, self.max_bytes - len(prefix.encode()))
                left = left[len(part) :]
                (self.out if self._ready else self._unsaid).append(self._packed(f"{prefix}{part}"))

    def rename(self, nick: str) -> None:
        """Take another nickname."""
        if not self._ready:
            self._call_ourselves(nick)

    def leave(self) -> None:
        """Go without a word."""

    def _come_in(self) -> Ready:
        self._ready = True
        self.out += self._unsaid
        self._unsaid = []
        return Ready()

    def _call_ourselves(self, nick: str) -> None:
        self.nick = cut(self._carried(nick), self.max_bytes // 4)  # whatever it is, text fits beside it
        self._ear.know(self.nick)

    def _carried(self, text: str) -> str:
        """Text as the dialect can carry it."""
        return text.encode(errors="replace").decode()  # half a surrogate pair has no UTF-8

    def _packed(self, text: str) -> bytes:
        """A message as it is written."""
        return text.encode()


class Relay(Talk):
    """`relay`: `NAME: TEXT` from the first byte on, passed to everybody else."""


class Greeted(Talk):
    """What `nick-ascii` and `nick` share: the server asks `NICK`, and we are in when it says anything else."""

    echoes = True
    awaited = ("NICK",)

    def __init__(self, nick: str) -> None:
        super().__init__(nick)
        self._asked = False
        self._nobody_spoke = True
        """Until then the server may still say that it gave us another name; later, somebody else could."""

    def opened(self) -> list[ClassroomEvent]:
        """The server speaks first."""
        return []

    def _answer(self, word: str) -> list[ClassroomEvent]:
        del word
        self.out.append(self._packed(self.nick))
        self._asked = True
        self._awaited = re.compile(r"^NICK$")  # it may ask again; but `NICKY entrou!` is no question
        return []

    def _with_conclusions(self, happened: list[ClassroomEvent]) -> list[ClassroomEvent]:
        concluded: list[ClassroomEvent] = []
        for each in happened:
            concluded.append(each)
            self._nobody_spoke = self._nobody_spoke and not isinstance(each, Message)
            if isinstance(each, Told) and is_of_papo(each.text):
                given = new_name(each.text)
                if given and self._nobody_spoke:
                    self._call_ourselves(given)
            elif self._asked and not self._ready:
                concluded.append(self._come_in())
        return concluded


class NickAscii(Greeted):
    """`nick-ascii`: everything sent is ASCII, since its clients end at anything else."""

    sentences: ClassVar[Mapping[str, type[Joined | Left]]] = {" entrou!": Joined, " left!": Left}
    greeting = "Conectado ao servidor!"

    def _carried(self, text: str) -> str:
        return to_ascii(text)


class Nick(Greeted):
    """`nick`: UTF-8; tells who comes, not who leaves."""

    sentences: ClassVar[Mapping[str, type[Joined | Left]]] = {" conectou ao servidor!": Joined}
    greeting = "Conectado ao Servidor"


class Framed(Talk):
    """`framed`: what we send goes behind a header of 64 bytes; what we get does where the server is made so."""

    echoes = True

    def __init__(self, nick: str, *, framed_replies: bool = False) -> None:
        super().__init__(nick)
        self._frames: bytes | None = b"" if framed_replies else None
        self._ear.by_line = framed_replies

    def receive(self, data: bytes, at_s: float) -> list[ClassroomEvent]:
        """Payloads where the server frames them too, otherwise text."""
        if self._frames is None:
            return super().receive(data, at_s)
        happened: list[ClassroomEvent] = []
        self._frames += data
        while self._frames:
            header = self._frames[:HEADER_BYTES]
            size = header.rstrip(b" ")
            if not size.isdigit() or len(size) > 10 or int(size) > MAX_PAYLOAD_BYTES:
                # It does not frame after all.
                rest, self._frames, self._ear.by_line = self._frames, None, False
                return happened + super().receive(rest, at_s)
            end = HEADER_BYTES + int(size)
            if len(header) < HEADER_BYTES or len(self._frames) < end:
                break
            happened += self._ear.hear(self._frames[HEADER_BYTES:end].decode(errors="replace"), ended=True)
            self._frames = self._frames[end:]
        return happened

    def closed(self) -> list[ClassroomEvent]:
        """The connection ended: what was still kept back, be it half a payload."""
        rest, self._frames = self._frames or b"", None
        return self._ear.hear(rest[HEADER_BYTES:].decode(errors="replace"), ended=True) + super().closed()

    def leave(self) -> None:
        """The friendly end."""
        self.out.append(self._packed("Desconectar"))

    def _packed(self, text: str) -> bytes:
        payload = text.encode()
        return str(len(payload)).encode().ljust(HEADER_BYTES) + payload


class Handshake(Talk):
    """`handshake`: the nickname first, until the server answers TRUE; then bare text, and lines come back."""

    prefixes = False
    max_bytes = 2000  # `NICKNAME: TEXT\n` fits then into the 2048 bytes that the others read at once
    sentences: ClassVar[Mapping[str, type[Joined | Left]]] = {" disconnected!": Left, " has been disconnected": Left}
    awaited = ("TRUE", "FALSE")

    def __init__(self, nick: str) -> None:
        super().__init__(nick)
        self._ear.by_line = True

    def opened(self) -> list[ClassroomEvent]:
        """We speak first."""
        self.out.append(self._packed(self.nick))
        return []

    def rename(self, nick: str) -> None:
        """Offer another nickname."""
        if not self._ready:
            super().rename(nick)
            self.out.append(self._packed(self.nick))

    def leave(self) -> None:
        """The friendly end."""
        self.out.append(b"/close")

    def _answer(self, word: str) -> list[ClassroomEvent]:
        return [self._come_in() if word == "TRUE" else NickTaken(self.nick)]


DIALECTS: dict[str, type[Talk]] = {
    "relay": Relay,
    "nick-ascii": NickAscii,
    "nick": Nick,
    "framed": Framed,
    "handshake": Handshake,
}


def conversation(dialect: str, nick: str, *, framed_replies: bool = False) -> Conversation:
    """A conversation in a dialect, not opened yet; `framed_replies` matters to `framed` alone. Raises KeyError."""
    kind = DIALECTS[dialect]
    return Framed(nick, framed_replies=framed_replies) if kind is Framed else kind(nick)


def nick_problem(dialect: str, nick: str) -> str:
    """What is to be changed before the dialect can carry the nickname, as a sentence; "" where nothing is."""
    if not nick.strip():
        return _("Choose a nickname: it cannot be empty.")
    if ":" in nick or not nick.isprintable():
        return _("Choose a nickname of one line without colons.")
    if dialect == "handshake" and not 3 <= len(nick) <= 10:
        return _("Choose a nickname of 3 to 10 characters.")
    if len(nick) > MAX_NICK:
        return _("Choose a nickname of at most 32 characters.")
    if dialect == "nick-ascii" and not nick.isascii():
        return _("Choose a nickname of letters without accents (ASCII): this dialect knows no others.")
    return ""
