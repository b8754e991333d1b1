"""Controls that look the same everywhere: buttons, labels, dialogs."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from papo.desktop.theme import icons, theme


class IconButton(QToolButton):
    """A button that shows only an icon; its name is the tooltip, and what screen readers say."""

    def __init__(self, icon_name: str, name: str) -> None:
        super().__init__()
        self._icon_name = icon_name
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.toggled.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        """Take over the current theme."""
        current = theme.current()
        self.setIcon(icons.icon(self._icon_name, current.colours.accent if self.isChecked() else current.colours.muted))
        self.setIconSize(QSize(current.px(19), current.px(19)))


def tool(icon_name: str, name: str, *, checkable: bool = False) -> IconButton:
    """A button with an icon. `checkable`: it is on or off."""
    made = IconButton(icon_name, name)
    made.setCheckable(checkable)
    return made


def button(text: str, kind: str = "") -> QPushButton:
    """A button with a text. `kind`: primary, danger, link, or "" for an ordinary one."""
    made = QPushButton(text)
    made.setObjectName(kind)
    made.setAutoDefault(kind == "primary")
    return made


def label(text: str, kind: str = "") -> QLabel:
    """A text that wraps. It is never read as HTML, because it may be what others wrote."""
    made = QLabel(text)
    made.setObjectName(kind)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(True)
    made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    return made


class BaseDialog(QDialog):
    """A dialog with a heading; `body` takes its parts, one beneath the other."""

    def __init__(self, parent: QWidget | None, title: str, wide: int = 460) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        current = theme.current()
        self.setMinimumWidth(current.px(wide))
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(current.px(20), current.px(18), current.px(20), current.px(18))
        self.body.setSpacing(current.px(10))
        heading = label(title, "heading")
        self.body.addWidget(heading)
