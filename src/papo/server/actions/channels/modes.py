"""Change a channel's modes, lists and ranks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from papo.protocol.text import cut
from papo.server.actions import lookup
from papo.server.actions.actor import user_of
from papo.server.actions.channels import rates
from papo.server.world import masks
from papo.server.world.errors import Code, Refused
from papo.server.world.events import ModesChanged
from papo.server.world.modes import (
    CHANNEL_FLAGS,
    FOUNDER,
    HALF_OPERATOR,
    KEY_MODES,
    LIST_MODES,
    OPERATOR,
    PARAMETER_MODES,
    PREFIX_MODES,
    PRIVATE_MODES,
    RATE_MODES,
)
from papo.server.world.names import fold, valid_channel
from papo.server.world.permissions import SERVER

if TYPE_CHECKING:
    from papo.server.actions.actor import Actor
    from papo.server.delivery.chat import Chat
    from papo.server.world.channel import Channel
    from papo.server.world.user import User

_KEY = re.compile(r"[^\x00-\x20\x7f,:][^\x00-\x20\x7f,]{0,63}")


class _Collected:
    """The changes that are allowed so far; the channel itself does not change yet."""

    def __init__(self, chat: Chat, channel: Channel, user: User, *, force: bool) -> None:
        self.chat = chat
        self.channel = channel
        self.user = user
        self.force = force
        self.rank = FOUNDER if force or user.may(SERVER) else channel.rank(user.uid)
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
    actor: Actor,
    channel: Channel,
    wanted: Sequence[tuple[str, str, str | None]],
    *,
    force: bool = False,
) -> list[Refused]:
    """Make those changes (sign, letter, parameter) that the actor may make; returns the refusals of the others.

    `force` is for operators of the server (SAMODE).
    """
    user = user_of(actor)
    collected = _Collected(chat, channel, user, force=force)
    refusals: list[Refused] = []
    for sign, letter, parameter in wanted:
        try:
            _change_one(collected, sign, letter, parameter)
        except Refused as refused:
            if not refusals or refusals[-1].args != refused.args:
                refusals.append(refused)
    if collected.done:
        stayed = channel.stays
        chat.emit(
            ModesChanged(
                **chat.stamp(user),
                channel=channel.key,
                name=channel.name,
                changes=tuple(collected.done),
                targets=tuple(collected.targets),
                history_scope=_history_scope(channel, collected.done),
            ),
            actor.origin,
        )
        if stayed or channel.stays:
            chat.keep_channel(channel)
    return refusals


def _history_scope(channel: Channel, changes: list[tuple[str, str, str | None]]) -> int:
    """Of a change of modes: what closes the channel, such as a key, is said behind the door that it closes."""
    closes = any(sign == "+" and letter in PRIVATE_MODES for sign, letter, _ in changes)
    return channel.created_at_ms if closes else channel.history_scope


def _change_one(collected: _Collected, sign: str, letter: str, parameter: str | None) -> None:
    if letter in PREFIX_MODES:
        _change_prefix(collected, sign, letter, parameter or "")
    elif letter in LIST_MODES:
        _change_list(collected, sign, letter, parameter or "")
    elif letter in KEY_MODES + PARAMETER_MODES:
        _change_parameter(collected, sign, letter, parameter)
    elif letter in CHANNEL_FLAGS:
        collected.need(OPERATOR)
        if letter == "P" and not collected.user.may("channels"):
            raise Refused(Code.NEED_OPERATOR)
        if (letter in collected.channel.modes) != (sign == "+"):
            if letter == "z" and sign == "+":
                _check_all_secure(collected)
            collected.add(sign, letter, None)


def _check_all_secure(collected: _Collected) -> None:
    """Raises Refused if a member would hear over a connection without TLS what is for TLS only (as in InspIRCd)."""
    users = collected.chat.world.users
    for uid in collected.channel.members:
        if uid in users and not users[uid].secure:
            raise Refused(Code.ALL_MUST_BE_SECURE, collected.channel.name, users[uid].nick)


def _change_prefix(collected: _Collected, sign: str, letter: str, nick: str) -> None:
    channel = collected.channel
    victim = lookup.get_member(collected.chat, channel, nick)
    if not (victim is collected.user and sign == "-"):
        collected.need({"v": HALF_OPERATOR, "h": OPERATOR, "o": OPERATOR}.get(letter, FOUNDER))
        if sign == "-" and channel.rank(victim.uid) > collected.rank:
            raise Refused(Code.NEED_HIGHER_RANK, channel.name)
    if (letter in channel.members[victim.uid]) != (sign == "+"):
        collected.add(sign, letter, victim.nick, victim.uid)


def _change_list(collected: _Collected, sign: str, letter: str, mask: str) -> None:
    collected.need(HALF_OPERATOR)
    entries = collected.channel.lists[letter]
    mask = cut(masks.normalise(mask), 250)
    old = next((entry for entry in entries if fold(entry) == fold(mask)), None)
    if sign == "-":
        if old is not None:
            collected.add("-", letter, old)
    elif old is None:
        limits = collected.chat.config.limits
        added = sum(1 for done in collected.done if done[:2] == ("+", letter))
        if len(entries) + added >= limits.list_entries:
            raise Refused(Code.LIST_FULL, collected.channel.name, mask, letter)
        collected.add("+", letter, mask)


def _change_parameter(collected: _Collected, sign: str, letter: str, parameter: str | None) -> None:
    collected.need(OPERATOR)
    modes = collected.channel.modes
    if sign == "-":
        if letter in modes:
            collected.add("-", letter, modes[letter] if letter in KEY_MODES else None)
        return
    value = _valid_parameter(collected, letter, parameter or "")
    if value is not None and modes.get(letter) != value:
        collected.add("+", letter, value)


def _valid_parameter(collected: _Collected, letter: str, value: str) -> str | None:
    """The parameter in its kept form; None if it is not valid. Raises Refused for a bad key or forward."""
    if letter == "k":
        if not _KEY.fullmatch(value) or len(value.encode()) > collected.chat.config.limits.key_length:
            raise Refused(Code.INVALID_KEY, collected.channel.name)
        return value
    if letter == "l":
        return str(int(value)) if value.isascii() and value.isdigit() and len(value) < 10 and int(value) else None
    if letter in RATE_MODES:
        return rates.valid_parameter(letter, value)
    other = collected.chat.world.channel(value)
    if not valid_channel(value, collected.chat.config.limits.channel_length) or other is None:
        raise Refused(Code.BAD_FORWARD, collected.channel.name, letter, value)
    if not collected.force and other.rank(collected.user.uid) < OPERATOR:
        raise Refused(Code.NEED_CHANNEL_OPERATOR, other.name)
    return other.name
