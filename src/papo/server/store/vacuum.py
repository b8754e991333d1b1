"""Gives space that nothing uses back to the disk, a little at a time (SQLite: incremental vacuum)."""

from __future__ import annotations

import apsw

from papo.server.store import schema

PAGES = 100
"""Pages in a step, each of which is moved from the end of the file: 5 ms."""
KEPT = 8
"""A file keeps this part of its pages free (as 1/8), and is not shortened for less: new messages fill them."""
LEAST = 256
"""Free pages (1 MiB) below which a file is left as it is."""


def vacuum(connection: apsw.Connection) -> int:
    """One step, within a transaction; returns how many pages are gone, 0 if there is nothing worth it."""
    free = int(schema.first(connection, "PRAGMA freelist_count"))
    pages = int(schema.first(connection, "PRAGMA page_count"))
    too_many = free - max(LEAST, pages // KEPT)
    if too_many <= 0:
        return 0
    connection.execute(f"PRAGMA incremental_vacuum({min(PAGES, too_many)})").fetchall()
    return pages - int(schema.first(connection, "PRAGMA page_count"))
