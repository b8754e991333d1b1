"""The chat itself: world, journal, fan-out and ports in one place; `emit` is how anything happens."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from papo.server.auth.failed_proofs import FailedProofs
from papo.server.auth.mail import Mailer
from papo.server.auth.passwords import Passwords
from papo.server.auth.scram import Decoys
from papo.server.auth.throttle import Throttle
from papo.server.delivery.batch import Batch, JournalEntry, take_back
from papo.server.delivery.clock import Clock
from papo.server.delivery.fanout import Fanout
from papo.server.delivery.journal import Journal
from papo.server.delivery.local_node import LocalBus, LocalNickRegistry
from papo.server.delivery.local_sessions import LocalSessions
from papo.server.delivery.msgid import IdGenerator
from papo.server.delivery.nonce_filter import NonceFilter
from papo.server.delivery.ports import Conflict, NickRegistry, NotStored, Store
from papo.server.delivery.records import Records
from papo.server.delivery.run_queue import RunQueue
from papo.server.rate_limit import SlidingWindow
from papo.server.world.confusables import skeletons
from papo.server.world.events import (
    AnyEvent,
    Audited,
    MessageSent,
    RecordDeleted,
    RecordStored,
    Renamed,
    UserConnected,
)
from papo.server.world.facts import with_state
from papo.server.world.records import AnyRecord, ChannelRecord
from papo.server.world.world import World

if TYPE_CHECKING:
    from papo.config import Config
    from papo.server.auth.bearer import Bearer
    from papo.server.delivery.outlet import WriteQueue
    from papo.server.delivery.ports import Bus, Files
    from papo.server.delivery.session import Session
    from papo.server.world.channel import Channel
    from papo.server.world.user import User

log = logging.getLogger(__name__)


class Chat:
    """One node's share of the network."""

    def __init__(
        self,
        config: Config,
        store: Store,
        write_queue: WriteQueue,
        call_soon: Callable[[Callable[[], None]], object],
        *,
        bus: Bus | None = None,
        nick_registry: NickRegistry | None = None,
        clock_s: Callable[[], float] = time.time,
        monotonic_s: Callable[[], float] = time.monotonic,
        latest_ms: int = 0,
    ) -> None:
        self.config = config
        self.store = store
        self.bus = bus or LocalBus()
        self.nick_registry = nick_registry or LocalNickRegistry()
        self.world = World()
        self.sessions = LocalSessions(self.world)
        self.fanout = Fanout(self.sessions, write_queue)
        self.journal = Journal(
            store, release=self._release, refuse=self._refuse, call_soon=call_soon, clock_s=monotonic_s
        )
        self.run_queue = RunQueue(call_soon)
        """Long answers and long queues of requests, a part of each in a loop turn."""
        self.records = Records(self.world, self.journal, self.server_stamp, self._overtaken)
        self.ids = IdGenerator()
        self.nonces = NonceFilter()
        """The nonces of all messages that are stored, or about to be."""
        self.monotonic_s = monotonic_s
        self.clock = Clock(clock_s, monotonic_s, latest_ms)
        self.now_ms = self.clock.now_ms
        self.started_at_ms = self.now_ms()
        self.follow: Callable[[AnyEvent], None] = lambda _: None
        """Called after each event but messages, if there are always-on users (set by app: keeps their records)."""
        self.follow_links: Callable[[AnyEvent], None] = lambda _: None
        """Called after each event but messages, if there are invitation links (set by app: revokes those it ends)."""
        self.passwords = Passwords(config.accounts.argon2_memory_kib, config.accounts.argon2_passes)
        self.scram_decoys = Decoys(config.accounts.scram_rounds)
        self.throttle = Throttle(monotonic_s)
        self.failed_proofs = FailedProofs(monotonic_s())
        self.mailer = Mailer()
        self.files: Files | None = None
        """Uploaded files; None if there is no place for any (set by assembly)."""
        self.bearer: Bearer | None = None
        """Checks tokens; None without identity providers (set by assembly)."""
        self.cloak_secret = b""
        """The secret that cloaks are made with (set by assembly)."""
        self.token_secret = b""
        """The secret that tokens for web services are signed with (set by assembly)."""
        self.network_secret = b""
        """The secret that accounts remember networks with (set by assembly)."""
        self.web_services: dict[str, tuple[str, str]] = {}
        """Name to (address, description) of the services that accept such tokens (set by app)."""
        self.web_address = ""
        """The address of the web client, such as `https://chat.example.org`; "" if it is not served (set by app)."""
        self.tls_port = 0
        """The port of IRC over TLS, for IRCv3 sts; 0 if there is none (set by app)."""
        self.registrations = SlidingWindow(max_times=100_000)
        """When accounts were registered, all under one key."""
        self.log: Callable[[str], None] = log.warning
        self.count_unregistered: Callable[[], int] = lambda: 0
        self.on_registration_end: Callable[[Session], None] = lambda _: None
        """Called when a local session has registered, or ends before (set by app)."""
        self.reload: Callable[[], str] = lambda: "nothing to reload"
        """Read the configuration again; returns one line saying what changed (set by app)."""
        self.backup_age_s: Callable[[], float | None] = lambda: None
        """Age of the newest backup made on schedule; None if none are made (set by app)."""
        self.stop: Callable[[], None] = lambda: None
        """Stop the server cleanly (set by app)."""
        self.alarms: dict[str, tuple[str, dict[str, object], float]] = {}
        """What is wrong now, by name: a sentence, its values, when operators were told last (`actions.alarms`)."""
        self.channel_rates = SlidingWindow(max_times=10_000)
        """Joins and messages in channels that limit them (`actions.channels.rates`)."""

    def unregistered(self) -> int:
        """How many connections have not registered; the server that owns them sets `count_unregistered`."""
        return self.count_unregistered()

    @property
    def must_restart(self) -> bool:
        """Whether the store has failed, a restart may help, and the settings ask for one."""
        store = self.store
        return bool(store.failed) and not store.damaged and self.config.history.on_disk_failure == "stop"

    def emit(self, event: AnyEvent, origin: Session | None = None) -> None:
        """Make an event true for the requests after it, then store it, then deliver it. Hot path.

        If it is not stored, it is as if it had never been. A message changes nothing that others are made from: it is
        applied when it is delivered.
        """
        if type(event) is MessageSent:
            self.journal.append(event, origin, None if origin is None else origin.context)
            return
        self.world.apply(event, self.journal.undo)
        self.journal.append(event, origin, None if origin is None else origin.context)
        if self.world.always_on:
            self.follow(event)
        if self.world.registry.invitations:
            self.follow_links(event)

    def receive(self, events: list[AnyEvent]) -> None:
        """Events of another node, which are stored already: make them true, and deliver them."""
        for event in events:
            if isinstance(event, (RecordStored, RecordDeleted)):
                self.records.receive(event)
                continue
            if type(event) is MessageSent and event.nonce is not None:
                self.nonces.add(event.nonce.key, event.at_ms)
            if self.journal.idle:
                self.world.apply(event)
                self.fanout.deliver(event)
            else:
                self.world.apply(event, self.journal.undo)
                self.journal.append_stored(event)

    def stamp(self, user: User) -> dict[str, Any]:
        """The fields that every event of this user has now."""
        at_ms = self.now_ms()
        return {
            "uid": user.uid,
            "source": user.source,
            "at_ms": at_ms,
            "msgid": self.ids.msgid(at_ms),
            "account": user.account,
            "account_id": user.account_id,
            "bot": "B" in user.modes,
            "oper": user.operator,
        }

    def server_stamp(self) -> dict[str, Any]:
        """The same fields for an event of the server itself."""
        at_ms = self.now_ms()
        return {"uid": "", "source": self.config.server.name, "at_ms": at_ms, "msgid": self.ids.msgid(at_ms)}

    def history_scopes(self, user: User) -> tuple[int, ...]:
        """For each of the user's channels, who may read later what happens in it now."""
        return tuple(self.world.channels[key].history_scope for key in user.channels)

    def keep_channel(self, channel: Channel) -> None:
        """Bring the record of a channel that outlives its members up to date, or drop it."""
        old = self.world.registry.channels.get(channel.key)
        if not channel.stays and self.world.always_on.isdisjoint(channel.members):
            if old is not None:
                self.records.delete_soon("channel", channel.key)
            return
        record = ChannelRecord(key=channel.key, name=channel.name, created_at_ms=channel.created_at_ms)
        self.records.store_soon(with_state(old or record, channel))

    def _overtaken(self, record: AnyRecord) -> None:
        """Another writer changed a record at the same time: put the state of the channel into that writer's version."""
        channel = self.world.channels.get(record.key) if isinstance(record, ChannelRecord) else None
        if channel is not None:
            self.keep_channel(channel)

    def audit(self, user: User, action: str, details: str) -> None:
        """Store for ever what an operator of the server does."""
        self.emit(Audited(**self.stamp(user), action=action, details=details))

    async def audit_first(self, user: User, action: str, details: str) -> None:
        """As `audit`, and wait: for what is not stored in the same commit. Raises Refused."""
        self.audit(user, action, details)
        await self.journal.committed()

    def free_nick(self, nick_and_uid: tuple[str, str]) -> None:
        """Let others have the nick, unless its user has it now or has it again."""
        nick, uid = nick_and_uid
        user = self.world.users.get(uid)
        has = () if user is None else skeletons(user.nick)
        self.nick_registry.release(tuple(key for key in skeletons(nick) if key not in has), uid)

    def _release(self, batch: Sequence[JournalEntry], conflicts: Sequence[Conflict]) -> None:
        """The events are on disk: they are delivered."""
        if conflicts:
            refused = {id(conflict.event): conflict for conflict in conflicts}
            batch = [
                entry if id(entry[0]) not in refused else (None, entry[2], refused[id(entry[0])]) for entry in batch
            ]
        events = [event for event, _, _ in batch if event is not None]
        for event in events:
            if type(event) is MessageSent:
                self.world.apply(event)
        self.fanout.deliver_batch(batch)
        self.bus.publish(events)

    def _refuse(self, batches: Sequence[Batch], failed: NotStored) -> list[JournalEntry]:
        """The commit failed: only facts have happened. Returns those that the store is owed."""
        left = take_back(self.world, batches, failed)
        facts = [event for event, _, _ in left.entries if event is not None]
        for event in facts:
            if type(event) is UserConnected:
                for session in self.sessions.of(event.uid):
                    session.user = self.world.users[event.uid]
        for event in left.refused:
            if type(event) is Renamed:
                self.free_nick((event.nick, event.uid))
        self.fanout.deliver_batch(left.entries)
        self.bus.publish(facts)
        return left.owed
