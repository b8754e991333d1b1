"""The kind of network for an address."""

from __future__ import annotations

from collections.abc import Iterable

from papo.client.address import Address
from papo.client.classroom.classroom_network import ClassroomNetwork
from papo.client.identity import Identity
from papo.client.state.irc_network import IrcNetwork
from papo.client.state.listener import Listener
from papo.client.state.network import Network
from papo.client.state.outbox import Outbox


def new_network(
    address: Address, identity: Identity, *, rooms: Iterable[str] = (), outbox: Outbox | None = None,
    listener: Listener | None = None,
) -> Network:  # fmt: skip
    """A server, not connected yet. A classroom server has one room and keeps nothing: no `rooms`, no `outbox`."""
    if address.is_classroom:
        return ClassroomNetwork(address, identity, listener=listener)
    return IrcNetwork(address, identity, rooms=rooms, outbox=outbox, listener=listener)
