"""Parts of a line, and what may be in them: plain functions on values."""

from __future__ import annotations

import re
import unicodedata

from papo.protocol import numerics as n
from papo.protocol.irc import Line, parse

MIN_ROOM = 64
"""Bytes of text in a line, even if a server claims that fewer fit."""
_UNWANTED = re.compile(
    "[\x00\x05-\x08\x0a-\x0e\x10\x12-\x15\x17-\x1c\x7f-\x9f\u061c\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Control characters but the formatting of IRC: a terminal would obey them; bidi overrides disguise a text."""
_NO_NAME = re.compile(f"[\x01-\x1f]|{_UNWANTED.pattern}")
"""Names and tags have no formatting either."""
_ENDS = re.compile("[\r\n\x00]")
MESSAGE_COMMANDS = frozenset({"PRIVMSG", "NOTICE"})
_NAMING = frozenset({n.RPL_NAMREPLY, "ACCOUNT", "CHGHOST", "INVITE", "JOIN", "MODE", "NICK", "RENAME"})
"""Commands whose last parameter is a name, not a text."""


def read_line(text: str) -> Line | None:
    """Parse a line from a server, without its end, and remove control characters; None if it has no command."""
    if text.isprintable():
        line = parse(text)
        if line is not None and line.tags and "\\" in text:
            _clean_tags(line)
        return line
    line = parse(_UNWANTED.sub("", text))
    if line is None:
        return None
    line.source = without_controls(line.source)
    if line.tags:
        _clean_tags(line)
    names = len(line.params) if line.command in _NAMING else len(line.params) - 1
    for at in range(names):
        line.params[at] = without_controls(line.params[at])
    return line


def _clean_tags(line: Line) -> None:
    # Parsing has turned escapes in tags into line breaks.
    line.tags = {key: without_controls(value) for key, value in line.tags.items()}


def without_unseen(text: str) -> str:
    """A text without control characters and bidi overrides; formatting and tabs stay."""
    return text if text.isprintable() else _UNWANTED.sub("", text)


def without_controls(text: str) -> str:
    """A name without control characters and formatting."""
    return text if text.isprintable() else _NO_NAME.sub("", text)


def single_line(text: str) -> str:
    """A text that cannot end the line, in characters that UTF-8 has."""
    text = _ENDS.sub(" ", text)
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def middle_param(param: str) -> str:
    """A parameter that is not the last. What cannot be one becomes a name that the server refuses."""
    if not param or param[0] == ":":
        param = f"?{param[1:]}"
    return param.replace(" ", "?")


def is_target(name: str) -> bool:
    """Whether a message can be sent to this name."""
    return name != "" and name[0] != ":" and " " not in name and "," not in name


def pieces(text: str, room: int) -> list[str]:
    """A text in parts of at most `room` bytes, cut at a space if one is near, never inside a character."""
    room = max(room, MIN_ROOM)
    data = text.encode("utf-8", "replace")
    parts = []
    while len(data) > room:
        end = room
        while end and (data[end] & 0xC0) == 0x80:
            end -= 1
        space = data.rfind(b" ", end * 2 // 3, end)
        end = space + 1 if space > 0 else end
        parts.append(data[:end].decode())
        data = data[end:]
    return [*parts, data.decode()]


def size(text: str) -> int:
    """The length of a text in bytes of UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def user_name(nick: str) -> str:
    """The user name for a nick: its ASCII letters and digits."""
    plain = unicodedata.normalize("NFKD", nick)
    return re.sub(r"[^A-Za-z0-9_-]", "", plain)[:10] or "papo"


def nick_of(source: str) -> str:
    """The nick in `nick!user@host`."""
    return source.partition("!")[0]


def param(line: Line, at: int) -> str:
    """The parameter at this index, or ""."""
    return line.params[at] if len(line.params) > at else ""


def last(line: Line) -> str:
    """The last parameter, or ""."""
    return line.params[-1] if line.params else ""


def is_error(line: Line) -> bool:
    """Whether this line is a refusal: FAIL, or a numeric from 400 to 599."""
    return line.command == "FAIL" or (line.command.isdecimal() and line.command[0] in "45")


def is_ctcp(text: str) -> bool:
    """Whether this is a CTCP query or answer; an action is a message."""
    return text[:1] == "\x01" and text[:8] != "\x01ACTION "
