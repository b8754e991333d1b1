"""Links that let people into a channel: made by who may invite, good for some days."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from papo.server.world.errors import Code, Refused
from papo.server.world.permissions import check_invite
from papo.server.world.records import Invitation

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.world.channel import Channel
    from papo.server.world.user import User

DAYS = 7
MOST_DAYS = 365
MOST = 50
"""Links of one channel that are good at a time."""
CODE_BYTES = 12
DAY_MS = 86_400_000


async def make(chat: Chat, user: User, name: str, days: int = DAYS) -> Invitation:
    """A new link into a channel. Raises Refused."""
    channel = chat.world.channel(name)
    if channel is None or (user.uid not in channel.members and "s" in channel.modes):
        raise Refused(Code.NO_SUCH_CHANNEL, name)
    check_invite(channel, user)
    good = []
    for each in tuple(chat.world.registry.invitations.values()):
        if each.until_ms <= chat.now_ms():
            await chat.records.drop("invitation", each.code)
        elif each.channel == channel.key:
            good.append(each)
    if len(good) >= MOST:
        await chat.records.drop("invitation", min(good, key=lambda each: each.until_ms).code)
    invitation = Invitation(
        code=secrets.token_urlsafe(CODE_BYTES),
        channel=channel.key,
        history_scope=channel.created_at_ms,
        by=user.nick,
        until_ms=chat.now_ms() + max(1, min(days, MOST_DAYS)) * DAY_MS,
    )
    await chat.records.keep(invitation)
    return invitation


def find(chat: Chat, code: str) -> tuple[Invitation, Channel] | None:
    """The link of this code and where it leads; None where it is not good now."""
    invitation = chat.world.registry.invitations.get(code)
    if invitation is None or invitation.until_ms <= chat.now_ms():
        return None
    channel = chat.world.channels.get(invitation.channel)
    return None if channel is None or channel.created_at_ms != invitation.history_scope else (invitation, channel)


def opens(chat: Chat, channel: Channel, code: str) -> bool:
    """Whether what was given as a channel's key is a good link into it."""
    found = find(chat, code) if code else None
    return found is not None and found[1] is channel
