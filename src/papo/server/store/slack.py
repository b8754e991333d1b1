"""Overwrite the slack of a database: the parts of its pages in which deleted rows would still be read.

`PRAGMA secure_delete` zeroes what is deleted where it is, but not the copies that moving rows from one page to another
has left behind: in 6,000 deletions about five texts were still in the file (docs/decisions/0029). They lie between a
page's list of cells and its first cell (SQLite's file format, section 1.6), where SQLite itself never looks.
"""

from __future__ import annotations

import struct
from pathlib import Path

import apsw

from papo.server.store.preflight import wal_of

LEAVES = frozenset({0x0A, 0x0D})
"""First byte of a b-tree's leaf page, whose header has 8 bytes; that of an interior page has 12."""
_PAGES = "SELECT pageno FROM dbstat WHERE pagetype IN ('leaf', 'internal')"


def zero(connection: apsw.Connection, path: Path, vfs: str | None) -> int:
    """Empty the write-ahead log and zero the slack; returns in how many pages there was any.

    Only zeros are written, and only over bytes that mean nothing, so that a crash at any point harms nothing. Nobody
    else can change the file meanwhile: the log is empty, and the lock for writing is held. The connection must be
    closed next: its cache still has the pages as they were. Raises apsw.Error; apsw.BusyError if another process uses
    the database.
    """
    connection.set_busy_timeout(0)
    connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    connection.execute("BEGIN IMMEDIATE")
    try:
        wal = wal_of(path)
        if wal.exists() and wal.stat().st_size:
            raise apsw.BusyError("another process has written")
        return _zero_pages(connection, path, vfs)
    finally:
        connection.execute("ROLLBACK")


def _zero_pages(connection: apsw.Connection, path: Path, vfs: str | None) -> int:
    (size,) = (int(str(value)) for (value,) in connection.execute("PRAGMA page_size"))
    pages = [int(str(number)) for (number,) in connection.execute(_PAGES)]
    # By SQLite's own means: closing a file of our own would drop the locks that SQLite has on it (POSIX).
    file = apsw.VFSFile(vfs or "", str(path), [apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_READWRITE, 0])
    changed = 0
    try:
        for number in pages:
            at = (number - 1) * size
            begin, end = slack_of(file.xRead(size, at), 100 if number == 1 else 0)
            if begin < end:
                file.xWrite(bytes(end - begin), at + begin)
                changed += 1
        if changed:
            file.xSync(apsw.SQLITE_SYNC_NORMAL)
    finally:
        file.xClose()
    return changed


def slack_of(page: bytes, header: int) -> tuple[int, int]:
    """Where the slack of a b-tree page begins and ends; (0, 0) if it is zero already.

    `header` is where the page's header begins: 100 on the first page, 0 on others.
    """
    cells, content = struct.unpack_from(">HH", page, header + 3)
    begin = header + (8 if page[header] in LEAVES else 12) + 2 * cells
    end = content or 65_536
    if not begin < end <= len(page) or page.count(0, begin, end) == end - begin:
        return 0, 0
    return begin, end
