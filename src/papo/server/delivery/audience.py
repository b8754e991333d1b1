"""Who gets each kind of event: a table that `Fanout` looks up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from papo.server.world import events
from papo.server.world.modes import HALF_OPERATOR
from papo.server.world.names import fold

if TYPE_CHECKING:
    from papo.server.delivery.local_sessions import Groups, LocalSessions
    from papo.server.delivery.session import Session
    from papo.server.world.events import AnyEvent, MessageSent


def _message_sent(to: LocalSessions, event: MessageSent, origin: Session | None, context: object) -> None:
    if event.channel is None and event.to_uid == event.uid and origin is not None:
        origin.send_event(event)  # to oneself: the addressee's copy comes besides the echo
    _to_conversation(to, event, origin, context)


def _to_conversation(to: LocalSessions, event: Any, origin: Session | None, context: object) -> None:
    """To a channel; of a private message, to the addressee and to the sender's other sessions."""
    if event.channel is not None:
        _to_channel(to, event, origin, context)
    else:
        to.send(event, to.of_users((event.to_uid or "", event.uid)), origin, context)


def _to_channel(to: LocalSessions, event: Any, origin: Session | None, context: object) -> None:
    """To the event's channel, or to those in it who have the event's rank."""
    to.send(event, to.members(event.channel, getattr(event, "rank", 0), event.uid), origin, context)


def _joined(to: LocalSessions, event: events.Joined, origin: Session | None, context: object) -> None:
    to.enter(event.channel, event.uid)
    _to_channel(to, event, origin, context)


def _join_revealed(to: LocalSessions, event: events.JoinRevealed, origin: Session | None, context: object) -> None:
    knew = to.of_users({event.uid, *to.with_rank(event.channel, HALF_OPERATOR)})
    groups = to.members(event.channel)
    to.send(event, {format: links - knew.get(format, set()) for format, links in groups.items()})  # noqa: A001
    del origin, context  # the user has seen their own join


def _parted(to: LocalSessions, event: events.Parted, origin: Session | None, context: object) -> None:
    _to_channel(to, event, origin, context)
    to.leave(event.channel, event.uid)


def _kicked(to: LocalSessions, event: events.Kicked, origin: Session | None, context: object) -> None:
    victims = to.of(event.victim_uid)
    to.leave(event.channel, event.victim_uid)
    _to_channel(to, event, origin, context)
    for session in victims:
        if session is not origin:
            session.kicked(event)


def _user_quit(to: LocalSessions, event: events.UserQuit, origin: Session | None, context: object) -> None:
    groups = to.neighbours(event.uid, event.channels, event.unseen)
    for session in to.detach_all(event.uid):
        groups.get(session.format, set()).discard(session.link)
    to.send(event, groups)
    to.monitor.notify(event.source, online=False)
    del origin, context  # no session is left to acknowledge to


def _renamed(to: LocalSessions, event: events.Renamed, origin: Session | None, context: object) -> None:
    to.send(event, _neighbours(to, event), origin, context)
    old_nick, _, address = event.source.partition("!")
    if fold(old_nick) != fold(event.nick):
        to.monitor.notify(event.source, online=False)
        to.monitor.notify(f"{event.nick}!{address}", online=True)


def _neighbours(to: LocalSessions, event: Any) -> Groups:
    """Those who see the user in a channel, and the user."""
    return to.neighbours(event.uid, event.channels, to.world.unseen_in(event.uid, event.channels))


def _interested(to: LocalSessions, event: Any) -> Groups:
    """The same, and those who monitor the user (IRCv3 extended-monitor)."""
    groups = _neighbours(to, event)
    for session in to.monitor.extended(event.source.partition("!")[0]):
        groups.setdefault(session.format, set()).add(session.link)
    return groups


def _about_user(to: LocalSessions, event: Any, origin: Session | None, context: object) -> None:
    to.send(event, _interested(to, event), origin, context)


def _away_set(to: LocalSessions, event: events.AwaySet, origin: Session | None, context: object) -> None:
    if not event.repeated:
        _about_user(to, event, origin, context)
        return
    groups = _neighbours(to, event)
    for session in to.of(event.uid):
        groups.get(session.format, set()).discard(session.link)
    to.send(event, groups)


def _logged_in(to: LocalSessions, event: events.LoggedIn, origin: Session | None, context: object) -> None:
    groups = _interested(to, event)
    if origin is not None:
        groups.get(origin.format, set()).discard(origin.link)
    to.send(event, groups)
    del context  # the reply to the session that logged in is a numeric


def _user_connected(to: LocalSessions, event: events.UserConnected, origin: Session | None, context: object) -> None:
    to.monitor.notify(event.source, online=True)
    del origin, context  # what the user is sent instead is the reply to their registration


def _invited(to: LocalSessions, event: events.Invited, origin: Session | None, context: object) -> None:
    to.send(event, to.of_users([event.guest_uid]))
    del origin, context  # the reply to INVITE is a numeric


def _to_operators(to: LocalSessions, event: Any, origin: Session | None, context: object) -> None:
    """To the other operators of a channel."""
    to.send(event, to.of_users(set(to.with_rank(event.channel, HALF_OPERATOR)) - {event.uid}))
    del origin, context  # the reply to INVITE and to KNOCK is a numeric


def _to_self(to: LocalSessions, event: Any, origin: Session | None, context: object) -> None:
    to.send(event, to.of_users([event.uid]), origin, context)


def _killed(to: LocalSessions, event: events.Killed, origin: Session | None, context: object) -> None:
    for session in to.of(event.victim_uid):
        session.killed(event)
    del origin, context


def _wallops_sent(to: LocalSessions, event: events.WallopsSent, origin: Session | None, context: object) -> None:
    to.send(event, to.of_users(uid for uid, user in to.world.users.items() if "w" in user.modes))
    del origin, context  # the sender hears it only with mode +w, as everyone


def _server_noticed(to: LocalSessions, event: events.ServerNoticed, origin: Session | None, context: object) -> None:
    users = (to.world.users[uid] for uid in to.world.operators)
    to.send(event, to.of_users(user.uid for user in users if event.mask in user.snomask))
    del origin, context


def _channel_renamed(to: LocalSessions, event: events.ChannelRenamed, origin: Session | None, context: object) -> None:
    key = fold(event.new)
    to.rename_channel(event.channel, key)
    channel = to.world.channels.get(key)
    for uid in () if channel is None else tuple(channel.members):
        for session in to.of(uid):
            session.channel_renamed(event, context if session is origin else None)


def _metadata_set(to: LocalSessions, event: events.MetadataSet, origin: Session | None, context: object) -> None:
    uids = {event.about} if event.about else set()
    for key in (event.channel,) if event.channel is not None else event.channels:
        channel = to.world.channels.get(key)
        if channel is not None:
            unseen = event.about in channel.hidden or "u" in channel.modes
            uids.update(to.with_rank(key, HALF_OPERATOR) if unseen and event.about else channel.members)
    sessions = {session for uid in uids for session in to.of(uid)}
    if event.about:
        sessions.update(to.monitor.of(event.target))
    for session in sessions:
        if session is not origin:
            session.metadata_set(event)
    del context  # the reply to METADATA SET is a numeric


def _account_noticed(to: LocalSessions, event: events.AccountNoticed, origin: Session | None, context: Any) -> None:
    for uid in event.users:
        for session in to.of(uid):
            if session is not origin:
                session.account_noticed(event)
    if context is not None:
        context()


def _sessions_ended(to: LocalSessions, event: events.SessionsEnded, origin: Session | None, context: object) -> None:
    for uid in event.users:
        user = to.world.users.get(uid)
        for session in to.of(uid) if user is not None and user.account_id == event.whose else ():
            if to.id_of(session) == event.only if event.only else session is not origin:
                to.ended.append(to.id_of(session))
                session.ended_by(event)
    del context


def _record(to: LocalSessions, event: AnyEvent, origin: Session | None, context: Any) -> None:
    if context is not None:
        context(None)
    del to, event, origin


def _node_lost(to: LocalSessions, event: events.NodeLost, origin: Session | None, context: object) -> None:
    _together(to, "netsplit", event.nodes, [(departure, departure.channels) for departure in event.departed])
    for departed in event.departed:
        to.monitor.notify(departed.source, online=False)
    del origin, context


def _node_back(to: LocalSessions, event: events.NodeBack, origin: Session | None, context: object) -> None:
    _together(to, "netjoin", event.nodes, [(join, (join.channel,)) for join in event.joined])
    del origin, context


def _together(
    to: LocalSessions, kind: str, nodes: tuple[str, str], parts: list[tuple[AnyEvent, tuple[str, ...]]]
) -> None:
    """Many quits or joins as one batch for each session: those of its own channels."""
    for session in to:
        mine = set(session.user.channels) if session.user is not None else set()
        concerned = [event for event, channels in parts if not mine.isdisjoint(channels)]
        if concerned:
            session.batched(kind, nodes, concerned)


AUDIENCE: dict[type, Callable[[LocalSessions, Any, Session | None, object], None]] = {
    events.MessageSent: _message_sent,
    events.Redacted: _to_conversation,
    events.Edited: _to_conversation,
    events.Joined: _joined,
    events.JoinRevealed: _join_revealed,
    events.Parted: _parted,
    events.Kicked: _kicked,
    events.ModesChanged: _to_channel,
    events.TopicSet: _to_channel,
    events.Invited: _invited,
    events.InviteNotified: _to_operators,
    events.Knocked: _to_operators,
    events.ChannelRenamed: _channel_renamed,
    events.UserConnected: _user_connected,
    events.UserQuit: _user_quit,
    events.Renamed: _renamed,
    events.AwaySet: _away_set,
    events.RealnameSet: _about_user,
    events.HostSet: _about_user,
    events.UserModesSet: _to_self,
    events.LoggedIn: _logged_in,
    events.MarkerSet: _to_self,
    events.MetadataSet: _metadata_set,
    events.RecordStored: _record,
    events.RecordDeleted: _record,
    events.NodeLost: _node_lost,
    events.NodeBack: _node_back,
    events.Killed: _killed,
    events.WallopsSent: _wallops_sent,
    events.ServerNoticed: _server_noticed,
    events.AccountNoticed: _account_noticed,
    events.SessionsEnded: _sessions_ended,
}
"""One row for every event that is not an `InternalEvent`: a test walks them all."""
