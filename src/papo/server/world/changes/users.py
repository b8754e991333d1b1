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
    from papo.server.world.world import World


def _user_connected(world: World, event: UserConnected) -> None:
    user = User(event.uid, event.nick, event.username, event.host, event.realname)
    user.account = event.account
    user.account_id = event.account_id
    user.address = event.address
    user.cloak = event.cloak
    user.secure = event.secure
    user.node = event.node
    user.dialect = event.dialect
    user.sessions = (event.node,) * event.sessions
    user.connected_at_ms = user.spoke_at_ms = event.at_ms
    user.modes = frozenset(("Z" if event.secure else "") + ("r" if event.account else ""))
    add_user(world, user)


def add_user(world: World, user: User) -> None:
    """Make a new user known by uid and by nick."""
    world.users[user.uid] = user
    world.nicks[user.key] = user
    world.max_users = max(world.max_users, len(world.users))


def _session_attached(world: World, event: SessionAttached) -> None:
    if user := world.users.get(event.uid):
        user.sessions = (*user.sessions, event.node)


def _session_detached(world: World, event: SessionDetached) -> None:
    user = world.users.get(event.uid)
    if user is not None and event.node in user.sessions:
        at = user.sessions.index(event.node)
        user.sessions = user.sessions[:at] + user.sessions[at + 1 :]


def _always_on_set(world: World, event: AlwaysOnSet) -> None:
    if event.uid in world.users:
        (world.always_on.add if event.on else world.always_on.discard)(event.uid)


def user_quit(world: World, event: UserQuit) -> None:
    """They leave their channels, and WHOWAS remembers them."""
    user = world.users.pop(event.uid, None)
    if user is None:
        return
    world.whowas.add(user, event.at_ms)
    if world.nicks.get(user.key) is user:
        del world.nicks[user.key]
    world.operators.discard(event.uid)
    world.always_on.discard(event.uid)
    world.accepted.pop(event.uid, None)
    if user.account is None:
        world.read_markers.pop(user.identity, None)
        world.profiles.pop(user.identity, None)
    if "i" in user.modes:
        world.invisible -= 1
    for key in user.channels:
        channels.leave(world, key, event.uid)
    user.channels = ()
    for key in world.invitations.pop(event.uid, ()):
        world.channels[key].invited -= {event.uid}


def _renamed(world: World, event: Renamed) -> None:
    user = world.users.get(event.uid)
    if user is None:
        return
    if user.key != fold(event.nick):
        world.whowas.add(user, event.at_ms)
    if world.nicks.get(user.key) is user:
        del world.nicks[user.key]
    user.rename(event.nick)
    world.nicks[user.key] = user


def _message_sent(world: World, event: MessageSent) -> None:
    user = world.users.get(event.uid)
    if user is not None:
        user.spoke_at_ms = event.at_ms


def _away_set(world: World, event: AwaySet) -> None:
    if user := world.users.get(event.uid):
        user.away = event.message


def _realname_set(world: World, event: RealnameSet) -> None:
    if user := world.users.get(event.uid):
        user.realname = event.realname


def _host_set(world: World, event: HostSet) -> None:
    if user := world.users.get(event.uid):
        user.set_host(event.username, event.host)


def _user_modes_set(world: World, event: UserModesSet) -> None:
    user = world.users.get(event.uid)
    if user is None:
        return
    for sign, letter in event.changes:
        had = letter in user.modes
        user.modes = user.modes | {letter} if sign == "+" else user.modes - {letter}
        if letter == "i":
            world.invisible += ("i" in user.modes) - had
        if letter == "o":
            (world.operators.add if sign == "+" else world.operators.discard)(event.uid)
    if event.snomask is not None:
        user.snomask = event.snomask
    if event.operator is not None:
        user.operator, user.powers = event.operator, frozenset(event.powers)
    if "o" not in user.modes:
        user.operator, user.powers = "", frozenset()


def _logged_in(world: World, event: LoggedIn) -> None:
    user = world.users.get(event.uid)
    if user is None:
        return
    if not user.account_id:
        world.read_markers.pop(user.identity, None)
        profile = world.profiles.pop(user.identity, None)
        if profile and event.now_id and event.now_id not in world.profiles:
            world.profiles[event.now_id] = profile
    user.account, user.account_id = event.now, event.now_id
    user.modes = user.modes | {"r"} if event.now else user.modes - {"r"}


def _accepted(world: World, event: Accepted) -> None:
    others = world.accepted.setdefault(event.uid, set())
    (others.add if event.on else others.discard)(event.other)
    if not others:
        del world.accepted[event.uid]


def _marker_set(world: World, event: MarkerSet) -> None:
    world.read_markers.setdefault(event.identity, {})[fold(event.target)] = event.read_at_ms


CHANGES: dict[type, Callable[[World, Any], None]] = {
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
