"""A line of a buffer: a message, an event or a notice, and how it is made from a line of IRC."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from time import time
from typing import Literal, TypeAlias

import msgspec

from papo.client.session.answers import NONCE
from papo.protocol.irc import Line
from papo.protocol.text import without_formatting
from papo.protocol.times import from_iso

PUBLIC_NONCE = "+papo/nonce"
"""Tag in place of `NONCE` for a server that does not know it; everybody is sent it."""
MAX_REACTION = 64
Kind: TypeAlias = Literal[
    "say", "action", "notice", "join", "part", "quit", "kick", "nick", "mode", "topic", "info", "error"
]
_UNSEEN = re.compile("[\x80-\x9f\u202a-\u202e\u2066-\u2069]")
"""Controls of terminals and of the direction of writing."""
MESSAGES = frozenset({"say", "action", "notice"})


class BufferLine(msgspec.Struct, kw_only=True, eq=False, gc=False):
    """`version` counts the changes since it was made."""

    kind: Kind = "say"
    nick: str = "*"
    text: str = ""
    at_ms: int = 0
    """Milliseconds since 1970."""
    id: str = ""
    """msgid; "" if the server gives none."""
    account: str = ""
    bot: bool = False
    mine: bool = False
    detail: str = ""
    """Who was kicked, the new nick, the modes, the new name of the channel."""
    reply_to: str = ""
    """msgid of the message that this one answers."""
    nonce: str = ""
    """Of our own messages: the value of the tag `NONCE` or `PUBLIC_NONCE`."""
    sent_again: bool = False
    """Our own message that was sent again: others may have come after it."""
    pending: Literal["", "waiting", "failed"] = ""
    error: str = ""
    """Why it failed."""
    edited: bool = False
    redacted: bool = False
    mention: bool = False
    reactions: dict[str, list[str]] | None = None
    """Emoji to nicks; None for no reactions."""
    statusmsg: str = ""
    """`@` for a message to the channel's operators; "" for one to everybody."""
    version: int = 0

    @property
    def is_message(self) -> bool:
        """Whether it is a message and no event."""
        return self.kind in MESSAGES


def now_ms() -> int:
    """Milliseconds since 1970."""
    return int(time() * 1000)


@lru_cache(maxsize=4096)
def _second(text: str) -> int | None:
    return from_iso(text)


def _at(text: str) -> int | None:
    # Servers write milliseconds, and a busy second has many of them: only the second is worth remembering.
    if len(text) == 24 and text[19] == "." and text[20:23].isdecimal():
        second = _second(f"{text[:19]}Z")
        return None if second is None else second + int(text[20:23])
    return _second(text)


def time_of(line: Line) -> int:
    """The tag `time` in milliseconds since 1970; now, if there is none."""
    text = line.tags.get("time", "")
    return _at(text) or now_ms()


def reply_of(line: Line) -> str:
    """The msgid that a message or reaction refers to; "" for none."""
    return line.tags.get("+reply") or line.tags.get("+draft/reply", "")


def message_line(line: Line, *, mine: bool, statusmsg: str = "") -> BufferLine:
    """From a PRIVMSG or NOTICE."""
    text = line.params[1] if len(line.params) > 1 else ""
    kind: Kind = "notice" if line.command == "NOTICE" else "say"
    if text[:8] == "\x01ACTION ":
        text = text[8:].rstrip("\x01")
        kind = "action"
    tags = line.tags
    if not tags:
        nick = line.source.partition("!")[0] or "*"
        return BufferLine(kind=kind, nick=nick, text=text, at_ms=now_ms(), mine=mine, statusmsg=statusmsg)
    return BufferLine(
        kind=kind,
        nick=line.source.partition("!")[0] or "*",
        text=text,
        at_ms=_at(tags.get("time", "")) or now_ms(),
        id=tags.get("msgid", ""),
        account=tags.get("account", ""),
        bot="bot" in tags,
        mine=mine,
        reply_to=tags.get("+reply") or tags.get("+draft/reply", ""),
        nonce=(tags.get(NONCE) or tags.get(PUBLIC_NONCE, "")) if mine else "",
        edited="draft/edited" in tags,
        statusmsg=statusmsg,
    )


def event_line(kind: Kind, line: Line, *, text: str = "", detail: str = "") -> BufferLine:
    """From a line that is no message; what text and detail are depends on the kind."""
    tags = line.tags
    return BufferLine(
        kind=kind,
        nick=line.source.partition("!")[0] or "*",
        text=text,
        detail=detail,
        at_ms=time_of(line),
        id=tags.get("msgid", ""),
        account=tags.get("account", ""),
        bot="bot" in tags,
    )


def info_line(kind: Literal["info", "error", "notice"], text: str) -> BufferLine:
    """A notice of the server, or of the client itself."""
    return BufferLine(kind=kind, text=text, at_ms=now_ms())


def mention_pattern(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern that finds any of these as whole words, in upper or lower case."""
    longest_first = sorted((word for word in words if word), key=len, reverse=True)
    if not longest_first:
        return re.compile(r"(?!)")
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w-])", re.IGNORECASE)


def one_line(text: str) -> str:
    """A text on one line without formatting and control characters, for a quotation or a notification."""
    return " ".join(_UNSEEN.sub("", without_formatting(text)).split())
