"""Metadata of users and channels (IRCv3 metadata)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from papo.server.actions import nicks
from papo.server.actions.actor import user_of
from papo.server.world.channel import Channel
from papo.server.world.events import MetadataSet
from papo.server.world.modes import HALF_OPERATOR, PRIVATE_MODES
from papo.server.world.permissions import sees_channel
from papo.server.world.records import Profile

if TYPE_CHECKING:
    from papo.server.actions.actor import Actor
    from papo.server.delivery.chat import Chat
    from papo.server.world.user import User

KEY = re.compile(r"[a-z0-9_./-]{1,64}")
DISPLAY_NAME = "display-name"
"""What clients show in place of a nick."""
RESERVED = ("papo/",)
"""Prefixes of keys that only the server sets."""
PRIVATE = "soju.im/"
"""Prefix of keys that a user's clients set for each other (`soju.im/muted`): other users do not see them."""


def of_user(chat: Chat, user: User) -> dict[str, str]:
    """All metadata of a user."""
    return chat.world.profiles.get(user.identity, {})


def shown(chat: Chat, user: User, viewer: User) -> dict[str, str]:
    """The metadata of a user that the viewer may see."""
    values = of_user(chat, user)
    if user is viewer:
        return values
    return {key: value for key, value in values.items() if not key.startswith(PRIVATE)}


def sees(channel: Channel, user: User | None) -> bool:
    """Whether the user may read the channel's metadata: members may, and everyone if anyone may join."""
    if user is None:
        return False
    if user.uid in channel.members or user.may("see"):
        return True
    return PRIVATE_MODES.isdisjoint(channel.modes) and sees_channel(channel, user)


def may_change(chat: Chat, user: User, target: User | Channel) -> bool:
    """Whether the user may change the target's metadata."""
    if isinstance(target, Channel):
        return target.rank(user.uid) >= HALF_OPERATOR or user.may("channels")
    return target is user or (user.may("accounts") and chat.world.users.get(user.uid) is user)


def is_acceptable(chat: Chat, user: User, key: str, value: str | None) -> bool:
    """Whether a user may set this value: anything, but no disguise in what clients show as a name."""
    return key != DISPLAY_NAME or value is None or nicks.may_be_called(chat, user, value)


def change(chat: Chat, actor: Actor, target: User | Channel, key: str, value: str | None) -> None:
    """Set a key, or delete it (None). The caller has checked `may_change`."""
    user = user_of(actor)
    if target.rank(user.uid) < HALF_OPERATOR if isinstance(target, Channel) else target is not user:
        name = target.name if isinstance(target, Channel) else target.nick
        chat.audit(user, "METADATA", f"{name} {key} {value or '-'}")
    if isinstance(target, Channel):
        event = MetadataSet(**chat.stamp(user), channel=target.key, target=target.name, key=key, value=value)
        chat.emit(event, actor.origin)
        if target.stays:
            chat.keep_channel(target)
        return
    chat.emit(
        MetadataSet(
            **chat.stamp(user),
            channel=None,
            target=target.nick,
            about=target.uid,
            key=key,
            value=value,
            channels=target.channels,
        ),
        actor.origin,
    )
    if target.account_id:
        record = Profile(account=target.account_id, values=dict(of_user(chat, target)))
        chat.records.store_soon(record)
