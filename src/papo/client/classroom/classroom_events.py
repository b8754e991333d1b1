"""What happens in a classroom room, whatever the dialect."""

from __future__ import annotations

from typing import TypeAlias

import msgspec


class Message(msgspec.Struct, frozen=True):
    """Somebody said a line, or `continues` it: then `text` belongs to the end of the last one, which had been cut."""

    nick: str
    text: str
    continues: bool = False


class Joined(msgspec.Struct, frozen=True):
    """Somebody came, perhaps we ourselves."""

    nick: str


class Left(msgspec.Struct, frozen=True):
    """Somebody went."""

    nick: str


class Told(msgspec.Struct, frozen=True):
    """The server's own words, or text that names nobody."""

    text: str


class Ready(msgspec.Struct, frozen=True):
    """We are in and may talk."""


class NickTaken(msgspec.Struct, frozen=True):
    """Somebody has our nickname: `rename` offers another."""

    nick: str


ClassroomEvent: TypeAlias = Message | Joined | Left | Told | Ready | NickTaken
