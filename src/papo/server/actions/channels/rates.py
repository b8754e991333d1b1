"""How often users may join a channel and speak in it: one row for each mode that says so. Each node counts for itself.

The key is the channel itself, not its name: counts survive a RENAME, and a new channel of the same name starts empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from papo.server.world.errors import Code, Refused
from papo.server.world.permissions import SERVER

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.world.channel import Channel
    from papo.server.world.user import User


class Limit(NamedTuple):
    """A mode whose parameter is `SECONDS`, or `COUNT:SECONDS`."""

    parameter: re.Pattern[str]
    """What the parameter must look like."""
    per_user: bool
    """Whether each user has a count of their own; else all of them share one."""
    code: Code
    text: str = ""
    """What to add to the refusal."""


_SECONDS = re.compile(r"(?=.{1,5}$)0*[1-9][0-9]*")
_COUNT_AND_SECONDS = re.compile(r"[1-9][0-9]{0,3}:[1-9][0-9]{0,4}")

_JOINS: Mapping[str, Limit] = {
    "j": Limit(_COUNT_AND_SECONDS, per_user=False, code=Code.JOIN_THROTTLED),
}
_MESSAGES: Mapping[str, Limit] = {
    "W": Limit(
        _SECONDS, per_user=True, code=Code.CANNOT_SEND, text="slow mode: wait a little before your next message (+W)"
    ),
}
"""Members with voice or more, and the server, speak as often as they like."""
MESSAGE_LIMITS = frozenset(_MESSAGES)
"""Letters of the modes that `count_message` looks at."""


def is_limit(letter: str) -> bool:
    """Whether the mode is one of these."""
    return letter in _JOINS or letter in _MESSAGES


def valid_parameter(letter: str, value: str) -> str | None:
    """The parameter of one of these modes in its kept form; None if it is not valid."""
    limit = _JOINS.get(letter) or _MESSAGES[letter]
    if not limit.parameter.fullmatch(value):
        return None
    return ":".join(str(int(number)) for number in value.split(":"))


def count_join(chat: Chat, channel: Channel, user: User) -> None:
    """One more join. Raises Refused."""
    _count(chat, channel, user, _JOINS)


def count_message(chat: Chat, channel: Channel, user: User) -> None:
    """One more message. Raises Refused."""
    if not user.may(SERVER):
        _count(chat, channel, user, _MESSAGES)


def _count(chat: Chat, channel: Channel, user: User, limits: Mapping[str, Limit]) -> None:
    for letter, limit in limits.items():
        setting = channel.modes.get(letter)
        if setting is None:
            continue
        count, _, seconds = setting.rpartition(":")
        key = (letter, channel, user.uid if limit.per_user else "")
        now_s = chat.monotonic_s()
        if not chat.channel_rates.allow(key, int(count or 1), int(seconds), now_s):
            raise Refused(limit.code, channel.name, *((limit.text,) if limit.text else ()))
        chat.journal.undo.note(chat.channel_rates.take_back, key, now_s)
