"""Threads that query the database, each on a connection of its own: reads never wait for writes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import apsw
import msgspec

from papo.server.delivery.ports import NotReadable, TookTooLong
from papo.server.store.disk_errors import close
from papo.server.store.integrity import DAMAGE

log = logging.getLogger(__name__)

T = TypeVar("T")
THREADS = 2
QUERY_S = 30.0
"""How long a query may take: as long as one reads, the write-ahead log cannot begin again, and grows."""
SEARCH_S = 2.0
"""How long a search may take: it looks at every message with the words, those that the user may not see too."""
LOCK_TIMEOUT_MS = 5_000
"""How long a query waits for a lock of another process."""


class Readers:
    """Connections are opened by the first query of each thread."""

    def __init__(
        self, path: Path, vfs: str | None = None, *, on_damage: Callable[[str], None], threads: int = THREADS
    ) -> None:
        """`on_damage` is called on the loop's thread with what SQLite says."""
        self._on_damage = on_damage
        self._path = path
        self._vfs = vfs
        self._threads = ThreadPoolExecutor(threads, "papo-reader")
        self._mine = threading.local()
        self._connections: list[apsw.Connection] = []
        self._open = threading.Event()
        """Cleared while queries wait for the log to be emptied."""
        self._open.set()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """No query begins meanwhile; those under way end."""
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    async def ask(self, query: Callable[[apsw.Connection], T], limit_s: float | None = None) -> T:
        """The result of a query, run on a free thread. Raises NotReadable, and KeyError as the query does.

        `limit_s`: a query that takes longer raises TookTooLong; the wait for a thread does not count.
        """
        loop = asyncio.get_running_loop()
        running: list[apsw.Connection] = []
        timers: list[asyncio.TimerHandle] = []

        def run() -> T:
            self._open.wait()
            running.append(self.connection())
            loop.call_soon_threadsafe(start_timer)
            try:
                return query(running[0])
            finally:
                running.clear()

        def give_up() -> None:
            for connection in running:
                connection.interrupt()

        def start_timer() -> None:
            if running:
                timers.append(loop.call_later(QUERY_S if limit_s is None else limit_s, give_up))

        try:
            return await loop.run_in_executor(self._threads, run)
        except apsw.InterruptError as error:
            if limit_s is not None:
                raise TookTooLong from error
            log.error("a query took longer than %.0f s, and was given up", QUERY_S)  # noqa: TRY400 -- as below
            raise NotReadable from error
        except (*DAMAGE, msgspec.DecodeError, UnicodeDecodeError) as error:  # not what a question raises
            self._on_damage(f"{type(error).__name__}: {error}")
            raise NotReadable from error
        except (apsw.IOError, apsw.CantOpenError) as error:
            log.error("a query failed: %s: %s", type(error).__name__, error)  # noqa: TRY400 -- the sentence says it all
            raise NotReadable from error
        finally:
            running.clear()
            for timer in timers:
                timer.cancel()

    def connection(self) -> apsw.Connection:
        """The connection of the calling thread."""
        connection: apsw.Connection | None = getattr(self._mine, "connection", None)
        if connection is None:
            connection = apsw.Connection(str(self._path), flags=apsw.SQLITE_OPEN_READONLY, vfs=self._vfs)
            connection.set_busy_timeout(LOCK_TIMEOUT_MS)
            self._mine.connection = connection
            self._connections.append(connection)
        return connection

    async def close(self) -> None:
        """Interrupt running queries, and close the connections."""
        for connection in self._connections:
            connection.interrupt()
        await asyncio.get_running_loop().run_in_executor(None, self._threads.shutdown)
        for connection in self._connections:
            close(connection)
