"""One IRC line: parse and format. Knows no command and no limit.

Source: modern.ircdocs.horse "Message Format"; IRCv3 message-tags "Escaping Values".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

NO_TAGS: dict[str, str] = {}
"""Shared by all lines without tags. Never changed."""

_UNESCAPED = {":": ";", "s": " ", "\\": "\\", "r": "\r", "n": "\n"}
_ESCAPED = {";": r"\:", " ": r"\s", "\\": r"\\", "\r": r"\r", "\n": r"\n"}
_NEEDS_ESCAPE = re.compile(r"[; \\\r\n]")
_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)


class Line(msgspec.Struct, gc=False):
    """A parsed line. `source` is "" if there is none, `command` is in upper case."""

    command: str
    params: list[str]
    source: str = ""
    tags: dict[str, str] = NO_TAGS
    """Unescaped; "" for a tag without a value."""


def parse(text: str) -> Line | None:
    """Parse a line without its CRLF; None if it has no command. Never raises."""
    tags = NO_TAGS
    source = ""
    if text[:1] == "@":
        head, _, text = text.partition(" ")
        tags = parse_tags(head[1:])
        text = text.lstrip(" ")
    elif text[:1] == " ":
        text = text.lstrip(" ")
    if text[:1] == ":":
        head, _, text = text.partition(" ")
        source = head[1:]
        text = text.lstrip(" ")
    text, colon, trailing = text.partition(" :")
    params = text.split(" ")
    if "" in params:
        params = [param for param in params if param]
    if not params:
        return None
    command = params.pop(0)
    if colon:
        params.append(trailing)
    return Line(command.upper(), params, source, tags)


def parse_tags(text: str) -> dict[str, str]:
    """Parse `a=1;b`, without the `@`. The last of equal keys counts, as message-tags demands."""
    tags: dict[str, str] = {}
    for item in text.split(";"):
        key, _, value = item.partition("=")
        if key:
            tags[key] = unescape(value) if "\\" in value else value
    return tags


def unescape(value: str) -> str:
    """Undo `escape`; a stray backslash is dropped."""
    return _ESCAPE.sub(lambda match: _UNESCAPED.get(match[1], match[1]), value)


def escape(value: str) -> str:
    """Make any text safe as a tag's value."""
    return _NEEDS_ESCAPE.sub(lambda match: _ESCAPED[match[0]], value)


def format_tags(tags: Mapping[str, str]) -> str:
    """Format as `a=1;b`, without the `@`."""
    return ";".join(f"{key}={escape(value)}" if value else key for key, value in tags.items())


def format_line(
    command: str, params: Sequence[str] = (), *, source: str = "", tags: Mapping[str, str] = NO_TAGS
) -> str:
    """Format a line without its CRLF. The last parameter gets a colon if it needs one.

    Raises AssertionError if another parameter needs one: that is a bug of the caller.
    """
    parts = []
    if tags:
        parts.append("@" + format_tags(tags))
    if source:
        parts.append(":" + source)
    parts.append(command)
    if params:
        for param in params[:-1]:
            if not param or param[0] == ":" or " " in param:
                raise AssertionError(f"{param!r} can only be the last parameter of {command}")
            parts.append(param)
        last = params[-1]
        parts.append(":" + last if not last or last[0] == ":" or " " in last else last)
    return " ".join(parts)
