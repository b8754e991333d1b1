"""The emoji, found by name: to react with, or to write."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QSize, Qt
from PySide6.QtGui import QFont, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListView, QListWidget, QListWidgetItem, QWidget

from papo.client.text.emoji import USUAL, search
from papo.desktop.theme import theme
from papo.desktop.theme.controls import BaseDialog, label
from papo.i18n import _

MAX_SHOWN = 400


class EmojiPicker(BaseDialog):
    """Closes when an emoji is chosen."""

    def __init__(self, parent: QWidget | None, title: str, take: Callable[[str], None]) -> None:
        """`take` gets the emoji."""
        super().__init__(parent, title, 430)
        self._take = take
        current = theme.current()
        self.field = QLineEdit()
        self.field.setPlaceholderText(_("Search: heart, party…"))
        self.field.setAccessibleName(_("Search emoji"))
        self.grid = QListWidget()
        self.grid.setObjectName("emoji")
        self.grid.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.grid.setAccessibleName(_("Emoji"))
        self.grid.setViewMode(QListView.ViewMode.IconMode)
        self.grid.setMovement(QListView.Movement.Static)
        self.grid.setResizeMode(QListView.ResizeMode.Adjust)
        self.grid.setUniformItemSizes(True)
        self.grid.setMinimumHeight(current.px(300))
        font = QFont(current.text)
        font.setPointSizeF(font.pointSizeF() * 1.5)
        self.grid.setFont(font)
        self.grid.setGridSize(QSize(current.px(46), current.px(46)))
        self.nothing = label(_("Nothing matches."), "note")
        self.body.addWidget(self.field)
        self.body.addWidget(self.grid, 1)
        self.body.addWidget(self.nothing)
        self.field.textChanged.connect(self._fill)
        self.field.returnPressed.connect(self._choose_first)
        self.grid.itemClicked.connect(self._choose)
        self.grid.itemActivated.connect(self._choose)
        self._fill("")
        self.field.setFocus()

    def _fill(self, typed: str) -> None:
        self.grid.clear()
        found = [(each.emoji, each.name) for each in search(typed, MAX_SHOWN)]
        if not typed.strip():
            names = dict(found)
            found = [*((each, names.get(each, each)) for each in USUAL), *found]
        for emoji, name in found:
            item = QListWidgetItem(emoji)
            item.setToolTip(name)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, name)
            item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
            self.grid.addItem(item)
        self.nothing.setVisible(not found)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Down goes from the field into the grid."""
        if event.key() == Qt.Key.Key_Down and self.field.hasFocus():
            self.grid.setFocus()
            if not self.grid.currentIndex().isValid():
                self.grid.setCurrentRow(0)
            return
        super().keyPressEvent(event)

    def _choose_first(self) -> None:
        item = self.grid.item(0)
        if item is not None:
            self._choose(item)

    def _choose(self, item: QListWidgetItem | QModelIndex) -> None:
        # A click may also be an activation: only the first of them counts.
        take, self._take = self._take, lambda _emoji: None
        self.accept()
        if isinstance(item, QListWidgetItem):
            take(item.text())
