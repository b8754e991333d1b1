"""What floats over the timeline: the toolbar of the message under the pointer, and the button to the newest one."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from papo.client.state import send
from papo.desktop.theme import theme
from papo.desktop.theme.controls import tool
from papo.desktop.timeline.timeline import Timeline
from papo.i18n import _, ngettext


class Toolbar(QFrame):
    """Follows the pointer: there is one toolbar, not one for each message."""

    action_wanted = Signal(str, object)
    """As `Timeline.action_wanted`."""

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
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2, 1, 2, 1)
        layout.setSpacing(0)
        for name, each in self._tools.items():
            layout.addWidget(each)
            each.clicked.connect(lambda _checked=False, name=name: self._clicked(name))
        timeline.moved.connect(self.place)
        self.hide()

    def restyle(self) -> None:
        """Take over the current theme."""
        for each in self._tools.values():
            each.restyle()

    def place(self) -> None:
        """Show the toolbar beside the message under the pointer, with what can be done with it."""
        timeline, model = self._timeline, self._timeline.row_model
        line = model.line_at(timeline.hovered)
        top = next((top for at, top, _layout in timeline.visible if at == timeline.hovered), None)
        if line is None or top is None or model.network is None or not line.is_message or line.redacted:
            self.hide()
            return
        can_react = send.can_react(model.network, line)
        self._tools["react"].setVisible(can_react)
        self._tools["reply"].setVisible(can_react)
        self._tools["edit"].setVisible(send.can_edit(model.network, line))
        self.adjustSize()
        px = theme.current().px
        self.move(timeline.viewport().width() - self.width() - px(14), max(2, top - px(12)))
        self.show()
        self.raise_()

    def _clicked(self, name: str) -> None:
        line = self._timeline.row_model.line_at(self._timeline.hovered)
        if line is None:
            return
        if name == "more":
            below = self._tools["more"].mapToGlobal(QPoint(0, self.height()))
            self.action_wanted.emit("menu", (line, below, "", ""))
        else:
            self.action_wanted.emit(name, line)


class NewestButton(QPushButton):
    """Leads to the newest message."""

    def __init__(self, timeline: Timeline) -> None:
        super().__init__(timeline)
        self.setObjectName("floating")
        self._timeline = timeline
        timeline.moved.connect(self.place)
        self.hide()

    def place(self) -> None:
        """Show the button if the end is more than half a screen away."""
        timeline = self._timeline
        buffer = timeline.row_model.buffer
        bar = timeline.verticalScrollBar()
        is_far = not timeline.follows and bar.maximum() - bar.value() > timeline.viewport().height() // 2
        if buffer is None or not (is_far or buffer.has_newer):
            self.hide()
            return
        count = buffer.unread
        text = ngettext("{count} new message", "{count} new messages", count).format(count=count)
        text = text if count else _("Newest messages")
        self.setText(f"↓  {text}")
        self.setAccessibleName(text)
        self.adjustSize()
        bottom = timeline.height() - self.height() - theme.current().px(10)
        self.move((timeline.width() - self.width()) // 2, bottom)
        self.show()
        self.raise_()
