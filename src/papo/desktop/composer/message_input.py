"""The field for a message: it grows with its text, and takes files and pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QImage, QKeyEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit

from papo.desktop.theme import theme

MAX_LINES = 9


class MessageInput(QPlainTextEdit):
    """A text field that first offers each key to `handle_key`, which returns whether it took it."""

    files_received = Signal(list)
    picture_received = Signal(QImage)
    focus_changed = Signal(bool)

    def __init__(self, handle_key: Callable[[QKeyEvent], bool]) -> None:
        super().__init__()
        self._handle_key = handle_key
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.document().setDocumentMargin(2)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.textChanged.connect(self.grow)

    @property
    def caret(self) -> int:
        """Number of characters before the cursor: Qt counts in UTF-16, Python does not."""
        before = self.toPlainText().encode("utf-16-le")[: self.textCursor().position() * 2]
        return len(before.decode("utf-16-le", "replace"))

    def put(self, text: str, caret: int | None = None) -> None:
        """Replace the text without a signal. `caret`: where the cursor goes; None: to the end."""
        self.blockSignals(True)
        self.setPlainText(text)
        cursor = self.textCursor()
        cursor.setPosition(len(text[:caret].encode("utf-16-le")) // 2)
        self.setTextCursor(cursor)
        self.blockSignals(False)
        self.grow()

    def grow(self) -> None:
        """Become as high as the text, up to some lines."""
        lines = max(1, round(self.document().size().height()))
        scrolls = lines > MAX_LINES
        self.setVerticalScrollBarPolicy(
            Qt.ScrollBarPolicy.ScrollBarAsNeeded if scrolls else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        )
        spacing = QFontMetricsF(self.font()).lineSpacing()
        self.setFixedHeight(round(spacing * min(lines, MAX_LINES)) + theme.current().px(10))

    def sizeHint(self) -> QSize:
        """`grow` fixes the height."""
        return QSize(theme.current().px(120), theme.current().px(30))

    def event(self, event: QEvent) -> bool:
        """Tab completes a word, or goes to the next control if there is none."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Tab:
            return self._handle_key(event) or super().event(event)
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A key that means nothing here edits the text."""
        if not self._handle_key(event):
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The frame around the field shows the focus."""
        super().focusInEvent(event)
        self.focus_changed.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """As for `focusInEvent`."""
        super().focusOutEvent(event)
        self.focus_changed.emit(False)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Files and pictures, besides text."""
        return source.hasUrls() or source.hasImage() or super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Files and pictures that are pasted or dropped are sent; everything else is text."""
        paths = local_files(source)
        if paths:
            self.files_received.emit(paths)
        elif source.hasImage() and not source.hasText():
            self.picture_received.emit(QImage(source.imageData()))
        else:
            self.insertPlainText(source.text())


def local_files(source: QMimeData) -> list[Path]:
    """The files of this machine in what was dropped or pasted."""
    return [Path(url.toLocalFile()) for url in source.urls() if url.isLocalFile()]
