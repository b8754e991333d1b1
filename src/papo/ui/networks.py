"""Setting up a network from an address and the settings, and remembering it there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from papo.client import settings as user_settings
from papo.client.address import Address
from papo.client.classroom import conversation
from papo.client.identity import Identity
from papo.client.networks import new_network
from papo.client.settings import Settings
from papo.client.state.buffer import Buffer
from papo.client.state.listener import Listener
from papo.client.state.network import SERVER, Network
from papo.client.state.outbox import Outbox
from papo.i18n import _


def make_network(
    address: Address,
    identity: Identity,
    *,
    settings: Settings,
    rooms: Sequence[str],
    outbox: Outbox,
    listener: Listener,
) -> Network:
    """A network that is not connected yet. `rooms`: what to open besides the channels of last time, the first to be
    shown.
    """
    saved = settings.server(str(address))
    wanted = list(dict.fromkeys([*rooms, *saved.rooms]))
    network = new_network(address, identity, rooms=wanted, outbox=outbox, listener=listener)
    network.keywords = tuple(settings.keywords)
    network.notifications_off = set(saved.muted)
    if rooms:
        network.expected = network.fold(rooms[0])
    return network


def remember(settings: Settings, network: Network) -> None:
    """Put into the settings what the next start needs: nick, account, open channels, those without notifications."""
    saved = settings.server(str(network.address))
    saved.nick = network.wanted_nick
    if network.account:
        saved.account = network.account
    if network.was_online and network.status != "closed" and not network.address.is_classroom:
        saved.rooms = network.open_names()
    saved.muted = sorted(network.notifications_off)


def nick_for(settings: Settings, address: Address | None = None) -> str:
    """The most likely nick: the address's own, the last one there, the last one anywhere, the user's name here."""
    saved = next((each for each in settings.servers if address is not None and each.url == str(address)), None)
    candidates = (address.nick if address is not None else "", saved.nick if saved is not None else "", settings.nick)
    return next(filter(None, candidates), "") or user_settings.default_nick()


def room_names(names: Iterable[str]) -> list[str]:
    """Names of channels as typed, each with the prefix of a channel."""
    return [each if each[0] in "#&+!" else f"#{each}" for each in names if each]


def nick_from(text: str) -> str:
    """A nick as typed: spaces become underscores."""
    return text.strip().replace(" ", "_")


def nick_problem(address: Address, nick: str) -> str:
    """Why a server of this kind would refuse a nick, as far as is known before asking it; "" if it may take it."""
    if address.is_classroom:
        return conversation.nick_problem(address.scheme, nick)
    if not nick:
        return _("Choose a nick: it cannot be empty.")
    if re.fullmatch(r"[^\s:@!,#&0-9-][^\s:@!,]*", nick) is None:
        return _("A nick may not begin with a digit and may not contain spaces or characters such as # and @.")
    return ""


def first_conversation(network: Network) -> Buffer:
    """What to show of a network: its first channel or person, else the server itself."""
    conversations = network.conversations()
    return conversations[0] if conversations else network.server


def unread(networks: Iterable[Network]) -> tuple[int, int]:
    """Number of highlights and of unread messages, without conversations whose notifications are off."""
    buffers = [each for network in networks for each in network.buffers.values() if not each.notifications_off]
    return sum(each.mentions for each in buffers), sum(each.unread for each in buffers if each.key != SERVER)
