"""METADATA: keys and values of users and channels (IRCv3 metadata)."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

from papo.protocol import numerics as n
from papo.server.actions import metadata as metadata_actions
from papo.server.dialects.irc import caps
from papo.server.dialects.irc.metadata import line as change_line
from papo.server.dialects.irc.metadata import set_line
from papo.server.dialects.irc.replies import safe
from papo.server.dialects.irc.server_batch import send_batch
from papo.server.dialects.irc.verb import verb
from papo.server.world.channel import Channel
from papo.server.world.names import is_channel
from papo.server.world.permissions import sees_member

if TYPE_CHECKING:
    from papo.protocol.irc import Line
    from papo.server.dialects.irc.session import IrcSession
    from papo.server.world.user import User

Target: TypeAlias = "User | Channel"
MAX_SYNCED = 200
"""Members of a channel up to which a join sends their metadata; of larger channels the client asks for it (SYNC)."""


@verb("METADATA", params=2, before_registration=True)
def metadata(session: IrcSession, line: Line) -> Coroutine[Any, Any, None] | None:
    """METADATA target GET|LIST|SET|CLEAR|SUB|UNSUB|SUBS|SYNC ...: read and set metadata of users and channels."""
    name, subcommand, *rest = line.params
    subcommand = subcommand.upper()
    if session.registration is not None:
        _before_registration(session, name, subcommand, rest)
        return None
    if subcommand in SUBSCRIPTIONS:
        SUBSCRIPTIONS[subcommand](session, rest)
        return None
    if subcommand not in (*COMMANDS, "SYNC"):
        session.fail("METADATA", "SUBCOMMAND_INVALID", subcommand, "There is no such subcommand")
        return None
    target = _find(session, name)
    if target is None:
        session.fail("METADATA", "INVALID_TARGET", name, "There is no such target")
        return None
    if subcommand == "SYNC":
        return session.send_rows(_synced(session, target))
    COMMANDS[subcommand](session, target, rest)
    return None


def _find(session: IrcSession, name: str) -> Target | None:
    """The target, if the user may know of it."""
    if name == "*":
        return session.me
    if is_channel(name):
        channel = session.chat.world.channel(name)
        return channel if channel is not None and metadata_actions.sees(channel, session.me) else None
    return session.chat.world.user(name)


def _name(target: Target) -> str:
    return target.name if isinstance(target, Channel) else target.nick


def _values(session: IrcSession, target: Target) -> dict[str, str]:
    return target.metadata if isinstance(target, Channel) else metadata_actions.shown(session.chat, target, session.me)


def _get(session: IrcSession, target: Target, keys: list[str]) -> None:
    name, values = _name(target), _values(session, target)
    server = session.chat.config.server.name
    lines = [
        set_line(session, name, key, values.get(key))
        if metadata_actions.KEY.fullmatch(key)
        else f":{server} FAIL METADATA KEY_INVALID {safe(key)} :That is not a valid key"
        for key in keys
    ]
    send_batch(session, f"metadata {name}", lines)


def _list(session: IrcSession, target: Target, _: list[str]) -> None:
    name = _name(target)
    lines = [set_line(session, name, key, value) for key, value in _values(session, target).items()]
    send_batch(session, f"metadata {name}", lines)


def _set(session: IrcSession, target: Target, rest: list[str]) -> None:
    name, values = _name(target), _values(session, target)
    key = rest[0] if rest else ""
    value = rest[1] if len(rest) > 1 else None
    if not metadata_actions.KEY.fullmatch(key) or key.startswith(metadata_actions.RESERVED):
        session.fail("METADATA", "KEY_INVALID", key, "That is not a valid key")
    elif not metadata_actions.may_change(session.chat, session.me, target):
        session.fail("METADATA", "KEY_NO_PERMISSION", name, key, "You may not change the metadata of others")
    elif value is None and key not in values:
        session.fail("METADATA", "KEY_NOT_SET", name, key, "This key is not set")
    elif not _fits(session, name, values, key, value):
        return
    else:
        metadata_actions.change(session.chat, session, target, key, value)
        session.send(set_line(session, name, key, value))


def _fits(session: IrcSession, name: str, values: dict[str, str], key: str, value: str | None) -> bool:
    """Whether the value is within the limits; if not, the client is told."""
    limits = session.chat.config.limits
    text = ""
    if value is not None and len(value.encode()) > limits.metadata_value_bytes:
        text = f"The value is longer than {limits.metadata_value_bytes} bytes"
    elif session.registration is None and not metadata_actions.is_acceptable(session.chat, session.me, key, value):
        text = "Choose another name: this one has characters that are not seen, or looks like somebody else's"
    if text:
        if session.bits & caps.METADATA_3:
            session.fail("METADATA", "INVALID_VALUE", key, text)
        else:
            session.fail("METADATA", "VALUE_INVALID", text)
        return False
    if value is not None and key not in values and len(values) >= limits.metadata_keys:
        session.fail("METADATA", "LIMIT_REACHED", name, f"At most {limits.metadata_keys} keys can be set")
        return False
    return True


def _clear(session: IrcSession, target: Target, _: list[str]) -> None:
    name = _name(target)
    if not metadata_actions.may_change(session.chat, session.me, target):
        session.fail("METADATA", "KEY_NO_PERMISSION", name, "*", "You may not change the metadata of others")
        return
    keys = list(_values(session, target))
    for key in keys:
        metadata_actions.change(session.chat, session, target, key, None)
    send_batch(session, f"metadata {name}", [set_line(session, name, key, None) for key in keys])


COMMANDS = {"GET": _get, "LIST": _list, "SET": _set, "CLEAR": _clear}


def _synced(session: IrcSession, target: Target) -> Iterator[None]:
    """Send the values of the keys that the client has subscribed to; a step for each user that is looked at."""
    lines: list[str] = []
    keys = session.subs
    for entity in _entities(session, target):
        if isinstance(target, Channel) and not _still_seen(session, target, entity):
            continue
        lines += _lines_of(session, entity, keys)
        yield
    send_batch(session, f"metadata {_name(target)}", lines)


def _still_seen(session: IrcSession, channel: Channel, entity: Target) -> bool:
    """Whether the user may know of the channel and its member now: it was a moment ago that they were looked up."""
    if not metadata_actions.sees(channel, session.me):
        return False
    return isinstance(entity, Channel) or (
        entity.uid in channel.members and sees_member(channel, session.me, entity.uid)
    )


def _entities(session: IrcSession, target: Target) -> list[Target]:
    """The target, and if it is a channel its members."""
    entities: list[Target] = [target]
    if isinstance(target, Channel):
        users = session.chat.world.users
        entities += [users[uid] for uid in target.members if sees_member(target, session.me, uid)]
    return entities


def _lines_of(session: IrcSession, entity: Target, keys: tuple[str, ...]) -> Iterator[str]:
    values = _values(session, entity)
    return (change_line(session, _name(entity), key, values[key]) for key in keys if key in values)


def _wanted(session: IrcSession, target: Target, only: tuple[str, ...] | None = None) -> Iterator[str]:
    """The values of keys that the client has subscribed to, of the target and of a channel's members."""
    keys = session.subs if only is None else only
    for entity in _entities(session, target):
        yield from _lines_of(session, entity, keys)


def join_metadata(session: IrcSession, channel: Channel) -> Iterator[str]:
    """The metadata that follows a join; for a large channel, the numeric that tells the client to ask for it."""
    if not session.subs or not session.bits & caps.METADATA:
        return iter(())
    if len(channel.members) > MAX_SYNCED:
        server = session.chat.config.server.name
        return iter([f":{server} {n.RPL_METADATASYNCLATER} {session.nick} {channel.name}"])
    return _wanted(session, channel)


def _sub(session: IrcSession, keys: list[str]) -> None:
    limit = session.chat.config.limits.metadata_subs
    valid: list[str] = []
    new: list[str] = []
    full = ""
    for key in keys:
        if not metadata_actions.KEY.fullmatch(key):
            session.fail("METADATA", "KEY_INVALID", key, "That is not a valid key")
        elif key in session.subs or key in new:
            valid.append(key)
        elif len(session.subs) + len(new) >= limit:
            full = key
            break
        else:
            new.append(key)
            valid.append(key)
    session.subs = (*session.subs, *new)
    if valid:
        session.numeric_words(n.RPL_METADATASUBOK, *dict.fromkeys(valid))
    if full:
        session.fail("METADATA", "TOO_MANY_SUBS", full, f"At most {limit} keys can be subscribed to")
    if new and session.registration is None:
        _send_current(session, tuple(new))


def _send_current(session: IrcSession, new: tuple[str, ...]) -> None:
    """Send the current values of newly subscribed keys."""
    channels = [session.chat.world.channels[key] for key in session.me.channels]
    sent: set[str] = set()
    for channel in channels:
        if len(channel.members) > MAX_SYNCED:
            session.numeric_words(n.RPL_METADATASYNCLATER, channel.name)
            continue
        for line in _wanted(session, channel, new):
            if line not in sent:
                sent.add(line)
                session.send(line)


def _unsub(session: IrcSession, keys: list[str]) -> None:
    valid = [key for key in keys if metadata_actions.KEY.fullmatch(key)]
    for key in keys:
        if key not in valid:
            session.fail("METADATA", "KEY_INVALID", key, "That is not a valid key")
    session.subs = tuple(key for key in session.subs if key not in valid)
    if valid:
        session.numeric_words(n.RPL_METADATAUNSUBOK, *dict.fromkeys(valid))


def _subs(session: IrcSession, _: list[str]) -> None:
    server = session.chat.config.server.name
    lines = []
    for at in range(0, len(session.subs), 5):
        words = " ".join(session.subs[at : at + 5])
        lines.append(f":{server} {n.RPL_METADATASUBS} {session.nick} {words}")
    send_batch(session, "metadata-subs", lines)


SUBSCRIPTIONS = {"SUB": _sub, "UNSUB": _unsub, "SUBS": _subs}


def _before_registration(session: IrcSession, name: str, subcommand: str, rest: list[str]) -> None:
    """Only the user's own, set when registration completes."""
    registration = session.registration
    assert registration is not None
    if subcommand in SUBSCRIPTIONS:
        SUBSCRIPTIONS[subcommand](session, rest)
        return
    if name != "*":
        session.fail("METADATA", "INVALID_TARGET", name, "Before you are registered, the target can only be *")
        return
    values = registration.metadata
    key = rest[0] if rest else ""
    value = rest[1] if len(rest) > 1 else None
    if subcommand == "SET":
        if not metadata_actions.KEY.fullmatch(key) or key.startswith(metadata_actions.RESERVED):
            session.fail("METADATA", "KEY_INVALID", key, "That is not a valid key")
        elif value is None and key not in values:
            session.fail("METADATA", "KEY_NOT_SET", "*", key, "This key is not set")
        elif _fits(session, "*", values, key, value):
            values.pop(key, None)
            if value is not None:
                values[key] = value
            session.send(set_line(session, "*", key, value))
    elif subcommand in {"GET", "LIST", "SYNC"}:
        keys = rest if subcommand == "GET" else list(values)
        lines = [set_line(session, "*", key, values.get(key)) for key in keys if metadata_actions.KEY.fullmatch(key)]
        send_batch(session, "metadata *", lines)
    elif subcommand == "CLEAR":
        lines = [set_line(session, "*", key, None) for key in values]
        values.clear()
        send_batch(session, "metadata *", lines)
    else:
        session.fail("METADATA", "SUBCOMMAND_INVALID", subcommand, "There is no such subcommand")
