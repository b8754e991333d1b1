"""Send a message to a channel or to a user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.server.actions import users
from papo.server.actions.actor import user_of
from papo.server.actions.channels import speech
from papo.server.actions.channels.speech import SPEECH_MODES, Lines
from papo.server.world.errors import Code, Refused
from papo.server.world.events import NO_TAGS, JoinRevealed, MessageSent
from papo.server.world.modes import HALF_OPERATOR, PREFIXES, RANK_OF_PREFIX
from papo.server.world.names import fold, is_channel
from papo.server.world.permissions import SERVER, check_rank, check_speak

if TYPE_CHECKING:
    from papo.server.actions.actor import Actor
    from papo.server.delivery.chat import Chat
    from papo.server.world.nonce import Nonce
    from papo.server.world.user import User


def say(
    chat: Chat,
    actor: Actor,
    target: str,
    text: str,
    *,
    verb: str = "PRIVMSG",
    tags: dict[str, str] = NO_TAGS,
    lines: Lines = (),
    nonce: Nonce | None = None,
) -> User | None:
    """Send `text` to `target`: `#room`, `@#room` (members of that rank or above), or a nick.

    `lines` are those of a multiline message; a `nonce` must not be in the store yet
    (`resend`). Returns the recipient of a private message. Raises Refused.
    """
    if chat.journal.overloaded:
        raise Refused(Code.BUSY, "the disk cannot keep up; try again in a moment")
    name = target.lstrip(PREFIXES) if target[:1] in PREFIXES else target
    if is_channel(name):
        _to_channel(chat, actor, target, name, text, verb, tags, lines, nonce)
        return None
    return _to_user(chat, actor, target, text, verb, tags, lines, nonce)


def _to_channel(  # noqa: PLR0917 -- private, and on the hot path
    chat: Chat,
    actor: Actor,
    target: str,
    name: str,
    text: str,
    verb: str,
    tags: dict[str, str],
    lines: Lines,
    nonce: Nonce | None,
) -> None:
    user = actor.user
    assert user is not None
    channel = chat.world.channels.get(fold(name))
    if channel is None or (
        user.uid not in channel.members and "s" in channel.modes and not (user.is_operator or user.may(SERVER))
    ):
        raise Refused(Code.NO_SUCH_CHANNEL, name)
    rank = 0 if name is target else RANK_OF_PREFIX[target[0]]
    try:
        check_speak(channel, user)
    except Refused:
        if "U" not in channel.modes or user.uid not in channel.members:
            raise
        rank = max(rank, HALF_OPERATOR)
    if not SPEECH_MODES.isdisjoint(channel.modes) and verb != "TAGMSG":
        text, lines = speech.as_allowed(chat, channel, user, text, verb, lines)
    if user.uid in channel.hidden:
        chat.emit(
            JoinRevealed(
                **chat.stamp(user),
                channel=channel.key,
                name=channel.name,
                realname=user.realname,
                history_scope=channel.history_scope,
            )
        )
    at_ms = chat.now_ms()
    if nonce is not None:
        chat.nonces.add(nonce.key, at_ms)
    chat.emit(
        MessageSent(
            uid=user.uid,
            source=user.source,
            at_ms=at_ms,
            msgid=chat.ids.msgid(at_ms),
            account=user.account,
            account_id=user.account_id,
            bot="B" in user.modes,
            oper=user.operator,
            verb=verb,
            target=target,
            channel=channel.key,
            conversation=channel.key,
            text=text,
            tags=tags,
            rank=rank,
            # Who opens the name again is its operator, and no operator of this channel.
            history_scope=channel.created_at_ms if rank else channel.history_scope,
            lines=lines,
            nonce=nonce,
        ),
        actor.origin,
    )


def _to_user(  # noqa: PLR0917 -- private
    chat: Chat,
    actor: Actor,
    target: str,
    text: str,
    verb: str,
    tags: dict[str, str],
    lines: Lines,
    nonce: Nonce | None,
) -> User:
    user = user_of(actor)
    nick = target.partition("!")[0].partition("@")[0] or target
    other = chat.world.user(nick)
    if other is None:
        raise Refused(Code.NO_SUCH_NICK, target)
    if other is not user:
        check_private(chat, actor, other, text, lines)
    stamp = chat.stamp(user)
    if nonce is not None:
        chat.nonces.add(nonce.key, stamp["at_ms"])
    chat.emit(
        MessageSent(
            **stamp,
            verb=verb,
            target=other.nick,
            channel=None,
            to_uid=other.uid,
            conversation=" ".join(sorted((user.identity, other.identity))),
            text=text,
            tags=tags,
            lines=lines,
            nonce=nonce,
        ),
        actor.origin,
    )
    return other


def check_private(chat: Chat, actor: Actor, other: User, text: str, lines: Lines = ()) -> None:
    """Raises Refused if the other's user modes forbid to say this to them."""
    user = user_of(actor)
    accepted = chat.world.accepted
    if user.may(SERVER):
        return
    if "R" in other.modes and user.account is None and user.uid not in accepted.get(other.uid, ()):
        raise Refused(Code.NOT_ACCEPTED, other.nick)
    if "R" in user.modes and other.account is None and other.uid not in accepted.get(user.uid, ()):
        users.accept(chat, actor, other)  # so that the other can answer
    if "T" in other.modes and speech.has_ctcp(text, lines):
        raise Refused(Code.CANNOT_SEND_TO_USER, other.nick, "they accept no CTCP (+T)")


def relay(  # noqa: PLR0917 -- the parts of a message
    chat: Chat, actor: Actor, target: str, name: str, text: str, tags: dict[str, str] = NO_TAGS
) -> None:
    """Send a message on behalf of a user of another network (RELAYMSG): `name` holds a `/`, as no nick here can.

    Raises Refused.
    """
    user = user_of(actor)
    channel = chat.world.channel(target)
    if channel is None or (user.uid not in channel.members and not user.may(SERVER)):
        raise Refused(Code.NO_SUCH_CHANNEL, target)
    if not user.may("relay"):
        check_rank(channel, user, HALF_OPERATOR)
    text = speech.checked(chat, channel, user, text)
    username, host = (user.username, user.host) if user.username else ("relay", user.nick)
    stamp = chat.stamp(user) | {"source": f"{name}!{username}@{host}", "account": None, "account_id": "", "bot": True}
    chat.emit(
        MessageSent(
            **stamp,
            verb="PRIVMSG",
            target=channel.name,
            channel=channel.key,
            conversation=channel.key,
            text=text,
            tags=tags,
            history_scope=channel.history_scope,
            relayed_by=user.nick,
        ),
        actor.origin,
    )
