"""Above the messages: where we are, what it is about, the ways out, and how the connection is."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from papo.client.state.buffer import Buffer
from papo.client.state.message import now_ms, one_line
from papo.client.state.network import Network
from papo.client.state.search import can_search
from papo.desktop.theme import theme
from papo.desktop.theme.controls import button, label, tool
from papo.i18n import _, ngettext


class Line(QWidget):
    """Words on one line, cut where they are too long."""

    pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._words = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def tell(self, words: str) -> None:
        """Other words."""
        if words != self._words:
            self._words = words
            self.setToolTip(words)
            self.setAccessibleName(words)
            self.update()

    def sizeHint(self) -> QSize:
        """As high as its line."""
        return QSize(theme.now().px(40), round(QFontMetricsF(theme.now().small).height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The words."""
        _unused = event
        now = theme.now()
        painter = QPainter(self)
        painter.setFont(now.small)
        painter.setPen(now.colour("soft"))
        words = QFontMetricsF(now.small).elidedText(self._words, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)
        painter.end()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Pressed."""
        _unused = event
        self.pressed.emit()


class Header(QFrame):
    """Name, topic, buttons."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("bar")
        self.menu = tool("menu", _("Conversations"))
        self.name = QLabel()
        self.name.setObjectName("title")
        self.name.setTextFormat(Qt.TextFormat.PlainText)
        self.topic = Line()
        self.search = tool("search", _("Search (Ctrl+F)"), stays=True)
        self.members = tool("people", _("Members"), stays=True)
        self.members.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more = tool("more", _("More"))
        line = QHBoxLayout(self)
        line.setContentsMargins(16, 0, 8, 0)
        line.setSpacing(4)
        for widget, share in (
            (self.menu, 0), (self.name, 0), (self.topic, 1), (self.search, 0), (self.members, 0), (self.more, 0)
        ):  # fmt: skip
            line.addWidget(widget, share)
        line.insertSpacing(2, 8)

    def dress(self) -> None:
        """Other colours or sizes."""
        self.setFixedHeight(theme.now().px(52))
        for each in (self.menu, self.search, self.members, self.more):
            each.dress()
        self.members.setFont(theme.now().small)

    def refresh(self, network: Network | None, buffer: Buffer | None) -> None:
        """Show what is so now."""
        if network is None or buffer is None:
            self.name.setText("")
            self.topic.tell("")
            return
        name = network.title if buffer.kind == "server" else buffer.name
        most = max(theme.now().px(120), self.width() // 2)
        self.name.setText(QFontMetricsF(theme.now().large).elidedText(name, Qt.TextElideMode.ElideRight, most))
        self.topic.tell(_about(network, buffer))
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
    """How the connection is, where it is not simply there."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("banner")
        self.words = label("")
        self.again = button("", "link")
        line = QHBoxLayout(self)
        line.setContentsMargins(16, 6, 16, 6)
        line.addWidget(self.words, 1)
        line.addWidget(self.again)
        self.hide()

    def refresh(self, network: Network | None) -> None:
        """Show what is so now."""
        if network is None or network.status == "online":
            self.hide()
            return
        words, act = connection(network)
        self.words.setText(words)
        self.again.setText(act)
        self.again.setVisible(bool(act))
        self.show()


def connection(network: Network) -> tuple[str, str]:
    """How it is with the connection, and what can be done."""
    if network.status in {"connecting", "registering"}:
        return _("Connecting…"), ""
    if network.status == "closed":
        return network.error or _("Not connected."), _("Connect again")
    seconds = max(0, round((network.retry_at_ms - now_ms()) / 1000))
    again = ngettext("Next try in {count} second.", "Next try in {count} seconds.", seconds).format(count=seconds)
    kept = _("No connection. What you write is kept and sent when it is back.")
    return " ".join(filter(None, (network.error, kept, again))), _("Try now")


class Pane(QFrame):
    """A column that stands one beneath the other without gaps."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(0)
