"""The write-ahead log while the server runs: copied into the database often, and begun again when it has grown."""

from __future__ import annotations

from collections.abc import Callable

import apsw

COPY_PAGES = 1_000
"""Pages in the log (4 KiB each) after which they are copied into the database."""
EMPTY_PAGES = 8_000
"""Pages at which it is emptied (31 MiB). Only while nobody reads it, who would never all pause by chance."""
EMPTY_TIMEOUT_MS = 500
"""How long those who read it then are waited for. Papo's own queries take less; a longer wait would hold up commits."""


class WriteAheadLog:
    """Used by one thread at a time, as the connection that writes."""

    def __init__(self, connection: apsw.Connection, on_error: Callable[[BaseException], None]) -> None:
        """`on_error` is called with what kept the log from being copied; what was committed is safe in it."""
        self._connection = connection
        self._on_error = on_error
        self.pages = 0
        """Pages in the log as of the last commit."""
        self.has_deleted = False
        """Whether it may still hold what was deleted from the database."""
        self.is_stopped = False
        """Whether nothing may be written any more."""
        self._empty_at = EMPTY_PAGES
        connection.set_wal_hook(self._note_pages)

    @property
    def is_long(self) -> bool:
        """Whether it is time for `empty_soon`."""
        return self.pages >= self._empty_at

    def copy(self) -> None:
        """Copy what there is if it is enough, without waiting for anybody."""
        if self.pages >= COPY_PAGES:
            self._copy(apsw.SQLITE_CHECKPOINT_PASSIVE)

    def empty(self) -> None:
        """Copy all of it, and cut the file to nothing; not if somebody reads it."""
        self._connection.set_busy_timeout(0)
        self._copy(apsw.SQLITE_CHECKPOINT_TRUNCATE)

    def empty_soon(self) -> None:
        """The same, and wait a little for those who read it."""
        self._connection.set_busy_timeout(EMPTY_TIMEOUT_MS)
        self._copy(apsw.SQLITE_CHECKPOINT_TRUNCATE)
        # If somebody still reads, not again before as much has been added.
        self._empty_at = self.pages + EMPTY_PAGES

    def _note_pages(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        if pages < self.pages:
            self._empty_at = EMPTY_PAGES  # it has begun again
        self.pages = pages
        return apsw.SQLITE_OK

    def _copy(self, mode: int) -> None:
        """Copy the log's pages into the database.

        Not by `wal_autocheckpoint`, which does the same but reports no error if the disk fails to sync: a later
        attempt would then seem to succeed, and the log, the only good copy, would be overwritten.
        """
        if self.is_stopped:
            return
        try:
            self._connection.wal_checkpoint(mode=mode)
            if mode == apsw.SQLITE_CHECKPOINT_TRUNCATE:
                self.has_deleted = False
                self.pages = 0
        except apsw.BusyError:
            pass  # the next time
        except (apsw.Error, MemoryError) as error:
            self._on_error(error)
