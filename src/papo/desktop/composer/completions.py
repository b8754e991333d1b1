"""The list of completions above the message field."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtWidgets import QListWidget, QWidget

from papo.client.text.completion import Offer
from papo.desktop.theme import theme
from papo.desktop.theme.list_items import TwoColumnDelegate, list_item
from papo.i18n import _

MAX_SHOWN = 8


class Completions(QListWidget):
    """Floats above the field, which keeps the focus."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("completions")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setItemDelegate(TwoColumnDelegate(self))
        self.setAccessibleName(_("Completions"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.itemClicked.connect(lambda item: self.chosen.emit(self.row(item)))
        self.hide()

    def offer(self, offered: Offer | None, above: QRect) -> None:
        """Show these above an area of the parent, or hide (None)."""
        self.clear()
        if offered is None:
            self.hide()
            return
        for each in offered.options:
            self.addItem(list_item(each.label, each.about))
        self.setCurrentRow(0)
        px = theme.current().px
        height = self.sizeHintForRow(0) * min(MAX_SHOWN, self.count()) + px(12)
        height = min(height, max(px(60), above.top() - px(8)))
        width = min(above.width(), px(560 if any(each.about for each in offered.options) else 320))
        self.setGeometry(above.left(), above.top() - height - px(4), width, height)
        self.show()
        self.raise_()

    def step(self, by: int) -> None:
        """Highlight the next one (1) or the previous one (-1), round and round."""
        self.setCurrentRow((self.currentRow() + by) % max(1, self.count()))
