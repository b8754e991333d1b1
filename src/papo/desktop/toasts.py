"""Toasts in a corner of the window, each for some seconds."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from papo.desktop.theme import theme
from papo.desktop.theme.controls import label, tool
from papo.i18n import _

SHOWN_MS = 6_000
MAX_TOASTS = 4


class Toasts(QWidget):
    """The newest toasts, one beneath the other."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._body = QVBoxLayout(self)
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(6)
        self._shown: list[QFrame] = []
        self.setAccessibleName(_("Notifications"))
        self.hide()

    def add(self, text: str, kind: Literal["info", "error"] = "info") -> None:
        """Show a text for some seconds; one that is shown already moves to the end."""
        for each in [each for each in self._shown if each.property("text") == text]:
            self._remove(each)
        toast = QFrame()
        toast.setObjectName("toast")
        toast.setProperty("kind", kind)
        toast.setProperty("text", text)
        words = label(text)
        words.setAccessibleName(text)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        close = tool("close", _("Close"))
        close.clicked.connect(lambda: self._remove(toast))
        layout = QHBoxLayout(toast)
        layout.setContentsMargins(12, 6, 6, 6)
        layout.addWidget(words, 1)
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self._body.addWidget(toast)
        self._shown.append(toast)
        while len(self._shown) > MAX_TOASTS:
            self._remove(self._shown[0])
        QTimer.singleShot(SHOWN_MS, toast, lambda: self._remove(toast))
        self.place()

    def texts(self) -> list[str]:
        """The texts that are shown, oldest first."""
        return [str(each.property("text")) for each in self._shown]

    def _remove(self, toast: QFrame) -> None:
        if toast in self._shown:
            self._shown.remove(toast)
            self._body.removeWidget(toast)
            toast.hide()
            toast.deleteLater()
            self.place()

    def place(self) -> None:
        """Move into the corner of the parent, below its header."""
        parent = self.parentWidget()
        if not self._shown or parent is None:
            self.hide()
            return
        px = theme.current().px
        width = min(px(380), parent.width() - px(24))
        self.setFixedWidth(width)
        self.resize(width, sum(max(each.heightForWidth(width), each.sizeHint().height()) + 6 for each in self._shown))
        self.move(parent.width() - width - px(12), px(52) + px(12))
        self.show()
        self.raise_()
