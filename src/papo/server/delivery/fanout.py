"""To whom: who hears of an event, each group of equal bytes encoded once.

Listeners are grouped by the bytes they get (`Format`), not by who they are. People are in the groups of the
channels whose joins have been *delivered* to them, so a newcomer never gets a line older than their own join.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Protocol

from papo.server.delivery.monitor import Watch
from papo.server.world import events
from papo.server.world.modes import HALF_OPERATOR

if TYPE_CHECKING:
    from papo.server.delivery.journal import Entry
    from papo.server.delivery.session import Format, Outlet, Session
    from papo.server.world.events import AnyEvent
    from papo.server.world.user import User
    from papo.server.world.world import World

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
        from papo.server.delivery.audience import AUDIENCE  # noqa: PLC0415 -- the table's functions work on this class

        self._audience = AUDIENCE

    # --- who listens

    def attach(self, uid: str, session: Session) -> None:
        """From now on the session gets what is for this person."""
        self.sessions.setdefault(uid, []).append(session)

    def attach_late(self, user: User, session: Session) -> None:
        """One more session of somebody who is here: it hears their channels too."""
        self.attach(user.uid, session)
        for key in user.channels:
            self.rooms.setdefault(key, {}).setdefault(session.format, set()).add(session.link)

    def detach(self, user: User, session: Session) -> int:
        """The session is gone, the person may stay; returns how many sessions they have left here."""
        sessions = self.sessions.get(user.uid, [])
        if session in sessions:
            sessions.remove(session)
        for key in user.channels:
            self.remove(key, session.format, session.link)
        if not sessions:
            self.sessions.pop(user.uid, None)
        return len(sessions)

    def reformat(self, session: Session, new: Format) -> None:
        """The session gets other bytes from now on (capabilities changed)."""
        old, session.format = session.format, new
        if session.user is None or old is new:
            return
        for key in session.user.channels:
            room = self.rooms.get(key)
            if room is not None and session.link in room.get(old, ()):
                self.remove(key, old, session.link)
                self.rooms.setdefault(key, {}).setdefault(new, set()).add(session.link)

    def enter(self, key: str, uid: str) -> None:
        """The person hears this channel from now on."""
        for session in self.sessions.get(uid, ()):
            self.rooms.setdefault(key, {}).setdefault(session.format, set()).add(session.link)

    def leave(self, key: str, uid: str) -> None:
        """No longer."""
        for session in self.sessions.get(uid, ()):
            self.remove(key, session.format, session.link)

    def remove(self, key: str, format: Format, link: Outlet) -> None:  # noqa: A002 -- the field's own word
        """A connection no longer hears this channel."""
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
                elif type(event) is events.MessageSent and event.channel is not None and not event.rank:
                    channel = event.channel
                    while at < end:
                        following = batch[at][0]
                        if type(following) is not events.MessageSent or following.channel != channel or following.rank:
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
            try:
                chunks = [encode(event) or b"" for event, _, _ in run]  # type: ignore[arg-type]  # all are messages
            except Exception:  # noqa: BLE001 -- logged there, for the one that it is
                chunks = [_encoded(encode, event) for event, _, _ in run]
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

    def deliver(self, event: AnyEvent, origin: Session | None = None, context: object = None) -> None:
        """One event to whom it concerns."""
        send = self._audience.get(type(event))
        if send is not None:
            send(self, event, origin, context)

    def to_links(
        self,
        event: AnyEvent,
        audience: Iterable[tuple[Format, Iterable[Outlet]]],
        origin: Session | None,
        context: object,
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
        self, event: AnyEvent, uids: Iterable[str], origin: Session | None = None, context: object = None
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


def _encoded(encode: Callable[[Any], bytes | None], event: Any) -> bytes:
    """One message that cannot be encoded must not take those around it along."""
    try:
        return encode(event) or b""
    except Exception:
        log.exception("not encoded: %s", type(event).__name__)
        return b""
