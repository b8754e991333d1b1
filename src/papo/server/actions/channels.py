"""Come into a channel and leave it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from papo.protocol.text import cut
from papo.server.actions import invitations, registered
from papo.server.world.errors import Code, Refused
from papo.server.world.events import AwaySet, Joined, ModesChanged, Parted
from papo.server.world.modes import HALF_OPERATOR
from papo.server.world.names import fold, valid_channel
from papo.server.world.permissions import check_join

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.session import Session
    from papo.server.world.channel import Channel
    from papo.server.world.user import User


def join(
    chat: Chat,
    session: Session,
    name: str,
    key: str = "",
    *,
    force: bool = False,
    sent_on: Callable[[str, str], None] = lambda _old, _new: None,
) -> Channel | None:
    """Come in; the first program that can moderate makes its person an operator of a new channel.

    Returns the channel entered (another one where mode f or L sends people on), or None where they were in
    already. Raises Refused. `force` is for operators of the server; `sent_on` is told of old and new name before.
    """
    user = session.user
    assert user is not None
    limits = chat.config.limits
    if not valid_channel(name, limits.channel_length):
        raise Refused(Code.BAD_CHANNEL_NAME, name)
    channel = chat.world.channels.get(fold(name))
    if channel is not None and user.uid in channel.members:
        return None
    if channel is None:
        _check_new(chat, name)
    elif not force and (record := chat.world.registry.channels.get(channel.key)) and record.suspended:
        raise Refused(Code.CHANNEL_SUSPENDED, channel.name, record.suspended)
    if len(user.channels) >= limits.channels_per_user and limits.enabled and not force:
        raise Refused(Code.TOO_MANY_CHANNELS, name)
    if channel is not None and not force:
        try:
            _throttle(chat, channel)
            check_join(channel, user, key, invited=invitations.opens(chat, channel, key))
        except Refused as refused:
            forward = channel.modes.get("L" if refused.code is Code.CHANNEL_FULL else "f")
            onward = None if not forward else chat.world.channel(forward)
            if onward is None or onward is channel or user.uid in onward.members:
                raise
            check_join(onward, user, "")
            sent_on(channel.name, onward.name)
            channel = onward
    _enter(chat, session, channel, name)
    return chat.world.channels[fold(name) if channel is None else channel.key]


def _check_new(chat: Chat, name: str) -> None:
    """Raises Refused where a name looks like a registered channel's, or a channel has moved from it."""
    alike = chat.world.registry.channel_alike(name)
    if alike and alike != fold(name):
        raise Refused(Code.BAD_CHANNEL_NAME, name)
    moved = chat.world.moved.get(fold(name))
    if moved is not None and chat.world.channel(moved) is not None:
        raise Refused(Code.CHANNEL_RENAMED, name, moved)


def _enter(chat: Chat, session: Session, channel: Channel | None, name: str) -> None:
    user = session.user
    assert user is not None
    rank = 0
    prefix = ""
    if channel is None:
        prefix = "o" if user.dialect == "irc" else ""
    else:
        if not channel.stays and user.dialect == "irc" and not _has_moderator(chat, channel):
            prefix = "o"
        prefix = registered.access_of(chat, channel, user) or prefix
        if ("D" in channel.modes or "u" in channel.modes) and not prefix:
            rank = HALF_OPERATOR
    chat.emit(
        Joined(
            **chat.stamp(user),
            channel=fold(name) if channel is None else channel.key,
            name=name if channel is None else channel.name,
            realname=user.realname,
            prefix=prefix,
            rank=rank,
            history_scope=0 if channel is None else channel.history_scope,
        ),
        session,
    )
    entered = chat.world.channels[user.channels[-1]]
    if prefix and len(entered.members) > 1:
        # A JOIN tells nobody with what rank.
        chat.emit(
            ModesChanged(
                **chat.server_stamp(),
                channel=entered.key,
                name=entered.name,
                changes=(("+", prefix, user.nick),),
                targets=(user.uid,),
                history_scope=entered.history_scope,
            )
        )
    if user.away is not None and not rank:
        # IRCv3 away-notify: those who meet them here learn that they are away.
        chat.emit(AwaySet(**chat.stamp(user), message=user.away, channels=user.channels[-1:], repeated=True))


def _has_moderator(chat: Chat, channel: Channel) -> bool:
    """Whether anybody inside could ever moderate: the classroom dialects have no words for it."""
    users = chat.world.users
    return any(users[uid].dialect == "irc" for uid in channel.members if uid in users)


def _throttle(chat: Chat, channel: Channel) -> None:
    """Mode j `count:seconds`. Counted by each node for itself."""
    setting = channel.modes.get("j")
    if setting is None:
        return
    count, _, seconds = setting.partition(":")
    now_s = chat.monotonic_s()
    recent = chat.recent_joins.setdefault(channel.key, deque())
    while recent and recent[0] <= now_s - int(seconds):
        recent.popleft()
    if len(recent) >= int(count):
        raise Refused(Code.JOIN_THROTTLED, channel.name)
    recent.append(now_s)


def part(chat: Chat, session: Session, name: str, reason: str = "") -> None:
    """Leave. Raises Refused."""
    user = session.user
    assert user is not None
    channel = chat.world.channel(name)
    if channel is None:
        raise Refused(Code.NO_SUCH_CHANNEL, name)
    if user.uid not in channel.members:
        raise Refused(Code.NOT_ON_CHANNEL, channel.name)
    leave(chat, session, user, channel, reason)


def leave(chat: Chat, session: Session | None, user: User, channel: Channel, reason: str) -> None:
    """Take a member out."""
    chat.emit(
        Parted(
            **chat.stamp(user),
            channel=channel.key,
            name=channel.name,
            reason=cut(reason, chat.config.limits.kick_length),
            rank=HALF_OPERATOR if chat.world.unseen_in(user.uid, (channel.key,)) else 0,
            history_scope=channel.history_scope,
        ),
        session,
    )
    if channel.key not in chat.world.channels:
        chat.recent_joins.pop(channel.key, None)
        chat.recent_words.pop(channel.key, None)
