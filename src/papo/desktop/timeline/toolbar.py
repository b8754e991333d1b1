"""The buttons of the message under the pointer; there is one bar, not one for each message."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from papo.client.state import send
from papo.desktop.theme import theme
from papo.desktop.theme.controls import tool
from papo.desktop.timeline.timeline import Timeline
from papo.i18n import _, ngettext


class Toolbar(QFrame):
    """Follows the pointer through the timeline."""

    asked = Signal(str, object)

    def __init__(self, timeline: Timeline) -> None:
        super().__init__(timeline.viewport())
        self.setObjectName("toolbar")
        self._timeline = timeline
        self._tools = {
            "react": tool("smile", _("React")),
            "reply": tool("reply", _("Reply")),
            "edit": tool("edit", _("Edit")),
            "more": tool("more", _("More")),
        }
        line = QHBoxLayout(self)
        line.setContentsMargins(2, 1, 2, 1)
        line.setSpacing(0)
        for name, each in self._tools.items():
            line.addWidget(each)
            each.clicked.connect(lambda _checked=False, name=name: self._ask(name))
        timeline.moved.connect(self.place)
        self.hide()

    def dress(self) -> None:
        """Other colours or sizes."""
        for each in self._tools.values():
            each.dress()

    def place(self) -> None:
        """Beside the message under the pointer."""
        timeline = self._timeline
        entry = timeline.rows.entry_at(timeline.hovered)
        network, buffer = timeline.rows.network, timeline.rows.buffer
        found = next(((top, drawn) for at, top, drawn in timeline.visible if at == timeline.hovered), None)
        if (
            entry is None
            or not entry.is_message
            or entry.redacted
            or found is None
            or network is None
            or buffer is None
        ):
            self.hide()
            return
        can = send.can_react(network, entry)
        self._tools["react"].setVisible(can)
        self._tools["reply"].setVisible(can)
        self._tools["edit"].setVisible(send.can_edit(network, entry))
        self.adjustSize()
        top = max(2, found[0] - theme.now().px(12))
        self.move(timeline.viewport().width() - self.width() - theme.now().px(14), top)
        self.show()
        self.raise_()

    def _ask(self, name: str) -> None:
        timeline = self._timeline
        entry = timeline.rows.entry_at(timeline.hovered)
        if entry is None:
            return
        if name == "more":
            below = self._tools["more"].mapToGlobal(QPoint(0, self.height()))
            self.asked.emit("menu", (entry, below, "", ""))
        else:
            self.asked.emit(name, entry)


class ToNow(QPushButton):
    """The way back to the newest message."""

    def __init__(self, timeline: Timeline) -> None:
        super().__init__(timeline)
        self.setObjectName("floating")
        self._timeline = timeline
        timeline.moved.connect(self.place)
        self.hide()

    def place(self) -> None:
        """Shown where the end is far away."""
        timeline = self._timeline
        buffer = timeline.rows.buffer
        if buffer is None:
            self.hide()
            return
        bar = timeline.verticalScrollBar()
        far = not timeline.stuck and bar.maximum() - bar.value() > timeline.viewport().height() // 2
        if not far and not buffer.has_newer:
            self.hide()
            return
        count = buffer.unread
        words = ngettext("{count} new message", "{count} new messages", count).format(count=count)
        self.setText(f"↓  {words}" if count else f"↓  {_('Back to now')}")
        self.setAccessibleName(words if count else _("Back to now"))
        self.adjustSize()
        self.move((timeline.width() - self.width()) // 2, timeline.height() - self.height() - theme.now().px(10))
        self.show()
        self.raise_()
