"""Say something to a channel or to a person: the same for IRC, the classroom dialects and whatever comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from papo.protocol.text import as_action, has_colours, is_ctcp, without_formatting
from papo.server.world.errors import Code, Refused
from papo.server.world.events import NO_TAGS, Accepted, MessageSent, Revealed
from papo.server.world.modes import HALF_OPERATOR, PREFIXES, RANK_OF_SIGN
from papo.server.world.names import fold, is_channel
from papo.server.world.permissions import check_rank, check_speak

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.session import Session
    from papo.server.world.channel import Channel
    from papo.server.world.user import User


Lines: TypeAlias = tuple[tuple[bool, str], ...]


def say(
    chat: Chat,
    session: Session,
    target: str,
    text: str,
    *,
    verb: str = "PRIVMSG",
    tags: dict[str, str] = NO_TAGS,
    lines: Lines = (),
) -> User | None:
    """Say `text` to `target`: `#room`, `@#room` (those of that rank and above), or a nick.

    `lines` are those of a multiline message, as in `MessageSent.lines`. Returns the addressee of a private message.
    Raises Refused.
    """
    if chat.journal.overloaded:
        raise Refused(Code.BUSY, "the disk cannot keep up; try again in a moment")
    name = target.lstrip(PREFIXES) if target[:1] in PREFIXES else target
    if is_channel(name):
        _to_channel(chat, session, target, name, text, verb, tags, lines)
        return None
    return _to_person(chat, session, target, text, verb, tags, lines)


def _to_channel(  # noqa: PLR0917 -- private, and on the hot path
    chat: Chat, session: Session, target: str, name: str, text: str, verb: str, tags: dict[str, str], lines: Lines
) -> None:
    user = session.user
    assert user is not None
    channel = chat.world.channels.get(fold(name))
    if channel is None or (user.uid not in channel.members and "s" in channel.modes and not user.is_operator):
        raise Refused(Code.NO_SUCH_CHANNEL, name)
    rank = 0 if name is target else RANK_OF_SIGN[target[0]]
    try:
        check_speak(channel, user)
    except Refused:
        if "U" not in channel.modes or user.uid not in channel.members:
            raise
        rank = max(rank, HALF_OPERATOR)
    modes = channel.modes
    if "W" in modes and verb != "TAGMSG" and not channel.members.get(user.uid):
        _wait_in_turn(chat, channel, user)
    if len(modes) > 2 and verb != "TAGMSG":
        text = _fit(channel, user, text, verb)
        if lines and "S" in modes:
            lines = tuple((joined, without_formatting(line)) for joined, line in lines)
    if user.uid in channel.hidden:
        stamp = chat.stamp(user)
        chat.emit(
            Revealed(
                **stamp,
                channel=channel.key,
                name=channel.name,
                realname=user.realname,
                history_scope=channel.history_scope,
            )
        )
    at_ms = chat.now_ms()
    chat.emit(
        MessageSent(
            uid=user.uid,
            source=user.source,
            at_ms=at_ms,
            msgid=chat.names.msgid(at_ms),
            account=user.account,
            bot="B" in user.modes,
            oper=user.operator,
            verb=verb,
            target=target,
            channel=channel.key,
            conversation=channel.key,
            text=text,
            tags=tags,
            rank=rank,
            history_scope=channel.history_scope,
            lines=lines,
        ),
        session,
    )


def _wait_in_turn(chat: Chat, channel: Channel, user: User) -> None:
    """Mode W `seconds`: who has no voice says one thing in that time. Counted by each node for itself."""
    spoke = chat.recent_words.setdefault(channel.key, {})
    now_s = chat.monotonic_s()
    wait_s = int(channel.modes["W"] or 0)
    for uid in [uid for uid, at_s in spoke.items() if at_s <= now_s - wait_s]:
        del spoke[uid]
    if user.uid in spoke:
        raise Refused(Code.CANNOT_SEND, channel.name, "slow mode: wait a little before your next message (+W)")
    spoke[user.uid] = now_s


def _fit(channel: Channel, user: User, text: str, verb: str) -> str:
    """The text as the channel's modes let it through. Raises Refused where they do not."""
    modes = channel.modes
    if "T" in modes and verb == "NOTICE" and channel.rank(user.uid) < HALF_OPERATOR:
        raise Refused(Code.CANNOT_SEND, channel.name, "notices are not allowed here (+T)")
    if "C" in modes and is_ctcp(text) and as_action(text) is None:
        raise Refused(Code.CANNOT_SEND, channel.name, "CTCP is not allowed here (+C)")
    if "c" in modes and has_colours(text):
        raise Refused(Code.CANNOT_SEND, channel.name, "colours and styles are not allowed here (+c)")
    if "S" in modes and not is_ctcp(text):
        return without_formatting(text)
    return text


def _to_person(  # noqa: PLR0917 -- private
    chat: Chat, session: Session, target: str, text: str, verb: str, tags: dict[str, str], lines: Lines
) -> User:
    user = session.user
    assert user is not None
    nick = target.partition("!")[0].partition("@")[0] or target
    other = chat.world.user(nick)
    if other is None:
        raise Refused(Code.NO_SUCH_NICK, target)
    if other is not user:
        if "R" in other.modes and user.account is None and user.uid not in chat.world.accepted.get(other.uid, ()):
            raise Refused(Code.NOT_ACCEPTED, other.nick)
        if "R" in user.modes and other.account is None and other.uid not in chat.world.accepted.get(user.uid, ()):
            accept(chat, user, other)  # who is written to may answer
        if "T" in other.modes and is_ctcp(text) and as_action(text) is None:
            raise Refused(Code.CANNOT_SEND_TO_USER, other.nick, "they take no CTCP (+T)")
    chat.emit(
        MessageSent(
            **chat.stamp(user),
            verb=verb,
            target=other.nick,
            channel=None,
            to_uid=other.uid,
            conversation=" ".join(sorted((user.identity, other.identity))),
            text=text,
            tags=tags,
            lines=lines,
        ),
        session,
    )
    return other


def accept(chat: Chat, user: User, other: User, *, on: bool = True) -> None:
    """Let somebody without an account write in spite of user mode +R, or no longer."""
    chat.emit(Accepted(**chat.stamp(user), other=other.uid, on=on))


def relay(  # noqa: PLR0917 -- what a message has
    chat: Chat, session: Session, target: str, name: str, text: str, tags: dict[str, str] = NO_TAGS
) -> None:
    """Pass on what somebody elsewhere said (RELAYMSG): `name` holds a `/`, so that nobody here can have it."""
    user = session.user
    assert user is not None
    channel = chat.world.channel(target)
    if channel is None or user.uid not in channel.members:
        raise Refused(Code.NO_SUCH_CHANNEL, target)
    if not user.may("relay"):
        check_rank(channel, user, HALF_OPERATOR)
    check_speak(channel, user)
    stamp = chat.stamp(user) | {"source": f"{name}!{user.username}@{user.host}", "account": None, "bot": True}
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
        session,
    )
