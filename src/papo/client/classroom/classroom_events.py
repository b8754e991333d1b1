"""What happens in a classroom room, whatever the dialect."""

from __future__ import annotations

from typing import TypeAlias

import msgspec


class Message(msgspec.Struct, frozen=True):
    """A user said a line. If `continues` is true, `text` continues the message before, which had been cut."""

    nick: str
    text: str
    continues: bool = False


class Joined(msgspec.Struct, frozen=True):
    """A user joined, perhaps we ourselves."""

    nick: str


class Left(msgspec.Struct, frozen=True):
    """A user left."""

    nick: str


class ServerText(msgspec.Struct, frozen=True):
    """The server's own words, or a text that names no user."""

    text: str


class Ready(msgspec.Struct, frozen=True):
    """We have joined and may talk."""


class NickTaken(msgspec.Struct, frozen=True):
    """Another user has our nick: `rename` offers another one."""

    nick: str


ClassroomEvent: TypeAlias = Message | Joined | Left | ServerText | Ready | NickTaken
