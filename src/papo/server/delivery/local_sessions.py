"""The sessions of this node, by user and by channel.

Sessions of a channel are grouped by the bytes they get (`Format`), not by user. A user is in the groups of the
channels whose joins have been *delivered* to them, so nobody gets a line older than their own join.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from papo.server.delivery.monitor import Monitor
from papo.server.delivery.outlet import Format, Outlet
from papo.server.delivery.session import Echo
from papo.server.world.modes import HALF_OPERATOR

if TYPE_CHECKING:
    from papo.server.delivery.session import Session
    from papo.server.world.events import AnyEvent
    from papo.server.world.user import User
    from papo.server.world.world import World

ENDED_AT_MOST = 1000
Groups: TypeAlias = dict[Format, set[Outlet]]
"""Connections by what they get."""


class LocalSessions:
    """Which connections on this node get an event."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.channels: dict[str, Groups] = {}
        """Channel key to the connections of its local members."""
        self._entered: dict[Outlet, set[str]] = {}
        """Connection to the keys of the channels whose groups it is in: other ones than the user's while a join, a
        part or a renaming waits for the disk."""
        self.monitor = Monitor()
        self._of: dict[str, list[Session]] = {}
        self._ids = itertools.count(1)
        self.ended: deque[str] = deque(maxlen=ENDED_AT_MOST)
        """Ids of the sessions that their owner has ended (`SessionsEnded`): what they were given is worth nothing."""

    def of(self, uid: str) -> tuple[Session, ...]:
        """The user's sessions on this node, in order of connecting."""
        return tuple(self._of.get(uid, ()))

    def id_of(self, session: Session) -> str:
        """A name for a session that no other has had or will have while the server runs. Most never need one."""
        session.id = session.id or str(next(self._ids))
        return session.id

    def __iter__(self) -> Iterator[Session]:
        """All of them."""
        return (session for sessions in tuple(self._of.values()) for session in sessions)

    # --- sessions and channels

    def attach(self, user: User, session: Session, channels: Iterable[str] = ()) -> None:
        """From now on the session gets what is for this user, and what is said in these channels."""
        self._of.setdefault(user.uid, []).append(session)
        for key in channels:
            self._enter(key, session)

    def detach(self, user: User, session: Session) -> None:
        """The session has ended; the user stays."""
        sessions = self._of.get(user.uid, [])
        if session in sessions:
            sessions.remove(session)
        self._leave_all(session)
        if not sessions:
            self._of.pop(user.uid, None)

    def detach_all(self, uid: str) -> tuple[Session, ...]:
        """The user has quit; returns the sessions they had."""
        sessions = tuple(self._of.pop(uid, ()))
        for session in sessions:
            self._leave_all(session)
        return sessions

    def _leave_all(self, session: Session) -> tuple[str, ...]:
        """The session receives no channel any more; returns those it did."""
        keys = tuple(self._entered.get(session.link, ()))
        for key in keys:
            self._remove(key, session)
        return keys

    def reformat(self, session: Session, new: Format) -> None:
        """The session gets other bytes from now on (its capabilities changed)."""
        if session.format is new:
            return
        keys = self._leave_all(session)
        session.format = new
        for key in keys:
            self._enter(key, session)

    def enter(self, key: str, uid: str) -> None:
        """The user's sessions receive this channel from now on."""
        for session in self.of(uid):
            self._enter(key, session)

    def _enter(self, key: str, session: Session) -> None:
        self.channels.setdefault(key, {}).setdefault(session.format, set()).add(session.link)
        self._entered.setdefault(session.link, set()).add(key)

    def leave(self, key: str, uid: str) -> None:
        """The user's sessions no longer receive this channel."""
        for session in self.of(uid):
            self._remove(key, session)

    def _remove(self, key: str, session: Session) -> None:
        keys = self._entered.get(session.link)
        if keys is None or key not in keys:
            return
        keys.remove(key)
        if not keys:
            del self._entered[session.link]
        groups = self.channels[key]
        links = groups[session.format]
        links.remove(session.link)
        if not links:
            del groups[session.format]
            if not groups:
                del self.channels[key]

    def rename_channel(self, key: str, new: str) -> None:
        """The channel has another key."""
        for format, links in self.channels.pop(key, {}).items():  # noqa: A001 -- the field's own word
            # A session that was attached since the renaming was accepted is in the new one's group already.
            self.channels.setdefault(new, {}).setdefault(format, set()).update(links)
            for link in links:
                self._entered[link].discard(key)
                self._entered[link].add(new)

    # --- groups

    def members(self, key: str, rank: int = 0, besides: str = "") -> Groups:
        """The members of a channel; with a rank, those who have it and the user `besides`. Not to be changed."""
        if rank:
            return self.of_users([*self.with_rank(key, rank), besides])
        return self.channels.get(key, {})

    def of_users(self, uids: Iterable[str]) -> Groups:
        """All sessions of these users."""
        groups: Groups = {}
        for uid in uids:
            for session in self._of.get(uid, ()):
                groups.setdefault(session.format, set()).add(session.link)
        return groups

    def neighbours(self, uid: str, channels: Iterable[str], unseen: Iterable[str] = ()) -> Groups:
        """The user's own sessions and the members of these channels, each once; of `unseen` ones only the operators."""
        uids = {uid}
        for key in unseen:
            uids.update(self.with_rank(key, HALF_OPERATOR))
        groups = self.of_users(uids)
        for key in channels:
            if key not in unseen:
                for format, links in self.channels.get(key, {}).items():  # noqa: A001 -- the field's own word
                    groups.setdefault(format, set()).update(links)
        return groups

    def with_rank(self, key: str, least: int) -> list[str]:
        """Uids of the channel's members of at least this rank."""
        channel = self.world.channels.get(key)
        return [] if channel is None else [uid for uid in channel.members if channel.rank(uid) >= least]

    # --- sending

    def send(self, event: AnyEvent, groups: Groups, origin: Session | None = None, context: object = None) -> None:
        """Encode the event once for each group, and write it. Its origin is sent what its `echo` says."""
        own = None if origin is None else origin.link
        echo = Echo.NONE if origin is None else origin.echo(event, context)
        for format, links in groups.items():  # noqa: A001 -- the field's own word
            data = format.encode(event)
            if data:
                for link in links:
                    if link is not own:
                        link.write(data)
            if own in links and echo is Echo.SHARED and origin is not None:
                echo = Echo.NONE
                if data:
                    origin.link.write(data)
        if origin is not None and echo is not Echo.NONE:
            origin.acknowledge(event, context)
