"""A `Store` in lists: it passes the same contract as the real ones, and commits when told."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from memory_tables import Row, Tables, delete, is_by, keep, matches, may_see, rows_of, shows

from papo.server.delivery.ports import (
    END_OF_TIME_MS,
    GONE,
    MESSAGE,
    REDACTION,
    Author,
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
)
from papo.server.world.names import fold
from papo.server.world.records import AnyRecord

HISTORY_ROWS = 5_000


class MemoryStore:
    """Commits at once; or, after `held = True`, when `commit_now` is called."""

    def __init__(self) -> None:
        self.tables = Tables()
        self.failure: NotStored | None = None
        """What the next commits are refused with."""
        self.sizes = StoreSize(database_bytes=0, wal_bytes=0, free_bytes=1 << 40)
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
        new = [(row.conversation, event.msgid) for event in events for row in rows_of(event)]
        try:
            for event in events:
                msgspec.json.encode(event)
        except (ValueError, UnicodeError) as error:
            done(NotStored(str(error)))
            return
        if len({*new}) < len(new) or not self.tables.places.isdisjoint(new):
            done(NotStored("the event is there already"))
            return
        conflicts = [keep(self.tables, event) for event in events]
        done([conflict for conflict in conflicts if conflict is not None] or None)

    def stop_writing(self, reason: str, *, damaged: bool = False) -> None:
        """As a real one does when its disk fails."""
        self.failed, self.damaged = reason, damaged
        self.on_failure()

    def check_files(self) -> None:
        """There are none."""

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
        found = [row for row in self.tables.rows if is_by(row, author)]
        count = sum(row.kind == MESSAGE for row in found)
        for row in found:
            if row.kind == REDACTION:
                row.event = msgspec.structs.replace(
                    row.event, uid="", source="*", account=None, account_id="", oper="", bot=False, reason=""
                )
            else:
                delete(self.tables, row)
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
                delete(self.tables, row)
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

    async def scrub(self) -> list[str] | None:
        """As the port says."""
        return []

    async def close(self) -> None:
        """As the port says."""

    # --- queries

    async def page(self, query: Page) -> list[AnyEvent]:
        """As the port says."""
        low = 0 if query.after is None else self._at(query, query.after, after=True)
        high = len(self.tables.rows) if query.before is None else self._at(query, query.before, after=False)
        found = [row.event for row in self.tables.rows[low:high] if shows(query, row)]
        return found[max(0, len(found) - query.limit) :] if query.newest_first else found[: query.limit]

    async def around(self, query: Page, centre: str | int) -> list[AnyEvent]:
        """As the port says."""
        at = self._at(query, centre, after=False)
        before = [row.event for row in self.tables.rows[:at] if shows(query, row)]
        after = [row.event for row in self.tables.rows[at:] if shows(query, row)]
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
        return next((row.event for row in rows if may_see(query, row)), None)

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
            if row.kind == MESSAGE and matches(query, row) and self._is_between(query, row, index)
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
        return [row.event for row in rows[start:end] if is_by(row, author)], end if end < len(rows) else 0

    def _at(self, query: Page, bound: str | int, *, after: bool) -> int:
        """Index in the rows, so that a slice from there, or up to there, excludes the bound."""
        if not isinstance(bound, str):
            return self._after_latest(query.conversation, bound + after)
        for index, row in enumerate(self.tables.rows):
            if row.event.msgid == bound and may_see(query, row):
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
