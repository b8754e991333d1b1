"""A dialog with a list that shrinks while the user types."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListWidget, QWidget

from papo.desktop.theme import theme
from papo.desktop.theme.controls import BaseDialog, label
from papo.desktop.theme.list_items import TwoColumnDelegate, list_item
from papo.i18n import _

PAGE = 8


class Choice(msgspec.Struct, frozen=True):
    """An item of the list, and what happens when it is chosen."""

    label: str
    about: str
    act: Callable[[], None]


class Chooser(BaseDialog):
    """Enter or a click chooses."""

    def __init__(
        self, parent: QWidget | None, title: str, hint: str, choices: Callable[[str], Sequence[Choice]]
    ) -> None:
        """`choices` gives the items that match what was typed."""
        super().__init__(parent, title, 520)
        self._choices = choices
        self.shown: Sequence[Choice] = ()
        self.field = QLineEdit()
        self.field.setPlaceholderText(hint)
        self.field.setAccessibleName(hint)
        self.list = QListWidget()
        self.list.setItemDelegate(TwoColumnDelegate(self.list))
        self.list.setAccessibleName(title)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMinimumHeight(theme.current().px(320))
        self.note = label(_("Nothing matches."), "note")
        for each in (self.field, self.list, self.note):
            self.body.addWidget(each)
        self.field.textChanged.connect(self.refresh)
        self.field.returnPressed.connect(lambda: self._choose(self.list.currentRow()))
        self.list.itemClicked.connect(lambda item: self._choose(self.list.row(item)))
        self.refresh()
        self.field.setFocus()

    def refresh(self, _text: str = "") -> None:
        """Fill the list with the choices for what is typed."""
        old = [(each.label, each.about) for each in self.shown]
        self.shown = self._choices(self.field.text())
        if [(each.label, each.about) for each in self.shown] == old:
            return
        self.list.clear()
        for each in self.shown:
            self.list.addItem(list_item(each.label, each.about))
        self.list.setCurrentRow(0)
        self.note.setVisible(not self.shown)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move through the list while the field has the focus."""
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: PAGE, Qt.Key.Key_PageUp: -PAGE}
        step = steps.get(Qt.Key(event.key()))
        count = self.list.count()
        if step is None or not count:
            super().keyPressEvent(event)
            return
        at = self.list.currentRow() + step
        self.list.setCurrentRow(at % count if abs(step) == 1 else max(0, min(at, count - 1)))

    def _choose(self, at: int) -> None:
        if 0 <= at < len(self.shown):
            act = self.shown[at].act
            self.accept()
            act()
