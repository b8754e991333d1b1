"""To whom: who hears of an event, each group of equal bytes encoded once.

Listeners are grouped by the bytes they get (`Format`), not by who they are. People are in the groups of the
channels whose joins have been *delivered* to them, so a newcomer never gets a line older than their own join.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Protocol

from papo.delivery.watch import Watch
from papo.world import events
from papo.world.modes import HALF_OPERATOR
from papo.world.names import fold

if TYPE_CHECKING:
    from papo.delivery.journal import Entry
    from papo.delivery.session import Format, Outlet, Session
    from papo.world.events import Event, Said
    from papo.world.world import World

log = logging.getLogger(__name__)


class Outbox(Protocol):
    """The connections owed bytes this turn (`net.link.Outbox`)."""

    links: list[Any]

    def schedule(self) -> None:
        """Flush before the loop waits again."""


class Fanout:
    """The local connections, by person and by channel."""

    def __init__(self, world: World, outbox: Outbox) -> None:
        self.world = world
        self.outbox = outbox
        self.rooms: dict[str, dict[Format, set[Outlet]]] = {}
        """Channel key to the connections of its local members, grouped by what they get."""
        self.sessions: dict[str, list[Session]] = {}
        """uid to that person's local sessions."""
        self.watch = Watch()

    # --- who listens

    def attach(self, uid: str, session: Session) -> None:
        """From now on the session gets what is for this person."""
        self.sessions.setdefault(uid, []).append(session)

    def reformat(self, session: Session, new: Format) -> None:
        """The session gets other bytes from now on (capabilities changed)."""
        old, session.format = session.format, new
        if session.user is None or old is new:
            return
        for key in session.user.channels:
            room = self.rooms.get(key)
            if room is not None and session.link in room.get(old, ()):
                self._remove(key, old, session.link)
                self.rooms.setdefault(key, {}).setdefault(new, set()).add(session.link)

    def _enter(self, key: str, uid: str) -> None:
        for session in self.sessions.get(uid, ()):
            self.rooms.setdefault(key, {}).setdefault(session.format, set()).add(session.link)

    def _leave(self, key: str, uid: str) -> None:
        for session in self.sessions.get(uid, ()):
            self._remove(key, session.format, session.link)

    def _remove(self, key: str, format: Format, link: Outlet) -> None:  # noqa: A002 -- the field's own word
        room = self.rooms.get(key)
        if room is None:
            return
        links = room.get(format)
        if links is not None:
            links.discard(link)
            if not links:
                del room[format]
                if not room:
                    del self.rooms[key]

    # --- delivering

    def deliver_batch(self, batch: list[Entry]) -> None:
        """Deliver in order. Messages in a row for one channel go out together, one append per listener."""
        at, end = 0, len(batch)
        while at < end:
            start = at
            event, origin, context = batch[at]
            at += 1
            try:
                if event is None:
                    origin(context)
                elif type(event) is events.Said and event.channel is not None and not event.rank:
                    channel = event.channel
                    while at < end:
                        following = batch[at][0]
                        if type(following) is not events.Said or following.channel != channel or following.rank:
                            break
                        at += 1
                    self._to_room(channel, batch[start:at])
                else:
                    self.deliver(event, origin, context)
            except Exception:
                # A bug met by one event must not keep everybody from all that follows.
                log.exception("not delivered: %s", type(event).__name__)

    def _to_room(self, channel: str, run: list[Entry]) -> None:
        """Messages of one channel to everybody in it. Hot path: keep it dull."""
        speakers = {origin.link: origin for _, origin, _ in run if origin is not None}
        outbox = self.outbox
        owed = outbox.links
        for format, links in self.rooms.get(channel, {}).items():  # noqa: A001 -- the field's own word
            encode = format.encode
            chunks = [(event and encode(event)) or b"" for event, _, _ in run]
            data = chunks[0] if len(chunks) == 1 else format.glue.join(filter(None, chunks))
            if data:
                for link in links if links.isdisjoint(speakers) else links.difference(speakers):
                    out = link.out
                    if not out:
                        owed.append(link)
                    out.append(data)
            for link, speaker in speakers.items():
                if link in links:
                    _to_speaker(speaker, link, run, chunks)
        for link, speaker in speakers.items():
            if not self._is_in(channel, speaker):
                _to_speaker(speaker, link, run, None)
        if owed:
            outbox.schedule()

    def _is_in(self, channel: str, session: Session) -> bool:
        return session.link in self.rooms.get(channel, {}).get(session.format, ())

    def deliver(self, event: Event, origin: Session | None = None, context: object = None) -> None:
        """One event to whom it concerns."""
        _AUDIENCE[type(event)](self, event, origin, context)

    def to_links(
        self, event: Event, audience: Iterable[tuple[Format, Iterable[Outlet]]], origin: Session | None, context: object
    ) -> None:
        """Encode once per group and write; the originating session gets its own copy in its own way."""
        own = None if origin is None else origin.link
        for format, links in audience:  # noqa: A001 -- the field's own word
            data = format.encode(event)
            if data:
                for link in links:
                    if link is not own:
                        link.write(data)
        if origin is not None:
            origin.acknowledge(event, context)

    def to_people(
        self, event: Event, uids: Iterable[str], origin: Session | None = None, context: object = None
    ) -> None:
        """To all sessions of these people."""
        groups: dict[Format, set[Outlet]] = {}
        for uid in uids:
            for session in self.sessions.get(uid, ()):
                groups.setdefault(session.format, set()).add(session.link)
        self.to_links(event, groups.items(), origin, context)

    def neighbours(self, uid: str, channels: Iterable[str], unseen: Iterable[str] = ()) -> dict[Format, set[Outlet]]:
        """Everybody in these channels (of `unseen` ones operators only) and the person's own sessions, each once."""
        groups: dict[Format, set[Outlet]] = {}
        uids = {uid}
        for key in channels:
            if key in unseen:
                uids.update(self.with_rank(key, HALF_OPERATOR))
                continue
            for format, links in self.rooms.get(key, {}).items():  # noqa: A001 -- the field's own word
                groups.setdefault(format, set()).update(links)
        for session in (session for each in uids for session in self.sessions.get(each, ())):
            groups.setdefault(session.format, set()).add(session.link)
        return groups

    def with_rank(self, channel: str, least: int) -> list[str]:
        """Uids of members who weigh at least `least`."""
        found = self.world.channels.get(channel)
        return [] if found is None else [uid for uid in found.members if found.rank(uid) >= least]

    def room(self, event: Any, origin: Session | None, context: object) -> None:
        """To the event's channel, or to those in it who have the event's rank."""
        if getattr(event, "rank", 0):
            self.to_people(event, {*self.with_rank(event.channel, event.rank), event.uid}, origin, context)
        else:
            self.to_links(event, self.rooms.get(event.channel, {}).items(), origin, context)


def _to_speaker(speaker: Session, link: Outlet, run: list[Entry], chunks: list[bytes] | None) -> None:
    """A run of messages to somebody who said one or more of them. `chunks` None: they are not in the channel."""
    for at, (event, origin, context) in enumerate(run):
        if origin is speaker:
            if speaker.echoes(event, context):
                speaker.acknowledge(event, context)
        elif chunks is not None and chunks[at]:
            link.write(chunks[at])


def _said(fanout: Fanout, event: Said, origin: Session | None, context: object) -> None:
    if event.channel is not None:
        fanout.room(event, origin, context)
        return
    uids = {event.to_uid or "", event.uid}
    if event.to_uid == event.uid and origin is not None:
        # To oneself: the copy as addressee comes besides the echo.
        data = origin.format.encode(event)
        if data:
            origin.link.write(data)
    fanout.to_people(event, uids, origin, context)


def _joined(fanout: Fanout, event: events.Joined, origin: Session | None, context: object) -> None:
    fanout._enter(event.channel, event.uid)  # noqa: SLF001 -- this module's own table of functions
    fanout.room(event, origin, context)


def _revealed(fanout: Fanout, event: events.Revealed, origin: Session | None, context: object) -> None:
    known = set(fanout.with_rank(event.channel, HALF_OPERATOR))
    own = {session.link for uid in {event.uid, *known} for session in fanout.sessions.get(uid, ())}
    room = fanout.rooms.get(event.channel, {})
    fanout.to_links(event, [(format, links - own) for format, links in room.items()], None, None)  # noqa: A001
    del origin, context  # the person has seen their own join


def _parted(fanout: Fanout, event: events.Parted, origin: Session | None, context: object) -> None:
    fanout.room(event, origin, context)
    fanout._leave(event.channel, event.uid)  # noqa: SLF001


def _kicked(fanout: Fanout, event: events.Kicked, origin: Session | None, context: object) -> None:
    victims = tuple(fanout.sessions.get(event.victim_uid, ()))
    fanout._leave(event.channel, event.victim_uid)  # noqa: SLF001
    if event.rank:
        fanout.to_people(event, {*fanout.with_rank(event.channel, event.rank), event.uid}, origin, context)
    else:
        fanout.room(event, origin, context)
    for session in victims:
        if session is not origin:
            session.kicked(event)


def _departed(fanout: Fanout, event: events.Departed, origin: Session | None, context: object) -> None:
    groups = fanout.neighbours(event.uid, event.channels, event.unseen)
    gone = fanout.sessions.pop(event.uid, [])
    for session in gone:
        groups.get(session.format, set()).discard(session.link)
        for key in event.channels:
            fanout._remove(key, session.format, session.link)  # noqa: SLF001
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


def _arrived(fanout: Fanout, event: events.Arrived, origin: Session | None, context: object) -> None:
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
        session.expel(event)
    del origin, context


def _wallops(fanout: Fanout, event: events.WallopsSent, origin: Session | None, context: object) -> None:
    uids = [uid for uid in fanout.sessions if (user := fanout.world.users.get(uid)) and "w" in user.modes]
    fanout.to_people(event, uids)
    del origin, context


def _server_noticed(fanout: Fanout, event: events.ServerNoticed, origin: Session | None, context: object) -> None:
    users = (fanout.world.users[uid] for uid in fanout.world.operators)
    fanout.to_people(event, [user.uid for user in users if event.mask in user.snomask])
    del origin, context


_AUDIENCE: dict[type, Callable[[Fanout, Any, Session | None, object], None]] = {
    events.Said: _said,
    events.Joined: _joined,
    events.Revealed: _revealed,
    events.Parted: _parted,
    events.Kicked: _kicked,
    events.Departed: _departed,
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
    events.Arrived: _arrived,
    events.MarkerSet: _to_self,
    events.Killed: _killed,
    events.WallopsSent: _wallops,
    events.ServerNoticed: _server_noticed,
}
