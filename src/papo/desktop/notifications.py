"""What calls somebody who looks elsewhere: notifications, the tray, the task bar; and short notes in the window."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QMenu, QSystemTrayIcon, QVBoxLayout, QWidget

from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine, one_line
from papo.client.state.network import Network
from papo.desktop.theme import icons, theme
from papo.desktop.theme.controls import label, tool
from papo.i18n import _

NOTE_MS = 6_000
MOST_NOTES = 4
MOST_LETTERS = 200


class Tray(QObject):
    """An icon beside the clock, on systems that have such a place."""

    def __init__(self, window: QWidget, goes: Callable[[Network, Buffer], None]) -> None:
        super().__init__(window)
        self._window = window
        self._goes = goes
        self._about: tuple[Network, Buffer] | None = None
        self._marked = False
        self.icon: QSystemTrayIcon | None = None
        if not QSystemTrayIcon.isSystemTrayAvailable():
            return
        self.icon = QSystemTrayIcon(icons.of_papo(), window)
        self.icon.setToolTip("Papo")
        menu = QMenu(window)
        menu.addAction(_("Show the window"), self._show)
        menu.addAction(_("Quit"), window.close)
        self.icon.setContextMenu(menu)
        self.icon.activated.connect(self._pressed)
        self.icon.messageClicked.connect(self._clicked)
        self.icon.show()

    def call(self, network: Network, buffer: Buffer, entry: BufferLine) -> None:
        """Somebody wants us: say so, where one sees it."""
        QApplication.alert(self._window)
        self._about = (network, buffer)
        if self.icon is not None:
            title = entry.nick if buffer.kind == "person" else f"{entry.nick} · {buffer.name}"
            self.icon.showMessage(title, one_line(entry.text)[:MOST_LETTERS], icons.of_papo(), NOTE_MS)

    def mark(self, mentions: int) -> None:
        """Show whether something is unread."""
        if self.icon is not None and bool(mentions) != self._marked:
            self._marked = bool(mentions)
            self.icon.setIcon(icons.of_papo(marked=self._marked))

    def _pressed(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason == QSystemTrayIcon.ActivationReason.Trigger:
            self._show()

    def _clicked(self) -> None:
        self._show()
        if self._about is not None:
            self._goes(*self._about)

    def _show(self) -> None:
        self._window.showNormal()
        self._window.raise_()
        self._window.activateWindow()


class Notes(QWidget):
    """Short notes in a corner of the window, each for some seconds."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._body = QVBoxLayout(self)
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(6)
        self._shown: list[QFrame] = []
        self.setAccessibleName(_("Messages of the server"))
        self.hide()

    def tell(self, kind: str, text: str) -> None:
        """One more."""
        for each in [each for each in self._shown if each.property("text") == text]:
            self._drop(each)
        note = QFrame()
        note.setObjectName("toast")
        note.setProperty("kind", kind)
        note.setProperty("text", text)
        words = label(text)
        words.setAccessibleName(text)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        shut = tool("close", _("Close"))
        shut.clicked.connect(lambda: self._drop(note))
        line = QHBoxLayout(note)
        line.setContentsMargins(12, 6, 6, 6)
        line.addWidget(words, 1)
        line.addWidget(shut, 0, Qt.AlignmentFlag.AlignTop)
        self._body.addWidget(note)
        self._shown.append(note)
        while len(self._shown) > MOST_NOTES:
            self._drop(self._shown[0])
        QTimer.singleShot(NOTE_MS, note, lambda: self._drop(note))
        self.place()

    def texts(self) -> list[str]:
        """What stands there now."""
        return [str(each.property("text")) for each in self._shown]

    def _drop(self, note: QFrame) -> None:
        if note in self._shown:
            self._shown.remove(note)
            self._body.removeWidget(note)
            note.hide()
            note.deleteLater()
            self.place()

    def place(self) -> None:
        """Into the corner, as high as they are."""
        stage = self.parentWidget()
        if not self._shown or stage is None:
            self.hide()
            return
        wide = min(theme.now().px(380), stage.width() - theme.now().px(24))
        self.setFixedWidth(wide)
        high = sum(max(each.heightForWidth(wide), each.sizeHint().height()) + 6 for each in self._shown)
        self.resize(wide, high)
        gap = theme.now().px(12)
        self.move(stage.width() - wide - gap, theme.now().px(52) + gap)
        self.show()
        self.raise_()
