"""Delete or edit a message that was sent.

A user who may not see a message learns nothing about it: its msgid is as unknown to them as an invented one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from papo.protocol.text import cut
from papo.server.actions import history, uploads
from papo.server.actions.actor import user_of
from papo.server.actions.channels import speech
from papo.server.actions.say import check_private
from papo.server.delivery.ports import EDIT, REACTION, REDACTION
from papo.server.world.errors import Code, Refused
from papo.server.world.events import AnyEvent, Edited, MessageSent, Redacted
from papo.server.world.modes import HALF_OPERATOR
from papo.server.world.permissions import SERVER

if TYPE_CHECKING:
    from papo.server.actions.actor import Actor
    from papo.server.delivery.chat import Chat
    from papo.server.world.user import User

EVERY_KIND = (REACTION, REDACTION, EDIT)


async def redact(chat: Chat, actor: Actor, target: str, msgid: str, reason: str) -> None:
    """Delete one's own message, or any message as an operator of the channel. Raises Refused."""
    user = user_of(actor)
    message = await visible(chat, user, target, msgid)
    unlinked = await uploads.linked_by(chat, message, moderated=_moderates(chat, user, message))
    if not _moderates(chat, user, message):
        if not _is_own(chat, user, message):
            raise Refused(Code.FORBIDDEN, target, msgid)
        _check_window(chat, message, target, msgid)
    reason = _as_allowed(chat, actor, message, reason) if reason else ""
    chat.emit(
        Redacted(
            **chat.stamp(user),
            target=message.target,
            channel=message.channel,
            to_uid=_other_uid(chat, user, message),
            conversation=message.conversation,
            of=msgid,
            reason=cut(reason, chat.config.limits.kick_length),
            unlinked=unlinked,
            rank=message.rank,
            history_scope=message.history_scope,
        ),
        actor.origin,
    )
    await _remove_files(chat, message, target)


async def edit(chat: Chat, actor: Actor, target: str, msgid: str, text: str) -> None:
    """Change the text of one's own message. Raises Refused."""
    user = user_of(actor)
    message = await visible(chat, user, target, msgid)
    kept = uploads.linked(text)
    unlinked = tuple(file for file in await uploads.linked_by(chat, message) if file not in kept)
    if not _is_own(chat, user, message) or message.verb == "TAGMSG":
        raise Refused(Code.FORBIDDEN, target, msgid)
    _check_window(chat, message, target, msgid)
    text = _as_allowed(chat, actor, message, text, message.verb)
    chat.emit(
        Edited(
            **chat.stamp(user),
            target=message.target,
            channel=message.channel,
            to_uid=_other_uid(chat, user, message),
            conversation=message.conversation,
            of=msgid,
            verb=message.verb,
            text=text,
            unlinked=unlinked,
            rank=message.rank,
            history_scope=message.history_scope,
        ),
        actor.origin,
    )
    await _remove_files(chat, message, target)


def _as_allowed(chat: Chat, actor: Actor, message: MessageSent, text: str, verb: str = "PRIVMSG") -> str:
    """A text that belongs to a message as the others get it, if the actor may say it to them now. Raises Refused."""
    user = user_of(actor)
    if message.channel is not None:
        channel = chat.world.channels.get(message.channel)
        if channel is None:  # it was renamed, or the user has left, while the disk was read
            raise Refused(Code.INVALID_TARGET, message.target)
        return speech.checked(chat, channel, user, text, verb)
    other = chat.world.users.get(_other_uid(chat, user, message) or "")
    if other is not None and other is not user:
        check_private(chat, actor, other, text)
    return text


async def _remove_files(chat: Chat, message: MessageSent, target: str) -> None:
    """Delete the files that no message links to any more, when that is on disk; `server.upkeep` does it later too.

    Raises Refused.
    """
    if uploads.linked(message.text):
        await chat.journal.committed(target)
        await uploads.remove_unlinked(chat)


async def visible(chat: Chat, user: User, target: str, msgid: str) -> MessageSent:
    """The message, if the user may see it. Raises Refused."""
    try:
        page = history.view(chat, user, target, 1, everything=False)
    except Refused:
        raise Refused(Code.INVALID_TARGET, target) from None
    page = msgspec.structs.replace(page, also=EVERY_KIND)
    await chat.journal.flush()
    event: AnyEvent | None = await chat.store.find(page, msgid)
    # The user may have left the channel while the disk was read.
    try:
        history.view(chat, user, target, 1, everything=False)
    except Refused:
        raise Refused(Code.INVALID_TARGET, target) from None
    if not isinstance(event, MessageSent):
        raise Refused(Code.UNKNOWN_MSGID, target, msgid)
    return event


def _is_own(chat: Chat, user: User, message: MessageSent) -> bool:
    """By session, else by account: a nick proves nothing."""
    if message.uid == user.uid:
        return True
    account = chat.world.registry.accounts.get(user.account_id)
    if account is None or message.relayed_by:
        return False
    if message.account_id:
        return message.account_id == account.id
    return message.account == account.name and message.at_ms >= account.named_at_ms


def _moderates(chat: Chat, user: User, message: MessageSent) -> bool:
    if message.channel is None:
        return False
    channel = chat.world.channels.get(message.channel)
    return channel is not None and (channel.rank(user.uid) >= HALF_OPERATOR or user.may(SERVER))


def _check_window(chat: Chat, message: MessageSent, target: str, msgid: str) -> None:
    window_s = chat.config.limits.edit_window_s
    if window_s and chat.now_ms() - message.at_ms > window_s * 1000:
        raise Refused(Code.WINDOW_EXPIRED, target, msgid, str(window_s))


def _other_uid(chat: Chat, user: User, message: MessageSent) -> str | None:
    """Of the other side of a private message now, by identity: another user may have the nick. None for a channel."""
    if message.channel is not None:
        return None
    one, _, other = message.conversation.partition(" ")
    identity = other if one == user.identity else one
    if identity[0] == "~":
        return identity[1:]
    return next((user.uid for user in chat.world.users.values() if user.account_id == identity), None)
