"""A `Store` in lists: it passes the same contract as the real ones, and commits when told."""

from __future__ import annotations

import asyncio
import pickle
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from papo.server.delivery.msgid import MARK_AT
from papo.server.delivery.ports import (
    EDIT,
    END_OF_TIME_MS,
    EVENT,
    GONE,
    MESSAGE,
    REACTION,
    REDACTION,
    Author,
    Conflict,
    NotStored,
    Outcome,
    Page,
    Search,
    StoredNonce,
    StoreSize,
    Target,
)
from papo.server.world.events import (
    AnyEvent,
    Audited,
    ChannelRenamed,
    Edited,
    MarkerSet,
    MessageSent,
    RecordDeleted,
    RecordStored,
    Redacted,
    Renamed,
    UserQuit,
)
from papo.server.world.modes import HALF_OPERATOR
from papo.server.world.names import fold
from papo.server.world.nonce import Nonce
from papo.server.world.records import AnyRecord, Versioned, place_of, unique_keys_of

HISTORY_ROWS = 5_000


@dataclass
class Row:
    """One event in one conversation."""

    conversation: str
    event: Any
    history_scope: int = 0
    rank: int = 0
    kind: int = EVENT


@dataclass
class Tables:
    """Everything that is stored."""

    rows: list[Row] = field(default_factory=list)
    """In commit order."""
    records: dict[tuple[str, str], AnyRecord] = field(default_factory=dict)
    markers: dict[tuple[str, str], int] = field(default_factory=dict)
    audited: list[Audited] = field(default_factory=list)
    nonces: dict[bytes, tuple[Nonce, int, Row]] = field(default_factory=dict)
    """Key to nonce, time of the message in ms, and its row."""
    unlinked: set[str] = field(default_factory=set)
    places: set[tuple[str, str]] = field(default_factory=set)
    """(conversation, msgid) of the rows."""
    renamed: list[ChannelRenamed] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)
    """Conversation to its name, if it was ever renamed."""


class MemoryStore:
    """Commits at once; or, after `held = True`, when `commit_now` is called."""

    def __init__(self) -> None:
        self.tables = Tables()
        self.failure: NotStored | None = None
        """What the next commits are refused with."""
        self.sizes = StoreSize(database=0, log=0, disk_free=1 << 40)
        self.held = False
        self.failed = ""
        self.damaged = False
        self.on_failure: Callable[[], None] = lambda: None
        self._pending: list[tuple[Sequence[AnyEvent], Callable[[Outcome], None]]] = []

    @property
    def events(self) -> list[AnyEvent]:
        """All events that are history, in order."""
        return [row.event for row in self.tables.rows]

    # --- at start

    async def latest_ms(self) -> int:
        """As the port says."""
        return self.tables.rows[-1].event.at_ms if self.tables.rows else 0

    async def records(self) -> list[AnyRecord]:
        """As the port says."""
        return list(self.tables.records.values())

    async def markers(self) -> list[tuple[str, str, int]]:
        """As the port says."""
        return [(*place, at_ms) for place, at_ms in self.tables.markers.items()]

    async def nonces(self) -> list[tuple[bytes, int]]:
        """As the port says."""
        return [(key, at_ms) for key, (_nonce, at_ms, _row) in self.tables.nonces.items()]

    # --- writing

    def commit(self, events: Sequence[AnyEvent], done: Callable[[Outcome], None]) -> None:
        """As the port says."""
        if self.held:
            self._pending.append((list(events), done))
            return
        if self.failed or self.failure is not None:
            done(self.failure or NotStored(self.failed))
            return
        new = [(row.conversation, event.msgid) for event in events for row in _rows_of(event)]
        try:
            for event in events:
                msgspec.json.encode(event)
        except (ValueError, UnicodeError) as error:
            done(NotStored(str(error)))
            return
        if len({*new}) < len(new) or not self.tables.places.isdisjoint(new):
            done(NotStored("the event is there already"))
            return
        conflicts = [_keep(self.tables, event) for event in events]
        done([conflict for conflict in conflicts if conflict is not None] or None)

    def stop_writing(self, reason: str, *, damaged: bool = False) -> None:
        """As a real one does when its disk fails."""
        self.failed, self.damaged = reason, damaged
        self.on_failure()

    def commit_now(self) -> None:
        """Commit what was held, and hold no longer."""
        self.held = False
        pending, self._pending = self._pending, []
        for events, done in pending:
            self.commit(events, done)

    async def forget(self, author: Author) -> int:
        """As the port says."""
        if self.failure is not None:
            raise self.failure
        found = [row for row in self.tables.rows if _is_by(row, author)]
        count = sum(row.kind == MESSAGE for row in found)
        for row in found:
            if row.kind == REDACTION:
                row.event = msgspec.structs.replace(
                    row.event, uid="", source="*", account=None, account_id="", oper="", bot=False, reason=""
                )
            else:
                _delete(self.tables, row)
        return count

    async def note_removed(self, files: Sequence[str]) -> None:
        """As the port says."""
        self.tables.unlinked.difference_update(files)

    async def prune(self, before_ms: int, limit: int, conversation: str = "", now_ms: int = END_OF_TIME_MS) -> int:
        """As the port says."""
        rows = [row for row in self.tables.rows if not conversation or row.conversation == conversation]
        old = rows[: _count_old([row.event.at_ms for row in rows], before_ms, now_ms)][:limit]
        for row in old:
            if row.kind == MESSAGE:
                _delete(self.tables, row)
        gone = set(map(id, old))
        self.tables.rows = [row for row in self.tables.rows if id(row) not in gone]
        return len(old)

    async def copy_to(self, path: Path) -> None:
        """As the port says: its tables, pickled."""
        if path.exists():
            raise OSError(f"{path} exists")
        path.write_bytes(pickle.dumps(self.tables))

    async def vacuum(self) -> int:
        """As the port says."""
        return 0

    def size(self) -> StoreSize:
        """As the port says."""
        return self.sizes

    async def prune_nonces(self, before_ms: int, limit: int, now_ms: int = END_OF_TIME_MS) -> int:
        """As the port says."""
        times = [at_ms for _nonce, at_ms, _row in self.tables.nonces.values()]
        old = list(self.tables.nonces)[: _count_old(times, before_ms, now_ms)][:limit]
        for key in old:
            del self.tables.nonces[key]
        return len(old)

    async def scrub(self) -> list[str]:
        """As the port says."""
        return []

    async def close(self) -> None:
        """As the port says."""

    # --- queries

    async def page(self, query: Page) -> list[AnyEvent]:
        """As the port says."""
        low = 0 if query.after is None else self._at(query, query.after, after=True)
        high = len(self.tables.rows) if query.before is None else self._at(query, query.before, after=False)
        found = [row.event for row in self.tables.rows[low:high] if _shows(query, row)]
        return found[max(0, len(found) - query.limit) :] if query.newest_first else found[: query.limit]

    async def around(self, query: Page, centre: str | int) -> list[AnyEvent]:
        """As the port says."""
        at = self._at(query, centre, after=False)
        before = [row.event for row in self.tables.rows[:at] if _shows(query, row)]
        after = [row.event for row in self.tables.rows[at:] if _shows(query, row)]
        left = min(len(before), max(query.limit // 2, query.limit - len(after)))
        return before[len(before) - left :] + after[: query.limit - left]

    async def targets(
        self, identity: str, channels: Sequence[tuple[str, int]], after_ms: int, before_ms: int, limit: int
    ) -> list[Target]:
        """As the port says."""
        latest: dict[str, int] = {}
        scopes = dict(channels)
        for row in self.tables.rows:
            mine = " " in row.conversation and identity in row.conversation.split(" ")
            seen = row.history_scope in {0, scopes.get(row.conversation, 0)}
            if row.kind == MESSAGE and not row.rank and seen and (mine or row.conversation in scopes):
                latest[row.conversation] = row.event.at_ms
        found = [Target(name, at_ms) for name, at_ms in latest.items() if after_ms < at_ms < before_ms]
        return sorted(found, key=lambda target: (target.latest_ms, target.conversation))[:limit]

    async def find(self, query: Page, msgid: str) -> AnyEvent | None:
        """As the port says."""
        rows = (row for row in self.tables.rows if row.event.msgid == msgid and row.kind != GONE)
        return next((row.event for row in rows if _may_see(query, row)), None)

    async def find_nonce(self, key: bytes) -> StoredNonce | None:
        """As the port says; meanwhile others run, as with a real one."""
        await asyncio.sleep(0)
        found = self.tables.nonces.get(key)
        if found is None:
            return None
        nonce, _at_ms, row = found
        is_there = row.kind != GONE and any(each is row for each in self.tables.rows)
        return StoredNonce(nonce, row.event if is_there else None)

    async def name_now(self, conversation: str, at_ms: int) -> str:
        """As the port says."""
        for event in self.tables.renamed:
            if event.channel == conversation and event.at_ms > at_ms:
                return await self.name_now(fold(event.new), event.at_ms)
        return conversation

    async def search(self, query: Search) -> list[AnyEvent]:
        """As the port says."""
        found = [
            row.event
            for index, row in enumerate(self.tables.rows)
            if row.kind == MESSAGE and _matches(query, row) and self._is_between(query, row, index)
        ]
        return found[max(0, len(found) - query.limit) :]

    async def audit(self, limit: int) -> list[tuple[int, str, str, str]]:
        """As the port says."""
        newest = self.tables.audited[-limit:]
        return [(each.at_ms, f"{each.oper} {each.source}".strip(), each.action, each.details) for each in newest]

    async def unlinked(self) -> list[str]:
        """As the port says."""
        texts = [row.event.text for row in self.tables.rows if row.kind == MESSAGE]
        return [file for file in self.tables.unlinked if not any(file in text for text in texts)]

    async def history_of(self, author: Author, start: int) -> tuple[list[AnyEvent], int]:
        """As the port says."""
        rows = self.tables.rows
        end = start + HISTORY_ROWS
        return [row.event for row in rows[start:end] if _is_by(row, author)], end if end < len(rows) else 0

    def _at(self, query: Page, bound: str | int, *, after: bool) -> int:
        """Index in the rows, so that a slice from there, or up to there, excludes the bound."""
        if not isinstance(bound, str):
            return self._after_latest(query.conversation, bound + after)
        for index, row in enumerate(self.tables.rows):
            if row.event.msgid == bound and _may_see(query, row):
                return index + after
        raise KeyError(bound)

    def _after_latest(self, conversation: str, before_ms: int) -> int:
        """Index after the latest event of a conversation before a time, as the port says of times."""
        rows = enumerate(self.tables.rows)
        earlier = [
            (row.event.msgid, index)
            for index, row in rows
            if row.conversation == conversation and row.event.at_ms < before_ms
        ]
        return max(earlier)[1] + 1 if earlier else 0

    def _is_between(self, query: Search, row: Row, index: int) -> bool:
        low = 0 if query.after_ms is None else self._after_latest(row.conversation, query.after_ms + 1)
        before_ms = query.before_ms
        return low <= index and (before_ms is None or index < self._after_latest(row.conversation, before_ms))


def _count_old(times: list[int], before_ms: int, now_ms: int) -> int:
    """How many of the first are to be pruned."""
    fresh = next((at for at, at_ms in enumerate(times) if before_ms <= at_ms <= now_ms), len(times))
    everything = before_ms > now_ms
    return max([at for at, at_ms in enumerate(times[:fresh], 1) if everything or at_ms < before_ms], default=0)


def _keep(tables: Tables, event: AnyEvent) -> Conflict | None:
    if isinstance(event, RecordStored):
        return _store_record(tables, event)
    if isinstance(event, RecordDeleted):
        tables.records.pop((event.kind, event.key), None)
        if event.kind == "account":
            for marker in [marker for marker in tables.markers if marker[0] == event.key]:
                del tables.markers[marker]
    elif isinstance(event, MarkerSet):
        tables.markers[event.identity, fold(event.target)] = event.read_at_ms
    elif isinstance(event, Audited):
        tables.audited.append(event)
    else:
        nonce = event.nonce if isinstance(event, MessageSent) else None
        if nonce is not None:
            event = msgspec.structs.replace(event, nonce=None)
        new = _rows_of(event)
        if nonce is not None:
            tables.nonces[nonce.key] = (nonce, event.at_ms, new[0])
        for row in new:
            if row.conversation in tables.titles:
                row.event = _named(row.event, row.conversation, tables.titles[row.conversation])
        tables.rows += new
        tables.places.update((row.conversation, event.msgid) for row in new)
        if isinstance(event, (Redacted, Edited)):
            _rewrite(tables, event)
        if isinstance(event, ChannelRenamed):
            _rename(tables, event)
    return None


def _rename(tables: Tables, event: ChannelRenamed) -> None:
    old, new = event.channel, fold(event.new)
    tables.renamed.append(event)
    tables.titles.pop(old, None)
    tables.titles[new] = event.new
    for row in tables.rows:
        if row.conversation in {old, new}:
            row.conversation = new
            row.event = _named(row.event, new, event.new)
    tables.rows = list({(row.conversation, row.event.msgid): row for row in tables.rows}.values())
    tables.places = {(row.conversation, row.event.msgid) for row in tables.rows}
    tables.markers = {(who, new if target == old else target): at_ms for (who, target), at_ms in tables.markers.items()}


def _named(event: Any, key: str, name: str) -> Any:
    if isinstance(event, ChannelRenamed) or getattr(event, "channel", None) is None:
        return event
    if hasattr(event, "conversation"):
        target = re.sub("#.*", lambda _: name, event.target)
        return msgspec.structs.replace(event, channel=key, conversation=key, target=target)
    return msgspec.structs.replace(event, channel=key, name=name)


def _store_record(tables: Tables, event: RecordStored) -> Conflict | None:
    record, place = event.record, place_of(event.record)
    if isinstance(record, Versioned):
        stored = tables.records.get(place)
        if record.version != (stored.version if isinstance(stored, Versioned) else 0) + 1:
            return Conflict(event, () if stored is None else (stored,))
        new = set(unique_keys_of(record)) - set(() if stored is None else unique_keys_of(stored))
        others = [each for at, each in tables.records.items() if at != place]
        holders = tuple(each for each in others if not new.isdisjoint(unique_keys_of(each)))
        if holders:
            return Conflict(event, holders)
    tables.records[place] = record
    return None


def _rows_of(event: Any) -> list[Row]:
    if isinstance(event, (RecordStored, RecordDeleted, MarkerSet, Audited)):
        return []
    if isinstance(event, MessageSent):
        kind = REACTION if event.verb == "TAGMSG" else MESSAGE
        return [Row(event.conversation, event, event.history_scope, event.rank, kind)]
    if isinstance(event, (Redacted, Edited)):
        kind = EDIT if isinstance(event, Edited) else REDACTION
        return [Row(event.conversation, event, event.history_scope, event.rank, kind)]
    if isinstance(event, (UserQuit, Renamed)):
        unseen = getattr(event, "unseen", ())
        return [
            Row(channel, event, scope, HALF_OPERATOR if channel in unseen else 0)
            for channel, scope in zip(event.channels, event.history_scopes, strict=True)
        ]
    channel = getattr(event, "channel", None)
    if channel is None:
        return []
    return [Row(channel, event, getattr(event, "history_scope", 0), getattr(event, "rank", 0))]


def _rewrite(tables: Tables, event: Redacted | Edited) -> None:
    for row in tables.rows:
        if row.conversation == event.conversation and row.event.msgid == event.of and row.kind in {MESSAGE, REACTION}:
            tables.unlinked.update(event.unlinked)
            if isinstance(event, Redacted):
                _delete(tables, row)
            else:
                row.event = msgspec.structs.replace(row.event, text=event.text, lines=(), edited_at_ms=event.at_ms)


def _delete(tables: Tables, row: Row) -> None:
    """Never shown again; a message with what it said before it was edited."""
    row.kind = GONE
    for other in tables.rows:
        if other.kind == EDIT and other.conversation == row.conversation and other.event.of == row.event.msgid:
            other.kind = GONE


def _may_see(query: Page, row: Row) -> bool:
    return (
        row.conversation == query.conversation
        and row.history_scope in {0, query.history_scope}
        and row.rank <= query.rank
        and row.event.at_ms >= query.since_ms
    )


def _shows(query: Page, row: Row) -> bool:
    msgid, until = row.event.msgid, query.until
    older = not until or msgid < until or msgid[MARK_AT:] != until[MARK_AT:]
    return _may_see(query, row) and row.kind in query.kinds and older


def _is_by(row: Row, author: Author) -> bool:
    event = row.event
    if row.kind == GONE:
        return False
    if event.account_id:
        return bool(event.account_id == author.id)
    return bool(event.account == author.name and event.at_ms >= author.since_ms)


def _matches(query: Search, row: Row) -> bool:
    places = {name: (scope, rank) for name, scope, rank in query.places}
    if row.conversation not in places:
        return False
    scope, rank = places[row.conversation]
    event = row.event
    if row.history_scope not in {0, scope} or row.rank > rank or event.at_ms < query.since.get(row.conversation, 0):
        return False
    if query.sender and event.source.partition("!")[0].lower() != query.sender.lower():
        return False
    words = f" {' '.join(_words(event.text))} "
    return all(f" {' '.join(_words(word))}{'' if word.endswith('*') else ' '}" in words for word in query.words)


def _words(text: str) -> list[str]:
    """Lower-case words without accents."""
    bare = "".join(char for char in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(char))
    return re.findall(r"\w+", bare)
