"""The messages of one conversation: only what is on the screen is laid out and drawn, however many there are.

What is looked at stays where it is, whatever comes above or below: `_anchor` says which row stands at which height, and
the scroll bar follows it. Rows that were never drawn count with a usual height.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QAccessible, QAccessibleEvent, QPainter, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QWidget

from papo.client.state.message import BufferLine
from papo.desktop.theme import theme
from papo.desktop.timeline.heights import Heights
from papo.desktop.timeline.model import TimelineModel
from papo.desktop.timeline.row_layout import RowLayout, depends_on
from papo.i18n import _

Index = QModelIndex | QPersistentModelIndex
MOST_DRAWN = 400
NEAR_ROWS = 15
FLASH_MS = 1_600
END_PX = 48


class View(QAbstractItemView):
    """The view of a `TimelineModel`, without what keys and pointers do."""

    near_top = Signal()
    near_end = Signal()
    moved = Signal()
    """Perhaps the newest row is visible now, or is not any more."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = TimelineModel()
        self.setModel(self.rows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QAbstractItemView.Shape.NoFrame)
        self.setAutoScroll(False)  # only keys scroll: what is looked at stays
        self.setMouseTracking(True)
        self.setAccessibleName(_("Messages"))
        self.viewport().setMouseTracking(True)
        # Rows on the screen: number, top, drawing.
        self.visible: list[tuple[int, int, RowLayout]] = []
        self.stuck = True
        """The end is what is looked at, and stays it."""
        self.hovered = -1
        self._anchor = (0, 0)
        self._heights = Heights(40)
        self.drawn: OrderedDict[int, tuple[Hashable, RowLayout]] = OrderedDict()
        self._placing = False
        self.by_keys = False
        """The keyboard is here: show where."""
        self._flashing: BufferLine | None = None
        self._flash = QTimer(self)
        self._flash.setSingleShot(True)
        self._flash.timeout.connect(self._flashed)

    # --- what is shown

    def changed_all(self) -> None:
        """Another conversation, other colours or another size."""
        self.drawn.clear()
        self._heights.usual = theme.now().px(40)
        self._heights.reset(self.rows.rowCount())
        self.hovered = -1
        self.lay_out()

    def open_at(self, place: tuple[BufferLine | None, int] | None) -> None:
        """Show the end, or the place where this conversation was left."""
        self.stuck = True
        if place is not None and place[0] is not None:
            at = self.rows.find(place[0])
            if at >= 0:
                self.stuck, self._anchor = False, (at, place[1])
        self.changed_all()

    def place(self) -> tuple[BufferLine | None, int] | None:
        """Where we are, to come back to; None for the end."""
        if self.stuck:
            return None
        for _at, top, drawn in self.visible:
            if drawn.row.entry is not None:
                return drawn.row.entry, top
        return None

    def refresh(self) -> None:
        """Something may be different."""
        place = self.place()
        current = self.rows.entry_at(self.currentIndex().row())
        had = self.rows.rows
        kept = self.rows.refresh()
        count = self.rows.rowCount()
        if self.rows.rows is not had or kept == 0:
            self._heights.reset(count)
            if place is not None and place[0] is not None:
                at = self.rows.find(place[0])
                if at >= 0:
                    self._anchor = (at, place[1])
            if current is not None and (at := self.rows.find(current)) >= 0:
                self.selectionModel().setCurrentIndex(self.rows.index(at), QItemSelectionModel.SelectionFlag.NoUpdate)
        elif kept != count or len(self._heights) != count:
            self._heights.resize(min(kept, len(self._heights)), count)
        self.lay_out()

    def lay_out(self) -> None:
        """Find out which rows stand where on the screen."""
        count = self.rows.rowCount()
        if len(self._heights) != count:
            self._heights.reset(count)
        room = self.viewport().height()
        if not count:
            self.visible = []
        elif self.stuck:
            self._from_end(room)
        else:
            self._from_anchor(room, count)
        self._place_bar(room)
        self.viewport().update()
        if self.visible and self.visible[0][0] < NEAR_ROWS:
            self.near_top.emit()
        if self.visible and self.visible[-1][0] >= count - NEAR_ROWS:
            self.near_end.emit()
        self.moved.emit()

    def _from_end(self, room: int) -> None:
        self.visible = []
        at, y = self.rows.rowCount(), room - theme.now().px(8)
        while at > 0 and y > 0:
            at -= 1
            drawn = self._draw(at)
            y -= drawn.height
            self.visible.append((at, y, drawn))
        self.visible.reverse()
        self._anchor = (self.visible[0][0], self.visible[0][1]) if self.visible else (0, 0)

    def _from_anchor(self, room: int, count: int) -> None:
        at, y = self._anchor
        at = max(0, min(at, count - 1))
        while y > 0 and at > 0:
            at -= 1
            y -= self._draw(at).height
        if at == 0:
            y = min(y, 0)
        drawn = self._draw(at)
        while y + drawn.height <= 0 and at < count - 1:
            y += drawn.height
            at += 1
            drawn = self._draw(at)
        self._anchor = (at, y)
        self.visible = []
        while at < count and y < room:
            drawn = self._draw(at)
            self.visible.append((at, y, drawn))
            y += drawn.height
            at += 1
        end = room - theme.now().px(8)
        if at == count and y <= end:
            buffer = self.rows.buffer
            self.stuck = buffer is None or not buffer.has_newer
            self._from_end(room)

    def _draw(self, at: int) -> RowLayout:
        row = self.rows.rows[at]
        network, buffer = self.rows.network, self.rows.buffer
        assert network is not None
        assert buffer is not None
        width = self.viewport().width()
        key = depends_on(row, width, network, buffer)
        have = self.drawn.get(id(row))
        if have is not None and have[0] == key:
            self.drawn.move_to_end(id(row))
            return have[1]
        # The drawing holds the row: while it is here, no other row has its id.
        drawn = RowLayout(row, theme.now(), width, network, buffer)
        self.drawn[id(row)] = (key, drawn)
        while len(self.drawn) > MOST_DRAWN:
            self.drawn.popitem(last=False)
        if self._heights[at] != drawn.height:
            self._heights.set(at, drawn.height)
        return drawn

    def _place_bar(self, room: int) -> None:
        bar = self.verticalScrollBar()
        self._placing = True
        most = max(0, self._heights.total + theme.now().px(8) - room)
        bar.setRange(0, most)
        bar.setPageStep(max(1, room))
        bar.setSingleStep(theme.now().px(20))
        at, y = self._anchor
        bar.setValue(most if self.stuck else self._heights.top(at) - y if len(self._heights) else 0)
        self._placing = False

    def is_at_end(self) -> bool:
        """Whether the newest row is visible."""
        if not self.visible:
            return True
        at, top, drawn = self.visible[-1]
        return at == self.rows.rowCount() - 1 and top + drawn.height <= self.viewport().height() + END_PX

    def to_end(self) -> None:
        """Look at the end."""
        self.stuck = True
        self.lay_out()

    def show_entry(self, entry: BufferLine) -> bool:
        """Bring a message to the middle, and light it up for a moment."""
        at = self.rows.find(entry)
        if at < 0:
            return False
        self.stuck = False
        self._anchor = (at, self.viewport().height() // 3)
        self._flashing = entry
        self._flash.start(FLASH_MS)
        self.setCurrentIndex(self.rows.index(at))
        self.lay_out()
        return True

    def show_line(self) -> None:
        """Where much is unread, begin with the first of it."""
        for at, row in enumerate(reversed(self.rows.rows)):
            if row.kind == "line":
                number = self.rows.rowCount() - 1 - at
                if self.visible and number < self.visible[0][0]:
                    self.stuck = False
                    self._anchor = (number, self.viewport().height() // 4)
                    self.lay_out()
                return

    def _flashed(self) -> None:
        self._flashing = None
        self.viewport().update()

    # --- what Qt asks of a view

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """The scroll bar was moved."""
        _unused = dx
        if self._placing or not self.rows.rowCount():
            return
        bar = self.verticalScrollBar()
        value = bar.value()
        if abs(dy) <= 2 * self.viewport().height():
            at, y = self._anchor
            self._anchor = (at, y + dy)
        else:
            at, top = self._heights.row(value)
            self._anchor = (at, top - value)
        buffer = self.rows.buffer
        self.stuck = value >= bar.maximum() and buffer is not None and not buffer.has_newer
        self.lay_out()
        self.hover(self.viewport().mapFromGlobal(self.cursor().pos()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width: everything is measured anew, and what was looked at stays."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._heights.reset(self.rows.rowCount())
        self.lay_out()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what is on the screen."""
        painter = QPainter(self.viewport())
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        area = event.rect()
        painter.fillRect(area, theme.now().colour("ground"))
        current = self.currentIndex().row() if self.by_keys and self.hasFocus() else -1
        for at, top, drawn in self.visible:
            if top + drawn.height < area.top() or top > area.bottom():
                continue
            flash = self._flashing is not None and drawn.row.entry is self._flashing
            drawn.paint(painter, top, hovered=at == self.hovered, current=at == current, flash=flash)
        painter.end()

    def visualRect(self, index: Index) -> QRect:
        """Where a row stands; also for screen readers."""
        for at, top, drawn in self.visible:
            if at == index.row():
                return QRect(0, top, self.viewport().width(), drawn.height)
        if not index.isValid() or index.row() >= len(self._heights):
            return QRect()
        at, y = self._anchor
        top = self._heights.top(index.row()) - self._heights.top(at) + y
        return QRect(0, top, self.viewport().width(), self._heights[index.row()])

    def scrollTo(
        self, index: Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        """Bring a row into view."""
        _unused = hint
        if not index.isValid() or index.row() >= self.rows.rowCount():
            return
        room = self.viewport().height()
        known = {at: (top, drawn.height) for at, top, drawn in self.visible}
        if index.row() in known:
            top, height = known[index.row()]
            if top >= 0 and (top + height <= room or height > room):
                return
            at, y = self._anchor
            self._anchor = (at, y + (-top if top < 0 else room - top - height))
        elif self.visible and index.row() > self.visible[-1][0]:
            self._anchor = (index.row(), max(0, room - self._draw(index.row()).height))
        else:
            self._anchor = (index.row(), 0)
        self.stuck = False
        self.lay_out()

    def indexAt(self, point: QPoint) -> QModelIndex:
        """The row at a point."""
        for at, top, drawn in self.visible:
            if top <= point.y() < top + drawn.height:
                return self.rows.index(at)
        return QModelIndex()

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Arrows and the like walk through the messages."""
        _unused = modifiers
        rows = self.rows.rows
        at = self.currentIndex().row()
        step = QAbstractItemView.CursorAction
        many = max(1, len(self.visible) - 1)
        if at < 0:
            at, by = len(rows), -1
        else:
            by = {step.MoveUp: -1, step.MovePrevious: -1, step.MoveDown: 1, step.MoveNext: 1,
                  step.MovePageUp: -many, step.MovePageDown: many}.get(action, 0)  # fmt: skip
        if action == step.MoveHome:
            at, by = -1, 1
        elif action == step.MoveEnd:
            at, by = len(rows), -1
        to = max(0, min(len(rows) - 1, at + by))
        way = 1 if by >= 0 else -1
        while 0 <= to < len(rows) and rows[to].kind in {"day", "line", "beginning"}:
            to += way
        return self.rows.index(to) if 0 <= to < len(rows) else self.currentIndex()

    def horizontalOffset(self) -> int:
        """Nothing goes sideways."""
        return 0

    def verticalOffset(self) -> int:
        """Where the scroll bar is."""
        return self.verticalScrollBar().value()

    def isIndexHidden(self, index: Index) -> bool:
        """No row is."""
        _unused = index
        return False

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """Rows are not selected; text is."""

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """As above."""
        _unused = selection
        return QRegion()

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Tell screen readers which message the keyboard is at."""
        super().currentChanged(current, previous)
        if current.isValid() and self.hasFocus():
            event = QAccessibleEvent(self, QAccessible.Event.Focus)
            event.setChild(current.row())
            QAccessible.updateAccessibility(event)
        self.viewport().update()

    def under(self, position: QPointF) -> tuple[int, RowLayout | None, QPointF]:
        """The row under a point, its drawing, and the point seen from there."""
        for at, top, drawn in self.visible:
            if top <= position.y() < top + drawn.height:
                return at, drawn, position - QPointF(0, top)
        return -1, None, position

    def hover(self, position: QPoint) -> None:
        """The pointer is over another row."""
        at, _drawn, _point = self.under(QPointF(position))
        hovered = at if self.viewport().rect().contains(position) else -1
        if hovered != self.hovered:
            self.hovered = hovered
            self.viewport().update()
            self.moved.emit()
