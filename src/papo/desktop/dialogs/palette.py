"""The palette (Ctrl+K): conversations, people and actions by a few letters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from PySide6.QtWidgets import QWidget

from papo.client.commands import Frontend
from papo.client.state.network import Network
from papo.client.state.search import can_search
from papo.desktop.dialogs.chooser import Choice, Chooser
from papo.desktop.networks import Networks
from papo.i18n import _
from papo.ui.matching import matching

MAX_SHOWN = 14


def palette(
    parent: QWidget | None, networks: Networks, frontend: Frontend, list_channels: Callable[[Network], None]
) -> Chooser:
    """Also joins channels and writes to people that are not in the list, if their whole name is typed."""
    network = networks.shown[0] if networks.shown is not None else None

    def choices(typed: str) -> Sequence[Choice]:
        known = [
            *_conversations(networks.all, frontend),
            *(_people(network, frontend) if network is not None else ()),
            *_actions(network, frontend, list_channels),
        ]
        found = matching(known, typed, lambda each: each.label)[:MAX_SHOWN]
        return [*found, *(_unknown(typed.strip(), network, frontend) if network is not None else ())]

    return Chooser(parent, _("Go to"), _("A channel, a person or an action"), choices)


def _conversations(networks: Sequence[Network], frontend: Frontend) -> Iterator[Choice]:
    for network in networks:
        where = network.title if len(networks) > 1 else ""
        for buffer in network.conversations():
            count = buffer.mentions or buffer.unread
            about = " · ".join(filter(None, (where, str(count) if count else "")))
            yield Choice(buffer.name, about, partial(frontend.show, network, buffer))


def _people(network: Network, frontend: Frontend) -> Iterator[Choice]:
    for key, user in network.users.items():
        if key not in network.buffers and not network.is_me(user.nick):
            yield _write_to(user.nick, network, frontend)


def _write_to(nick: str, network: Network, frontend: Frontend) -> Choice:
    return Choice(nick, _("write a message"), lambda: frontend.show(network, network.open(nick)))


def _actions(network: Network | None, frontend: Frontend, list_channels: Callable[[Network], None]) -> Iterator[Choice]:
    yield Choice(_("Connect to a server"), "", lambda: frontend.dialog("servers", ""))
    if network is not None and not network.address.is_classroom:
        yield Choice(_("Find a channel"), "", partial(list_channels, network))
    if network is not None and can_search(network):
        yield Choice(_("Search messages"), "", lambda: frontend.dialog("search", ""))
    yield Choice(_("Settings"), "", lambda: frontend.dialog("settings", ""))
    yield Choice(_("Shortcuts and commands"), "", lambda: frontend.dialog("help", ""))


def _unknown(name: str, network: Network, frontend: Frontend) -> Iterator[Choice]:
    """What was typed, if it is the name of a channel or (with @) of a person that is not open."""
    if network.address.is_classroom or len(name) < 2:
        return
    if network.is_channel(name) and network.buffer(name) is None:
        yield Choice(name, _("join or create it"), lambda: network.join(name))
    elif name.startswith("@") and network.buffer(name[1:]) is None:
        yield _write_to(name[1:], network, frontend)
