"""What operators of a channel do: modes, topic, kick, invite; and the knock at their door."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from papo.protocol.text import cut
from papo.server.delivery.chat import with_state
from papo.server.world import masks
from papo.server.world.errors import Code, Refused
from papo.server.world.events import (
    ChannelRenamed,
    Invited,
    InviteSeen,
    Kicked,
    Knocked,
    ModesChanged,
    TopicSet,
)
from papo.server.world.modes import (
    CHANNEL_FLAGS,
    FOUNDER,
    HALF_OPERATOR,
    KEY_MODES,
    LIST_MODES,
    OPERATOR,
    PARAMETER_MODES,
    PREFIX_MODES,
)
from papo.server.world.names import fold, valid_channel
from papo.server.world.permissions import check_invite, check_kick, check_rank, check_topic, is_banned

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.session import Session
    from papo.server.world.channel import Channel
    from papo.server.world.user import User

_THROTTLE = re.compile(r"([1-9]\d{0,3}):([1-9]\d{0,4})")
_KEY = re.compile(r"[^\x00-\x20\x7f,:][^\x00-\x20\x7f,]{0,63}")


class _Change:
    """The changes collected so far, on top of the channel as it is."""

    def __init__(self, chat: Chat, channel: Channel, user: User, *, force: bool) -> None:
        self.chat = chat
        self.channel = channel
        self.user = user
        self.force = force
        self.rank = 99 if force else channel.rank(user.uid)
        self.done: list[tuple[str, str, str | None]] = []
        self.targets: list[str | None] = []

    def add(self, sign: str, letter: str, parameter: str | None, uid: str | None = None) -> None:
        self.done.append((sign, letter, parameter))
        self.targets.append(uid)

    def need(self, least: int) -> None:
        if self.rank < least:
            raise Refused(Code.NEED_CHANNEL_OPERATOR, self.channel.name)


def change_modes(
    chat: Chat,
    session: Session,
    channel: Channel,
    wanted: Sequence[tuple[str, str, str | None]],
    *,
    force: bool = False,
) -> list[Refused]:
    """Make those of the wanted changes (sign, letter, parameter) that the person may; returns why not the others.

    `force` is for operators of the server (SAMODE).
    """
    user = session.user
    assert user is not None
    change = _Change(chat, channel, user, force=force)
    refusals: list[Refused] = []
    for sign, letter, parameter in wanted:
        try:
            _change_one(change, sign, letter, parameter)
        except Refused as refused:
            if not refusals or refusals[-1].args != refused.args:
                refusals.append(refused)
    if change.done:
        stayed = channel.stays
        chat.emit(
            ModesChanged(
                **chat.stamp(user),
                channel=channel.key,
                name=channel.name,
                changes=tuple(change.done),
                targets=tuple(change.targets),
                history_scope=channel.history_scope,
            ),
            session,
        )
        if stayed or channel.stays:
            chat.keep_channel(channel)
    return refusals


def _change_one(change: _Change, sign: str, letter: str, parameter: str | None) -> None:
    if letter in PREFIX_MODES:
        _change_prefix(change, sign, letter, parameter or "")
    elif letter in LIST_MODES:
        _change_list(change, sign, letter, parameter or "")
    elif letter in KEY_MODES + PARAMETER_MODES:
        _change_parameter(change, sign, letter, parameter)
    elif letter in CHANNEL_FLAGS:
        change.need(OPERATOR)
        if letter == "P" and not change.user.may("channels"):
            raise Refused(Code.NEED_OPERATOR)
        if (letter in change.channel.modes) != (sign == "+"):
            change.add(sign, letter, None)


def _change_prefix(change: _Change, sign: str, letter: str, nick: str) -> None:
    channel = change.channel
    victim = change.chat.world.user(nick)
    if victim is None:
        raise Refused(Code.NO_SUCH_NICK, nick)
    if victim.uid not in channel.members:
        raise Refused(Code.USER_NOT_IN_CHANNEL, victim.nick, channel.name)
    giving_up = victim is change.user and sign == "-"
    if not giving_up:
        change.need({"v": HALF_OPERATOR, "h": OPERATOR, "o": OPERATOR}.get(letter, FOUNDER))
        if sign == "-" and channel.rank(victim.uid) > change.rank:
            raise Refused(Code.NEED_HIGHER_RANK, channel.name)
    if (letter in channel.members[victim.uid]) != (sign == "+"):
        change.add(sign, letter, victim.nick, victim.uid)


def _change_list(change: _Change, sign: str, letter: str, mask: str) -> None:
    change.need(HALF_OPERATOR)
    entries = change.channel.lists[letter]
    mask = cut(masks.normalise(mask), 250)
    known = next((known for known in entries if fold(known) == fold(mask)), None)
    if sign == "-":
        if known is not None:
            change.add("-", letter, known)
    elif known is None:
        limits = change.chat.config.limits
        coming = sum(1 for done in change.done if done[:2] == ("+", letter))
        if len(entries) + coming >= limits.list_entries:
            raise Refused(Code.LIST_FULL, change.channel.name, mask, letter)
        change.add("+", letter, mask)


def _change_parameter(change: _Change, sign: str, letter: str, parameter: str | None) -> None:
    change.need(OPERATOR)
    have = change.channel.modes
    if sign == "-":
        if letter in have:
            change.add("-", letter, have[letter] if letter in KEY_MODES else None)
        return
    value = _fit(change, letter, parameter or "")
    if value is not None and have.get(letter) != value:
        change.add("+", letter, value)


def _fit(change: _Change, letter: str, value: str) -> str | None:
    """The parameter as it is kept; None where it makes no sense."""
    if letter == "k":
        return value if _KEY.fullmatch(value) else None
    if letter == "l":
        return str(int(value)) if value.isascii() and value.isdigit() and len(value) < 10 and int(value) else None
    if letter == "W":
        return str(int(value)) if value.isascii() and value.isdigit() and len(value) < 6 and int(value) else None
    if letter == "j":
        return value if _THROTTLE.fullmatch(value) else None
    other = change.chat.world.channel(value)
    if not valid_channel(value, change.chat.config.limits.channel_length) or other is None:
        raise Refused(Code.BAD_FORWARD, change.channel.name, letter, value)
    if not change.force and other.rank(change.user.uid) < OPERATOR:
        raise Refused(Code.NEED_CHANNEL_OPERATOR, other.name)
    return other.name


def set_topic(chat: Chat, session: Session, channel: Channel, topic: str) -> None:
    """Set the topic ("" removes it). Raises Refused."""
    user = session.user
    assert user is not None
    check_topic(channel, user)
    topic = cut(topic, chat.config.limits.topic_length)
    if topic == channel.topic:
        return
    chat.emit(
        TopicSet(
            **chat.stamp(user), channel=channel.key, name=channel.name, topic=topic, history_scope=channel.history_scope
        ),
        session,
    )
    if channel.stays:
        chat.keep_channel(channel)


def kick(chat: Chat, session: Session, channel: Channel, nick: str, reason: str) -> None:
    """Put somebody out. Raises Refused."""
    user = session.user
    assert user is not None
    check_rank(channel, user, HALF_OPERATOR)
    victim = chat.world.user(nick)
    if victim is None:
        raise Refused(Code.NO_SUCH_NICK, nick)
    if victim.uid not in channel.members:
        raise Refused(Code.USER_NOT_IN_CHANNEL, victim.nick, channel.name)
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
        session,
    )


def invite(chat: Chat, session: Session, name: str, nick: str) -> tuple[User, str]:
    """Let somebody into a channel; returns the guest and the channel's name. Raises Refused."""
    user = session.user
    assert user is not None
    channel = chat.world.channel(name)
    guest = chat.world.user(nick)
    if channel is None:
        raise Refused(Code.NO_SUCH_CHANNEL, name)
    check_invite(channel, user)
    if guest is None:
        raise Refused(Code.NO_SUCH_NICK, nick)
    if guest.uid in channel.members:
        raise Refused(Code.ALREADY_ON_CHANNEL, guest.nick, channel.name)
    chat.emit(
        Invited(**chat.stamp(user), channel=channel.key, name=channel.name, guest_uid=guest.uid, guest=guest.nick),
        session,
    )
    chat.emit(InviteSeen(**chat.stamp(user), channel=channel.key, name=channel.name, guest=guest.nick))
    return guest, channel.name


def knock(chat: Chat, session: Session, name: str, reason: str) -> Channel:
    """Ask to be let in. Raises Refused."""
    user = session.user
    assert user is not None
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
    chat.emit(Knocked(**chat.stamp(user), channel=channel.key, name=channel.name, reason=reason), session)
    return channel


def rename_channel(chat: Chat, session: Session, name: str, new: str, reason: str) -> None:
    """Give a channel another name, with everybody in it and its past (IRCv3 channel-rename). Raises Refused."""
    user = session.user
    assert user is not None
    channel = chat.world.channel(name)
    if channel is None:
        raise Refused(Code.NO_SUCH_CHANNEL, name)
    if not user.may("channels"):
        check_rank(channel, user, OPERATOR)
        if channel.founder and channel.founder != user.account_id:
            raise Refused(Code.NEED_FOUNDER, channel.name)
    if not valid_channel(new, chat.config.limits.channel_length):
        raise Refused(Code.CANNOT_RENAME, channel.name, new, "that is no channel name")
    if fold(new) != channel.key:
        alike = chat.world.registry.channel_alike(new)
        if (
            chat.world.channel(new) is not None
            or alike not in {"", channel.key}
            or fold(new) in chat.world.registry.channels
        ):
            raise Refused(Code.CHANNEL_NAME_IN_USE, channel.name, new)
        if fold(channel.name) in map(fold, chat.config.rooms.permanent):
            raise Refused(Code.CANNOT_RENAME, channel.name, new, "the configuration names it")
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
        session,
    )
    if record is not None:
        version = record.version
        if old != channel.key:
            chat.records.drop_soon("channel", old)
            version = 0  # there is none of the new name
        chat.records.keep_soon(msgspec.structs.replace(with_state(record, channel), version=version))
    throttled = chat.recent_joins.pop(old, None)
    if throttled is not None:
        chat.recent_joins[channel.key] = throttled
