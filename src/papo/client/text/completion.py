"""What could come next while somebody types: commands, channels, people, emoji."""

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

MOST = 8
MAX_COMMANDS = 40
_COMMAND = re.compile(r"/(\S*)")
_WORD = re.compile(r"(?:^|\s)([@#:]?)([^\s@#:]*)$")


class Option(msgspec.Struct, frozen=True):
    """`value` takes the place of what was typed; `label` and `about` are shown."""

    value: str
    label: str
    about: str = ""


class Offer(msgspec.Struct, frozen=True):
    """Options for the text from `start` to `end`."""

    start: int
    end: int
    options: list[Option]


def offer(network: Network, buffer: Buffer, text: str, caret: int, *, forced: bool = False) -> Offer | None:
    """`forced`: Tab was pressed, so that a bare word is a nick. None where there is nothing to offer."""
    before = text[:caret]
    command = _COMMAND.fullmatch(before)
    if command is not None:
        options = commands(command[1])
        # Who has typed the whole name wants Enter to do it.
        done = not options or (not forced and find(command[1]) is not None)
        return None if done else Offer(0, caret, options)
    found = _WORD.search(before)
    if found is None:
        return None
    sign, word = found[1], found[2]
    options = []
    if sign == ":" and len(word) >= 2:
        options = [Option(f"{each.emoji} ", f"{each.emoji} {each.name}") for each in emoji.search(word, MOST)]
    elif sign == "#":
        options = channels(network, word)
    elif sign == "@" or (forced and word):
        options = people(network, buffer, word, starts=found.start(1) == 0)
    # Who has typed the whole name wants Enter to send.
    if not options or (not forced and any(each.value.strip() == sign + word for each in options)):
        return None
    return Offer(found.start(1), caret, options)


def commands(word: str) -> list[Option]:
    """Commands that begin so."""
    wanted = word.lower()
    return [
        Option(f"/{each.name} ", example(each), _(each.about))
        for each in COMMANDS
        if any(name.startswith(wanted) for name in (each.name, *each.aliases))
    ][:MAX_COMMANDS]


def channels(network: Network, word: str) -> list[Option]:
    """Channels that we are in or have heard of."""
    names = [each.name for each in network.buffers.values() if each.kind == "channel"]
    names += [each.name for each in network.channel_list or ()]
    wanted = unaccented(f"#{word}")
    fitting = [name for name in dict.fromkeys(names) if unaccented(name).startswith(wanted)]
    return [Option(f"{name} ", name) for name in fitting[:MOST]]


def people(network: Network, buffer: Buffer, word: str, *, starts: bool) -> list[Option]:
    """People here; whoever spoke last comes first. `starts`: a name at the beginning of a message gets a colon."""
    wanted = unaccented(word)
    spoke: list[str] = []
    for each in reversed(buffer.lines[-500:]):
        if each.is_message and not each.mine and each.nick not in spoke:
            spoke.append(each.nick)
    nicks = [member.nick for member in buffer.members.values()]
    if buffer.kind == "person":
        nicks.append(buffer.name)
    here = set(nicks)
    ordered = [nick for nick in spoke if nick in here] + sorted(here - set(spoke), key=str.lower)
    fitting = [nick for nick in ordered if unaccented(nick).startswith(wanted) and not network.is_me(nick)]
    return [Option(f"{nick}{': ' if starts else ' '}", nick) for nick in fitting[:MOST]]
