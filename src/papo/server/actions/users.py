"""What users change about themselves: away, real name, user modes, read markers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from papo.protocol.text import cut
from papo.server.actions.actor import user_of
from papo.server.world.errors import Code, Refused
from papo.server.world.events import Accepted, AwaySet, MarkerSet, RealnameSet, UserModesSet
from papo.server.world.names import fold

if TYPE_CHECKING:
    from papo.server.actions.actor import Actor
    from papo.server.delivery.chat import Chat
    from papo.server.world.user import User

MARKERS_PER_CHANNEL = 10
"""Read markers that a user may have, for each channel that they may join."""


def set_away(chat: Chat, actor: Actor, message: str | None) -> None:
    """Go away with a message, or come back (None). Nothing happens if that changes nothing."""
    user = user_of(actor)
    message = cut(message, chat.config.limits.away_length) if message else None
    if message != user.away:
        chat.emit(AwaySet(**chat.stamp(user), message=message, channels=user.channels), actor.origin)


def set_realname(chat: Chat, actor: Actor, realname: str) -> None:
    """Change the real name."""
    user = user_of(actor)
    chat.emit(RealnameSet(**chat.stamp(user), realname=realname, channels=user.channels), actor.origin)


def set_modes(chat: Chat, actor: Actor, changes: Iterable[tuple[str, str]], snomask: str | None = None) -> None:
    """Change user modes by (sign, letter), without those that change nothing; `snomask` None keeps the old one."""
    user = user_of(actor)
    real = tuple((sign, letter) for sign, letter in changes if (letter in user.modes) != (sign == "+"))
    if real or snomask is not None:
        chat.emit(UserModesSet(**chat.stamp(user), changes=real, snomask=snomask), actor.origin)


def end_operator(chat: Chat, user: User) -> None:
    """The user is no operator of the server any more, if they are one."""
    if user.is_operator:
        changes = tuple(("-", letter) for letter in "os" if letter in user.modes)
        chat.emit(UserModesSet(**chat.stamp(user), changes=changes, snomask=""))


def accept(chat: Chat, actor: Actor, other: User, *, on: bool = True) -> None:
    """Let a user without an account write in spite of user mode +R, or no longer."""
    chat.emit(Accepted(**chat.stamp(user_of(actor)), other=other.uid, on=on))


def mark_read(chat: Chat, actor: Actor, target: str, at_ms: int) -> bool:
    """Remember up to when the actor has read a conversation; False if they have read further. Raises Refused.

    Nothing that is still to come has been read: a time after now was that of a wrong clock.
    """
    user = user_of(actor)
    at_ms = min(at_ms, chat.now_ms())
    markers = chat.world.read_markers.get(user.identity, {})
    if at_ms <= markers.get(fold(target), -1):
        return False
    if len(markers) >= chat.config.limits.channels_per_user * MARKERS_PER_CHANNEL and fold(target) not in markers:
        raise Refused(Code.TOO_MANY_MARKERS, target)
    stamp = chat.stamp(user) | {"source": chat.config.server.name}
    chat.emit(MarkerSet(**stamp, identity=user.identity, target=target, read_at_ms=at_ms), actor.origin)
    return True
