"""The chat itself: world, journal, fan-out and ports in one place; `emit` is how anything happens."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from papo.delivery.fanout import Fanout, Outbox
from papo.delivery.journal import Entry, Journal
from papo.delivery.msgid import Names
from papo.delivery.ports import ChannelRecord, Claims, LocalClaims, NotStored, SoloBus, Store
from papo.world.channel import Channel
from papo.world.events import Event, Said, is_durable
from papo.world.world import World

if TYPE_CHECKING:
    from papo.config import Config
    from papo.delivery.ports import Bus
    from papo.delivery.session import Session
    from papo.world.user import User


class Chat:
    """One node's share of the network."""

    def __init__(
        self,
        config: Config,
        store: Store,
        outbox: Outbox,
        call_soon: Callable[[Callable[[], None]], object],
        *,
        bus: Bus | None = None,
        claims: Claims | None = None,
        clock_s: Callable[[], float] = time.time,
        monotonic_s: Callable[[], float] = time.monotonic,
        latest_ms: int = 0,
    ) -> None:
        self.config = config
        self.store = store
        self.bus = bus or SoloBus()
        self.claims = claims or LocalClaims()
        self.world = World()
        self.fanout = Fanout(self.world, outbox)
        self.journal = Journal(
            store, release=self._release, refuse=self._refuse, call_soon=call_soon, clock_s=monotonic_s
        )
        self.names = Names()
        self.monotonic_s = monotonic_s
        self._clock_s = clock_s
        self._latest_ms = latest_ms
        """The newest time on disk or said: the clock of the chat never goes back."""
        self.started_at_ms = self.now_ms()
        self.count_unregistered: Callable[[], int] = lambda: 0
        self.welcomed: Callable[[Session], None] = lambda _: None
        """A local session has a person now (set by app)."""
        self.reload: Callable[[], str] = lambda: "nothing to reload"
        """Reread the configuration; returns one line saying what changed (set by app)."""
        self.stop: Callable[[], None] = lambda: None
        """Begin to drain (set by app)."""
        self.recent_joins: dict[str, deque[float]] = {}
        """Times (monotonic seconds) of joins to channels that throttle them (mode j)."""

    def unregistered(self) -> int:
        """How many connections have not said who they are; the server that owns them sets `count_unregistered`."""
        return self.count_unregistered()

    def now_ms(self) -> int:
        """Milliseconds since 1970, never less than before."""
        now_ms = int(self._clock_s() * 1000)
        if now_ms < self._latest_ms:
            return self._latest_ms
        self._latest_ms = now_ms
        return now_ms

    def emit(self, event: Event, origin: Session | None = None) -> None:
        """Something happened: true at once, on disk next, delivered then. Hot path."""
        self.world.apply(event)
        self.journal.append(event, origin, None if origin is None else origin.context)

    def receive(self, events: list[Event]) -> None:
        """Something happened on another node and is on disk: true at once, and delivered."""
        for event in events:
            self.world.apply(event)
            self.fanout.deliver(event)

    def stamp(self, user: User) -> dict[str, Any]:
        """What every event of this person carries now."""
        at_ms = self.now_ms()
        return {
            "uid": user.uid,
            "source": user.source,
            "at_ms": at_ms,
            "msgid": self.names.msgid(at_ms),
            "account": user.account,
            "bot": "B" in user.modes,
        }

    def server_stamp(self) -> dict[str, Any]:
        """What an event of the server itself carries now."""
        at_ms = self.now_ms()
        return {"uid": "", "source": self.config.server.name, "at_ms": at_ms, "msgid": self.names.msgid(at_ms)}

    def eras(self, user: User) -> tuple[int, ...]:
        """For each of the person's channels, whose eyes what happens in it is for."""
        return tuple(self.world.channels[key].era for key in user.channels)

    def keep(self, channel: Channel) -> None:
        """Bring a permanent channel's record on disk up to date (or remove it)."""
        if "P" not in channel.modes:
            self.store.forget_channel(channel.key)
            return
        self.store.remember_channel(
            ChannelRecord(
                key=channel.key,
                name=channel.name,
                created_at_ms=channel.created_at_ms,
                topic=channel.topic,
                topic_by=channel.topic_by,
                topic_at_ms=channel.topic_at_ms,
                modes=dict(channel.modes),
                lists={
                    letter: [(mask, by, at_ms) for mask, (by, at_ms) in entries.items()]
                    for letter, entries in channel.lists.items()
                },
            )
        )

    def restore(self, record: ChannelRecord) -> None:
        """Put a permanent channel back, at start."""
        channel = Channel(record.key, record.name, record.created_at_ms)
        channel.topic, channel.topic_by, channel.topic_at_ms = record.topic, record.topic_by, record.topic_at_ms
        channel.modes = dict(record.modes)
        for letter, entries in record.lists.items():
            channel.lists[letter] = {mask: (by, at_ms) for mask, by, at_ms in entries}
        self.world.restore(channel)

    def _release(self, batch: list[Entry]) -> None:
        self.fanout.deliver_batch(batch)
        self.bus.publish([event for event, _, _ in batch if event is not None])

    def _refuse(self, batch: list[Entry], failed: NotStored) -> None:
        """The disk said no. Messages are refused to those who wrote them; who came and went is true all the same."""
        kept: list[Entry] = []
        for entry in batch:
            event, origin, context = entry
            if type(event) is Said and is_durable(event):
                if origin is not None:
                    kept.append((None, _Refusal(origin, event, failed), context))
            else:
                kept.append(entry)
        self.fanout.deliver_batch(kept)


class _Refusal:
    """Tells a session, in turn, that its message was not stored."""

    __slots__ = ("event", "failed", "origin")

    def __init__(self, origin: Session, event: Event, failed: NotStored) -> None:
        self.origin = origin
        self.event = event
        self.failed = failed

    def __call__(self, context: object) -> None:
        self.origin.refuse(self.event, self.failed, context)
