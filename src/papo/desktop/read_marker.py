"""Which messages the user has read: those at the end of the timeline while the window is active."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from papo.client.state import history
from papo.desktop.networks import Networks
from papo.desktop.timeline.timeline import Timeline

READ_MS = 300
"""How long a message must be on the screen."""


class ReadMarker(QObject):
    """Follows the window and its timeline."""

    def __init__(self, window: QWidget, networks: Networks, timeline: Timeline) -> None:
        super().__init__(window)
        self._window = window
        self._networks = networks
        self._timeline = timeline
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(READ_MS)
        self._timer.timeout.connect(self.mark)
        timeline.moved.connect(self.update)

    def update(self) -> None:
        """Find out whether the newest message is visible to the user now."""
        if self._networks.shown is None:
            return
        network, buffer = self._networks.shown
        is_active = self._window.isActiveWindow() and not self._window.isMinimized()
        if is_active and self._timeline.is_at_end() and not buffer.has_newer:
            network.visible.add(buffer.key)
            if not self._timer.isActive():
                self._timer.start()
        else:
            network.visible.discard(buffer.key)

    def mark(self) -> None:
        """Tell the server what the user has read."""
        if self._networks.shown is not None:
            network, buffer = self._networks.shown
            if buffer.key in network.visible:
                history.mark_read(network, buffer)

    def activation_changed(self) -> None:
        """The window became active or inactive: what comes while it is inactive is below the unread line."""
        if self._networks.shown is None:
            return
        network, buffer = self._networks.shown
        if not self._window.isActiveWindow():
            network.visible.discard(buffer.key)
            buffer.line_at_ms = buffer.read_at_ms
        else:
            if not buffer.unread:
                buffer.line_at_ms = 0
            self.update()
        self._networks.changed()
