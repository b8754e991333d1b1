"""What is known of a user."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QWidget

from papo.client.session.answers import Answer
from papo.client.state.network import Network
from papo.desktop.theme import theme
from papo.desktop.theme.controls import BaseDialog, button, label
from papo.desktop.timeline.avatar import paint_avatar
from papo.i18n import _
from papo.ui.whois import Fact, facts, known_facts


class Avatar(QWidget):
    """A large avatar."""

    def __init__(self, nick: str) -> None:
        super().__init__()
        self._nick = nick
        self.setFixedSize(theme.current().px(64), theme.current().px(64))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it as large as the widget."""
        _unused = event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_avatar(painter, theme.current(), QRectF(self.rect()), self._nick)
        painter.end()


class UserCard(BaseDialog):
    """Shows what is known, asks the server, and adds what it answers."""

    def __init__(self, parent: QWidget | None, network: Network, nick: str, write: Callable[[], None]) -> None:
        """`write` opens a conversation with the user."""
        super().__init__(parent, nick, 420)
        self._network = network
        self._nick = nick
        self._is_closed = False
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(theme.current().px(14))
        top = QHBoxLayout()
        top.setSpacing(theme.current().px(14))
        top.addWidget(Avatar(nick))
        top.addLayout(self._form, 1)
        self.body.addLayout(top)
        self._known = known_facts(network.find_user(nick))
        self._add(self._known)
        self._note = label(_("Loading…"), "note")
        self.body.addWidget(self._note)
        if not network.is_me(nick):
            write_button = button(_("Write a message"), "primary")
            write_button.clicked.connect(self.accept)
            write_button.clicked.connect(write)
            self.body.addWidget(write_button)
        if network.status == "online" and not network.address.is_classroom:
            network.session.ask("WHOIS", nick, then=self._answered)
        else:
            self._note.hide()

    def done(self, result: int) -> None:
        """Close; an answer that comes later is ignored."""
        self._is_closed = True
        super().done(result)

    def _add(self, found: list[Fact]) -> None:
        for name, value in found:
            self._form.addRow(label(name, "note"), label(value))

    def _answered(self, answer: Answer | None) -> None:
        if self._is_closed:
            return
        found = facts(self._network.find_user(self._nick), answer or [])
        self._add([each for each in found if each not in self._known])
        self._note.setVisible(not answer)
        self._note.setText(_("This person is not here now."))
