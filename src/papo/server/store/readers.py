"""Two threads that ask the database, each on a connection of its own: reading never waits for writing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import apsw

T = TypeVar("T")
THREADS = 2
PATIENCE_MS = 5_000
"""How long a reader waits for another process's lock."""


class Readers:
    """Opens nothing until it is asked."""

    def __init__(self, path: Path, vfs: str | None = None) -> None:
        self._path = path
        self._vfs = vfs
        self._threads = ThreadPoolExecutor(THREADS, "papo-reader")
        self._mine = threading.local()
        self._connections: list[apsw.Connection] = []

    async def ask(self, question: Callable[[apsw.Connection], T]) -> T:
        """Run a question on a free thread."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: question(self.connection()))

    def connection(self) -> apsw.Connection:
        """This thread's own."""
        connection: apsw.Connection | None = getattr(self._mine, "connection", None)
        if connection is None:
            connection = apsw.Connection(str(self._path), flags=apsw.SQLITE_OPEN_READONLY, vfs=self._vfs)
            connection.set_busy_timeout(PATIENCE_MS)
            self._mine.connection = connection
            self._connections.append(connection)
        return connection

    async def close(self) -> None:
        """Stop what is being asked, and let the file go."""
        for connection in self._connections:
            connection.interrupt()
        await asyncio.get_running_loop().run_in_executor(None, self._threads.shutdown)
        for connection in self._connections:
            connection.close()
