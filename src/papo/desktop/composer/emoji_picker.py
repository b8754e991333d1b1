"""The emoji, by name: to react with, or to write."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QSize, Qt
from PySide6.QtGui import QFont, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListView, QListWidget, QListWidgetItem, QWidget

from papo.client.text.emoji import USUAL, search
from papo.desktop.theme import theme
from papo.desktop.theme.controls import Sheet, label
from papo.i18n import _

MOST = 400


class Picker(Sheet):
    """Closes with the first that is chosen."""

    def __init__(self, parent: QWidget | None, title: str, then: Callable[[str], None]) -> None:
        super().__init__(parent, title, 430)
        self._then = then
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
        self.grid.setMinimumHeight(theme.now().px(300))
        font = QFont(theme.now().text)
        font.setPointSizeF(font.pointSizeF() * 1.5)
        self.grid.setFont(font)
        side = theme.now().px(46)
        self.grid.setGridSize(QSize(side, side))
        self.none = label(_("Nothing fits."), "note")
        self.body.addWidget(self.field)
        self.body.addWidget(self.grid, 1)
        self.body.addWidget(self.none)
        self.field.textChanged.connect(self._fill)
        self.field.returnPressed.connect(self._first)
        self.grid.itemClicked.connect(self._take)
        self.grid.itemActivated.connect(self._take)
        self._fill("")
        self.field.setFocus()

    def _fill(self, wanted: str) -> None:
        self.grid.clear()
        found = [(each.emoji, each.name) for each in search(wanted, MOST)]
        if not wanted.strip():
            names = dict(found)
            found = [*((each, names.get(each, each)) for each in USUAL), *found]
        for emoji, name in found:
            item = QListWidgetItem(emoji)
            item.setToolTip(name)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, name)
            item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
            self.grid.addItem(item)
        self.none.setVisible(not found)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Down from the field into the grid."""
        if event.key() == Qt.Key.Key_Down and self.field.hasFocus():
            self.grid.setFocus()
            if not self.grid.currentIndex().isValid():
                self.grid.setCurrentRow(0)
            return
        super().keyPressEvent(event)

    def _first(self) -> None:
        item = self.grid.item(0)
        if item is not None:
            self._take(item)

    def _take(self, item: QListWidgetItem | QModelIndex) -> None:
        then, self._then = self._then, lambda _emoji: None
        self.accept()
        if isinstance(item, QListWidgetItem):
            then(item.text())
