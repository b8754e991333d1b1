"""The one connection that writes: a batch is one transaction. Used by one thread at a time."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import apsw
import msgspec

from papo.server.delivery.ports import MESSAGE, REACTION, Conflict, NotStored
from papo.server.store import disk_errors, mutations, preflight, pruning, renames, schema, search_index, slack, vacuum
from papo.server.store.database import open_database, unusable
from papo.server.store.disk_errors import BROKEN, lacks_space, words
from papo.server.store.integrity import DAMAGE
from papo.server.store.rows import OWN_TABLES, body_of, indexed_of, place, rows_of
from papo.server.store.write_ahead_log import WriteAheadLog
from papo.server.world.events import (
    AnyEvent,
    ChannelRenamed,
    Edited,
    MessageSent,
    RecordDeleted,
    RecordStored,
    Redacted,
)

T = TypeVar("T")
log = logging.getLogger(__name__)

INDEX_AT = 512
"""Messages not yet in the full-text index at which they are added: one at a time would double the cost of a commit."""
REMEMBERED = 50_000
"""Conversations whose last sequence number is kept in memory."""
LOCK_TIMEOUT_MS = 5_000
"""How long to wait for a lock of another process."""
RECOVERY_TIMEOUT_MS = 1_000
"""How long the start waits for other processes that read the log, before it leaves it to be overwritten later."""
SMOOTHING = 0.05
"""Weight of the newest COMMIT in the average: a single stall changes little, a slow disk much."""
EVENTS_PER_MS = 100
"""A large batch takes longer: a millisecond for so many events does not make the disk slow."""

_LAST_SEQ = (
    "SELECT max(pruned, (SELECT coalesce(max(seq), 0) FROM events WHERE conversation = ?1)) "
    "FROM conversations WHERE id = ?1"
)
_INSERT = (
    "INSERT INTO events (id, conversation, seq, msgid, at_ms, era, rank, said, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_INSERT_NONCE = "INSERT OR REPLACE INTO nonces (id, key, request, sender, at_ms) VALUES (?, ?, ?, ?, ?)"


class Writer:
    """Rows, the full-text index that follows them, and the write-ahead log."""

    def __init__(self, path: Path, durability: str, vfs: str | None) -> None:
        """Open or create. Raises ValueError with a sentence."""
        self._vfs = vfs
        self.connection = open_database(path, durability, vfs)
        self._path = path
        self.wal = WriteAheadLog(self.connection, self._note_copy_failed)
        self.failed = ""
        """Why nothing is written until a restart; "" if writing works."""
        self.damaged = False
        """Whether that is damage of the file, and not a failure of the disk."""
        self.on_failure: Callable[[], None] = lambda: None
        """Called when `failed` is no longer "", in the thread in which that happens."""
        self._stopping = threading.Lock()
        self._in_commit = False
        self._unknown = False
        """Whether the transaction that has just failed may be in the log all the same."""
        self._no_space = False
        """Whether it failed for want of space."""
        self._refused = 0
        """Commits that failed since the last one that did not."""
        self.commit_ms = 0.0
        """How long a COMMIT takes on average."""
        self._is_recovered = False
        """Whether the log that the last process left has been written again: nothing is committed before."""
        self._last: dict[str, list[int]] = {}
        """Conversation to [its number, its last sequence number]."""
        # Numbers are not used again, even if everything has been pruned: hence not below what was indexed.
        self.next_id = 1 + schema.first(
            self.connection, "SELECT max(until, (SELECT coalesce(max(id), 0) FROM events)) FROM indexed"
        )
        self._texts: list[tuple[int, str, str]] = []
        """(events.id, text, place) of messages that are not in the full-text index yet."""
        try:
            self._recover()
        except apsw.Error as error:
            if isinstance(error, BROKEN) and not lacks_space(self.connection, error):
                told = unusable(path, error, self.connection)
                disk_errors.close(self.connection)
                raise told from error
            log.warning("what a crash has left in the log is kept for later: %s", words(error))

    @property
    def is_indexed(self) -> bool:
        """Whether all messages are in the full-text index, or cannot be added."""
        return not self._texts or bool(self.failed)

    @property
    def is_unused(self) -> bool:
        """Whether nothing has been stored yet."""
        return self.next_id == 1 and not schema.first(self.connection, "SELECT count(*) FROM records")

    def write(
        self, events: Sequence[AnyEvent], *, lock_timeout_ms: int = LOCK_TIMEOUT_MS, index: bool = False
    ) -> list[Conflict]:
        """One transaction; returns the records that were left out.

        Raises what went wrong: pass that to `refusal`.
        """
        connection = self.connection
        first_id = self.next_id
        waiting = len(self._texts)
        conflicts: list[Conflict] = []
        indexed = at = 0
        try:
            self._begin(lock_timeout_ms)
            while True:
                at, rewritten = self._insert(events, at, conflicts)
                renamed = events[at - 1] if at else None
                if index or rewritten or type(renamed) is ChannelRenamed or len(self._texts) >= INDEX_AT:
                    self._index(indexed)
                    indexed = len(self._texts)
                    self.wal.has_deleted = self.wal.has_deleted or bool(rewritten)
                    for event in rewritten:
                        mutations.rewrite(connection, event)
                    if type(renamed) is ChannelRenamed:
                        renames.rename(connection, renamed, patient=lock_timeout_ms > 0)
                        self._last.clear()
                if at == len(events):
                    break
            began_s = time.perf_counter()
            self._commit()
        except BaseException as error:
            self.next_id = first_id
            self._last.clear()  # its numbers may be those of rows that are rolled back
            del self._texts[waiting:]
            self._roll_back(error)
            raise
        if self._refused:
            log.warning("commits succeed again, after %d that did not", self._refused)
            self._refused = 0
        del self._texts[:indexed]
        took_ms = (time.perf_counter() - began_s) * 1000 / (1 + len(events) / EVENTS_PER_MS)
        self.commit_ms += SMOOTHING * (took_ms - self.commit_ms)
        if len(self._last) > REMEMBERED:
            self._last.clear()  # never within a batch: its rows are not in the table before the end
        self.wal.copy()
        return conflicts

    def _begin(self, lock_timeout_ms: int) -> None:
        if self.failed:  # it failed while this waited for the thread
            raise NotStored(self.failed)
        if not self._is_recovered:
            self._write_log_again()
        self.connection.set_busy_timeout(lock_timeout_ms)
        self.connection.execute("BEGIN IMMEDIATE")

    def _commit(self) -> None:
        self._in_commit = True
        self.connection.execute("COMMIT")
        self._in_commit = False

    def _roll_back(self, error: BaseException) -> None:
        """End a transaction that has failed, and note whether it may be in the log all the same.

        It may be if COMMIT began: its last frame makes it valid for the next start, and comes before the sync and the
        index of the log, which can fail too. For want of space it is not: that frame is then cut (docs/decisions/0024).
        """
        connection = self.connection
        self._no_space = lacks_space(self.connection, error)
        self._unknown = self._in_commit and not connection.in_transaction and not self._no_space
        self._in_commit = False
        if connection.in_transaction:
            try:
                connection.execute("ROLLBACK")
            except apsw.Error as failed:
                self.stop_writing(words(failed))

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """One transaction for what is not a batch of events. Raises as `write`."""
        try:
            self._begin(LOCK_TIMEOUT_MS)
            yield
            self._commit()
        except BaseException as error:
            self._roll_back(error)
            raise

    def refusal(self, error: Exception) -> NotStored:
        """What to answer after `write` has failed; from some errors on, nothing more is written."""
        if isinstance(error, NotStored):
            return error
        unknown, self._unknown = self._unknown, False
        if unknown or (isinstance(error, BROKEN) and not self._no_space):
            self._give_up(error)
        elif not self._refused:  # once, not for every message that a full disk refuses
            log.error("a commit failed: %s", words(error))
        self._refused += 1
        return NotStored(words(error), unknown=unknown)

    def _give_up(self, error: Exception) -> None:
        if isinstance(error, DAMAGE):
            self.note_damage(words(error))
        else:
            self.stop_writing(words(error))

    def note_damage(self, reason: str) -> None:
        """Write nothing more, not after a restart either: that is refused, or finds the same. Any thread."""
        self.stop_writing(str(preflight.damaged(self._path, reason)), damaged=True)

    def stop_writing(self, reason: str, *, damaged: bool = False) -> None:
        """Write nothing more until a restart: a sync that has failed must not be tried again. Once; any thread."""
        with self._stopping:
            if self.failed:
                return
            self.damaged = damaged
            self.failed = reason
            self.wal.is_stopped = True
        log.critical("nothing is written%s: %s", "" if damaged else " until a restart", reason)
        self.on_failure()

    def prune(self, before_ms: int, limit: int, conversation: str, now_ms: int) -> int:
        """As `ports.Store.prune`."""
        old = pruning.old_events(self.connection, before_ms, limit, conversation, now_ms)
        for name in self.delete(lambda connection: pruning.delete(connection, old)) if old else ():
            self._last.pop(name, None)
        return len(old)

    def vacuum(self) -> int:
        """One step of giving free space back to the disk; returns how many pages, 0 at the end. Raises as `write`.

        At the end nothing that was deleted is left in the log.
        """
        with self._transaction():
            pages = vacuum.vacuum(self.connection)
        if not pages and self.wal.has_deleted:
            self.wal.empty()
        else:
            self.wal.copy()
        return pages

    def delete(self, deletion: Callable[[apsw.Connection], T]) -> T:
        """One transaction that deletes something; all messages are in the index by then. Raises as `write`."""
        self.wal.has_deleted = True
        with self._transaction():
            self._index()  # a message that is not in the index cannot be removed from it
            result = deletion(self.connection)
        self._texts.clear()
        return result

    def close(self) -> None:
        """Index the rest, and close the file."""
        if not self.is_indexed:
            try:
                self.write([], index=True)
            except apsw.Error as error:
                self.refusal(error)
        if not self.failed:
            try:
                slack.zero(self.connection, self._path, self._vfs)
            except (apsw.Error, OSError) as error:
                log.warning("what was deleted may still be in the database's file: %s", words(error))
                self._note_copy_failed(error)
        if not self.failed:
            self.connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
        failure = disk_errors.close(self.connection)
        if isinstance(failure, BROKEN):  # what was committed is in the log
            self._give_up(failure)

    # --- rows and index

    def _insert(
        self, events: Sequence[AnyEvent], at: int, conflicts: list[Conflict]
    ) -> tuple[int, list[Redacted | Edited]]:
        """New rows for the events from index `at` to the end, or to the first channel that is renamed.

        Returns the index behind the last one, and the events that change older ones, for when those are in the index.
        """
        rows: list[tuple[int, int, int, str, int, int, int, int, str]] = []
        rewritten: list[Redacted | Edited] = []
        nonces: list[tuple[int, bytes, bytes, str, int]] = []
        number = self.next_id
        for event in events[at:] if at else events:
            at += 1
            if type(event) is MessageSent:  # nearly all of them: no generator, no Row
                kind = REACTION if event.verb == "TAGMSG" else MESSAGE
                last = self._last.get(event.conversation) or self._look_up(event.conversation)
                last[1] += 1
                nonce = event.nonce
                if nonce is not None:
                    nonces.append((number, nonce.key, nonce.content_hash, nonce.by, event.at_ms))
                    event = msgspec.structs.replace(event, nonce=None)
                history_scope, rank, body = event.history_scope, event.rank, body_of(event)
                rows.append((number, last[0], last[1], event.msgid, event.at_ms, history_scope, rank, kind, body))
                if kind == MESSAGE:
                    self._texts.append((number, event.text, place(last[0], event.source.partition("!")[0])))
                number += 1
                continue
            if isinstance(event, OWN_TABLES):
                # A record may take the place of one with a topic that is forgotten, or an away message.
                self.wal.has_deleted = self.wal.has_deleted or isinstance(event, (RecordStored, RecordDeleted))
                conflict = mutations.keep_in_own_table(self.connection, event)
                if conflict is not None:
                    conflicts.append(conflict)
                continue
            if isinstance(event, (Redacted, Edited)):
                rewritten.append(event)
            for row in rows_of(event):
                last = self._last.get(row.conversation) or self._look_up(row.conversation)
                last[1] += 1
                rows.append(
                    (number, last[0], last[1], row.msgid, row.at_ms, row.history_scope, row.rank, row.kind, row.body)
                )
                number += 1
            if type(event) is ChannelRenamed:
                break
        self.next_id = number
        if rows:
            self.connection.executemany(_INSERT, rows)
        if nonces:
            self.connection.executemany(_INSERT_NONCE, nonces)
        return at, rewritten

    def _look_up(self, name: str) -> list[int]:
        """[number, last sequence number] of a conversation, which is new if it is not there."""
        connection = self.connection
        one, space, other = name.partition(" ")
        found = connection.execute("SELECT id FROM conversations WHERE name = ?", (name,)).fetchone()
        if found is None:
            pair = (one, other) if space else (None, None)
            connection.execute(
                "INSERT INTO conversations (name, one, other, pruned) SELECT ?, ?, ?, seq FROM gone", (name, *pair)
            )
            number = connection.last_insert_rowid()
        else:
            number = int(str(found[0]))
        last = self._last[name] = [number, schema.first(connection, _LAST_SEQ, (number,))]
        return last

    def _index(self, start: int = 0) -> None:
        """Bring the full-text index up to date, within the open transaction; the texts before `start` are in it."""
        search_index.add(self.connection, self._texts[start:])
        self.connection.execute("UPDATE indexed SET until = ?", (self.next_id - 1,))

    # --- at start

    def _recover(self) -> None:
        """Bring what a crash has left into the database and the full-text index. Raises apsw.Error."""
        rows = self.connection.execute(
            "SELECT id, conversation, body FROM events WHERE id > (SELECT until FROM indexed) AND said = 1"
        )
        self._texts = [
            (int(str(number)), *indexed_of(int(str(conversation)), str(body))) for number, conversation, body in rows
        ]
        self._write_log_again()
        if self._texts:
            self.write([], index=True)

    def _write_log_again(self) -> None:
        """Copy the whole log into the database, and begin a new one. Raises apsw.Error.

        A sync that has failed leaves pages that can be read and are not on the disk, and that no later sync writes
        (Linux; Rebello and others, USENIX ATC 2020). What is committed behind such a hole in the log would be lost with
        the power. Copied, the pages are new ones to write.
        """
        self.connection.set_busy_timeout(RECOVERY_TIMEOUT_MS)
        try:
            self.connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        except apsw.BusyError:  # another program reads the log for hours, to copy it: the server is not held up
            log.warning("another program reads the database: the log of the last run is not emptied")
            self.wal.has_deleted = True  # perhaps
        self._is_recovered = True

    def _note_copy_failed(self, error: BaseException) -> None:
        if isinstance(error, BROKEN) and not lacks_space(self.connection, error):
            self._give_up(error)  # what was committed is safe in the log
        elif not self._refused:
            log.warning("the write-ahead log was not copied: %s", words(error))
