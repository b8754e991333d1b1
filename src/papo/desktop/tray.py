"""The icon beside the clock, on systems that have a place for it, and notifications from there."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon, QWidget

from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine
from papo.client.state.network import Network
from papo.desktop.theme import icons
from papo.i18n import _
from papo.ui.sentences import excerpt

SHOWN_MS = 6_000


class Tray(QObject):
    """Notifies a user who looks at another window."""

    def __init__(self, window: QWidget, show: Callable[[Network, Buffer], None]) -> None:
        """`show` gets the conversation of a notification that was clicked."""
        super().__init__(window)
        self._window = window
        self._show = show
        self._notified: tuple[Network, Buffer] | None = None
        self._is_marked = False
        self.icon: QSystemTrayIcon | None = None
        if not QSystemTrayIcon.isSystemTrayAvailable():
            return
        self.icon = QSystemTrayIcon(icons.of_papo(), window)
        self.icon.setToolTip("Papo")
        menu = QMenu(window)
        menu.addAction(_("Show the window"), self._raise_window)
        menu.addAction(_("Quit"), window.close)
        self.icon.setContextMenu(menu)
        self.icon.activated.connect(self._activated)
        self.icon.messageClicked.connect(self._notification_clicked)
        self.icon.show()

    def notify(self, network: Network, buffer: Buffer, line: BufferLine) -> None:
        """Show a message, and let the task bar ask for attention."""
        QApplication.alert(self._window)
        self._notified = (network, buffer)
        if self.icon is not None:
            title = line.nick if buffer.kind == "query" else f"{line.nick} · {buffer.name}"
            self.icon.showMessage(title, excerpt(line.text), icons.of_papo(), SHOWN_MS)

    def mark(self, highlights: int) -> None:
        """Show whether there are unread highlights."""
        if self.icon is not None and bool(highlights) != self._is_marked:
            self._is_marked = bool(highlights)
            self.icon.setIcon(icons.of_papo(marked=self._is_marked))

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason == QSystemTrayIcon.ActivationReason.Trigger:
            self._raise_window()

    def _notification_clicked(self) -> None:
        self._raise_window()
        if self._notified is not None:
            self._show(*self._notified)

    def _raise_window(self) -> None:
        self._window.showNormal()
        self._window.raise_()
        self._window.activateWindow()
