"""The client's side of a classroom dialect: bytes in, events out; text in, bytes out. Pure.

`Conversation` alone speaks `relay`; the other dialects are subclasses. How messages without framing are told apart is
in `stream_parser`.
"""

from __future__ import annotations

import codecs
import re
from typing import ClassVar

from papo.client.classroom.classroom_events import ClassroomEvent, Joined, Left, Ready
from papo.client.classroom.stream_parser import StreamParser
from papo.i18n import _
from papo.protocol.dialects import CLASSROOM, Dialect, load
from papo.protocol.text import cut, to_ascii

QUIET_S = 0.1
"""A piece that arrives sooner than this after another may belong to it."""
RECV_BYTES = 1024
"""The `recv()` of the originals: a piece of this size is probably one that did not fit."""


class Conversation:
    """One connection to a classroom server, without its socket. Nothing raises, whatever arrives."""

    prefixes: ClassVar[bool] = True
    """Whether our own nick is sent before what we say."""
    max_bytes: ClassVar[int] = RECV_BYTES - 1
    """Of a message with its nick: one less than a whole `recv()`, which would look like a part of something longer."""
    prompts: ClassVar[tuple[str, ...]] = ()
    """Words of the server that we answer before we have joined."""

    def __init__(self, row: Dialect, nick: str) -> None:
        self.row = row
        self.out: list[bytes] = []
        """What is to be written, each item by a `send()` of its own and apart from the next."""
        self._ready = False
        self._unsent: list[bytes] = []
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._parser = StreamParser(_sentences(row), row.phrases.connected.rstrip("\n"))
        self._prompt = re.compile(rf"(?:^|(?<=[\r\n]))(?:{'|'.join(self.prompts) or '(?!)'})")
        self._half_prompt = ""
        self._received_at_s = float("-inf")
        self._set_nick(nick)

    # --- in

    @property
    def is_holding(self) -> bool:
        """Whether text is held back that may be a beginning: `receive(b"", at_s)` after QUIET_S returns it."""
        return bool(self._parser.held)

    def opened(self) -> list[ClassroomEvent]:
        """The connection is open. Here the server asks for nothing."""
        return [self._become_ready()]

    def receive(self, data: bytes, at_s: float) -> list[ClassroomEvent]:
        """Read bytes, cut anywhere; `at_s` is the time of a clock that only goes forward."""
        events: list[ClassroomEvent] = []
        if at_s - self._received_at_s >= QUIET_S:
            events += self._parser.flush()
        if data:
            self._received_at_s = at_s
            text = self._decoder.decode(data)
            if not self._ready:
                text = self._answer_prompts(text, events)
            events += self._parser.feed(text)
            inside_character = bool(self._decoder.getstate()[0])
            self._parser.surely_cut = len(data) == 1 or not len(data) % RECV_BYTES or inside_character
        return self._interpret(events)

    def closed(self) -> list[ClassroomEvent]:
        """The connection is closed: returns what was held back."""
        rest = self._half_prompt + self._decoder.decode(b"", final=True)
        self._half_prompt = ""
        return self._parser.feed(rest, ended=True)

    def _answer_prompts(self, text: str, events: list[ClassroomEvent]) -> str:
        """Answer the prompts in a text; returns what follows them."""
        text, self._half_prompt = self._half_prompt + text, ""
        while not self._ready and (found := self._prompt.search(text)):
            if found.start():
                events += self._parser.feed(text[: found.start()], ended=True)
            text = text[found.end() :]
            events += self._answer(found[0])
        if not self._ready:
            last_line = re.split(r"[\r\n]", text)[-1]
            if last_line and any(word.startswith(last_line) for word in self.prompts):
                self._half_prompt = last_line
                text = text.removesuffix(last_line)
        return text

    def _answer(self, prompt: str) -> list[ClassroomEvent]:
        """Answer a prompt."""
        del prompt
        return []

    def _interpret(self, events: list[ClassroomEvent]) -> list[ClassroomEvent]:
        """The events, and those that the dialect concludes from them."""
        return events

    # --- out

    def say(self, text: str) -> None:
        """Queue each line as one message, or as several if it is too long. Before `Ready` they wait for it."""
        prefix = f"{self.nick}: " if self.prefixes else ""
        for line in text.splitlines():
            rest = self._encodable(line)
            while rest.strip():
                part = cut(rest, self.max_bytes - len(prefix.encode()))
                rest = rest[len(part) :]
                (self.out if self._ready else self._unsent).append(self._encode(f"{prefix}{part}"))

    def rename(self, nick: str) -> None:
        """Change the nick; does nothing after `Ready`."""
        if not self._ready:
            self._set_nick(nick)

    def leave(self) -> None:
        """Queue the dialect's farewell, if it has one."""

    def _become_ready(self) -> Ready:
        self._ready = True
        self.out += self._unsent
        self._unsent = []
        return Ready()

    def _set_nick(self, nick: str) -> None:
        self.nick = cut(self._encodable(nick), self.max_bytes // 4)  # whatever it is, text fits beside it
        self._parser.add_nick(self.nick)

    def _encodable(self, text: str) -> str:
        """The text without what the dialect cannot encode."""
        if self.row.ascii:
            return to_ascii(text)
        return text.encode(errors="replace").decode()  # half a surrogate pair has no UTF-8

    def _encode(self, text: str) -> bytes:
        """A message on the wire."""
        return text.encode()


def _sentences(row: Dialect) -> dict[str, type[Joined | Left]]:
    """What follows a nick in the server's sentences, and what it means."""
    phrases = row.phrases
    pairs: tuple[tuple[str, type[Joined | Left]], ...] = (
        (phrases.joined, Joined),
        (phrases.left, Left),
        (phrases.dropped, Left),
    )
    return {sentence.removeprefix("{nick}").rstrip("\n"): kind for sentence, kind in pairs if sentence}


def start_conversation(dialect: str, nick: str) -> Conversation:
    """A conversation that is not opened yet. Raises KeyError if there is no such dialect."""
    row = CLASSROOM[dialect]
    conversation: Conversation = load(row.client)(row, nick)
    return conversation


def nick_problem(dialect: str, nick: str) -> str:
    """A sentence that says why the dialect cannot have the nick; "" if it can."""
    row = CLASSROOM[dialect]
    least, most = row.nick_length
    if not nick.strip():
        return _("Choose a nickname: it cannot be empty.")
    if ":" in nick or not nick.isprintable():
        return _("Choose a nickname of one line without colons.")
    if len(nick) < least or (least > 1 and len(nick) > most):
        return _("Choose a nickname of {least} to {most} characters.").format(least=least, most=most)
    if len(nick) > most:
        return _("Choose a nickname of at most {most} characters.").format(most=most)
    if row.ascii and not nick.isascii():
        return _("Choose a nickname of letters without accents (ASCII): this dialect knows no others.")
    return ""
