"""What can be done to a message that was said: delete it, change it, react to it.

Whoever may not see a message learns nothing about it: a msgid of another channel is as unknown as an invented one (F8).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from papo.protocol.text import cut
from papo.server.actions import history
from papo.server.delivery.ports import EDIT, REACTION, REDACTION
from papo.server.world.errors import Code, Refused
from papo.server.world.events import AnyEvent, Edited, MessageSent, Redacted
from papo.server.world.modes import HALF_OPERATOR
from papo.server.world.permissions import check_speak

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.session import Session
    from papo.server.world.user import User

EVERY_KIND = (REACTION, REDACTION, EDIT)


async def redact(chat: Chat, session: Session, target: str, msgid: str, reason: str) -> None:
    """Delete a message: one's own, or as operator of the channel anybody's. Raises Refused."""
    user = session.user
    assert user is not None
    said = await visible(chat, user, target, msgid)
    mine = _is_mine(chat, user, said)
    if not mine and not _moderates(chat, user, said):
        raise Refused(Code.FORBIDDEN, target, msgid)
    if mine and not _moderates(chat, user, said):
        _check_window(chat, said, target, msgid)
    chat.emit(
        Redacted(
            **chat.stamp(user),
            target=said.target,
            channel=said.channel,
            to_uid=_other(chat, user, said),
            conversation=said.conversation,
            of=msgid,
            reason=cut(reason, chat.config.limits.kick_length),
            rank=said.rank,
            history_scope=said.history_scope,
        ),
        session,
    )


async def edit(chat: Chat, session: Session, target: str, msgid: str, text: str) -> None:
    """Change what one said oneself. Raises Refused."""
    user = session.user
    assert user is not None
    said = await visible(chat, user, target, msgid)
    if not _is_mine(chat, user, said) or said.verb == "TAGMSG":
        raise Refused(Code.FORBIDDEN, target, msgid)
    _check_window(chat, said, target, msgid)
    if said.channel is not None:
        channel = chat.world.channels[said.channel]
        check_speak(channel, user)
    chat.emit(
        Edited(
            **chat.stamp(user),
            target=said.target,
            channel=said.channel,
            to_uid=_other(chat, user, said),
            conversation=said.conversation,
            of=msgid,
            verb=said.verb,
            text=text,
            rank=said.rank,
            history_scope=said.history_scope,
        ),
        session,
    )


async def visible(chat: Chat, user: User, target: str, msgid: str) -> MessageSent:
    """The message, if the person may see it. Raises Refused."""
    try:
        page = history.view(chat, user, target, 1, everything=False)
    except Refused:
        raise Refused(Code.INVALID_TARGET, target) from None
    page = msgspec.structs.replace(page, also=EVERY_KIND)
    await chat.journal.settled()
    event: AnyEvent | None = await chat.store.find(page, msgid)
    # The world may have changed while the disk was asked.
    try:
        history.view(chat, user, target, 1, everything=False)
    except Refused:
        raise Refused(Code.INVALID_TARGET, target) from None
    if not isinstance(event, MessageSent):
        raise Refused(Code.UNKNOWN_MSGID, target, msgid)
    return event


def _is_mine(chat: Chat, user: User, said: MessageSent) -> bool:
    """By account where there was one, else by the session: a nick proves nothing."""
    if said.uid == user.uid:
        return True
    account = chat.world.registry.accounts.get(user.account_id)
    if account is None or said.relayed_by:
        return False
    return said.account == account.name and said.at_ms >= account.named_at_ms


def _moderates(chat: Chat, user: User, said: MessageSent) -> bool:
    if said.channel is None:
        return False
    channel = chat.world.channels.get(said.channel)
    return channel is not None and channel.rank(user.uid) >= HALF_OPERATOR


def _check_window(chat: Chat, said: MessageSent, target: str, msgid: str) -> None:
    window_s = chat.config.limits.edit_window_s
    if window_s and chat.now_ms() - said.at_ms > window_s * 1000:
        raise Refused(Code.WINDOW_EXPIRED, target, msgid, str(window_s))


def _other(chat: Chat, user: User, said: MessageSent) -> str | None:
    """The session, now, of the other side of a private message; by identity: another may have the nick."""
    if said.channel is not None:
        return None
    one, _, other = said.conversation.partition(" ")
    identity = other if one == user.identity else one
    if identity[0] == "~":
        return identity[1:]
    return next((each.uid for each in chat.world.users.values() if each.account_id == identity), None)
