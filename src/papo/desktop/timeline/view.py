"""A view of the timeline: only what is on the screen is laid out and painted, however many rows there are.

What the user looks at stays where it is, whatever is added above or below: `_anchor` is a row and its height in the
viewport, and the scroll bar follows it. Rows that were never laid out count with a usual height.
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
from papo.desktop.timeline.cursor import next_row
from papo.desktop.timeline.heights import Heights
from papo.desktop.timeline.row_layout import RowLayout, depends_on
from papo.desktop.timeline.row_model import RowModel
from papo.desktop.timeline.row_painter import paint_row
from papo.i18n import _

Index = QModelIndex | QPersistentModelIndex
MAX_LAYOUTS = 400
"""Layouts that are kept, also of rows that are no longer on the screen."""
NEAR_ROWS = 15
"""So close to an edge more rows are asked for."""
FLASH_MS = 1_600
END_PX = 48
"""The newest row counts as visible if no more than this is below the edge."""


class View(QAbstractItemView):
    """The view of a `RowModel`, without what keys and pointers do."""

    near_top = Signal()
    near_end = Signal()
    moved = Signal()
    """Other rows may be on the screen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.row_model = RowModel()
        self.setModel(self.row_model)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QAbstractItemView.Shape.NoFrame)
        self.setAutoScroll(False)  # only keys scroll: what the user looks at stays
        self.setMouseTracking(True)
        self.setAccessibleName(_("Messages"))
        self.viewport().setMouseTracking(True)
        self.visible: list[tuple[int, int, RowLayout]] = []
        """The rows on the screen: index, top, layout."""
        self.follows = True
        """The newest row is on the screen, and stays there."""
        self.hovered = -1
        """Index of the row under the pointer; -1 for none."""
        self.by_keys = False
        """The user moves by keyboard: show where."""
        self._anchor = (0, 0)
        self._heights = Heights(40)
        self._layouts: OrderedDict[int, tuple[Hashable, RowLayout]] = OrderedDict()
        """By `id` of a row: what its layout depends on, and the layout."""
        self._is_placing_bar = False
        self._flashing: BufferLine | None = None
        self._flash = QTimer(self)
        self._flash.setSingleShot(True)
        self._flash.timeout.connect(self._end_flash)

    # --- what is shown

    def reset_layouts(self) -> None:
        """Lay out everything again: for another conversation, another theme."""
        self._layouts.clear()
        self._heights.usual = theme.current().px(40)
        self._heights.reset(self.row_model.rowCount())
        self.hovered = -1
        self.lay_out()

    def open_at(self, place: tuple[BufferLine, int] | None) -> None:
        """Show the end, or the place where this conversation was left."""
        at = self.row_model.find(place[0]) if place is not None else -1
        self.follows = place is None or at < 0
        if place is not None and at >= 0:
            self._anchor = (at, place[1])
        self.reset_layouts()

    def place(self) -> tuple[BufferLine, int] | None:
        """The first line on the screen and its top, for `open_at`; None for the end."""
        if not self.follows:
            for _at, top, layout in self.visible:
                if layout.row.line is not None:
                    return layout.row.line, top
        return None

    def refresh(self) -> None:
        """Follow the conversation, which may have changed."""
        place = self.place()
        current = self.row_model.line_at(self.currentIndex().row())
        old = self.row_model.rows
        kept = self.row_model.refresh()
        count = self.row_model.rowCount()
        if self.row_model.rows is not old or kept == 0:
            self._heights.reset(count)
            if place is not None and (at := self.row_model.find(place[0])) >= 0:
                self._anchor = (at, place[1])
            if current is not None and (at := self.row_model.find(current)) >= 0:
                index = self.row_model.index(at)
                self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
        elif kept != count or len(self._heights) != count:
            self._heights.resize(min(kept, len(self._heights)), count)
        self.lay_out()

    def lay_out(self) -> None:
        """Find out which rows are on the screen."""
        count = self.row_model.rowCount()
        if len(self._heights) != count:
            self._heights.reset(count)
        height = self.viewport().height()
        if not count:
            self.visible = []
        elif self.follows:
            self._lay_out_from_end(height)
        else:
            self._lay_out_from_anchor(height, count)
        self._place_bar(height)
        self.viewport().update()
        if self.visible and self.visible[0][0] < NEAR_ROWS:
            self.near_top.emit()
        if self.visible and self.visible[-1][0] >= count - NEAR_ROWS:
            self.near_end.emit()
        self.moved.emit()

    def _lay_out_from_end(self, height: int) -> None:
        self.visible = []
        at, y = self.row_model.rowCount(), height - theme.current().px(8)
        while at > 0 and y > 0:
            at -= 1
            layout = self._layout(at)
            y -= layout.height
            self.visible.append((at, y, layout))
        self.visible.reverse()
        self._anchor = (self.visible[0][0], self.visible[0][1]) if self.visible else (0, 0)

    def _lay_out_from_anchor(self, height: int, count: int) -> None:
        at, y = self._anchor
        at = max(0, min(at, count - 1))
        while y > 0 and at > 0:
            at -= 1
            y -= self._layout(at).height
        if at == 0:
            y = min(y, 0)
        layout = self._layout(at)
        while y + layout.height <= 0 and at < count - 1:
            y += layout.height
            at += 1
            layout = self._layout(at)
        self._anchor = (at, y)
        self.visible = []
        while at < count and y < height:
            layout = self._layout(at)
            self.visible.append((at, y, layout))
            y += layout.height
            at += 1
        if at == count and y <= height - theme.current().px(8):
            buffer = self.row_model.buffer
            self.follows = buffer is None or not buffer.has_newer
            self._lay_out_from_end(height)

    def _layout(self, at: int) -> RowLayout:
        row = self.row_model.rows[at]
        network, buffer = self.row_model.network, self.row_model.buffer
        assert network is not None
        assert buffer is not None
        width = self.viewport().width()
        key = depends_on(row, width, network, buffer)
        cached = self._layouts.get(id(row))
        if cached is not None and cached[0] == key:
            self._layouts.move_to_end(id(row))
            return cached[1]
        # The layout holds the row: as long as it is kept no other row has its id.
        layout = RowLayout(row, theme.current(), width, network, buffer)
        self._layouts[id(row)] = (key, layout)
        while len(self._layouts) > MAX_LAYOUTS:
            self._layouts.popitem(last=False)
        if self._heights[at] != layout.height:
            self._heights.set(at, layout.height)
        return layout

    @property
    def layout_count(self) -> int:
        """Number of layouts that are kept."""
        return len(self._layouts)

    def _place_bar(self, height: int) -> None:
        bar = self.verticalScrollBar()
        self._is_placing_bar = True
        most = max(0, self._heights.total + theme.current().px(8) - height)
        bar.setRange(0, most)
        bar.setPageStep(max(1, height))
        bar.setSingleStep(theme.current().px(20))
        at, y = self._anchor
        bar.setValue(most if self.follows else self._heights.top(at) - y if len(self._heights) else 0)
        self._is_placing_bar = False

    def is_at_end(self) -> bool:
        """Whether the newest row is visible, but for a few pixels."""
        if not self.visible:
            return True
        at, top, layout = self.visible[-1]
        return at == self.row_model.rowCount() - 1 and top + layout.height <= self.viewport().height() + END_PX

    def scroll_to_end(self) -> None:
        """Show the newest row and stay there."""
        self.follows = True
        self.lay_out()

    def show_line(self, line: BufferLine) -> bool:
        """Scroll to a message and let it flash; False if it is not here."""
        at = self.row_model.find(line)
        if at < 0:
            return False
        self._scroll_to(at, self.viewport().height() // 3)
        self._flashing = line
        self._flash.start(FLASH_MS)
        self.setCurrentIndex(self.row_model.index(at))
        self.lay_out()
        return True

    def show_unread(self) -> None:
        """Scroll up to the unread line if it is above the screen."""
        at = next((at for at, row in enumerate(self.row_model.rows) if row.kind == "unread"), -1)
        if at >= 0 and self.visible and at < self.visible[0][0]:
            self._scroll_to(at, self.viewport().height() // 4)
            self.lay_out()

    def _scroll_to(self, at: int, y: int) -> None:
        self.follows = False
        self._anchor = (at, y)

    def _end_flash(self) -> None:
        self._flashing = None
        self.viewport().update()

    def under(self, position: QPointF) -> tuple[int, RowLayout | None, QPointF]:
        """The row under a point of the viewport, its layout, and the point relative to the row; -1 for no row."""
        for at, top, layout in self.visible:
            if top <= position.y() < top + layout.height:
                return at, layout, position - QPointF(0, top)
        return -1, None, position

    def hover(self, position: QPoint) -> None:
        """Note which row the pointer is on."""
        at, _layout, _point = self.under(QPointF(position))
        hovered = at if self.viewport().rect().contains(position) else -1
        if hovered != self.hovered:
            self.hovered = hovered
            self.viewport().update()
            self.moved.emit()

    # --- what Qt asks of a view

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """The scroll bar was moved."""
        _unused = dx
        if self._is_placing_bar or not self.row_model.rowCount():
            return
        bar = self.verticalScrollBar()
        value = bar.value()
        if abs(dy) <= 2 * self.viewport().height():
            at, y = self._anchor
            self._anchor = (at, y + dy)
        else:
            at, top = self._heights.row(value)
            self._anchor = (at, top - value)
        buffer = self.row_model.buffer
        self.follows = value >= bar.maximum() and buffer is not None and not buffer.has_newer
        self.lay_out()
        self.hover(self.viewport().mapFromGlobal(self.cursor().pos()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """At another width every row has another height; the anchor stays."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._heights.reset(self.row_model.rowCount())
        self.lay_out()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the visible rows."""
        painter = QPainter(self.viewport())
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        area = event.rect()
        painter.fillRect(area, theme.current().colour("background"))
        current = self.currentIndex().row() if self.by_keys and self.hasFocus() else -1
        for at, top, layout in self.visible:
            if top + layout.height < area.top() or top > area.bottom():
                continue
            flashing = self._flashing is not None and layout.row.line is self._flashing
            paint_row(painter, layout, top, hovered=at == self.hovered, current=at == current, flashing=flashing)
        painter.end()

    def visualRect(self, index: Index) -> QRect:
        """The area of a row, also for screen readers."""
        for at, top, layout in self.visible:
            if at == index.row():
                return QRect(0, top, self.viewport().width(), layout.height)
        if not index.isValid() or index.row() >= len(self._heights):
            return QRect()
        at, y = self._anchor
        top = self._heights.top(index.row()) - self._heights.top(at) + y
        return QRect(0, top, self.viewport().width(), self._heights[index.row()])

    def scrollTo(
        self, index: Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        """Scroll a row into sight, no further than necessary."""
        _unused = hint
        if not index.isValid() or index.row() >= self.row_model.rowCount():
            return
        height = self.viewport().height()
        places = {at: (top, layout.height) for at, top, layout in self.visible}
        if index.row() in places:
            top, row_height = places[index.row()]
            if top >= 0 and (top + row_height <= height or row_height > height):
                return
            at, y = self._anchor
            self._anchor = (at, y + (-top if top < 0 else height - top - row_height))
        elif self.visible and index.row() > self.visible[-1][0]:
            self._anchor = (index.row(), max(0, height - self._layout(index.row()).height))
        else:
            self._anchor = (index.row(), 0)
        self.follows = False
        self.lay_out()

    def indexAt(self, point: QPoint) -> QModelIndex:
        """The row at a point."""
        return self.row_model.index(self.under(QPointF(point))[0])

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Arrows, Home, End and the page keys go from message to message."""
        _unused = modifiers
        page = max(1, len(self.visible) - 1)
        at = next_row(self.row_model.rows, self.currentIndex().row(), action, page)
        return self.row_model.index(at) if at >= 0 else self.currentIndex()

    def horizontalOffset(self) -> int:
        """Nothing scrolls sideways."""
        return 0

    def verticalOffset(self) -> int:
        """The value of the scroll bar."""
        return self.verticalScrollBar().value()

    def isIndexHidden(self, index: Index) -> bool:
        """No row is hidden."""
        _unused = index
        return False

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """Rows are not selected; text is, by `Timeline`."""

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """Rows are not selected."""
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
