"""Makes a new database of what can be read of a damaged one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import apsw
import msgspec

from papo.server.delivery.ports import GONE, MESSAGE, REACTION
from papo.server.store import schema, search_index
from papo.server.store.disk_errors import as_os_error
from papo.server.store.preflight import Damaged, read_header
from papo.server.store.rows import gone_body, indexed_of
from papo.server.store.salvage import tables as declared
from papo.server.store.salvage.btree import Cell, Reader, Value, free_pages
from papo.server.store.salvage.events import names_of, read_event
from papo.server.store.salvage.image import Image
from papo.server.store.salvage.tables import Table
from papo.server.world.events import Redacted
from papo.server.world.records import AnyRecord, place_of

Row = tuple[Any, ...]

PLACES_SINCE, UNIQUE_KEYS_SINCE = 2, 3
"""Versions; what an older one lacks is made when the new database is opened."""
_STEP = 20_000
"""Messages in one transaction when the full-text index is made."""


class Report(msgspec.Struct):
    """What was brought out, and what was not."""

    rows: dict[str, int] = {}
    """Table to the rows of it that are in the new database."""
    wrong: dict[str, int] = {}
    """Table to the rows that were found and are not as they were stored."""
    missing: int = 0
    """Events of which only their number's absence is known."""
    unreadable: int = 0
    """Pages and rows that were to be read and could not."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing is known to be lost."""
        return not (self.missing or self.unreadable or any(self.wrong.values()))


def rebuild(damaged: Path, new: Path) -> Report:
    """Write `new`, which must not exist, from the file at `damaged` and its log. Raises OSError."""
    image = Image(damaged)
    target = apsw.Connection(str(new))
    try:
        target.execute("PRAGMA journal_mode = off")
        target.execute("PRAGMA synchronous = off")
        version = _version(damaged)
        schema.migrate(target, version)
        rebuilt = _Rebuilt(target, Reader(image), version)
        rebuilt.copy()
        rebuilt.report.unreadable += image.unused
        rebuilt.count_again()
        rebuilt.derive()
    except (apsw.FullError, apsw.IOError, apsw.CantOpenError) as error:  # others are mistakes of this program
        raise as_os_error(target, error) from error
    finally:
        target.close()
        image.close()
    return rebuilt.report


def _version(path: Path) -> int:
    """The version that the file says, or the newest if it says none that there is."""
    newest = len(schema.files())
    try:
        version = read_header(path).user_version
    except (Damaged, OSError):
        return newest
    return version if 0 < version <= newest else newest


class _Rebuilt:
    """The new database while it is filled."""

    def __init__(self, target: apsw.Connection, reader: Reader, version: int) -> None:
        self.target = target
        self.reader = reader
        self.version = version
        self.report = Report()
        self.tables = {table.name: table for table in declared.tables(version)}
        self._names: dict[int, str] = {}
        """Number of a conversation to its name."""
        self._renamed: set[int] = set()
        self._gone: set[tuple[int, str]] = set()
        """(conversation, msgid) of messages that were deleted."""

    # --- rows

    def copy(self) -> None:
        """Every row that a tree leads to, and then those on pages that none leads to."""
        target = self.target
        target.execute("BEGIN")
        roots = self._roots()
        misplaced: list[Cell] = []
        # Conversations first: events are compared with their names.
        for name in sorted(self.tables, key=lambda name: (name == "events", name != "conversations")):
            if name in roots:
                misplaced += self._keep_all(self.tables[name], self.reader.tree(roots[name]))
        for root in (root for name, root in roots.items() if name not in self.tables):
            for _cell in self.reader.tree(root):
                pass  # so that its pages are not taken for lost ones
        known = self.reader.unreadable
        for cell in (*misplaced, *self._lost_pages()):
            self._place(cell)
        self.reader.unreadable = known  # most pages that no tree leads to are no pages of a table
        for place in self._gone:
            self._delete_text(*place)
        target.execute("COMMIT")
        self.report.unreadable = self.reader.unreadable

    def _roots(self) -> dict[str, int]:
        """Table or index to the page where its tree begins."""
        found: dict[str, int] = {}
        for cell in self.reader.tree(1):
            if len(cell.values) == 5:
                kind, name, _table, root, _sql = cell.values
                if kind in {"table", "index"} and type(name) is str and type(root) is int and root > 0:
                    found.setdefault(name, root)
        return found

    def _lost_pages(self) -> Iterator[Cell]:
        """Rows on pages that no tree leads to, but for those that the database has given up."""
        free = free_pages(self.reader.image)
        for number in range(2, self.reader.image.pages + 1):
            if number not in free and number not in self.reader.seen:
                yield from self.reader.leaf(number)

    def _keep_all(self, table: Table, cells: Iterable[Cell]) -> Iterator[Cell]:
        """Keep the rows of a table; yields those that are not of it."""
        for cell in cells:
            row = table.row(cell)
            if row is None:
                yield cell
            elif not self._keep(table, row):
                self._count_wrong(table)

    def _place(self, cell: Cell) -> None:
        """Keep a row in the one table that it can be of."""
        fitting = [(table, row) for table in self.tables.values() if (row := table.row(cell)) is not None]
        if len(fitting) == 1:
            table, row = fitting[0]
            if not self._is_there(table, row) and not self._keep(table, row):
                self._count_wrong(table)

    def _is_there(self, table: Table, row: Row) -> bool:
        if table.key < 0:
            return False
        column = table.columns[table.key].name
        query = f"SELECT 1 FROM {table.name} WHERE {column} = ?"  # noqa: S608 -- names of the schema
        return bool(self.target.execute(query, (row[table.key],)).fetchall())

    def _count_wrong(self, table: Table) -> None:
        self.report.wrong[table.name] = self.report.wrong.get(table.name, 0) + 1

    def _keep(self, table: Table, row: Row) -> bool:
        """Whether the row is as it was stored, and now in the new database."""
        if table.name == "events":
            return self._keep_event(table, row)
        if table.name == "records" and not _is_record(table, row):
            return False
        if table.name == "gone":  # one row, which is there
            self.target.execute("UPDATE gone SET seq = max(seq, ?)", row)
            return True
        if not self._insert(table, row):
            return False
        if table.name == "conversations":
            self._names[row[0]] = row[1]
            if len(row) > 5 and row[5] is not None:
                self._renamed.add(row[0])
        elif table.name == "former_names":
            self._renamed.add(_value(table, row, "conversation"))
        return True

    def _keep_event(self, table: Table, row: Row) -> bool:
        event = read_event(row)
        if event is None:
            return False
        names = names_of(event)
        have = self._names.get(row[1])
        if have is None:
            if len(names) != 1 or not self._make_conversation(row[1], names[0]):
                return False
        elif names and have not in names and row[1] not in self._renamed:
            return False
        if isinstance(event, Redacted):
            self._gone.add((row[1], event.of))
        return self._insert(table, row)

    def _make_conversation(self, number: int, name: str) -> bool:
        """A conversation whose own row is lost."""
        one, space, other = name.partition(" ")
        pair = (one, other) if space else (None, None)
        self.target.execute(
            "INSERT OR IGNORE INTO conversations (id, name, one, other) VALUES (?, ?, ?, ?)", (number, name, *pair)
        )
        if self.target.changes():
            self._names[number] = name
        return bool(self.target.changes())

    def _insert(self, table: Table, row: tuple[Value, ...]) -> bool:
        columns = ", ".join(column.name for column in table.columns)
        places = ", ".join("?" * len(row))
        self.target.execute(
            f"INSERT OR IGNORE INTO {table.name} ({columns}) VALUES ({places})",  # noqa: S608 -- names of the schema
            row,
        )
        return bool(self.target.changes())

    def _delete_text(self, conversation: int, msgid: str) -> None:
        """What was deleted stays deleted, although an older copy of its page was found."""
        rows: Any = self.target.execute(
            "SELECT id, at_ms FROM events WHERE conversation = ? AND msgid = ? AND said IN (?, ?)",
            (conversation, msgid, MESSAGE, REACTION),
        ).fetchall()
        for number, at_ms in rows:
            bindings = (GONE, gone_body(at_ms, msgid), number)
            self.target.execute("UPDATE events SET said = ?, body = ? WHERE id = ?", bindings)

    # --- what follows from the rows

    def count_again(self) -> None:
        """Number the events of each conversation without holes, and count these."""
        target = self.target
        target.execute("BEGIN")
        for (conversation,) in target.execute("SELECT id FROM conversations").fetchall():
            rows: Any = target.execute(
                "SELECT id, seq FROM events WHERE conversation = ? ORDER BY id", (conversation,)
            ).fetchall()
            if not rows:
                continue
            numbers = [seq for _, seq in rows]
            first = min(numbers)
            wanted = range(first, first + len(numbers))
            if numbers == list(wanted):
                continue
            self.report.missing += max(numbers) + 1 - first - len(numbers)
            # Twice, since no two may have the same number in between.
            for sign in (-1, 1):
                changes = [(sign * seq, number) for (number, _), seq in zip(rows, wanted, strict=True)]
                target.executemany("UPDATE events SET seq = ? WHERE id = ?", changes)
        target.execute("COMMIT")

    def derive(self) -> None:
        """Unique keys, the full-text index, and the counts of the report."""
        target = self.target
        last = schema.first(target, "SELECT coalesce(max(id), 0) FROM events")
        target.execute("UPDATE indexed SET until = ?", (last,))
        if self.version >= UNIQUE_KEYS_SINCE:
            target.execute(
                "INSERT OR IGNORE INTO unique_keys "
                "SELECT each.value, records.kind, records.key FROM records, json_each(unique_keys_of(body)) AS each"
            )
        if "nonces" in self.tables:
            target.execute("DELETE FROM nonces WHERE id NOT IN (SELECT id FROM events)")
        if self.version >= PLACES_SINCE:  # before, the next start makes the index
            for low in range(0, last + 1, _STEP):
                self._index(low, low + _STEP)
        for name in self.tables:
            query = f"SELECT count(*) FROM {name}"  # noqa: S608 -- names of the schema
            self.report.rows[name] = schema.first(target, query)

    def _index(self, low: int, high: int) -> None:
        rows: Any = self.target.execute(
            "SELECT id, conversation, body FROM events WHERE id >= ? AND id < ? AND said = ?", (low, high, MESSAGE)
        ).fetchall()
        texts = [(number, *indexed_of(conversation, body)) for number, conversation, body in rows]
        with self.target:
            search_index.add(self.target, texts)


def _is_record(table: Table, row: Row) -> bool:
    """Whether it is a record, and in its own place."""
    try:
        record = msgspec.json.decode(_value(table, row, "body"), type=AnyRecord)
    except (msgspec.MsgspecError, UnicodeError):
        return False
    return place_of(record) == (_value(table, row, "kind"), _value(table, row, "key"))


def _value(table: Table, row: Row, name: str) -> Any:
    return row[next(at for at, column in enumerate(table.columns) if column.name == name)]
