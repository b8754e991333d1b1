"""Reads a whole database beside the server that writes it, slowly: damage is found while a backup has what is lost.

Scrub is what ZFS and Btrfs call it. Nothing waits for it: it works a quarter of the time, and a reader that would let
the write-ahead log grow is given up.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

import apsw

from papo.server.store import integrity
from papo.server.store.preflight import wal_of

log = logging.getLogger(__name__)

REST = 3
"""How much longer it rests than it works."""
WAL_GROWTH_BYTES = 16 << 20
"""By how much the write-ahead log may grow while all pages are read in one transaction."""
STEPS = 50_000
"""Steps of SQLite's machine after which it may be interrupted, or rests."""


def scrub(path: Path, stop: threading.Event, vfs: str | None = None) -> list[str] | None:
    """What is wrong with the database; None if nothing is found and not all was read. Raises apsw.Error, OSError.

    Setting `stop` ends it, and then what was found by then is left for the next time.
    """
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY, vfs=vfs)
    try:
        wrong: list[str] = []
        rest = _Rest(stop)
        for part in integrity.check(connection):
            wrong += part.wrong
            if rest():
                return None
        of_pages = _pages(connection, path, rest)
    finally:
        connection.close()
    if stop.is_set() or (of_pages is None and not wrong):
        return None
    return list(dict.fromkeys([*wrong, *(of_pages or [])]))[: integrity.MOST]


class _Rest:
    """Waits in proportion to the time since it was called last; says whether to stop."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._since_s = time.perf_counter()

    def __call__(self) -> bool:
        stopped = self._stop.wait(REST * (time.perf_counter() - self._since_s))
        self._since_s = time.perf_counter()
        return stopped


def _pages(connection: apsw.Connection, path: Path, rest: Callable[[], bool]) -> list[str] | None:
    """What SQLite says of the pages; None if it was given up."""
    size = _size(wal_of(path))
    grown = False

    def give_up() -> bool:
        nonlocal grown
        grown = _size(wal_of(path)) > size + WAL_GROWTH_BYTES
        return grown or rest()

    connection.set_progress_handler(give_up, STEPS)
    try:
        return integrity.pages(connection)
    except apsw.InterruptError:
        if grown:
            log.info("too much is written for SQLite to check all pages; every row was read: see papo doctor")
        return None
    finally:
        connection.set_progress_handler(None)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
