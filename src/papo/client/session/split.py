"""Splitting a text that does not fit into one line."""

from __future__ import annotations

import re
from typing import TypeAlias

from papo.client.session.line_parts import pieces, size

ACTION = "\x01ACTION "
Part: TypeAlias = tuple[str, bool]
"""A line of a multiline message, and whether it continues the one before (draft/multiline-concat)."""


def split(text: str, room: int) -> list[str]:
    """As several messages, for a server without multiline; each message of an action is an action."""
    head, tail = (ACTION, "\x01") if text.startswith(ACTION) else ("", "")
    body = text[len(head) :].rstrip("\x01") if head else text
    left = room - len(head) - len(tail)
    return [f"{head}{part}{tail}" for line in body.split("\n") if line for part in pieces(line, left)]


def multiline(text: str, room: int, limits: str) -> list[list[Part]]:
    """As multiline messages: one, or several if it exceeds `limits` (the value of the capability)."""
    most_bytes, most_lines = _limit(limits, "max-bytes"), _limit(limits, "max-lines")
    messages: list[list[Part]] = []
    part: list[Part] = []
    total = 0
    for line in text.split("\n"):
        for at, piece in enumerate(pieces(line, min(room, most_bytes))):
            length = size(piece) + (0 if at else 1)
            if part and (total + length > most_bytes or len(part) >= most_lines):
                messages.append(part)
                part, total = [], 0
            part.append((piece, bool(at and part)))
            total += length
    messages.append(part)
    # The server refuses a message that has only empty lines.
    return [each for each in messages if any(piece for piece, _goes_on in each)]


def joined(message: list[Part]) -> str:
    """The text of a multiline message."""
    return "".join(("" if goes_on or not at else "\n") + piece for at, (piece, goes_on) in enumerate(message))


def _limit(limits: str, name: str) -> int:
    found = re.search(rf"(?:^|,){name}=([0-9]{{1,9}})(?:,|$)", limits)
    return (int(found[1]) if found else 0) or 1 << 30
