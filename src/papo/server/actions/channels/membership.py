"""Join and leave channels."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from papo.protocol.text import cut
from papo.server.actions.actor import user_of
from papo.server.actions.channels import invitations, rates, registered, speech
from papo.server.world.errors import Code, Refused
from papo.server.world.events import AwaySet, Joined, ModesChanged, Parted
from papo.server.world.modes import HALF_OPERATOR
from papo.server.world.names import fold, valid_channel
from papo.server.world.permissions import check_join, check_secure, sees_channel

if TYPE_CHECKING:
    from papo.server.actions.actor import Actor
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.session import Session
    from papo.server.world.channel import Channel
    from papo.server.world.user import User


def join(
    chat: Chat,
    actor: Actor,
    name: str,
    key: str = "",
    *,
    force: bool = False,
    forwarded: Callable[[str, str], None] = lambda _old, _new: None,
) -> Channel | None:
    """Join a channel; the first member whose dialect can moderate becomes its operator.

    Returns the channel joined, which is another one if mode f or L forwards, or None if the user is in it already.
    Raises Refused. `force` is for operators of the server; `forwarded` is called with the old and the new name first.
    """
    user = user_of(actor)
    limits = chat.config.limits
    channel = chat.world.channels.get(fold(name))
    if channel is not None and user.uid in channel.members:
        return None
    if channel is None:
        _check_new(chat, name)
    elif not force:
        _check_not_suspended(chat, channel)
    if len(user.channels) >= limits.channels_per_user and limits.enabled and not force:
        raise Refused(Code.TOO_MANY_CHANNELS, name)
    link = None
    if channel is not None and force:
        check_secure(channel, user)
    if channel is not None and not force:
        link = invitations.into(chat, channel, key)
        try:
            rates.count_join(chat, channel, user)
            check_join(channel, user, key, invited=link is not None and link.made_at_ms > 0)
        except Refused as refused:
            if refused.code in {Code.INVITE_ONLY, Code.BAD_KEY}:
                invitations.note_guess(chat, key, user.address)
            target = channel.modes.get("L" if refused.code is Code.CHANNEL_FULL else "f")
            other = None if not target else chat.world.channel(target)
            if other is None or other is channel or user.uid in other.members:
                raise
            _check_not_suspended(chat, other)
            rates.count_join(chat, other, user)
            check_join(other, user, "")
            forwarded(channel.name, other.name)
            channel, link = other, None
    _enter(chat, user, channel, name, actor.origin)
    if link is not None:
        invitations.count_use(chat, link, user)
    return chat.world.channels[fold(name) if channel is None else channel.key]


def _check_not_suspended(chat: Chat, channel: Channel) -> None:
    """Raises Refused if operators of the server let nobody join."""
    record = chat.world.registry.channels.get(channel.key)
    if record is not None and record.suspended:
        raise Refused(Code.CHANNEL_SUSPENDED, channel.name, record.suspended)


def _check_new(chat: Chat, name: str) -> None:
    """Raises Refused if the name is invalid or looks like another channel's, or if its channel has been renamed."""
    if not valid_channel(name, chat.config.limits.channel_length) or chat.world.channels_alike(name):
        raise Refused(Code.BAD_CHANNEL_NAME, name)
    moved = chat.world.renamed_channels.get(fold(name))
    if moved is not None and chat.world.channel(moved) is not None:
        raise Refused(Code.CHANNEL_RENAMED, name, moved)


def _enter(chat: Chat, user: User, channel: Channel | None, name: str, origin: Session | None) -> None:
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
        origin,
    )
    entered = chat.world.channels[user.channels[-1]]
    if prefix and len(entered.members) > 1:
        # A JOIN does not carry the new member's rank.
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
        # IRCv3 away-notify: members who see the user for the first time learn that they are away.
        chat.emit(AwaySet(**chat.stamp(user), message=user.away, channels=user.channels[-1:], repeated=True))


def _has_moderator(chat: Chat, channel: Channel) -> bool:
    """Whether a member can ever moderate: the classroom dialects have no commands for it."""
    users = chat.world.users
    return any(users[uid].dialect == "irc" for uid in channel.members if uid in users)


def part(chat: Chat, actor: Actor, name: str, reason: str = "") -> None:
    """Leave a channel. Raises Refused."""
    user = user_of(actor)
    channel = chat.world.channel(name)
    if channel is None or not sees_channel(channel, user):
        raise Refused(Code.NO_SUCH_CHANNEL, name)
    if user.uid not in channel.members:
        raise Refused(Code.NOT_ON_CHANNEL, channel.name)
    chat.emit(
        Parted(
            **chat.stamp(user),
            channel=channel.key,
            name=channel.name,
            reason=cut(speech.reason(chat, channel, user, reason), chat.config.limits.kick_length),
            rank=HALF_OPERATOR if chat.world.unseen_in(user.uid, (channel.key,)) else 0,
            history_scope=channel.history_scope,
        ),
        actor.origin,
    )
