"""The slash commands of our own clients, from `data/commands.json`. What they do is each client's."""

from __future__ import annotations

import msgspec

from papo.protocol.data import read


class Command(msgspec.Struct, frozen=True):
    """One row; the fields are explained in data/README.md."""

    name: str
    usage: str
    about: str
    aliases: tuple[str, ...] = ()
    min_words: int = 0
    offline: bool = False
    classroom: bool = False
    conversation: bool = False


COMMANDS = tuple(read("commands.json", list[Command]))
"""In the order of /help."""
