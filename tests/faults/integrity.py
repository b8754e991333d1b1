"""What is wrong with a database file, by its own checks and by comparing its tables with each other."""

from __future__ import annotations

import apsw


def complaints_about(connection: apsw.Connection) -> list[str]:
    """Sentences; [] if pages, sequence numbers and full-text index are as they should be."""
    found = []
    verdict = connection.execute("PRAGMA integrity_check").fetchone()
    if verdict != ("ok",):
        found.append(f"the database is damaged: {verdict}")
    connection.execute("INSERT INTO search (search) VALUES ('integrity-check')")
    connection.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.words USING fts5vocab (main, search, instance)")
    indexed = connection.execute("SELECT DISTINCT doc FROM temp.words ORDER BY doc").fetchall()
    if indexed != connection.execute("SELECT id FROM events WHERE said = 1 ORDER BY id").fetchall():
        found.append("the full-text index is not that of the messages")
    return found
