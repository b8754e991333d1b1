"""The rows of a conversation as Qt's models have them: for the view, and for screen readers."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine
from papo.client.state.network import Network
from papo.desktop import sentences
from papo.desktop.timeline.rows import FEW, Row, Rows
from papo.desktop.times import day
from papo.i18n import _

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class TimelineModel(QAbstractListModel):
    """One conversation at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.network: Network | None = None
        self.buffer: Buffer | None = None
        self.joins = True
        self._rows = Rows()

    @property
    def rows(self) -> list[Row]:
        """From the oldest to the newest."""
        return self._rows.rows

    def show(self, network: Network | None, buffer: Buffer | None) -> None:
        """Another conversation."""
        self.beginResetModel()
        self.network, self.buffer = network, buffer
        self._rows = Rows()
        self._fill()
        self.endResetModel()

    def refresh(self) -> int:
        """Bring the rows in step; gives how many of the first are as they were."""
        if self.buffer is None:
            return 0
        before = len(self.rows)
        had = self.rows
        kept = self._fill()
        fresh = self.rows
        if fresh is not had:
            # Rows of another list: what was remembered of the old ones means nothing any more.
            self.beginResetModel()
            self.endResetModel()
            return 0
        if kept == before == len(fresh):
            return kept
        # The list has changed already. Nobody reads the model in between: all of this is one step of one thread.
        if len(fresh) > before:
            self.beginInsertRows(QModelIndex(), before, len(fresh) - 1)
            self.endInsertRows()
        elif len(fresh) < before:
            self.beginRemoveRows(QModelIndex(), len(fresh), before - 1)
            self.endRemoveRows()
        first, last = min(kept, len(fresh) - 1), min(before, len(fresh)) - 1
        if 0 <= first <= last:
            self.dataChanged.emit(self.index(first), self.index(last))
        return kept

    def _fill(self) -> int:
        buffer, network = self.buffer, self.network
        if buffer is None or network is None:
            return 0
        beginning = not buffer.has_older and buffer.kind != "server" and not network.address.is_classroom
        return self._rows.update(
            buffer.lines,
            line_at_ms=buffer.line_at_ms,
            joins=self.joins,
            beginning=beginning and buffer.history_requested,
        )

    def find(self, entry: BufferLine) -> int:
        """Where an entry stands; -1 where it does not."""
        return self._rows.find(entry)

    def entry_at(self, at: int) -> BufferLine | None:
        """The message of a row."""
        rows = self.rows
        return rows[at].entry if 0 <= at < len(rows) and rows[at].kind == "message" else None

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """As many as there are."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a row says."""
        if role not in {Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.DisplayRole} or not index.isValid():
            return None
        rows = self.rows
        return self._aloud(rows[index.row()]) if index.row() < len(rows) else None

    def _aloud(self, row: Row) -> str:
        online = self.network is not None and self.network.status == "online"
        match row.kind:
            case "day":
                return day(row.at_ms)
            case "line":
                return _("New messages")
            case "beginning":
                return sentences.beginning(self.buffer) if self.buffer is not None else ""
            case "quiet":
                entries = row.entries
                if len(entries) > FEW and not row.opened:
                    return sentences.summary(entries)
                return ", ".join(map(sentences.happening, entries))
            case "message":
                return sentences.aloud(row.entry, online=online) if row.entry is not None else ""
