"""Links that let their holders join a channel for some days; who may invite may create them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from papo.protocol.times import DAY_MS
from papo.server.actions.actor import user_of
from papo.server.world.errors import Code, Refused
from papo.server.world.permissions import SERVER, check_invite
from papo.server.world.records import Invitation

if TYPE_CHECKING:
    from papo.server.actions.actor import Actor
    from papo.server.delivery.chat import Chat
    from papo.server.world.channel import Channel

DAYS = 7
MAX_DAYS = 365
MAX_LINKS = 50
"""Valid links of one channel at a time; a new one replaces the one that expires first."""
CODE_BYTES = 12


async def create(chat: Chat, actor: Actor, name: str, days: int = DAYS) -> Invitation:
    """A new link into a channel. Raises Refused."""
    user = user_of(actor)
    channel = chat.world.channel(name)
    if channel is None or (user.uid not in channel.members and "s" in channel.modes and not user.may(SERVER)):
        raise Refused(Code.NO_SUCH_CHANNEL, name)
    check_invite(channel, user)
    valid = []
    for old in tuple(chat.world.registry.invitations.values()):
        if old.until_ms <= chat.clock.believed_ms:
            chat.records.delete_soon("invitation", old.code)
        elif old.channel == channel.key and old.until_ms > chat.now_ms():
            valid.append(old)
    if len(valid) >= MAX_LINKS:
        # In the commit of the new one: if that is refused, the old one stays valid.
        chat.records.delete_soon("invitation", min(valid, key=lambda old: old.until_ms).code)
    invitation = Invitation(
        code=secrets.token_urlsafe(CODE_BYTES),
        channel=channel.key,
        history_scope=channel.created_at_ms,
        by=user.nick,
        until_ms=chat.now_ms() + max(1, min(days, MAX_DAYS)) * DAY_MS,
    )
    await chat.records.store(invitation)
    return invitation


def find(chat: Chat, code: str) -> tuple[Invitation, Channel] | None:
    """The link with this code and its channel; None if it has expired, or the channel is another one now."""
    invitation = chat.world.registry.invitations.get(code)
    if invitation is None or invitation.until_ms <= chat.now_ms():
        return None
    channel = chat.world.channels.get(invitation.channel)
    return None if channel is None or channel.created_at_ms != invitation.history_scope else (invitation, channel)


def opens(chat: Chat, channel: Channel, code: str) -> bool:
    """Whether a channel key is the code of a valid link into the channel."""
    found = find(chat, code) if code else None
    return found is not None and found[1] is channel
