"""Everything that happens in a chat, as values: what is accepted, stored, sent to other nodes and delivered.

An event names users by uid and channels by casefolded key, never by object: its reader may be on another node, or
read it from the disk years later. Events are in the past tense and never change.
"""

# ruff: noqa: F403, F405 -- all events are found here, and a new one needs no line here

from __future__ import annotations

from typing import TypeAlias

from papo.server.world.events.base import *
from papo.server.world.events.channels import *
from papo.server.world.events.messages import *
from papo.server.world.events.network import *
from papo.server.world.events.restored import *
from papo.server.world.events.users import *

AnyEvent: TypeAlias = MessageEvent | ChannelEvent | UserEvent | NetworkEvent | Restored | Gone


def is_durable(event: AnyEvent) -> bool:
    """Whether the event waits for the disk.

    A TAGMSG that is no reaction (typing), a guest's marker, and the quit of a user who is in no channel do not.
    """
    if type(event) is MessageSent:
        return event.verb != "TAGMSG" or is_kept(event.verb, event.tags)
    if type(event) is MarkerSet:
        return event.account is not None
    if type(event) is UserQuit:
        return bool(event.channels)
    return event.durable
