"""The palette (Ctrl+K): conversations, people and commands by a few letters; and the list of themes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from rich.text import Text

from papo.client.commands import Frontend, example
from papo.client.state.buffer import Buffer
from papo.client.state.network import Network
from papo.client.text.markup import plain
from papo.i18n import _
from papo.protocol.commands import COMMANDS
from papo.terminal.dialogs.chooser import Choice, Chooser, fixed
from papo.terminal.theme import TextStyles

MAX_MEMBERS = 500


def palette(
    frontend: Frontend,
    networks: Sequence[Network],
    shown: tuple[Network, Buffer] | None,
    write: Callable[[str], None],
    styles: TextStyles,
) -> Chooser:
    """`shown`: the conversation whose members can be written to; `write` begins a message with a command."""
    choices = [
        *_conversations(frontend, networks, styles),
        *_commands(write, styles),
        Choice(Text(_("Colours")), partial(frontend.dialog, "themes", "")),
        *(_people(frontend, *shown) if shown is not None else ()),
    ]
    return Chooser(_("Go to"), _("a conversation, a person, a command"), fixed(choices))


def themes(names: Sequence[str], take: Callable[[str], None]) -> Chooser:
    """`take` gets the name that was chosen."""
    return Chooser(_("Colours"), "", fixed([Choice(Text(name), partial(take, name)) for name in names]))


def _conversations(frontend: Frontend, networks: Sequence[Network], styles: TextStyles) -> Iterator[Choice]:
    for network in networks:
        for buffer in [*network.conversations(), network.server]:
            text = Text(plain(buffer.name) or plain(network.title))
            if len(networks) > 1:
                text.append(f"  {plain(network.title)}", styles.dim)
            if buffer.unread:
                text.append(f"  {buffer.unread}", styles.highlight_mark if buffer.mentions else styles.dim)
            yield Choice(text, partial(frontend.show, network, buffer), plain(buffer.name))


def _commands(write: Callable[[str], None], styles: TextStyles) -> Iterator[Choice]:
    for command in COMMANDS:
        about = _(command.about)
        text = Text.assemble(example(command), (f"  {about}", styles.dim))
        yield Choice(text, partial(write, f"/{command.name} "), f"/{command.name} {about}")


def _people(frontend: Frontend, network: Network, buffer: Buffer) -> Iterator[Choice]:
    for member in list(buffer.members.values())[:MAX_MEMBERS]:
        nick = member.nick
        yield Choice(Text(f"@{plain(nick)}"), partial(_open, frontend, network, nick), nick)


def _open(frontend: Frontend, network: Network, nick: str) -> None:
    frontend.show(network, network.open(nick))
