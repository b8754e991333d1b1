"""The tables of a version, and whether a row can be one of theirs."""

from __future__ import annotations

from typing import Any, NamedTuple

import apsw

from papo.server.store import schema
from papo.server.store.salvage.btree import Cell, Value

_TYPES = {"INTEGER": int, "TEXT": str, "BLOB": bytes}
DERIVED = frozenset({"indexed", "unique_keys", "search"})
"""Tables that are made again from the others."""


class Column(NamedTuple):
    """A column as it is declared."""

    name: str
    type: type
    needed: bool
    default: Value


class Table(NamedTuple):
    """A table that holds what nothing else does."""

    name: str
    columns: tuple[Column, ...]
    """In the order in which a row holds them."""
    key: int
    """The column that is the row's number; -1 if there is none."""
    has_rowid: bool

    def row(self, cell: Cell) -> tuple[Value, ...] | None:
        """The values of a cell as a row of this table; None if they cannot be that."""
        values = list(cell.values)
        if len(values) > len(self.columns) or bool(cell.rowid) != self.has_rowid:
            return None
        values += [column.default for column in self.columns[len(values) :]]
        if self.key >= 0:
            if values[self.key] is not None:
                return None
            values[self.key] = cell.rowid
        for value, column in zip(values, self.columns, strict=True):
            if type(value) is not column.type and (column.needed or value is not None):
                return None
        return tuple(values)


def tables(version: int) -> list[Table]:
    """The tables of a database of this version, but the derived ones."""
    connection = apsw.Connection(":memory:")
    try:
        schema.migrate(connection, version)
        rows: Any = connection.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND rootpage > 0"
        ).fetchall()
        return [
            _table(connection, name, sql)
            for name, sql in rows
            if name not in DERIVED and not name.startswith(("search_", "sqlite_"))
        ]
    finally:
        connection.close()


def _table(connection: apsw.Connection, name: str, sql: str) -> Table:
    declared: Any = connection.execute(
        'SELECT cid, name, type, "notnull", dflt_value, pk FROM pragma_table_info(?)', (name,)
    )
    rows = list(declared)
    has_rowid = "WITHOUT ROWID" not in sql.upper()
    key = -1
    if has_rowid:
        keys = [row for row in rows if row[5]]
        if len(keys) == 1 and keys[0][2] == "INTEGER":
            key = keys[0][0]
    else:
        rows.sort(key=lambda row: (not row[5], row[5], row[0]))  # the key goes first
    columns = tuple(
        Column(column, _TYPES[type_], bool(needed or key_at), None if default is None else int(default))
        for _, column, type_, needed, default, key_at in rows
    )
    return Table(name, columns, key, has_rowid)
