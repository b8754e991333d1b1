"""The port `Store` on one SQLite file: a batch is one transaction and one fsync.

Commits run on the caller's thread while the disk takes less than a millisecond, and on a thread of their own while it
takes longer: a slow disk delays only those who write. Measured in docs/performance.md.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import shutil
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal, TypeVar

import apsw
import msgspec

from papo.i18n import _
from papo.server.delivery.ports import (
    END_OF_TIME_MS,
    Author,
    NotStored,
    Outcome,
    Page,
    Search,
    StoredNonce,
    StoreSize,
    Target,
)
from papo.server.store import file_identity, mutations, pruning, queries, readers, renames, schema
from papo.server.store.database_copy import DatabaseCopy, check_space
from papo.server.store.disk_errors import words
from papo.server.store.integrity import DAMAGE, UNREADABLE
from papo.server.store.preflight import Damaged, damaged, wal_of
from papo.server.store.readers import Readers
from papo.server.store.scrub import scrub
from papo.server.store.writer import Writer
from papo.server.world.events import AnyEvent
from papo.server.world.records import AnyRecord

log = logging.getLogger(__name__)

T = TypeVar("T")
Done = Callable[[Outcome], None]

INLINE_MS = 1.0
"""Commits that take longer than this on average run on the writer's thread."""
SWITCH_S = sys.getswitchinterval()
SWITCH_BESIDE_S = 0.00005
"""How long the busy loop may keep the interpreter from the writer's thread while that has something to write: with
the usual 5 ms, a batch that takes the lock once per row waited for seconds."""
FORGET_ROWS, FORGET_MOST = 1_000, 10
"""Rows that one transaction looks through when an account's messages are forgotten, and how many it deletes: to take
a message's words out of the full-text index takes a millisecond or two, and commits of others come in between."""
COPY_PAUSE_S = 0.008
"""Between two steps of a copy, which take 2 ms each: a fifth of the time is the copy's."""


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
        """Open or create. Raises ValueError with a sentence if the file is not a database of this version or older.

        Args:
            path: The database; SQLite keeps two files with `-wal` and `-shm` beside it.
            durability: `power-loss` syncs every commit; `process` survives only a crash of the program.
            on_soon: `loop.call_soon_threadsafe`.
            vfs: An apsw VFS, for tests that break the disk.
        """
        self._soon = on_soon
        self.on_failure: Callable[[], None] = lambda: None
        """Called on the loop's thread, once, when `failed` is no longer ""."""
        self._path = path
        self._vfs = vfs
        try:
            self.writer = Writer(path, durability, vfs)
        except (*DAMAGE, *UNREADABLE) as error:
            raise damaged(path, str(error)) from error
        self.writer.on_failure = self._tell_failure
        self._files = file_identity.identities((path, wal_of(path)))
        self.readers = Readers(path, vfs, on_damage=self.writer.note_damage)
        self.searchers = Readers(path, vfs, on_damage=self.writer.note_damage, threads=1)
        self._scrubber = ThreadPoolExecutor(1, "papo-scrub")
        self._no_scrub = threading.Event()
        """Set to end a scrub before its time."""
        self._thread = ThreadPoolExecutor(1, "papo-writer")
        self._jobs = 0
        """Jobs that the writer's thread has not finished: while there are any, nothing is written elsewhere."""
        self._emptying = False
        """Whether the log waits to be emptied."""
        self._closed = False
        self._page_bytes = int(schema.first(self.writer.connection, "PRAGMA page_size"))
        self._copies: set[DatabaseCopy] = set()
        """Those under way."""

    @property
    def failed(self) -> str:
        """Why nothing is written until a restart; "" if writing works."""
        return self.writer.failed

    @property
    def damaged(self) -> bool:
        """Whether `failed` is damage of what is stored: a restart does not mend that."""
        return self.writer.damaged

    def _tell_failure(self) -> None:
        """Called on the writer's thread or the loop's."""

        def tell() -> None:
            self.on_failure()  # as it is set by then

        self._soon(tell)

    def check_files(self) -> None:
        try:
            moved = file_identity.first_moved(self._files)
        except OSError as error:
            log.warning("whether the database is still where it was cannot be seen: %s", words(error))
            return
        if moved is not None:
            sentence = _(
                "{path} was deleted, moved or replaced while the server ran, and what is written now would be lost; "
                "put it back or restore a backup, and start the server again"
            )
            self.writer.stop_writing(sentence.format(path=moved))

    # --- at start

    async def latest_ms(self) -> int:
        rows = self._all("SELECT at_ms FROM events ORDER BY id DESC LIMIT 1")
        return int(rows[0][0]) if rows else 0

    async def records(self) -> list[AnyRecord]:
        decode = msgspec.json.Decoder(AnyRecord).decode
        rows = self._all("SELECT body FROM records")
        try:
            return [decode(body) for (body,) in rows]
        except UNREADABLE as error:
            raise self._damaged(error) from error

    async def markers(self) -> list[tuple[str, str, int]]:
        return self._all("SELECT identity, target, read_at_ms FROM markers ORDER BY read_at_ms")

    def _all(self, sql: str) -> list[Any]:
        """All rows. Raises Damaged."""
        try:
            return self.writer.connection.execute(sql).fetchall()
        except (*DAMAGE, *UNREADABLE) as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> Damaged:
        self.writer.note_damage(str(error))
        return damaged(self._path, str(error))

    async def nonces(self) -> list[tuple[bytes, int]]:
        return self._all("SELECT key, at_ms FROM nonces ORDER BY id")

    # --- writing

    def commit(self, events: Sequence[AnyEvent], done: Done) -> None:
        if self.failed:
            done(NotStored(self.failed))
        elif self._closed:
            done(NotStored("the store is closed"))
        elif self._jobs or self.writer.commit_ms > INLINE_MS or self.writer.wal.is_long:
            self._empty_long_log()
            self._hand_over(lambda: self.writer.write(events), done)
        else:
            try:
                conflicts = self.writer.write(events, lock_timeout_ms=0)
            except (apsw.BusyError, apsw.LockedError, renames.TooLong):
                # Another process reads the file: wait for it on the thread, not on the loop. So do long merges.
                self._hand_over(lambda: self.writer.write(events), done)
            except Exception as error:  # noqa: BLE001 -- whatever it is, the caller must be told
                done(self.writer.refusal(error))
            else:
                done(conflicts or None)

    def _empty_long_log(self) -> None:
        """Empty the log if it has grown, on the writer's thread, while no query begins."""
        if self.writer.wal.is_long and not self._emptying:
            self._emptying = True
            self._hand_over(self._pause_and_empty, lambda _: None)

    def _pause_and_empty(self) -> None:
        try:
            with self.readers.paused(), self.searchers.paused():
                self.writer.wal.empty_soon()
        finally:
            self._emptying = False

    def _hand_over(self, job: Callable[[], Outcome], done: Done) -> None:
        """Run a job on the writer's thread."""
        if not self._jobs:
            sys.setswitchinterval(SWITCH_BESIDE_S)
        self._jobs += 1

        def run() -> None:
            outcome: Outcome
            try:
                outcome = job() or None
            except Exception as error:  # noqa: BLE001 -- whatever it is, the caller must be told
                outcome = self.writer.refusal(error)
            self._soon(lambda: finish(outcome))

        def finish(outcome: Outcome) -> None:
            self._jobs -= 1
            if not self._jobs:
                sys.setswitchinterval(SWITCH_S)
            done(outcome)

        self._thread.submit(run)

    async def _run(self, job: Callable[[], T], otherwise: T) -> T:
        """The result of a job on the writer's thread, or `otherwise` if it fails."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        results = [otherwise]

        def run() -> None:
            results.append(job())

        def done(_: Outcome) -> None:
            if not future.done():
                future.set_result(None)

        self._hand_over(run, done)
        await future
        return results[-1]

    async def prune(self, before_ms: int, limit: int, conversation: str = "", now_ms: int = END_OF_TIME_MS) -> int:
        if self.failed:
            return 0
        return await self._run(lambda: self.writer.prune(before_ms, limit, conversation, now_ms), 0)

    async def vacuum(self) -> int:
        return 0 if self.failed else await self._run(self.writer.vacuum, 0) * self._page_bytes

    def size(self) -> StoreSize:
        wal_path = wal_of(self._path)
        return StoreSize(
            database_bytes=self._path.stat().st_size,
            wal_bytes=wal_path.stat().st_size if wal_path.exists() else 0,
            free_bytes=shutil.disk_usage(self._path.parent).free,
        )

    async def prune_nonces(self, before_ms: int, limit: int, now_ms: int = END_OF_TIME_MS) -> int:
        if self.failed:
            return 0

        def prune() -> int:
            old = pruning.old_nonces(self.writer.connection, before_ms, limit, now_ms)
            if old:
                self.writer.delete(lambda connection: pruning.delete_nonces(connection, old))
            return len(old)

        return await self._run(prune, 0)

    async def forget(self, author: Author) -> int:
        total, start = 0, 0
        while start < self.writer.next_id:
            forget = functools.partial(mutations.forget, author=author, start=start, rows=FORGET_ROWS, most=FORGET_MOST)
            done = None if self.failed else await self._run(functools.partial(self.writer.delete, forget), None)
            if done is None:
                raise NotStored(self.failed or "a commit failed")
            total += done[0]
            start = done[1]
        await self._run(self.writer.wal.empty, None)
        return total

    async def copy_to(self, path: Path) -> None:
        if self._closed:
            raise OSError("the store is closed")
        check_space(self._path, path.parent)
        made: list[DatabaseCopy] = []

        def begin() -> None:
            made.append(DatabaseCopy(self.writer.connection, path, self._vfs))
            self._copies.update(made)

        def end() -> None:
            for copy in made:
                copy.close()
                self._copies.discard(copy)

        try:
            await self._attempt(begin)
            while not await self._attempt(made[0].step):
                await asyncio.sleep(COPY_PAUSE_S)
        except BaseException:
            if not self._closed:  # else `close` ends it
                self._hand_over(end, lambda _: None)
            raise
        self._copies.discard(made[0])

    async def _attempt(self, job: Callable[[], T]) -> T:
        """The result of a job on the writer's thread, whose errors are not the database's. Raises OSError."""
        if self._closed:
            raise OSError("the store is closed")
        results: list[T] = []
        errors: list[OSError] = []

        def run() -> None:
            try:
                results.append(job())
            except OSError as error:
                errors.append(error)
            except apsw.Error as error:
                errors.append(OSError(f"{type(error).__name__}: {error}"))

        await self._run(run, None)
        if errors:
            raise errors[0]
        return results[0]

    async def note_removed(self, files: Sequence[str]) -> None:
        if not self.failed:
            note = functools.partial(mutations.note_removed, files=files)
            await self._run(functools.partial(self.writer.delete, note), None)

    async def scrub(self) -> list[str] | None:
        job = functools.partial(scrub, self._path, self._no_scrub, self._vfs)
        try:
            wrong = await asyncio.get_running_loop().run_in_executor(self._scrubber, job)
        except (apsw.Error, OSError) as error:
            log.warning("the database could not be checked: %s: %s", type(error).__name__, error)
            return None
        if wrong:
            self.writer.note_damage("; ".join(wrong))
        return wrong

    async def close(self) -> None:
        self._closed = True
        self._no_scrub.set()
        await asyncio.get_running_loop().run_in_executor(None, self._scrubber.shutdown)
        await asyncio.get_running_loop().run_in_executor(None, self._thread.shutdown)
        while self._copies:
            self._copies.pop().close()
        await self.readers.close()
        await self.searchers.close()
        self.writer.close()

    # --- queries

    async def page(self, query: Page) -> list[AnyEvent]:
        return await self.readers.ask(lambda connection: queries.page(connection, query))

    async def around(self, query: Page, centre: str | int) -> list[AnyEvent]:
        return await self.readers.ask(lambda connection: queries.around(connection, query, centre))

    async def targets(
        self, identity: str, channels: Sequence[tuple[str, int]], after_ms: int, before_ms: int, limit: int
    ) -> list[Target]:
        return await self.readers.ask(
            lambda connection: queries.targets(connection, identity, channels, after_ms, before_ms, limit)
        )

    async def find(self, query: Page, msgid: str) -> AnyEvent | None:
        return await self.readers.ask(lambda connection: queries.find(connection, query, msgid))

    async def find_nonce(self, key: bytes) -> StoredNonce | None:
        return await self.readers.ask(lambda connection: queries.find_nonce(connection, key))

    async def name_now(self, conversation: str, at_ms: int) -> str:
        return await self.readers.ask(lambda connection: renames.name_now(connection, conversation, at_ms))

    async def search(self, query: Search) -> list[AnyEvent]:
        await self._index()
        return await self.searchers.ask(lambda connection: queries.search(connection, query), readers.SEARCH_S)

    async def history_of(self, author: Author, start: int) -> tuple[list[AnyEvent], int]:
        return await self.readers.ask(lambda connection: queries.history_of(connection, author, start))

    async def _index(self) -> None:
        """Bring the full-text index up to date, so that the newest messages are found."""
        if not self.writer.is_indexed:
            await self._run(functools.partial(self.writer.write, [], index=True), None)

    async def unlinked(self) -> list[str]:
        await self._index()
        return await self.readers.ask(queries.unlinked)

    async def audit(self, limit: int) -> list[tuple[int, str, str, str]]:
        return await self.readers.ask(lambda connection: queries.audit(connection, limit))
