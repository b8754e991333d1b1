"""Completion of what is being typed: commands, channels, nicks, emoji."""

from __future__ import annotations

import re

import msgspec

from papo.client.commands import example, find
from papo.client.state.buffer import Buffer
from papo.client.state.network import Network
from papo.client.text import emoji
from papo.client.text.emoji import unaccented
from papo.i18n import _
from papo.protocol.commands import COMMANDS

MAX_OPTIONS = 8
MAX_COMMANDS = 40
_COMMAND = re.compile(r"/(\S*)")
_WORD = re.compile(r"(?:^|\s)([@#:]?)([^\s@#:]*)$")


class Option(msgspec.Struct, frozen=True):
    """`value` replaces what was typed; `label` and `about` are shown."""

    value: str
    label: str
    about: str = ""


class Offer(msgspec.Struct, frozen=True):
    """Options for the text from `start` to `end`."""

    start: int
    end: int
    options: list[Option]


def offer(network: Network, buffer: Buffer, text: str, caret: int, *, forced: bool = False) -> Offer | None:
    """The options for the word before the caret, or None. `forced`: Tab was pressed, so a bare word is a nick."""
    caret = max(0, min(caret, len(text)))
    before = text[:caret]
    command = _COMMAND.fullmatch(before)
    if command is not None:
        options = commands(command[1])
        # With the whole name typed, Enter runs the command.
        done = not options or (not forced and find(command[1]) is not None)
        return None if done else Offer(0, caret, options)
    found = _WORD.search(before)
    if found is None:
        return None
    sign, word = found[1], found[2]
    options = []
    if sign == ":" and len(word) >= 2:
        options = [Option(f"{each.emoji} ", f"{each.emoji} {each.name}") for each in emoji.search(word, MAX_OPTIONS)]
    elif sign == "#":
        options = channels(network, word)
    elif sign == "@" or (forced and word):
        options = nicks(network, buffer, word, starts=found.start(1) == 0)
    # With the whole name typed, Enter sends the message.
    if not options or (not forced and any(each.value.strip() == sign + word for each in options)):
        return None
    return Offer(found.start(1), caret, options)


def commands(word: str) -> list[Option]:
    """Commands that have a name or alias with this beginning."""
    wanted = word.lower()
    return [
        Option(f"/{each.name} ", example(each), _(each.about))
        for each in COMMANDS
        if any(name.startswith(wanted) for name in (each.name, *each.aliases))
    ][:MAX_COMMANDS]


def channels(network: Network, word: str) -> list[Option]:
    """Open channels, and those of the last LIST."""
    names = [each.name for each in network.buffers.values() if each.kind == "channel"]
    names += [each.name for each in network.channel_list or ()]
    wanted = unaccented(f"#{word}")
    matching = [name for name in dict.fromkeys(names) if unaccented(name).startswith(wanted)]
    return [Option(f"{name} ", name) for name in matching[:MAX_OPTIONS]]


def nicks(network: Network, buffer: Buffer, word: str, *, starts: bool) -> list[Option]:
    """Nicks here, the last to speak first. `starts`: at the beginning of a message, where a colon follows."""
    wanted = unaccented(word)
    spoke: list[str] = []
    for each in reversed(buffer.lines[-500:]):
        if each.is_message and not each.mine and each.nick not in spoke:
            spoke.append(each.nick)
    here = [member.nick for member in buffer.members.values()]
    if buffer.kind == "query":
        here.append(buffer.name)
    present = set(here)
    ordered = [nick for nick in spoke if nick in present] + sorted(present - set(spoke), key=str.lower)
    matching = [nick for nick in ordered if unaccented(nick).startswith(wanted) and not network.is_me(nick)]
    return [Option(f"{nick}{': ' if starts else ' '}", nick) for nick in matching[:MAX_OPTIONS]]
