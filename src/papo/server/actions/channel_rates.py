"""Join throttle (mode j) and slow mode (mode W) of channels. Each node counts for itself.

The key is the channel itself, not its name: counts survive a RENAME, and a new channel of the same name starts empty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.server.world.errors import Code, Refused

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.world.channel import Channel
    from papo.server.world.user import User


def count_join(chat: Chat, channel: Channel) -> None:
    """Mode j `count:seconds`: at most so many joins in that time. Raises Refused."""
    setting = channel.modes.get("j")
    if setting is None:
        return
    count, _, seconds = setting.partition(":")
    if not chat.channel_rates.allow(channel, int(count), int(seconds), chat.monotonic_s()):
        raise Refused(Code.JOIN_THROTTLED, channel.name)


def count_message(chat: Chat, channel: Channel, user: User) -> None:
    """Mode W `seconds`: one message of a user in that time. Raises Refused."""
    seconds = int(channel.modes["W"] or 0)
    if not chat.channel_rates.allow((channel, user.uid), 1, seconds, chat.monotonic_s()):
        raise Refused(Code.CANNOT_SEND, channel.name, "slow mode: wait a little before your next message (+W)")
