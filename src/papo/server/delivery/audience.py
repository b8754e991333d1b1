"""The table of who hears of each kind of event; `Fanout.deliver` looks here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from papo.server.world import events
from papo.server.world.modes import HALF_OPERATOR
from papo.server.world.names import fold

if TYPE_CHECKING:
    from papo.server.delivery.fanout import Fanout
    from papo.server.delivery.session import Format, Outlet, Session
    from papo.server.world.events import AnyEvent, MessageSent


def _said(fanout: Fanout, event: MessageSent, origin: Session | None, context: object) -> None:
    if event.channel is not None:
        fanout.room(event, origin, context)
        return
    if event.to_uid == event.uid and origin is not None:
        # To oneself: the copy as addressee comes besides the echo.
        data = origin.format.encode(event)
        if data:
            origin.link.write(data)
    _to_both(fanout, event, origin, context)


def _to_both(fanout: Fanout, event: Any, origin: Session | None, context: object) -> None:
    """To the addressee, and to the sender's other sessions."""
    groups: dict[Format, set[Outlet]] = {}
    for session in fanout.sessions.get(event.to_uid or "", ()):
        groups.setdefault(session.format, set()).add(session.link)
    for session in fanout.sessions.get(event.uid, ()):
        groups.setdefault(session.format, set()).add(session.link)
    fanout.to_links(event, groups.items(), origin, context)


def _to_conversation(fanout: Fanout, event: Any, origin: Session | None, context: object) -> None:
    if event.channel is not None:
        fanout.room(event, origin, context)
    else:
        _to_both(fanout, event, origin, context)


def _joined(fanout: Fanout, event: events.Joined, origin: Session | None, context: object) -> None:
    fanout.enter(event.channel, event.uid)
    fanout.room(event, origin, context)


def _revealed(fanout: Fanout, event: events.Revealed, origin: Session | None, context: object) -> None:
    known = set(fanout.with_rank(event.channel, HALF_OPERATOR))
    own = {session.link for uid in {event.uid, *known} for session in fanout.sessions.get(uid, ())}
    room = fanout.rooms.get(event.channel, {})
    fanout.to_links(event, [(format, links - own) for format, links in room.items()], None, None)  # noqa: A001
    del origin, context  # the person has seen their own join


def _parted(fanout: Fanout, event: events.Parted, origin: Session | None, context: object) -> None:
    fanout.room(event, origin, context)
    fanout.leave(event.channel, event.uid)


def _kicked(fanout: Fanout, event: events.Kicked, origin: Session | None, context: object) -> None:
    victims = tuple(fanout.sessions.get(event.victim_uid, ()))
    fanout.leave(event.channel, event.victim_uid)
    if event.rank:
        fanout.to_people(event, {*fanout.with_rank(event.channel, event.rank), event.uid}, origin, context)
    else:
        fanout.room(event, origin, context)
    for session in victims:
        if session is not origin:
            session.kicked(event)


def _departed(fanout: Fanout, event: events.UserQuit, origin: Session | None, context: object) -> None:
    groups = fanout.neighbours(event.uid, event.channels, event.unseen)
    gone = fanout.sessions.pop(event.uid, [])
    for session in gone:
        groups.get(session.format, set()).discard(session.link)
        for key in event.channels:
            fanout.remove(key, session.format, session.link)
    fanout.to_links(event, groups.items(), None, None)
    fanout.watch.tell(event.source, online=False)
    del origin, context  # nobody is left to acknowledge to


def _renamed(fanout: Fanout, event: events.Renamed, origin: Session | None, context: object) -> None:
    unseen = fanout.world.unseen_in(event.uid, event.channels)
    fanout.to_links(event, fanout.neighbours(event.uid, event.channels, unseen).items(), origin, context)
    old_nick, _, address = event.source.partition("!")
    if fold(old_nick) != fold(event.nick):
        fanout.watch.tell(event.source, online=False)
        fanout.watch.tell(f"{event.nick}!{address}", online=True)


def _about_self(fanout: Fanout, event: Any, origin: Session | None, context: object) -> None:
    unseen = fanout.world.unseen_in(event.uid, event.channels)
    groups = fanout.neighbours(event.uid, event.channels, unseen)
    if type(event) is events.AwaySet and event.repeated:
        for session in fanout.sessions.get(event.uid, ()):
            groups.get(session.format, set()).discard(session.link)
        fanout.to_links(event, groups.items(), None, None)
        return
    for session in fanout.watch.extended(event.source.partition("!")[0]):
        groups.setdefault(session.format, set()).add(session.link)
    fanout.to_links(event, groups.items(), origin, context)


def _arrived(fanout: Fanout, event: events.UserConnected, origin: Session | None, context: object) -> None:
    fanout.watch.tell(event.source, online=True)
    del origin, context  # the welcome is the registration's own reply


def _invited(fanout: Fanout, event: events.Invited, origin: Session | None, context: object) -> None:
    fanout.to_people(event, [event.guest_uid])
    del origin, context  # the reply to INVITE is a numeric


def _invite_seen(fanout: Fanout, event: events.InviteSeen, origin: Session | None, context: object) -> None:
    fanout.to_people(event, set(fanout.with_rank(event.channel, HALF_OPERATOR)) - {event.uid})
    del origin, context


def _knocked(fanout: Fanout, event: events.Knocked, origin: Session | None, context: object) -> None:
    fanout.to_people(event, set(fanout.with_rank(event.channel, HALF_OPERATOR)) - {event.uid})
    del origin, context  # the reply to KNOCK is a numeric


def _to_self(fanout: Fanout, event: Any, origin: Session | None, context: object) -> None:
    fanout.to_people(event, [event.uid], origin, context)


def _killed(fanout: Fanout, event: events.Killed, origin: Session | None, context: object) -> None:
    for session in tuple(fanout.sessions.get(event.victim_uid, ())):
        session.killed(event)
    del origin, context


def _wallops(fanout: Fanout, event: events.WallopsSent, origin: Session | None, context: object) -> None:
    uids = [uid for uid in fanout.sessions if (user := fanout.world.users.get(uid)) and "w" in user.modes]
    fanout.to_people(event, uids)
    del origin, context


def _server_noticed(fanout: Fanout, event: events.ServerNoticed, origin: Session | None, context: object) -> None:
    users = (fanout.world.users[uid] for uid in fanout.world.operators)
    fanout.to_people(event, [user.uid for user in users if event.mask in user.snomask])
    del origin, context


def _logged_in(fanout: Fanout, event: events.LoggedIn, origin: Session | None, context: object) -> None:
    groups = fanout.neighbours(event.uid, event.channels, fanout.world.unseen_in(event.uid, event.channels))
    for session in fanout.watch.extended(event.source.partition("!")[0]):
        groups.setdefault(session.format, set()).add(session.link)
    if origin is not None:
        groups.get(origin.format, set()).discard(origin.link)
    fanout.to_links(event, groups.items(), None, None)
    del context  # who logs in hears it in numerics


def _channel_renamed(fanout: Fanout, event: events.ChannelRenamed, origin: Session | None, context: object) -> None:
    key = fold(event.new)
    room = fanout.rooms.pop(event.channel, None)
    if room is not None:
        fanout.rooms[key] = room
    channel = fanout.world.channels.get(key)
    for uid in () if channel is None else tuple(channel.members):
        for session in tuple(fanout.sessions.get(uid, ())):
            session.channel_renamed(event, context if session is origin else None)


def _metadata_set(fanout: Fanout, event: events.MetadataSet, origin: Session | None, context: object) -> None:
    world = fanout.world
    uids = {event.about} if event.about else set()
    for key in (event.channel,) if event.channel is not None else event.channels:
        channel = world.channels.get(key)
        if channel is not None:
            unseen = event.about in channel.hidden or "u" in channel.modes
            uids.update(fanout.with_rank(key, HALF_OPERATOR) if unseen and event.about else channel.members)
    sessions = {session for uid in uids for session in fanout.sessions.get(uid, ())}
    if event.about:
        sessions.update(fanout.watch.of(event.target))
    for session in sessions:
        if session is not origin:
            session.metadata_set(event)
    del context  # who sets it hears it in a numeric


def _record(fanout: Fanout, event: AnyEvent, origin: Session | None, context: Any) -> None:
    if context is not None:
        context(None)
    del fanout, event, origin


def _node_lost(fanout: Fanout, event: events.NodeLost, origin: Session | None, context: object) -> None:
    _together(fanout, "netsplit", event.nodes, [(each, each.channels) for each in event.departed])
    for departed in event.departed:
        fanout.watch.tell(departed.source, online=False)
    del origin, context


def _node_back(fanout: Fanout, event: events.NodeBack, origin: Session | None, context: object) -> None:
    _together(fanout, "netjoin", event.nodes, [(each, (each.channel,)) for each in event.joined])
    del origin, context


def _together(fanout: Fanout, kind: str, nodes: tuple[str, str], parts: list[tuple[AnyEvent, tuple[str, ...]]]) -> None:
    """Many departures or joins as one batch for each session: those of its own channels."""
    for uid, sessions in tuple(fanout.sessions.items()):
        user = fanout.world.users.get(uid)
        mine = set(user.channels) if user is not None else set()
        concerned = [event for event, channels in parts if not mine.isdisjoint(channels)]
        for session in sessions if concerned else ():
            session.batched(kind, nodes, concerned)


AUDIENCE: dict[type, Callable[[Fanout, Any, Session | None, object], None]] = {
    events.MessageSent: _said,
    events.Joined: _joined,
    events.Revealed: _revealed,
    events.Parted: _parted,
    events.Kicked: _kicked,
    events.UserQuit: _departed,
    events.Renamed: _renamed,
    events.ModesChanged: lambda fanout, event, origin, context: fanout.room(event, origin, context),
    events.TopicSet: lambda fanout, event, origin, context: fanout.room(event, origin, context),
    events.Invited: _invited,
    events.InviteSeen: _invite_seen,
    events.Knocked: _knocked,
    events.AwaySet: _about_self,
    events.RealnameSet: _about_self,
    events.HostSet: _about_self,
    events.UserModesSet: _to_self,
    events.UserConnected: _arrived,
    events.MarkerSet: _to_self,
    events.Redacted: _to_conversation,
    events.Edited: _to_conversation,
    events.LoggedIn: _logged_in,
    events.ChannelRenamed: _channel_renamed,
    events.MetadataSet: _metadata_set,
    events.RecordKept: _record,
    events.RecordDropped: _record,
    events.NodeLost: _node_lost,
    events.NodeBack: _node_back,
    events.Killed: _killed,
    events.WallopsSent: _wallops,
    events.ServerNoticed: _server_noticed,
}
