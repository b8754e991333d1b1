"""What a row of the timeline consists of, once it is laid out: words, chips, icons, and what can be clicked."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont

Action: TypeAlias = Literal["jump", "user", "react", "retry", "give up", "expand", "link"]


class ClickTarget(msgspec.Struct):
    """An area that does something when it is clicked."""

    area: QRectF
    action: Action
    detail: str = ""
    """The msgid, nick, emoji, nonce or link that the action is about."""
    hint: str = ""


class Words(msgspec.Struct):
    """Text on one line."""

    area: QRectF
    text: str
    font: QFont
    colour: str
    """A name in the table of colours."""
    nick: str = ""
    """If it is the name of a user: the text has their colour instead."""
    underlined: bool = False


class Chip(msgspec.Struct):
    """A reaction, or (`is_badge`) a small note such as "bot"."""

    area: QRectF
    text: str
    mine: bool = False
    is_badge: bool = False


class Icon(msgspec.Struct):
    """A drawing by its name."""

    area: QRectF
    name: str
    colour: str
