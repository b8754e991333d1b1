"""The messages of one conversation under keys and pointers: walking, answering, marking text, pressing."""

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

from papo.desktop.timeline.row_layout import RowLayout, Spot
from papo.desktop.timeline.rows import Row
from papo.desktop.timeline.view import View
from papo.desktop.times import full

_KEYS = {
    Qt.Key.Key_Return: "reply", Qt.Key.Key_Enter: "reply", Qt.Key.Key_R: "reply", Qt.Key.Key_E: "edit",
    Qt.Key.Key_Plus: "react", Qt.Key.Key_A: "react", Qt.Key.Key_Delete: "delete", Qt.Key.Key_Space: "press",
}  # fmt: skip
"""What letters do on a message."""


class Timeline(View):
    """The view of a conversation."""

    asked = Signal(str, object)
    """What somebody wants of a message: reply, edit, react, delete, retry, give up, press, menu."""
    pressed_spot = Signal(object, object)
    """A `Spot`, and the entry it belongs to."""
    typed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marking: tuple[RowLayout, int, int] | None = None
        self._marked: RowLayout | None = None
        self._pressed: Spot | None = None

    def changed_all(self) -> None:
        """What was marked is drawn anew, and not marked any more."""
        self._marked = None
        super().changed_all()

    def _marked_text(self) -> str:
        return self._marked.rich.chosen_text() if self._marked is not None and self._marked.rich is not None else ""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Letters do what the toolbar does; whatever else can be typed goes to the message field."""
        entry = self.rows.entry_at(self.currentIndex().row())
        plain = event.modifiers() in {Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier}
        key = Qt.Key(event.key())
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
            return
        self.by_keys = True
        if plain and key in _KEYS and entry is not None:
            self.asked.emit(_KEYS[key], entry)
            return
        if key == Qt.Key.Key_Space or (key in _KEYS and self._open_quiet()):
            return
        if plain and event.text() and event.text().isprintable():
            self.typed.emit(event.text())
            return
        super().keyPressEvent(event)
        self.scrollTo(self.currentIndex())
        self.viewport().update()

    def _open_quiet(self) -> bool:
        at = self.currentIndex().row()
        if not 0 <= at < self.rows.rowCount() or self.rows.rows[at].kind != "quiet":
            return False
        self._toggle(self.rows.rows[at])
        return True

    def _toggle(self, row: Row) -> None:
        row.opened = not row.opened
        self.lay_out()

    def copy(self) -> None:
        """The marked text, or that of the message the keyboard is at."""
        text = self._marked_text()
        entry = self.rows.entry_at(self.currentIndex().row())
        if not text and entry is not None:
            text = entry.text
        if text:
            QGuiApplication.clipboard().setText(text)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Whoever comes by keyboard begins with the newest message."""
        super().focusInEvent(event)
        if event.reason() in {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason}:
            self.by_keys = True
            if not self.currentIndex().isValid():
                self.setCurrentIndex(
                    self.moveCursor(QAbstractItemView.CursorAction.MoveEnd, Qt.KeyboardModifier.NoModifier)
                )
        self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Press what can be pressed, or begin to mark text."""
        self.by_keys = False
        at, drawn, point = self.under(event.position())
        if self._marked is not None and self._marked.rich is not None:
            self._marked.rich.chosen = None
            self._marked = None
            self.viewport().update()
        if drawn is None:
            return
        self.selectionModel().setCurrentIndex(self.rows.index(at), QItemSelectionModel.SelectionFlag.NoUpdate)
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._pressed = drawn.spot_at(point)
        if drawn.rich is not None and self._pressed is None:
            found = drawn.rich.position_at(point - drawn.rich_at)
            self._marking = (drawn, *found) if found is not None else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Mark text, or say what could be pressed."""
        if self._marking is not None:
            drawn, part, start = self._marking
            top = next((top for _at, top, each in self.visible if each is drawn), 0)
            point = event.position() - QPointF(0, top)
            found = drawn.rich.position_at(point - drawn.rich_at, part) if drawn.rich is not None else None
            if found is not None and drawn.rich is not None:
                drawn.rich.chosen = (part, min(start, found[1]), max(start, found[1]))
                self._marked = drawn
                self.viewport().update()
            return
        self.hover(event.position().toPoint())

    def hover(self, position: QPoint) -> None:
        """The pointer says what could be pressed."""
        super().hover(position)
        _at, drawn, point = self.under(QPointF(position))
        shape = Qt.CursorShape.ArrowCursor
        if drawn is not None and self.viewport().rect().contains(position):
            if drawn.spot_at(point) is not None:
                shape = Qt.CursorShape.PointingHandCursor
            elif drawn.rich is not None and drawn.rich.position_at(point - drawn.rich_at) is not None:
                shape = Qt.CursorShape.IBeamCursor
        self.viewport().setCursor(shape)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Do what was pressed."""
        self._marking = None
        pressed, self._pressed = self._pressed, None
        _at, drawn, point = self.under(event.position())
        if pressed is None or drawn is None:
            return
        spot = drawn.spot_at(point)
        if spot is None or (spot.act, spot.about) != (pressed.act, pressed.about):
            return
        if spot.act == "open":
            self._toggle(drawn.row)
        else:
            self.pressed_spot.emit(spot, drawn.row.entry)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Two clicks are two clicks."""
        self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is elsewhere."""
        super().leaveEvent(event)
        if not self.rect().contains(self.mapFromGlobal(self.cursor().pos())):
            self.hovered = -1
            self.viewport().update()
            self.moved.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """By mouse or by key: what can be done with a message."""
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            at, drawn, point = self.under(QPointF(event.pos()))
            spot = drawn.spot_at(point) if drawn is not None else None
            where = event.globalPos()
        else:
            at, spot = self.currentIndex().row(), None
            where = self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).center())
        entry = self.rows.entry_at(at)
        if entry is not None:
            link = spot.about if spot is not None and spot.act == "link" else ""
            text = self._marked_text()
            self.asked.emit("menu", (entry, where, link, text))

    def viewportEvent(self, event: QEvent) -> bool:
        """Say more about what the pointer rests on."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            _at, drawn, point = self.under(QPointF(event.pos()))
            spot = drawn.spot_at(point) if drawn is not None else None
            entry = drawn.row.entry if drawn is not None else None
            hint = spot.hint if spot is not None else full(entry.at_ms) if entry is not None else ""
            QToolTip.showText(event.globalPos(), hint, self)
            return True
        return super().viewportEvent(event)
