"""What happens to users and their connections."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from papo.server.world.changes import channels
from papo.server.world.events import (
    Accepted,
    AlwaysOnSet,
    AwaySet,
    HostSet,
    LoggedIn,
    MarkerSet,
    MessageSent,
    RealnameSet,
    Renamed,
    SessionAttached,
    SessionDetached,
    UserConnected,
    UserModesSet,
    UserQuit,
)
from papo.server.world.names import fold
from papo.server.world.user import User

if TYPE_CHECKING:
    from papo.server.world.undo import FinalWrites
    from papo.server.world.world import World


def _user_connected(world: World, event: UserConnected, writes: FinalWrites) -> None:
    user = User(event.uid, event.nick, event.username, event.host, event.realname)
    for name in ("account", "account_id", "address", "cloak", "node", "dialect"):
        writes.assign(user, name, getattr(event, name))
    writes.assign(user, "sessions", (event.node,) * event.sessions)
    writes.assign(user, "plain_sessions", () if event.secure else user.sessions)
    writes.assign(user, "connected_at_ms", event.at_ms)
    writes.assign(user, "spoke_at_ms", event.at_ms)
    writes.assign(user, "modes", frozenset("r" if event.account else ""))
    _set_mode_of_tls(user, writes)
    add_user(world, user, writes)


def add_user(world: World, user: User, writes: FinalWrites) -> None:
    """Make a new user known by uid and by nick."""
    writes.put(world.users, user.uid, user)
    writes.put(world.nicks, user.key, user)
    if len(world.users) > world.max_users:
        writes.assign(world, "max_users", len(world.users))


def _session_attached(world: World, event: SessionAttached, writes: FinalWrites) -> None:
    if user := world.users.get(event.uid):
        writes.assign(user, "sessions", (*user.sessions, event.node))
        if not event.secure:
            writes.assign(user, "plain_sessions", (*user.plain_sessions, event.node))
        _set_mode_of_tls(user, writes)


def _session_detached(world: World, event: SessionDetached, writes: FinalWrites) -> None:
    user = world.users.get(event.uid)
    if user is not None and event.node in user.sessions:
        writes.assign(user, "sessions", _without_one(user.sessions, event.node))
        if not event.secure and event.node in user.plain_sessions:
            writes.assign(user, "plain_sessions", _without_one(user.plain_sessions, event.node))
        _set_mode_of_tls(user, writes)


def _without_one(nodes: tuple[str, ...], node: str) -> tuple[str, ...]:
    at = nodes.index(node)
    return nodes[:at] + nodes[at + 1 :]


def _set_mode_of_tls(user: User, writes: FinalWrites) -> None:
    """User mode Z."""
    if ("Z" in user.modes) != bool(user.sessions and user.secure):
        writes.assign(user, "modes", user.modes ^ {"Z"})


def _always_on_set(world: World, event: AlwaysOnSet, writes: FinalWrites) -> None:
    if event.uid in world.users:
        (writes.add if event.on else writes.discard)(world.always_on, event.uid)


def user_quit(world: World, event: UserQuit, writes: FinalWrites) -> None:
    """They leave their channels, and WHOWAS remembers them."""
    user = writes.pop(world.users, event.uid, in_order=False)
    if user is None:
        return
    world.whowas.add(user, event.at_ms, writes)
    if world.nicks.get(user.key) is user:
        writes.pop(world.nicks, user.key, in_order=False)
    writes.discard(world.operators, event.uid)
    writes.discard(world.always_on, event.uid)
    writes.pop(world.accepted, event.uid, in_order=False)
    if user.account is None:
        writes.pop(world.read_markers, user.identity, in_order=False)
        writes.pop(world.profiles, user.identity, in_order=False)
    if "i" in user.modes:
        writes.assign(world, "invisible", world.invisible - 1)
    for key in user.channels:
        channels.leave(world, key, event.uid, writes, has_quit=True)
    writes.assign(user, "channels", ())
    for key in writes.pop(world.invitations, event.uid, in_order=False) or ():
        channel = world.channels[key]
        writes.assign(channel, "invited", channel.invited - {event.uid})


def _renamed(world: World, event: Renamed, writes: FinalWrites) -> None:
    user = world.users.get(event.uid)
    if user is None:
        return
    if user.key != fold(event.nick):
        world.whowas.add(user, event.at_ms, writes)
    if world.nicks.get(user.key) is user:
        writes.pop(world.nicks, user.key, in_order=False)
    writes.assign(user, "nick", event.nick)
    writes.assign(user, "key", fold(event.nick))
    _update_source(user, writes)
    writes.put(world.nicks, user.key, user)


def _update_source(user: User, writes: FinalWrites) -> None:
    writes.assign(user, "source", f"{user.nick}!{user.username}@{user.host}")


def _message_sent(world: World, event: MessageSent, writes: FinalWrites) -> None:
    user = world.users.get(event.uid)
    if user is not None:
        writes.assign(user, "spoke_at_ms", event.at_ms)


def _away_set(world: World, event: AwaySet, writes: FinalWrites) -> None:
    if user := world.users.get(event.uid):
        writes.assign(user, "away", event.message)


def _realname_set(world: World, event: RealnameSet, writes: FinalWrites) -> None:
    if user := world.users.get(event.uid):
        writes.assign(user, "realname", event.realname)


def _host_set(world: World, event: HostSet, writes: FinalWrites) -> None:
    if user := world.users.get(event.uid):
        writes.assign(user, "username", event.username)
        writes.assign(user, "host", event.host)
        _update_source(user, writes)


def _user_modes_set(world: World, event: UserModesSet, writes: FinalWrites) -> None:
    user = world.users.get(event.uid)
    if user is None:
        return
    for sign, letter in event.changes:
        had = letter in user.modes
        writes.assign(user, "modes", user.modes | {letter} if sign == "+" else user.modes - {letter})
        if letter == "i":
            writes.assign(world, "invisible", world.invisible + ("i" in user.modes) - had)
        if letter == "o":
            (writes.add if sign == "+" else writes.discard)(world.operators, event.uid)
    if event.snomask is not None:
        writes.assign(user, "snomask", event.snomask)
    if event.operator is not None:
        writes.assign(user, "operator", event.operator)
        writes.assign(user, "powers", frozenset(event.powers))
    if "o" not in user.modes:
        writes.assign(user, "operator", "")
        writes.assign(user, "powers", frozenset())


def _logged_in(world: World, event: LoggedIn, writes: FinalWrites) -> None:
    user = world.users.get(event.uid)
    if user is None:
        return
    if not user.account_id:
        writes.pop(world.read_markers, user.identity, in_order=False)
        profile = writes.pop(world.profiles, user.identity, in_order=False)
        if profile and event.now_id and event.now_id not in world.profiles:
            writes.put(world.profiles, event.now_id, profile)
    writes.assign(user, "account", event.now)
    writes.assign(user, "account_id", event.now_id)
    writes.assign(user, "modes", user.modes | {"r"} if event.now else user.modes - {"r"})


def _accepted(world: World, event: Accepted, writes: FinalWrites) -> None:
    others = world.accepted.get(event.uid, frozenset())
    others = others | {event.other} if event.on else others - {event.other}
    if others:
        writes.put(world.accepted, event.uid, others)
    else:
        writes.pop(world.accepted, event.uid, in_order=False)


def _marker_set(world: World, event: MarkerSet, writes: FinalWrites) -> None:
    if event.identity not in world.read_markers:
        writes.put(world.read_markers, event.identity, {})
    writes.put(world.read_markers[event.identity], fold(event.target), event.read_at_ms)


CHANGES: dict[type, Callable[[World, Any, FinalWrites], None]] = {
    UserConnected: _user_connected,
    SessionAttached: _session_attached,
    SessionDetached: _session_detached,
    AlwaysOnSet: _always_on_set,
    UserQuit: user_quit,
    Renamed: _renamed,
    MessageSent: _message_sent,
    AwaySet: _away_set,
    RealnameSet: _realname_set,
    HostSet: _host_set,
    UserModesSet: _user_modes_set,
    LoggedIn: _logged_in,
    Accepted: _accepted,
    MarkerSet: _marker_set,
}
