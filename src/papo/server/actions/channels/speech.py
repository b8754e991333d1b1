"""What may be said in a channel, and how: the same for messages, edits, topics, and reasons that others are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from papo.protocol.text import as_action, has_colours, is_ctcp, without_formatting
from papo.server.actions.channels import rates
from papo.server.world.errors import Code, Refused
from papo.server.world.modes import HALF_OPERATOR
from papo.server.world.permissions import SERVER, check_speak

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.world.channel import Channel
    from papo.server.world.user import User

Lines: TypeAlias = tuple[tuple[bool, str], ...]
"""Of a multiline message, as in `MessageSent.lines`."""

SPEECH_MODES = frozenset("CSTc") | rates.MESSAGE_LIMITS
"""Letters of the modes that `as_allowed` looks at."""


def checked(chat: Chat, channel: Channel, user: User, text: str, verb: str = "PRIVMSG") -> str:
    """The text as the channel gets it, if the user may say it there now. Raises Refused."""
    check_speak(channel, user)
    return as_allowed(chat, channel, user, text, verb)[0]


def reason(chat: Chat, channel: Channel, user: User, text: str) -> str:
    """The text as the channel gets it with something that nobody refuses, such as a PART; "" if it may not."""
    try:
        return checked(chat, channel, user, text) if text else ""
    except Refused:
        return ""


def quit_reason(chat: Chat, user: User, text: str) -> str:
    """The same for all channels of a user."""
    for key in user.channels:
        text = reason(chat, chat.world.channels[key], user, text)
    return text


def as_allowed(  # noqa: PLR0917 -- who says what, how
    chat: Chat, channel: Channel, user: User, text: str, verb: str, lines: Lines = ()
) -> tuple[str, Lines]:
    """Text and lines without what the channel's modes strip; counts as a message. Raises Refused if they forbid it."""
    modes = channel.modes
    if SPEECH_MODES.isdisjoint(modes):
        return text, lines
    if "T" in modes and verb == "NOTICE" and channel.rank(user.uid) < HALF_OPERATOR and not user.may(SERVER):
        raise Refused(Code.CANNOT_SEND, channel.name, "notices are not allowed here (+T)")
    if "C" in modes and has_ctcp(text, lines):
        raise Refused(Code.CANNOT_SEND, channel.name, "CTCP is not allowed here (+C)")
    if "c" in modes and has_colours(text):
        raise Refused(Code.CANNOT_SEND, channel.name, "colours and styles are not allowed here (+c)")
    if "S" in modes and text:
        text, lines = _plain(text), tuple((joined, _plain(line)) for joined, line in lines)
        if not text.strip():
            raise Refused(Code.NO_TEXT)
    if not channel.members.get(user.uid):
        rates.count_message(chat, channel, user)
    return text, lines


def has_ctcp(text: str, lines: Lines = ()) -> bool:
    """Whether it is CTCP other than an action; some clients get each line as a message of its own."""
    return any(is_ctcp(each) and as_action(each) is None for each in (text, *(line for _, line in lines)))


def _plain(text: str) -> str:
    action = as_action(text)
    return without_formatting(text) if action is None else f"\x01ACTION {without_formatting(action)}\x01"
