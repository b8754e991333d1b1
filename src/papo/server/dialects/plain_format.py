"""Events in the phrases of a classroom dialect (`papo.protocol.dialects.Phrases`). Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec

from papo.protocol.dialects import GUEST, Dialect
from papo.protocol.text import as_action, is_ctcp, one_line, printable, to_ascii, without_formatting
from papo.server.world import events
from papo.server.world.events import AnyEvent

_PLACE = re.compile(r"\{(nick|text)\}")


def as_is(data: bytes) -> bytes:
    """The bytes unchanged: the dialect has no framing."""
    return data


@lru_cache(maxsize=64)
def plain_format(row: Dialect, pack: Callable[[bytes], bytes] = as_is, *, lines: bool = False) -> PlainFormat:
    """The format for these arguments, always the same object: each format is encoded once."""
    return PlainFormat(row, pack, lines=lines)


class PlainFormat:
    """A dialect's phrases, with or without newlines, framed by `pack`."""

    def __init__(self, row: Dialect, pack: Callable[[bytes], bytes], *, lines: bool) -> None:
        self.phrases = row.phrases
        self.ascii = row.ascii
        self.lines = lines
        self.separator = b"\n" if pack is as_is and not lines and not row.phrases.message.endswith("\n") else b""
        """Between texts that are sent at once: they have no end of their own."""
        self._pack = pack

    def encode(self, event: AnyEvent) -> bytes | None:
        """The event for this group; None if it is not sent to them."""
        line = LINES.get(type(event))
        return None if line is None else line(self, event)

    def fill(self, phrase: str, source: str, text: str = "") -> bytes | None:
        """A phrase about a user (`nick!user@host`); None if the dialect has none."""
        if not phrase:
            return None
        values = {"nick": self.nick_of(source), "text": printable(text)}
        # In one pass: `{text}` is a nick too.
        return self.bytes_of(_PLACE.sub(lambda place: values[place[1]], phrase))

    def nick_of(self, source: str) -> str:
        """The nick as the dialect shows it. `aná` in ASCII is not `ana`: it is marked with what no nick has."""
        nick = printable(source.partition("!")[0])
        return f"{to_ascii(nick)}~" if self.ascii and not nick.isascii() else nick

    def bytes_of(self, text: str) -> bytes:
        """A text on the wire: in ASCII if the dialect is, with a newline for clients that work by lines."""
        if self.ascii:
            text = to_ascii(text)
        if self.lines and not text.endswith("\n"):
            text += "\n"
        return self._pack(text.encode())


def _message_sent(form: PlainFormat, event: events.MessageSent) -> bytes | None:
    if event.verb == "TAGMSG":
        reaction = one_line(event.tags.get("+draft/react") or event.tags.get("+react") or "", 32)
        return _remark(form, event.source, f"reagiu com {reaction}") if reaction and event.channel else None
    if event.lines:
        single = (msgspec.structs.replace(event, text=line, lines=()) for line in event.text.split("\n") if line)
        return form.separator.join(filter(None, (_message_sent(form, message) for message in single))) or None
    action = as_action(event.text)
    if action is None and is_ctcp(event.text):
        return None
    text = without_formatting(event.text if action is None else action)
    if event.channel is None:
        return form.fill(form.phrases.private, event.source, text)
    if action is not None:
        return _remark(form, event.source, text)
    return form.fill(form.phrases.message, event.source, text)


def _remark(form: PlainFormat, source: str, text: str) -> bytes:
    """Something that a user does rather than says."""
    end = "\n" if form.phrases.message.endswith("\n") else ""
    return form.bytes_of(f"* {form.nick_of(source)} {printable(text)}{end}")


def _redacted(form: PlainFormat, event: events.Redacted) -> bytes | None:
    return _remark(form, event.source, "apagou uma mensagem") if event.channel else None


def _edited(form: PlainFormat, event: events.Edited) -> bytes | None:
    text = f"{without_formatting(event.text)} (corrigido)"
    return form.fill(form.phrases.message if event.channel else form.phrases.private, event.source, text)


def _joined(form: PlainFormat, event: events.Joined | events.JoinRevealed) -> bytes | None:
    return form.fill(form.phrases.joined, event.source)


def _renamed(form: PlainFormat, event: events.Renamed) -> bytes | None:
    # The dialects have a phrase for a guest who gets a nick, and for no other change.
    if event.source.startswith(GUEST):
        return form.fill(form.phrases.joined, event.nick)
    return None


def _parted(form: PlainFormat, event: events.Parted) -> bytes | None:
    return form.fill(form.phrases.left, event.source)


def _kicked(form: PlainFormat, event: events.Kicked) -> bytes | None:
    return form.fill(form.phrases.left, event.victim)


def _user_quit(form: PlainFormat, event: events.UserQuit) -> bytes | None:
    return form.fill(form.phrases.dropped if event.dropped else form.phrases.left, event.source)


LINES: dict[type, Callable[[PlainFormat, Any], bytes | None]] = {
    events.MessageSent: _message_sent,
    events.Joined: _joined,
    events.JoinRevealed: _joined,
    events.Renamed: _renamed,
    events.Parted: _parted,
    events.Kicked: _kicked,
    events.UserQuit: _user_quit,
    events.Redacted: _redacted,
    events.Edited: _edited,
}
"""The dialects have no phrases for other events, and do not send them."""
