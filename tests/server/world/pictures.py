"""The world as plain values, to compare: every attribute, indexes included, whatever snapshots hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from papo.server.world.channel import Channel
from papo.server.world.events import AnyEvent
from papo.server.world.registry import Registry
from papo.server.world.user import User
from papo.server.world.whowas import Whowas
from papo.server.world.world import World

ORDERED = {"users", "channels", "members", "_by_nick", "renamed_channels"}
"""Dicts whose order is seen by users, or decides what is forgotten first."""


def picture(thing: Any, name: str = "") -> Any:
    """A deep copy of a World or of any part of it in values that compare."""
    if isinstance(thing, User) and name == "nicks":
        return thing.uid
    if isinstance(thing, (World, User, Channel, Registry, Whowas)):
        names = getattr(type(thing), "__slots__", None) or vars(thing)
        return {each: picture(getattr(thing, each), each) for each in names}
    if isinstance(thing, dict):
        values = {key: picture(value, name) for key, value in thing.items()}
        return list(values.items()) if name in ORDERED else values
    if isinstance(thing, set):
        return set(thing)
    if isinstance(thing, list):
        return list(thing)
    return thing  # strings, numbers, tuples, records: they never change


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(list[AnyEvent])


def sent_elsewhere(events: Sequence[AnyEvent]) -> list[AnyEvent]:
    """The events as another process gets them."""
    return _DECODER.decode(_ENCODER.encode(list(events)))


def rebuilt(events: Sequence[AnyEvent]) -> World:
    """An empty world after these events."""
    world = World()
    for event in sent_elsewhere(events):
        world.apply(event)
    return world
