"""The timeline under keys and pointers: going from message to message, selecting text, clicking."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QItemSelectionModel, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QToolTip, QWidget

from papo.desktop.timeline.row_layout import RowLayout
from papo.desktop.timeline.row_parts import ClickTarget
from papo.desktop.timeline.view import View
from papo.ui.rows import Row
from papo.ui.times import full_time

_KEYS = {
    Qt.Key.Key_Return: "reply", Qt.Key.Key_Enter: "reply", Qt.Key.Key_R: "reply", Qt.Key.Key_E: "edit",
    Qt.Key.Key_Plus: "react", Qt.Key.Key_A: "react", Qt.Key.Key_Delete: "delete", Qt.Key.Key_Space: "activate",
}  # fmt: skip
"""What keys do with the current message."""


class Timeline(View):
    """The timeline of the window."""

    action_wanted = Signal(str, object)
    """reply, edit, react, delete, retry, give up, activate or menu; and the line. For `menu` a tuple: the line, where
    to open it, the link under the pointer and the selected text.
    """
    clicked_target = Signal(object, object)
    """A `ClickTarget` and its line."""
    typed = Signal(str)
    """Letters that belong into the message field."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._selecting: tuple[RowLayout, int, int] | None = None
        """While the pointer is dragged: the row, the part of its text, and where the selection begins."""
        self._selected: RowLayout | None = None
        self._pressed: ClickTarget | None = None

    def reset_layouts(self) -> None:
        """The layouts are made again, without the selection."""
        self._selected = None
        super().reset_layouts()

    def _selected_text(self) -> str:
        selected = self._selected
        return selected.text.selected_text() if selected is not None and selected.text is not None else ""

    def copy(self) -> None:
        """Copy the selected text, or that of the current message."""
        text = self._selected_text()
        line = self.row_model.line_at(self.currentIndex().row())
        if not text and line is not None:
            text = line.text
        if text:
            QGuiApplication.clipboard().setText(text)

    def _toggle(self, row: Row) -> None:
        row.expanded = not row.expanded
        self.lay_out()

    # --- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Some letters do what the toolbar does; the others go to the message field."""
        line = self.row_model.line_at(self.currentIndex().row())
        unmodified = event.modifiers() in {Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier}
        key = Qt.Key(event.key())
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
            return
        self.by_keys = True
        if unmodified and key in _KEYS and line is not None:
            self.action_wanted.emit(_KEYS[key], line)
        elif key == Qt.Key.Key_Space or (key in _KEYS and self._toggle_current()):
            return
        elif unmodified and event.text() and event.text().isprintable():
            self.typed.emit(event.text())
        else:
            super().keyPressEvent(event)
            self.scrollTo(self.currentIndex())
            self.viewport().update()

    def _toggle_current(self) -> bool:
        """Expand or collapse the current row; False if it is no group."""
        at = self.currentIndex().row()
        if not 0 <= at < self.row_model.rowCount() or self.row_model.rows[at].kind != "events":
            return False
        self._toggle(self.row_model.rows[at])
        return True

    def focusInEvent(self, event: QFocusEvent) -> None:
        """With the Tab key the user begins at the newest message."""
        super().focusInEvent(event)
        if event.reason() in {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason}:
            self.by_keys = True
            if not self.currentIndex().isValid():
                newest = self.moveCursor(QAbstractItemView.CursorAction.MoveEnd, Qt.KeyboardModifier.NoModifier)
                self.setCurrentIndex(newest)
        self.viewport().update()

    # --- pointer

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Press what can be clicked, or begin to select text."""
        self.by_keys = False
        at, layout, point = self.under(event.position())
        if self._selected is not None and self._selected.text is not None:
            self._selected.text.selection = None
            self._selected = None
            self.viewport().update()
        if layout is None:
            return
        self.selectionModel().setCurrentIndex(self.row_model.index(at), QItemSelectionModel.SelectionFlag.NoUpdate)
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._pressed = layout.target_at(point)
        if layout.text is not None and self._pressed is None:
            found = layout.text.position_at(point - layout.text_at)
            self._selecting = (layout, *found) if found is not None else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Select text, or show what can be clicked."""
        if self._selecting is None:
            self.hover(event.position().toPoint())
            return
        layout, part, start = self._selecting
        if layout.text is None:
            return
        top = next((top for _at, top, each in self.visible if each is layout), 0)
        point = event.position() - QPointF(0, top)
        found = layout.text.position_at(point - layout.text_at, part)
        if found is not None:
            layout.text.selection = (part, min(start, found[1]), max(start, found[1]))
            self._selected = layout
            self.viewport().update()

    def hover(self, position: QPoint) -> None:
        """The shape of the pointer shows what can be clicked."""
        super().hover(position)
        _at, layout, point = self.under(QPointF(position))
        shape = Qt.CursorShape.ArrowCursor
        if layout is not None and self.viewport().rect().contains(position):
            if layout.target_at(point) is not None:
                shape = Qt.CursorShape.PointingHandCursor
            elif layout.text is not None and layout.text.position_at(point - layout.text_at) is not None:
                shape = Qt.CursorShape.IBeamCursor
        self.viewport().setCursor(shape)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Click, if the button was pressed on the same target."""
        self._selecting = None
        pressed, self._pressed = self._pressed, None
        _at, layout, point = self.under(event.position())
        target = layout.target_at(point) if layout is not None else None
        if pressed is None or layout is None or target is None:
            return
        if (target.action, target.detail) != (pressed.action, pressed.detail):
            return
        if target.action == "expand":
            self._toggle(layout.row)
        else:
            self.clicked_target.emit(target, layout.row.line)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A double click is two clicks."""
        self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """No row is hovered while the pointer is elsewhere."""
        super().leaveEvent(event)
        if not self.rect().contains(self.mapFromGlobal(self.cursor().pos())):
            self.hovered = -1
            self.viewport().update()
            self.moved.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the message under the pointer, or of the current one if it was a key."""
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            at, layout, point = self.under(QPointF(event.pos()))
            target = layout.target_at(point) if layout is not None else None
            where = event.globalPos()
        else:
            at, target = self.currentIndex().row(), None
            where = self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).center())
        line = self.row_model.line_at(at)
        if line is not None:
            link = target.detail if target is not None and target.action == "link" else ""
            self.action_wanted.emit("menu", (line, where, link, self._selected_text()))

    def viewportEvent(self, event: QEvent) -> bool:
        """A tool tip explains what is under the pointer, or says when a message was sent."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            _at, layout, point = self.under(QPointF(event.pos()))
            target = layout.target_at(point) if layout is not None else None
            line = layout.row.line if layout is not None else None
            hint = target.hint if target is not None else full_time(line.at_ms) if line is not None else ""
            QToolTip.showText(event.globalPos(), hint, self)
            return True
        return super().viewportEvent(event)
