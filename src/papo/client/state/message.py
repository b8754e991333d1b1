"""What stands in a conversation: one `BufferLine` for each message or happening."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from time import time
from typing import Literal, TypeAlias

import msgspec

from papo.protocol.irc import Line
from papo.protocol.text import without_formatting
from papo.protocol.times import from_iso

NONCE = "+papo/nonce"
"""The tag that tells our own copy from somebody else's words."""
MAX_REACTION = 64
Kind: TypeAlias = Literal[
    "say", "action", "notice", "join", "part", "quit", "kick", "nick", "mode", "topic", "info", "error"
]
_UNSEEN = re.compile("[\x80-\x9f\u202a-\u202e\u2066-\u2069]")
"""Controls of terminals, and what changes the direction of writing."""
MESSAGES = frozenset({"say", "action", "notice"})


class BufferLine(msgspec.Struct, kw_only=True, eq=False, gc=False):
    """One row. What can change after it was made counts `version` up."""

    kind: Kind = "say"
    nick: str = "*"
    text: str = ""
    at_ms: int = 0
    """Milliseconds since 1970."""
    id: str = ""
    """msgid; "" where the server gives none."""
    account: str = ""
    bot: bool = False
    mine: bool = False
    detail: str = ""
    """Who was kicked, the new nick, the modes."""
    reply_to: str = ""
    """msgid."""
    nonce: str = ""
    """Of ours, while we wait for the server's copy."""
    pending: Literal["", "waiting", "failed"] = ""
    error: str = ""
    """Of a failure."""
    edited: bool = False
    redacted: bool = False
    mention: bool = False
    reactions: dict[str, list[str]] | None = None
    """Emoji to the nicks of those who gave it."""
    rank: str = ""
    """Sign of those it was for, such as @; "" for everybody."""
    version: int = 0

    @property
    def is_message(self) -> bool:
        """Whether somebody said it."""
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
    """When it happened, by the server's clock if it says so."""
    text = line.tags.get("time", "")
    return _at(text) or now_ms()


def reply_of(line: Line) -> str:
    """The msgid that this answers; "" for none."""
    return line.tags.get("+reply") or line.tags.get("+draft/reply", "")


def message_line(line: Line, *, mine: bool, rank: str = "") -> BufferLine:
    """A PRIVMSG or NOTICE."""
    text = line.params[1] if len(line.params) > 1 else ""
    kind: Kind = "notice" if line.command == "NOTICE" else "say"
    if text[:8] == "\x01ACTION ":
        text = text[8:].rstrip("\x01")
        kind = "action"
    tags = line.tags
    if not tags:
        return BufferLine(
            kind=kind, nick=line.source.partition("!")[0] or "*", text=text, at_ms=now_ms(), mine=mine, rank=rank
        )
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
        nonce=tags.get(NONCE, "") if mine else "",
        edited="draft/edited" in tags,
        rank=rank,
    )


def event_line(kind: Kind, line: Line, *, text: str = "", detail: str = "") -> BufferLine:
    """Anything else that somebody did."""
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
    """Words of the server or of ourselves."""
    return BufferLine(kind=kind, text=text, at_ms=now_ms())


def mention_pattern(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern that finds any of these words, whole, in any case: what counts as a mention."""
    known = sorted((word for word in words if word), key=len, reverse=True)
    if not known:
        return re.compile(r"(?!)")
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, known))})(?![\w-])", re.IGNORECASE)


def one_line(text: str) -> str:
    """A text without formatting on one line, for a quotation or a notification; safe on a screen."""
    return " ".join(_UNSEEN.sub("", without_formatting(text)).split())
