"""Moderate a channel: topic, kick, invite, rename; and knock on one. Modes are in `channel_modes`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from papo.protocol.text import cut, without_formatting
from papo.server.actions import lookup
from papo.server.actions.actor import user_of
from papo.server.actions.channels import speech
from papo.server.world.errors import Code, Refused
from papo.server.world.events import (
    ChannelRenamed,
    Invited,
    InviteNotified,
    Kicked,
    Knocked,
    TopicSet,
)
from papo.server.world.facts import with_state
from papo.server.world.modes import HALF_OPERATOR, OPERATOR
from papo.server.world.names import fold, valid_channel
from papo.server.world.permissions import (
    SERVER,
    check_invite,
    check_kick,
    check_rank,
    check_topic,
    is_banned,
    sees_channel,
)

if TYPE_CHECKING:
    from papo.server.actions.actor import Actor
    from papo.server.delivery.chat import Chat
    from papo.server.world.channel import Channel
    from papo.server.world.user import User


def set_topic(chat: Chat, actor: Actor, channel: Channel, topic: str) -> None:
    """Set the topic ("" removes it). Raises Refused."""
    user = user_of(actor)
    check_topic(channel, user)
    topic = cut(topic, chat.config.limits.topic_length)
    if topic == channel.topic:
        return
    if channel.rank(user.uid) < HALF_OPERATOR and not user.may(SERVER):
        topic = speech.checked(chat, channel, user, topic)
    chat.emit(
        TopicSet(
            **chat.stamp(user), channel=channel.key, name=channel.name, topic=topic, history_scope=channel.history_scope
        ),
        actor.origin,
    )
    if channel.stays:
        chat.keep_channel(channel)


def kick(chat: Chat, actor: Actor, channel: Channel, nick: str, reason: str) -> None:
    """Remove a member from the channel. Raises Refused."""
    user = user_of(actor)
    check_rank(channel, user, HALF_OPERATOR)
    victim = lookup.get_member(chat, channel, nick)
    check_kick(channel, user, victim)
    chat.emit(
        Kicked(
            **chat.stamp(user),
            channel=channel.key,
            name=channel.name,
            victim_uid=victim.uid,
            victim=victim.nick,
            reason=cut(reason, chat.config.limits.kick_length) or user.nick,
            rank=HALF_OPERATOR if chat.world.unseen_in(victim.uid, (channel.key,)) else 0,
            history_scope=channel.history_scope,
        ),
        actor.origin,
    )


def invite(chat: Chat, actor: Actor, name: str, nick: str) -> tuple[User, str]:
    """Invite a user to a channel; returns the user and the channel's name. Raises Refused.

    An operator's invitation lets the guest in. Anybody else's says where the channel is, and no more.
    """
    user = user_of(actor)
    channel = chat.world.channel(name)
    if channel is None or not (sees_channel(channel, user) or user.may(SERVER)):
        raise Refused(Code.NO_SUCH_CHANNEL, name)
    check_invite(channel, user)
    guest = lookup.get_user(chat, nick)
    if guest.uid in channel.members:
        raise Refused(Code.ALREADY_ON_CHANNEL, guest.nick, channel.name)
    chat.emit(
        Invited(
            **chat.stamp(user),
            channel=channel.key,
            name=channel.name,
            guest_uid=guest.uid,
            guest=guest.nick,
            admits=channel.rank(user.uid) >= OPERATOR or user.may(SERVER),
        ),
        actor.origin,
    )
    chat.emit(InviteNotified(**chat.stamp(user), channel=channel.key, name=channel.name, guest=guest.nick))
    return guest, channel.name


def knock(chat: Chat, actor: Actor, name: str, reason: str) -> Channel:
    """Ask the operators of a channel for an invitation. Raises Refused."""
    user = user_of(actor)
    channel = chat.world.channel(name)
    if channel is None or "s" in channel.modes:
        raise Refused(Code.NO_SUCH_CHANNEL, name)
    if user.uid in channel.members:
        raise Refused(Code.NO_KNOCK, channel.name, "you are in it already")
    if is_banned(channel, user):
        raise Refused(Code.NO_KNOCK, channel.name, "you are banned")
    if "i" not in channel.modes and "k" not in channel.modes:
        raise Refused(Code.CHANNEL_OPEN, channel.name)
    if "K" in channel.modes:
        raise Refused(Code.NO_KNOCK, channel.name, "knocking is not allowed there (+K)")
    reason = cut(without_formatting(reason), chat.config.limits.kick_length)
    chat.emit(Knocked(**chat.stamp(user), channel=channel.key, name=channel.name, reason=reason), actor.origin)
    return channel


def rename_channel(chat: Chat, actor: Actor, name: str, new: str, reason: str) -> None:
    """Rename a channel; members, modes and history stay (IRCv3 channel-rename). Raises Refused."""
    user = user_of(actor)
    channel = chat.world.channel(name)
    if channel is None or not (sees_channel(channel, user) or user.may("channels")):
        raise Refused(Code.NO_SUCH_CHANNEL, name)
    owns = not channel.founder or channel.founder == user.account_id
    by_power = user.may("channels") and not (owns and channel.rank(user.uid) >= OPERATOR)
    if not by_power:
        check_rank(channel, user, OPERATOR)
        if not owns:
            raise Refused(Code.NEED_FOUNDER, channel.name)
    _check_new_name(chat, channel, new)
    if by_power:
        chat.audit(user, "RENAME", f"{channel.name} {new}")
    old = channel.key
    record = chat.world.registry.channels.get(old)
    chat.emit(
        ChannelRenamed(
            **chat.stamp(user),
            channel=old,
            name=channel.name,
            new=new,
            reason=cut(reason, chat.config.limits.kick_length),
            history_scope=channel.history_scope,
        ),
        actor.origin,
    )
    if record is not None:
        version = record.version
        if old != channel.key:
            chat.records.delete_soon("channel", old)
            version = 0  # the new name has no record yet
        chat.records.store_soon(msgspec.structs.replace(with_state(record, channel), version=version))


def _check_new_name(chat: Chat, channel: Channel, new: str) -> None:
    """Raises Refused if the channel cannot be called that."""
    if not valid_channel(new, chat.config.limits.channel_length):
        raise Refused(Code.CANNOT_RENAME, channel.name, new, "that is not a valid channel name")
    if fold(new) == channel.key:
        return
    world = chat.world
    moved = world.channel(world.renamed_channels.get(fold(new), channel.name))
    if (
        world.channel(new) is not None
        or world.channels_alike(new) - {channel.key}
        or fold(new) in world.registry.channels
        or moved not in {None, channel}  # visitors of the name are sent to the channel that had it
    ):
        raise Refused(Code.CHANNEL_NAME_IN_USE, channel.name, new)
    if fold(channel.name) in map(fold, chat.config.rooms.permanent):
        raise Refused(Code.CANNOT_RENAME, channel.name, new, "the configuration names it")
