"""A chat without sockets: fake connections, a store that commits when told, a clock that stands still."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from papo.config import Accounts, Config, History, Limits, Server
from papo.server.actions import always_on
from papo.server.delivery.chat import Chat
from papo.server.delivery.ports import EDIT, EVENT, GONE, MESSAGE, REACTION, REDACTION, NotStored, Page, Search, Target
from papo.server.dialects.irc import verbs  # noqa: F401 -- fills the table of commands
from papo.server.dialects.irc.session import IrcSession
from papo.server.world.events import (
    NO_TAGS,
    AnyEvent,
    Audited,
    Edited,
    MessageSent,
    RecordDropped,
    RecordKept,
    Redacted,
    Renamed,
    UserQuit,
)
from papo.server.world.records import AnyRecord, place_of

START_MS = 1_700_000_000_000


class MemoryStore:
    """A Store in a list. Commits at once, or when `commit_now` is called after `hold`."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, int, AnyEvent]] = []
        """(conversation, era, event), in order."""
        self.records: dict[tuple[str, str], AnyRecord] = {}
        self.audited: list[Audited] = []
        self.gone: set[str] = set()
        self.failure: NotStored | None = None
        self.held = False
        self._pending: list[tuple[Sequence[AnyEvent], Callable[[NotStored | None], None]]] = []

    def commit(self, events: Sequence[AnyEvent], done: Callable[[NotStored | None], None]) -> None:
        """Keep the events, at once unless held."""
        if self.held:
            self._pending.append((list(events), done))
            return
        if self.failure is None:
            for event in events:
                self._keep(event)
        done(self.failure)

    def commit_now(self) -> None:
        """Finish what was held back."""
        self.held = False
        pending, self._pending = self._pending, []
        for events, done in pending:
            self.commit(events, done)

    def _keep(self, event: AnyEvent) -> None:
        if isinstance(event, RecordKept):
            self.records[place_of(event.record)] = event.record
        elif isinstance(event, RecordDropped):
            self.records.pop((event.kind, event.key), None)
        elif isinstance(event, Audited):
            self.audited.append(event)
        elif isinstance(event, (UserQuit, Renamed)):
            self.rows.extend(zip(event.channels, event.history_scopes, [event] * len(event.channels), strict=True))
        elif isinstance(event, (MessageSent, Redacted, Edited)):
            self._rewrite(event)
            self.rows.append((event.conversation, event.history_scope, event))
        elif getattr(event, "channel", None):
            self.rows.append((event.channel, getattr(event, "history_scope", 0), event))  # type: ignore[union-attr,arg-type]

    def _rewrite(self, event: MessageSent | Redacted | Edited) -> None:
        if isinstance(event, MessageSent):
            return
        for at, (conversation, history_scope, old) in enumerate(self.rows):
            if isinstance(old, MessageSent) and old.msgid == event.of and conversation == event.conversation:
                if isinstance(event, Redacted):
                    self.gone.add(old.msgid)
                    self.gone.update(e.msgid for _, _, e in self.rows if isinstance(e, Edited) and e.of == old.msgid)
                    new = msgspec.structs.replace(old, text="", tags=NO_TAGS, lines=())
                else:
                    new = msgspec.structs.replace(old, text=event.text, lines=(), edited_at_ms=event.at_ms)
                self.rows[at] = (conversation, history_scope, new)

    def _kind(self, event: AnyEvent) -> int:
        if event.msgid in self.gone:
            return GONE
        if isinstance(event, MessageSent):
            return REACTION if event.verb == "TAGMSG" else MESSAGE
        return {Redacted: REDACTION, Edited: EDIT}.get(type(event), EVENT)

    def _visible(self, query: Page) -> list[AnyEvent]:
        return [
            event
            for conversation, history_scope, event in self.rows
            if conversation == query.conversation
            and history_scope in {0, query.history_scope}
            and getattr(event, "rank", 0) <= query.rank
            and event.at_ms >= query.since_ms
            and self._kind(event) in query.kinds
        ]

    @staticmethod
    def _place(events: list[AnyEvent], bound: str | int, *, after: bool) -> int:
        if isinstance(bound, str):
            at = [event.msgid for event in events].index(bound) if bound in {e.msgid for e in events} else -1
            if at < 0:
                raise KeyError(bound)
            return at + 1 if after else at
        return sum(1 for event in events if (event.at_ms <= bound if after else event.at_ms < bound))

    async def page(self, query: Page) -> list[AnyEvent]:
        """As the port says."""
        events = self._visible(query)
        low = 0 if query.after is None else self._place(events, query.after, after=True)
        high = len(events) if query.before is None else self._place(events, query.before, after=False)
        found = events[low:high]
        return found[-query.limit :] if query.newest_first else found[: query.limit]

    async def around(self, query: Page, centre: str | int) -> list[AnyEvent]:
        """As the port says."""
        events = self._visible(query)
        at = self._place(events, centre, after=False)
        low = max(0, at - query.limit // 2)
        return events[low : low + query.limit]

    async def targets(
        self, identity: str, channels: Sequence[tuple[str, int]], after_ms: int, before_ms: int, limit: int
    ) -> list[Target]:
        """As the port says."""
        latest: dict[str, int] = {}
        history_scopes = dict(channels)
        for conversation, history_scope, event in self.rows:
            if not isinstance(event, MessageSent):
                continue
            mine = " " in conversation and identity in conversation.split(" ")
            if mine or (conversation in history_scopes and history_scope in {0, history_scopes[conversation]}):
                latest[conversation] = event.at_ms
        found = [Target(name, at_ms) for name, at_ms in latest.items() if after_ms < at_ms < before_ms]
        return sorted(found, key=lambda target: target.latest_ms)[:limit]

    async def find(self, query: Page, msgid: str) -> AnyEvent | None:
        """As the port says."""
        everything = msgspec.structs.replace(query, everything=True, also=(REACTION, REDACTION, EDIT))
        return next((event for event in self._visible(everything) if event.msgid == msgid), None)

    async def search(self, query: Search) -> list[AnyEvent]:
        """As the port says."""
        places = {name: (history_scope, rank) for name, history_scope, rank in query.places}
        found = [
            event
            for conversation, history_scope, event in self.rows
            if isinstance(event, MessageSent)
            and self._kind(event) == MESSAGE
            and conversation in places
            and history_scope in {0, places[conversation][0]}
            and event.rank <= places[conversation][1]
            and event.at_ms >= query.since.get(conversation, 0)
            and all(word.rstrip("*").lower() in event.text.lower() for word in query.words)
            and (not query.sender or event.source.partition("!")[0].lower() == query.sender.lower())
            and (query.after_ms is None or event.at_ms > query.after_ms)
            and (query.before_ms is None or event.at_ms < query.before_ms)
        ]
        return list(found[-query.limit :])

    async def audit(self, limit: int) -> list[tuple[int, str, str, str]]:
        """As the port says."""
        return [(e.at_ms, f"{e.oper} {e.source}".strip(), e.action, e.details) for e in self.audited[-limit:]]

    async def said_by(self, account: str, since_ms: int) -> list[AnyEvent]:
        """As the port says."""
        return [
            e for _, _, e in self.rows if isinstance(e, MessageSent) and e.account == account and e.at_ms >= since_ms
        ]

    async def forget(self, account: str, since_ms: int) -> int:
        """As the port says."""
        found = await self.said_by(account, since_ms)
        self.gone.update(event.msgid for event in found)
        return len(found)

    async def close(self) -> None:
        """Nothing to let go."""


class FakeLink:
    """A connection that keeps what it is sent."""

    framing = ""

    def __init__(self, framing: str = "") -> None:
        self.glue = b""
        self.out: list[bytes] = []
        self.framing = framing
        self.address = "10.0.0.1"
        self.port = 4000
        self.secure = False
        self.fingerprints: tuple[str, ...] = ()
        self.gone = False
        self.held = False
        self.paused = False
        self.alone: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Owe bytes."""
        if not self.gone:
            self.out.append(data)

    def write_alone(self, data: bytes) -> None:
        """Owe bytes that stand alone."""
        self.alone.append(data)
        self.write(data)

    def close(self, last: bytes = b"") -> None:
        """End."""
        if not self.gone:
            self.out.append(last)
            self.gone = True

    def pause_reading(self) -> None:
        """Note it."""
        self.paused = True

    def resume_reading(self) -> None:
        """Note it."""
        self.paused = False

    def take(self) -> bytes:
        """Everything sent since the last call."""
        data = b"".join(self.out)
        self.out.clear()
        return data


class FakeOutbox:
    """Collects links; nothing needs flushing, since a FakeLink keeps its own bytes."""

    def __init__(self) -> None:
        self.links: list[Any] = []

    def schedule(self) -> None:
        """Nothing to do."""
        self.links.clear()


def quiet_config(**changes: Any) -> Config:
    """The defaults with limits off."""
    settings: dict[str, Any] = {
        "server": Server(name="papo.test"),
        "limits": Limits(enabled=False),
        "history": History(),
        "accounts": Accounts(argon2_memory_kib=8, argon2_passes=1),
    }
    return Config(**{**settings, **changes})


class Talk:
    """People on fake IRC connections to one chat."""

    def __init__(self, config: Config | None = None) -> None:
        self.now_s = START_MS / 1000
        self.store = MemoryStore()
        self.soon: list[Callable[[], None]] = []
        self.chat = Chat(
            config or quiet_config(),
            self.store,
            FakeOutbox(),
            self.soon.append,
            clock_s=lambda: self.now_s,
            monotonic_s=lambda: self.now_s,
        )
        self.chat.follow = functools.partial(always_on.follow, self.chat)
        self.people: dict[str, IrcSession] = {}

    def run_soon(self) -> None:
        """Do what was put off to the end of the loop turn."""
        while self.soon:
            self.soon.pop(0)()

    def connect(self, name: str, *, framing: str = "") -> IrcSession:
        """A new connection that has said nothing."""
        session = IrcSession(self.chat, FakeLink(framing))
        self.people[name] = session
        return session

    def join(self, nick: str, *channels: str, caps: str = "") -> IrcSession:
        """Somebody registered, in these channels, with what they were sent thrown away."""
        self.connect(nick)
        lines = [f"NICK {nick}", f"USER {nick} 0 * :{nick.title()}"]
        if caps:
            lines = ["CAP LS 302", f"CAP REQ :{caps}", *lines, "CAP END"]
        for line in lines + [f"JOIN {channel}" for channel in channels]:
            self.say(nick, line)
        for session in self.people.values():
            session.link.take()  # type: ignore[attr-defined]
        return self.people[nick]

    def send(self, name: str, data: bytes) -> None:
        """Bytes from somebody, and the loop turn that follows."""
        self.people[name].receive(data)
        self.run_soon()

    def say(self, name: str, line: str) -> None:
        """A line from somebody."""
        self.send(name, line.encode() + b"\r\n")

    def heard(self, name: str) -> list[str]:
        """Lines somebody was sent since the last call."""
        link = self.people[name].link
        assert isinstance(link, FakeLink)
        return link.take().decode().split("\r\n")[:-1]

    def ask(self, name: str, line: str) -> list[str]:
        """Lines somebody is sent in answer."""
        self.heard(name)
        self.say(name, line)
        return self.heard(name)

    def ask_without(self, nick: str) -> str:
        """What somebody hears who wants to come in under this nick."""
        self.connect("?")
        self.say("?", f"NICK {nick}")
        self.say("?", "USER x 0 * :x")
        return " ".join(self.heard("?"))

    async def ask_slowly(self, name: str, line: str) -> list[str]:
        """As `ask`, for requests that wait for the store, or for a password."""
        self.heard(name)
        self.say(name, line)
        await self.quiet(name)
        return self.heard(name)

    async def quiet(self, name: str) -> None:
        """Until a request of somebody is done."""
        async with asyncio.timeout(20):
            while self.people[name]._waiting or self.soon:
                self.run_soon()
                await asyncio.sleep(0)
