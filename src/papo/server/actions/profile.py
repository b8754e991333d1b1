"""What people say about themselves, and operators about channels (IRCv3 metadata)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from papo.server.world.channel import Channel
from papo.server.world.events import MetadataSet
from papo.server.world.modes import HALF_OPERATOR, PRIVATE_MODES
from papo.server.world.permissions import sees_channel
from papo.server.world.records import Profile

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.session import Session
    from papo.server.world.user import User

KEY = re.compile(r"[a-z0-9_./-]{1,64}")
RESERVED = ("papo/",)
"""Keys that begin so are the server's own."""


PRIVATE = "soju.im/"
"""Keys that begin so are notes of a person's programs for each other (`soju.im/muted`): others do not see them."""


def of_user(chat: Chat, user: User) -> dict[str, str]:
    """All that somebody says about themselves."""
    return chat.world.profiles.get(user.identity, {})


def shown(chat: Chat, user: User, viewer: User) -> dict[str, str]:
    """What of it another may see."""
    values = of_user(chat, user)
    if user is viewer:
        return values
    return {key: value for key, value in values.items() if not key.startswith(PRIVATE)}


def sees(channel: Channel, user: User | None) -> bool:
    """Whether somebody may read what is said about the channel: its members, and of an open channel everybody."""
    if user is None:
        return False
    if user.uid in channel.members or user.may("see"):
        return True
    return PRIVATE_MODES.isdisjoint(channel.modes) and sees_channel(channel, user)


def may_change(chat: Chat, user: User, target: User | Channel) -> bool:
    """Whether the person may say something about the target."""
    if isinstance(target, Channel):
        return target.rank(user.uid) >= HALF_OPERATOR or user.may("channels")
    return target is user or (user.may("accounts") and chat.world.users.get(user.uid) is user)


def change(chat: Chat, session: Session, target: User | Channel, key: str, value: str | None) -> None:
    """Say something, or take it back (None). Who may is checked before."""
    user = session.user
    assert user is not None
    if isinstance(target, Channel):
        event = MetadataSet(**chat.stamp(user), channel=target.key, target=target.name, key=key, value=value)
        chat.emit(event, session)
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
        session,
    )
    if target.account_id:
        record = Profile(account=target.account_id, values=dict(of_user(chat, target)))
        chat.records.keep_soon(record)


def introduce(chat: Chat, session: Session, values: dict[str, str]) -> None:
    """What somebody said about themselves before they came in."""
    assert session.user is not None
    for key, value in values.items():
        change(chat, session, session.user, key, value)
