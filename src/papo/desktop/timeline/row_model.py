"""The rows of a conversation as a Qt model: for the view, and for screen readers."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine
from papo.client.state.network import Network
from papo.i18n import _
from papo.ui import sentences
from papo.ui.rows import Row, Rows
from papo.ui.times import day_name

Index = QModelIndex | QPersistentModelIndex
FEW = 2
"""Up to so many joins and leaves are shown line by line."""
_NO_INDEX = QModelIndex()


class RowModel(QAbstractListModel):
    """The rows of one conversation at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.network: Network | None = None
        self.buffer: Buffer | None = None
        self.shows_events = True
        self._rows = Rows()

    @property
    def rows(self) -> list[Row]:
        """Oldest first."""
        return self._rows.all

    def show(self, network: Network | None, buffer: Buffer | None) -> None:
        """Take the rows of another conversation."""
        self.beginResetModel()
        self.network, self.buffer = network, buffer
        self._rows = Rows()
        self._update()
        self.endResetModel()

    def refresh(self) -> int:
        """Bring the rows in step with the conversation; returns how many of the first have not changed."""
        if self.buffer is None:
            return 0
        old = self.rows
        count = len(old)
        kept = self._update()
        new = self.rows
        if new is not old:
            # Every row is a new one: what views remember of the old ones means nothing any more.
            self.beginResetModel()
            self.endResetModel()
            return 0
        if kept == count == len(new):
            return kept
        # The list has changed already, but nothing reads the model between this and the signals.
        if len(new) > count:
            self.beginInsertRows(QModelIndex(), count, len(new) - 1)
            self.endInsertRows()
        elif len(new) < count:
            self.beginRemoveRows(QModelIndex(), len(new), count - 1)
            self.endRemoveRows()
        first, last = min(kept, len(new) - 1), min(count, len(new)) - 1
        if 0 <= first <= last:
            self.dataChanged.emit(self.index(first), self.index(last))
        return kept

    def _update(self) -> int:
        buffer, network = self.buffer, self.network
        if buffer is None or network is None:
            return 0
        has_history = buffer.kind != "server" and not network.address.is_classroom
        beginning = has_history and buffer.history_requested and not buffer.has_older
        return self._rows.update(
            buffer.lines, read_at_ms=buffer.line_at_ms, shows_events=self.shows_events, beginning=beginning
        )

    def find(self, line: BufferLine) -> int:
        """Index of the row that holds a line; -1 if there is none."""
        return self._rows.find(line)

    def line_at(self, at: int) -> BufferLine | None:
        """The line of a row; None for headings and groups."""
        rows = self.rows
        return rows[at].line if 0 <= at < len(rows) and rows[at].kind == "line" else None

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """Number of rows."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A row as text."""
        if role not in {Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.DisplayRole} or not index.isValid():
            return None
        rows = self.rows
        return self._spoken(rows[index.row()]) if index.row() < len(rows) else None

    def _spoken(self, row: Row) -> str:
        online = self.network is not None and self.network.status == "online"
        match row.kind:
            case "day":
                return day_name(row.at_ms)
            case "unread":
                return _("New messages")
            case "beginning":
                return sentences.beginning(self.buffer) if self.buffer is not None else ""
            case "events":
                if len(row.lines) > FEW and not row.expanded:
                    return sentences.summary(row.lines)
                return ", ".join(map(sentences.event, row.lines))
            case "line":
                return sentences.spoken(row.line, online=online) if row.line is not None else ""
