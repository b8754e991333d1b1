"""Above the timeline: the header of the conversation, and a banner while there is no connection."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from papo.client.state.buffer import Buffer
from papo.client.state.message import one_line
from papo.client.state.network import Network
from papo.client.state.search import can_search
from papo.desktop.theme import theme
from papo.desktop.theme.controls import button, label, tool
from papo.i18n import _, ngettext
from papo.ui import sentences


class Topic(QWidget):
    """A text on one line, shortened to the width."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def show_text(self, text: str) -> None:
        """Show another text, cut to the width with an ellipsis."""
        if text != self._text:
            self._text = text
            self.setToolTip(text)
            self.setAccessibleName(text)
            self.update()

    def sizeHint(self) -> QSize:
        """As high as one line."""
        return QSize(theme.current().px(40), round(QFontMetricsF(theme.current().small).height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the text."""
        _unused = event
        current = theme.current()
        painter = QPainter(self)
        painter.setFont(current.small)
        painter.setPen(current.colour("muted"))
        shown = QFontMetricsF(current.small).elidedText(self._text, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        painter.end()


class Header(QFrame):
    """The name of the conversation, its topic, and buttons."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("header")
        self.menu = tool("menu", _("Conversations"))
        self.name = QLabel()
        self.name.setObjectName("title")
        self.name.setTextFormat(Qt.TextFormat.PlainText)
        self.topic = Topic()
        self.search = tool("search", _("Search (Ctrl+F)"), checkable=True)
        self.members = tool("people", _("Members"), checkable=True)
        self.members.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more = tool("more", _("More"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 0, 8, 0)
        layout.setSpacing(4)
        for widget, share in (
            (self.menu, 0), (self.name, 0), (self.topic, 1), (self.search, 0), (self.members, 0), (self.more, 0)
        ):  # fmt: skip
            layout.addWidget(widget, share)
        layout.insertSpacing(2, 8)

    def restyle(self) -> None:
        """Take over the current theme."""
        self.setFixedHeight(theme.current().px(52))
        for each in (self.menu, self.search, self.members, self.more):
            each.restyle()
        self.members.setFont(theme.current().small)

    def refresh(self, network: Network | None, buffer: Buffer | None) -> None:
        """Describe a conversation."""
        if network is None or buffer is None:
            self.name.setText("")
            self.topic.show_text("")
            return
        name = network.title if buffer.kind == "server" else buffer.name
        most = max(theme.current().px(120), self.width() // 2)
        self.name.setText(QFontMetricsF(theme.current().large).elidedText(name, Qt.TextElideMode.ElideRight, most))
        self.topic.show_text(_about(network, buffer))
        count = len(buffer.members)
        self.members.setVisible(buffer.kind == "channel")
        self.members.setText(str(count))
        self.members.setAccessibleName(ngettext("{count} member", "{count} members", count).format(count=count))
        self.search.setVisible(can_search(network))


def _about(network: Network, buffer: Buffer) -> str:
    if buffer.kind == "channel":
        return one_line(buffer.topic)
    if buffer.kind == "server":
        return str(network.address)
    known = network.find_user(buffer.name)
    if known is not None and known.away:
        return _("away: {text}").format(text=one_line(known.away_text) or "…")
    return ""


class Banner(QFrame):
    """Why there is no connection, and a button to try again."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("banner")
        self.text = label("")
        self.retry = button("", "link")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 6, 16, 6)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.retry)
        self.hide()

    def refresh(self, network: Network | None) -> None:
        """Describe the connection; hide while there is one."""
        text = sentences.connection(network) if network is not None else ""
        if network is None or not text:
            self.hide()
            return
        if network.status == "waiting" and not network.address.is_classroom:
            kept = _("Messages are kept and sent when the connection is back.")
            text = f"{text} {kept}"
        self.text.setText(text)
        self.retry.setText({"closed": _("Connect again"), "waiting": _("Try now")}.get(network.status, ""))
        self.retry.setVisible(network.status in {"closed", "waiting"})
        self.show()


class Pane(QFrame):
    """A column of widgets without gaps."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(0)
