"""Buttons and the like that look the same everywhere."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from papo.desktop.theme import icons, theme


class Tool(QToolButton):
    """A button with a drawing."""

    def __init__(self, drawing: str, name: str) -> None:
        super().__init__()
        self._drawing = drawing
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.toggled.connect(self.dress)
        self.dress()

    def dress(self) -> None:
        """Colours and sizes of now."""
        now = theme.now()
        self.setIcon(icons.icon(self._drawing, now.colours.accent if self.isChecked() else now.colours.soft))
        self.setIconSize(QSize(now.px(19), now.px(19)))


def tool(drawing: str, name: str, *, stays: bool = False) -> Tool:
    """A button with a drawing. `stays`: it is on or off."""
    made = Tool(drawing, name)
    made.setCheckable(stays)
    return made


def button(text: str, kind: str = "") -> QPushButton:
    """A button with words. `kind`: primary, danger, link or nothing."""
    made = QPushButton(text)
    made.setObjectName(kind)
    made.setAutoDefault(kind == "primary")
    return made


def label(text: str, kind: str = "") -> QLabel:
    """Words that wrap. Never HTML: what others wrote stays what it is."""
    made = QLabel(text)
    made.setObjectName(kind)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(True)
    made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    return made


def named(widget: QWidget, name: str) -> QWidget:
    """With a name for screen readers."""
    widget.setAccessibleName(name)
    return widget


class Sheet(QDialog):
    """A dialog with its parts one beneath the other."""

    def __init__(self, parent: QWidget | None, title: str, wide: int = 460) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        now = theme.now()
        self.setMinimumWidth(now.px(wide))
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(now.px(20), now.px(18), now.px(20), now.px(18))
        self.body.setSpacing(now.px(10))
        heading = label(title, "heading")
        self.body.addWidget(heading)
