"""History in one SQLite file: a batch is one transaction and one fsync.

Commits run on the caller's thread while the disk answers within a millisecond, and on a thread of their own
while it does not: nobody waits for a slow disk but those who write. Measured in docs/performance.md.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import apsw
import msgspec

from papo.server.delivery.ports import MESSAGE, REACTION, Conflict, NotStored, Outcome, Page, Search, Target
from papo.server.store import mutations, queries, schema
from papo.server.store.readers import Readers
from papo.server.store.rows import ELSEWHERE, body_of, indexed_of, place, rows_of
from papo.server.world.events import AnyEvent, Edited, MessageSent, Redacted
from papo.server.world.records import AnyRecord

log = logging.getLogger(__name__)
Done = Callable[[Outcome], None]

INLINE_MS = 1.0
"""A COMMIT that takes longer than this on average moves to the writer's thread."""
EVENTS_PER_MS = 100
"""A large batch writes more: so many events may take another millisecond without the disk being slow."""
SMOOTHING = 0.05
"""Weight of the newest COMMIT in the average: one stall does not move anything, a slow disk does."""
PATIENCE_MS = 5_000
"""How long the writer's thread waits for another process's lock."""
INDEX_AT = 512
"""Messages that wait for the full-text index: one at a time would double the price of a commit."""
CHECKPOINT_PAGES = 1_000
"""Pages in the write-ahead log (4 KiB each) after which the writer copies them into the database."""
SWITCH_S = sys.getswitchinterval()
SWITCH_BESIDE_S = 0.00005
"""How long the busy loop may keep the interpreter from the writer's thread while that has something to write: with
the usual 5 ms, a batch that takes the lock once per row waited for seconds."""
FORGET_ROWS = 5_000
"""Rows looked at in one go when somebody's messages are forgotten: others' commits go in between."""
REMEMBERED = 50_000
"""Conversations whose last sequence number is kept in memory."""

_PASSING = (apsw.FullError, apsw.BusyError, apsw.LockedError, apsw.ConstraintError)
"""Errors after which the next commit is worth trying: space may return, the lock may go, one batch was wrong."""

_LAST_SEQ = "SELECT coalesce(max(seq), 0) FROM events WHERE conversation = ?"
_INSERT = (
    "INSERT INTO events (id, conversation, seq, msgid, at_ms, era, rank, said, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


class SqliteStore:
    """Implements `delivery.ports.Store`. Called on the loop's thread."""

    def __init__(
        self,
        path: Path,
        *,
        durability: Literal["power-loss", "process"] = "power-loss",
        on_soon: Callable[[Callable[[], None]], object],
        vfs: str | None = None,
    ) -> None:
        """Open or create. Raises ValueError with a sentence where the file is none of ours, or newer than this program.

        Args:
            path: The database; two files of the same name with `-wal` and `-shm` stand beside it.
            durability: `power-loss` syncs every commit; `process` survives a crash of the program only.
            on_soon: `loop.call_soon_threadsafe`.
            vfs: An apsw VFS, for tests that break the disk.
        """
        self.failed = ""
        """Why nothing is written any more until a restart; "" while all is well."""
        self._soon = on_soon
        self._connection = schema.open_database(path, durability, vfs)
        self._connection.set_wal_hook(self._note_log)
        self._log_pages = 0
        self._closed = False
        self._writer = ThreadPoolExecutor(1, "papo-writer")
        self._readers = Readers(path, vfs)
        self._jobs = 0
        """Jobs handed to the writer's thread and not done: while there are any, nothing is written elsewhere."""
        self._commit_ms = 0.0
        self._last: dict[str, list[int]] = {}
        """Conversation to [its number, its last sequence number]."""
        # Not below what was indexed, even where everything has been pruned: numbers are not used twice.
        self._next_id = 1 + schema.first(
            self._connection, "SELECT max(until, (SELECT coalesce(max(id), 0) FROM events)) FROM indexed"
        )
        self._texts: list[tuple[int, str, str]] = []
        """(events.id, text, place) that the full-text index has yet to see."""
        self._catch_up()

    # --- at start

    async def latest_ms(self) -> int:
        """As the port says."""
        newest = "SELECT coalesce((SELECT at_ms FROM events ORDER BY id DESC LIMIT 1), 0)"
        return int(schema.first(self._connection, newest))

    async def records(self) -> list[AnyRecord]:
        """As the port says."""
        decode = msgspec.json.Decoder(AnyRecord).decode
        return [decode(str(body)) for (body,) in self._connection.execute("SELECT body FROM records")]

    async def markers(self) -> list[tuple[str, str, int]]:
        """As the port says."""
        rows: list[Any] = self._connection.execute("SELECT identity, target, read_at_ms FROM markers").fetchall()
        return rows

    # --- writing

    def commit(self, events: Sequence[AnyEvent], done: Done) -> None:
        """As the port says."""
        if self.failed:
            done(NotStored(self.failed))
        elif self._closed:
            done(NotStored("the store is closed"))
        elif self._jobs or self._commit_ms > INLINE_MS:
            self._hand_over(lambda: self._write(events), done)
        else:
            try:
                conflicts = self._write(events, patience_ms=0)
            except (apsw.BusyError, apsw.LockedError):
                # Another process looks at the file: wait for it where nobody waits for us.
                self._hand_over(lambda: self._write(events), done)
            except Exception as error:  # noqa: BLE001 -- whatever it is, who waits must hear of it
                done(self._refusal(error))
            else:
                done(conflicts or None)

    def _hand_over(self, job: Callable[[], Outcome], done: Done) -> None:
        if not self._jobs:
            sys.setswitchinterval(SWITCH_BESIDE_S)
        self._jobs += 1

        def run() -> None:
            outcome: Outcome
            try:
                outcome = job() or None
            except Exception as error:  # noqa: BLE001 -- whatever it is, the caller must hear of it
                outcome = self._refusal(error)
            self._soon(lambda: finish(outcome))

        def finish(outcome: Outcome) -> None:
            self._jobs -= 1
            if not self._jobs:
                sys.setswitchinterval(SWITCH_S)
            done(outcome)

        self._writer.submit(run)

    def _refusal(self, error: Exception) -> NotStored:
        self._last.clear()  # its numbers may be those of rows that were rolled back
        reason = f"{type(error).__name__}: {error}"
        if isinstance(error, apsw.Error) and not isinstance(error, _PASSING):
            self.failed = reason
            log.critical("the database cannot be written: %s; history can be read, messages are refused", reason)
        else:
            log.error("a commit failed: %s", reason)
        return NotStored(reason)

    def _write(
        self, events: Sequence[AnyEvent], *, patience_ms: int = PATIENCE_MS, index: bool = False
    ) -> list[Conflict]:
        """One transaction; returns what was left out. Raises what went wrong, and then nothing is in the database."""
        connection = self._connection
        connection.set_busy_timeout(patience_ms)
        first_id = self._next_id
        waiting = len(self._texts)
        try:
            connection.execute("BEGIN IMMEDIATE")
            rewritten, conflicts = self._insert(events)
            indexed = index or rewritten or len(self._texts) >= INDEX_AT
            if indexed:
                self._index()
                for event in rewritten:
                    mutations.rewrite(connection, event)
            began_s = time.perf_counter()
            connection.execute("COMMIT")
        except BaseException:
            self._next_id = first_id
            del self._texts[waiting:]
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        if indexed:
            self._texts.clear()
        took_ms = (time.perf_counter() - began_s) * 1000 / (1 + len(events) / EVENTS_PER_MS)
        self._commit_ms += SMOOTHING * (took_ms - self._commit_ms)
        if len(self._last) > REMEMBERED:
            self._last.clear()  # never within a batch: its rows are not in the table before the end
        if self._log_pages >= CHECKPOINT_PAGES:
            self._copy_log()
        return conflicts

    def _note_log(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        self._log_pages = pages
        return apsw.SQLITE_OK

    def _copy_log(self) -> None:
        """Write the log's pages into the database, by the writer itself, often and little.

        Not by `wal_autocheckpoint`, which does the same but tells nobody when the disk fails to sync: a later
        attempt would then seem to succeed, and the log, the only good copy, would be overwritten.
        """
        try:
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        except _PASSING as error:
            log.warning("the write-ahead log was not copied: %s", error)
        except apsw.Error as error:
            self._refusal(error)  # what was committed is safe in the log; nothing more is written

    def _insert(self, events: Sequence[AnyEvent]) -> tuple[list[Redacted | Edited], list[Conflict]]:
        """New rows; returns the events that change older ones, for when those are in the index, and conflicts."""
        rows: list[tuple[int, int, int, str, int, int, int, int, str]] = []
        rewritten: list[Redacted | Edited] = []
        conflicts: list[Conflict] = []
        number = self._next_id
        for event in events:
            if type(event) is MessageSent:  # nearly all of them: no generator, no Row
                kind = REACTION if event.verb == "TAGMSG" else MESSAGE
                last = self._last.get(event.conversation) or self._look_up(event.conversation)
                last[1] += 1
                history_scope, rank, body = event.history_scope, event.rank, body_of(event)
                rows.append((number, last[0], last[1], event.msgid, event.at_ms, history_scope, rank, kind, body))
                if kind == MESSAGE:
                    self._texts.append((number, event.text, place(last[0], event.source.partition("!")[0])))
                number += 1
                continue
            if isinstance(event, ELSEWHERE):
                conflict = mutations.keep_elsewhere(self._connection, event)
                if conflict is not None:
                    conflicts.append(conflict)
                continue
            if isinstance(event, (Redacted, Edited)):
                rewritten.append(event)
            for row in rows_of(event):
                last = self._last.get(row.conversation) or self._look_up(row.conversation)
                last[1] += 1
                rows.append(
                    (number, last[0], last[1], row.msgid, row.at_ms, row.history_scope, row.rank, row.said, row.body)
                )
                number += 1
        self._next_id = number
        if rows:
            self._connection.executemany(_INSERT, rows)
        return rewritten, conflicts

    def _index(self) -> None:
        """Bring the full-text index up to date, within the transaction that is open."""
        self._connection.executemany("INSERT INTO search (rowid, text, place) VALUES (?, ?, ?)", self._texts)
        self._connection.execute("UPDATE indexed SET until = ?", (self._next_id - 1,))

    def _catch_up(self) -> None:
        """Index what a crash left unindexed, at start."""
        rows = self._connection.execute(
            "SELECT id, conversation, body FROM events WHERE id > (SELECT until FROM indexed) AND said = 1"
        )
        self._texts = [
            (int(str(number)), *indexed_of(int(str(conversation)), str(body))) for number, conversation, body in rows
        ]
        if self._texts:
            self._write([], index=True)

    def _look_up(self, name: str) -> list[int]:
        connection = self._connection
        one, space, other = name.partition(" ")
        found = connection.execute("SELECT id FROM conversations WHERE name = ?", (name,)).fetchone()
        if found is None:
            pair = (one, other) if space else (None, None)
            connection.execute("INSERT INTO conversations (name, one, other) VALUES (?, ?, ?)", (name, *pair))
            last = [connection.last_insert_rowid(), 0]
        else:
            number = int(str(found[0]))
            last = [number, schema.first(connection, _LAST_SEQ, (number,))]
        self._last[name] = last
        return last

    # --- upkeep

    async def prune(self, before_ms: int, limit: int, conversation: str = "") -> int:
        """Delete up to `limit` of the oldest events, of all or of one conversation, before a time; returns how many."""
        if self.failed:
            return 0
        counts: list[int] = []
        await self._do(lambda: counts.append(self._delete(before_ms, limit, conversation)))
        return sum(counts)

    def _delete(self, before_ms: int, limit: int, conversation: str) -> int:
        connection = self._connection
        connection.set_busy_timeout(PATIENCE_MS)
        sql = "SELECT id, at_ms, said, body, conversation FROM events"
        if conversation:
            sql += " WHERE conversation = (SELECT id FROM conversations WHERE name = ?1) ORDER BY seq LIMIT ?2"
        else:
            sql += " ORDER BY id LIMIT ?2"
        rows: list[Any] = connection.execute(sql, (conversation, limit)).fetchall()
        old = list(itertools.takewhile(lambda row: row[1] < before_ms, rows))
        if not old:
            return 0
        with connection:
            self._index()  # what is not in the index cannot be taken out of it
            connection.executemany(
                "INSERT INTO search (search, rowid, text, place) VALUES ('delete', ?, ?, ?)",
                [(number, *indexed_of(where, body)) for number, _, said, body, where in old if said == MESSAGE],
            )
            connection.executemany("DELETE FROM events WHERE id = ?", [(row[0],) for row in old])
        self._texts.clear()
        return len(old)

    async def forget(self, account: str, since_ms: int) -> int:
        """Take the text out of everything an account said since then; returns how many messages."""
        total, start = 0, 0
        while not self.failed and start < self._next_id:
            total += await self._forget(account, since_ms, (start, start + FORGET_ROWS))
            start += FORGET_ROWS
        return total

    async def _forget(self, account: str, since_ms: int, between: tuple[int, int]) -> int:
        counts: list[int] = []

        def job() -> None:
            with self._connection:
                self._index()
                counts.append(mutations.forget(self._connection, account, since_ms, between))
            self._texts.clear()

        await self._do(job)
        return sum(counts)

    async def _do(self, job: Callable[[], object]) -> None:
        """Run a job on the writer's thread and wait for it."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def done(_: Outcome) -> None:
            if not future.done():
                future.set_result(None)

        def run() -> None:
            job()

        self._hand_over(run, done)
        await future

    async def close(self) -> None:
        """As the port says."""
        self._closed = True
        await asyncio.get_running_loop().run_in_executor(None, self._writer.shutdown)
        await self._readers.close()
        if self._texts and not self.failed:
            try:
                self._write([], index=True)
            except apsw.Error as error:
                self._refusal(error)
        if self.failed:
            # Closing would copy the log, and sync: not on a disk that has failed to.
            self._connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        self._connection.close()

    # --- reading

    async def page(self, query: Page) -> list[AnyEvent]:
        """As the port says."""
        return await self._readers.ask(lambda connection: queries.page(connection, query))

    async def around(self, query: Page, centre: str | int) -> list[AnyEvent]:
        """As the port says."""
        return await self._readers.ask(lambda connection: queries.around(connection, query, centre))

    async def targets(
        self, identity: str, channels: Sequence[tuple[str, int]], after_ms: int, before_ms: int, limit: int
    ) -> list[Target]:
        """As the port says."""
        return await self._readers.ask(
            lambda connection: queries.targets(connection, identity, channels, after_ms, before_ms, limit)
        )

    async def find(self, query: Page, msgid: str) -> AnyEvent | None:
        """As the port says."""
        return await self._readers.ask(lambda connection: queries.find(connection, query, msgid))

    async def search(self, query: Search) -> list[AnyEvent]:
        """As the port says."""
        if self._texts and not self.failed:
            # What was said a moment ago is found as well.
            await self._do(lambda: self._write([], index=True))
        return await self._readers.ask(lambda connection: queries.search(connection, query))

    async def said_by(self, account: str, since_ms: int) -> list[AnyEvent]:
        """As the port says."""
        return await self._readers.ask(lambda connection: queries.said_by(connection, account, since_ms))

    async def audit(self, limit: int) -> list[tuple[int, str, str, str]]:
        """As the port says."""
        return await self._readers.ask(lambda connection: queries.audit(connection, limit))
