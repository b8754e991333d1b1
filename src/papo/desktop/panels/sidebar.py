"""The networks, their conversations and what is unread in them, and the user's account."""

from __future__ import annotations

from typing import TypeAlias

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from papo.client.state.buffer import Buffer
from papo.client.state.network import Network
from papo.desktop.theme import icons, theme
from papo.desktop.theme.controls import tool
from papo.desktop.timeline.avatar import paint_avatar
from papo.i18n import _, ngettext
from papo.ui import sentences

Index = QModelIndex | QPersistentModelIndex
Place: TypeAlias = tuple[Network, Buffer]
PLACE = Qt.ItemDataRole.UserRole + 1
MAX_COUNTED = 99


class Conversations(QTreeWidget):
    """Networks, and beneath each its conversations."""

    chosen = Signal(object, object)
    entered = Signal()
    """By a click or Enter: the user wants to write there."""
    menu_wanted = Signal(object, object, object)

    def __init__(self) -> None:
        super().__init__()
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setUniformRowHeights(False)
        self.setItemDelegate(Delegate(self))
        self.setAccessibleName(_("Conversations"))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setExpandsOnDoubleClick(True)
        self.setMouseTracking(True)
        self.currentItemChanged.connect(self._current)
        self.itemClicked.connect(self.entered)
        self.itemActivated.connect(self.entered)
        self.customContextMenuRequested.connect(self._menu)
        self._filling = False
        self._structure: list[tuple[int, tuple[str, ...]]] = []

    def refresh(self, networks: list[Network], shown: Place | None) -> None:
        """Show these networks. `shown`: the conversation in the timeline."""
        structure = [(id(each), tuple(buffer.key for buffer in each.conversations())) for each in networks]
        self._filling = True
        if structure != self._structure:
            self._structure = structure
            self._fill(networks)
        for item in self.items():
            network, buffer = item.data(0, PLACE)
            text = title(network, buffer)
            if item.text(0) != text:
                item.setText(0, text)
            item.setData(0, Qt.ItemDataRole.AccessibleTextRole, spoken(network, buffer))
            if shown is not None and shown[1] is buffer and self.currentItem() is not item:
                self.setCurrentItem(item)
        self._filling = False
        self.viewport().update()

    def _fill(self, networks: list[Network]) -> None:
        closed = {id(item.data(0, PLACE)[0]) for item in self._tops() if not item.isExpanded()}
        self.clear()
        for network in networks:
            top = QTreeWidgetItem(self)
            below = network.conversations()
            # A classroom server has one channel, and stands for it.
            first = below.pop() if network.address.is_classroom else network.server
            top.setData(0, PLACE, (network, first))
            for buffer in below:
                child = QTreeWidgetItem(top)
                child.setData(0, PLACE, (network, buffer))
            top.setExpanded(id(network) not in closed)

    def _tops(self) -> list[QTreeWidgetItem]:
        found = [self.topLevelItem(at) for at in range(self.topLevelItemCount())]
        return [each for each in found if each is not None]

    def items(self) -> list[QTreeWidgetItem]:
        """All items, from top to bottom."""
        found: list[QTreeWidgetItem] = []
        for top in self._tops():
            found.append(top)
            below = [top.child(at) for at in range(top.childCount())]
            found += [each for each in below if each is not None]
        return found

    def places(self) -> list[Place]:
        """All conversations, from top to bottom."""
        return [item.data(0, PLACE) for item in self.items()]

    def _current(self, item: QTreeWidgetItem | None) -> None:
        if item is not None and not self._filling:
            self.chosen.emit(*item.data(0, PLACE))

    def _menu(self, point: QPoint) -> None:
        item = self.itemAt(point)
        if item is not None:
            self.menu_wanted.emit(*item.data(0, PLACE), self.viewport().mapToGlobal(point))


class Delegate(QStyledItemDelegate):
    """Paints a network or a conversation."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Networks have more space above them."""
        network, buffer = index.data(PLACE)
        high = QFontMetricsF(theme.current().text).height()
        top = buffer.kind == "server"
        _unused = option, network
        return QSize(theme.current().px(80), round(high + theme.current().px(22 if top else 13)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint the sign, the name and the number of unread messages."""
        current = theme.current()
        network, buffer = index.data(PLACE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(option.rect)
        state = option.state
        area = rect.adjusted(
            current.px(8), current.px(8) if buffer.kind == "server" else current.px(1), -current.px(8), -current.px(1)
        )
        shown = bool(state & QStyle.StateFlag.State_Selected)
        if shown or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(current.colour("accent_background" if shown else "hover"))
            painter.drawRoundedRect(area, current.px(8), current.px(8))
        if state & QStyle.StateFlag.State_HasFocus and shown:
            painter.setPen(QPen(current.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), current.px(8), current.px(8))
        inside = area.adjusted(current.px(10), 0, -current.px(8), 0)
        if buffer.kind == "server":
            self._server(painter, inside, network, buffer)
        else:
            self._conversation(painter, inside, network, buffer, shown=shown)
        painter.restore()

    def _server(self, painter: QPainter, area: QRectF, network: Network, buffer: Buffer) -> None:
        current = theme.current()
        area.setRight(_paint_status(painter, area, network))
        _paint_words(painter, current.bold, "text", area, title(network, buffer))

    def _conversation(self, painter: QPainter, area: QRectF, network: Network, buffer: Buffer, *, shown: bool) -> None:
        current = theme.current()
        size = current.px(16)
        sign = QRectF(area.left(), area.center().y() - size / 2, size, size)
        called = buffer.mentions > 0
        unread = buffer.unread > 0 and not buffer.notifications_off
        colour = "text" if shown or unread or called else "muted"
        if buffer.kind == "query":
            known = network.find_user(buffer.name)
            away = known is not None and known.away
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(current.colour("muted") if away else current.nick(buffer.name))
            painter.drawEllipse(sign.adjusted(current.px(3), current.px(3), -current.px(3), -current.px(3)))
        else:
            icons.paint(
                painter, "lock" if "i" in buffer.modes or "k" in buffer.modes else "hash", current.colour(colour), sign
            )
        right = _paint_status(painter, area, network) if network.address.is_classroom else area.right()
        if called or unread:
            right = _paint_badge(
                painter, area, buffer.mentions if called else buffer.unread, called=called
            ) - current.px(6)
        elif buffer.notifications_off:
            icons.paint(
                painter, "notifications off", current.colour("muted"), QRectF(right - size, sign.top(), size, size)
            )
            right -= size + current.px(6)
        font = QFont(current.bold if unread or called else current.text)
        font.setStrikeOut(buffer.kind == "channel" and not buffer.joined and network.status == "online")
        name = QRectF(sign.right() + current.px(7), area.top(), right - sign.right() - current.px(7), area.height())
        _paint_words(painter, font, colour, name, title(network, buffer))


def _paint_words(painter: QPainter, font: QFont, colour: str, area: QRectF, words: str) -> None:
    painter.setFont(font)
    painter.setPen(theme.current().colour(colour))
    shown = QFontMetricsF(font).elidedText(words, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)


def _paint_status(painter: QPainter, area: QRectF, network: Network) -> float:
    """Paint what the connection is like, unless it is online; returns the right edge of what is left."""
    if network.status == "online":
        return area.right()
    current = theme.current()
    words = sentences.status(network)
    painter.setFont(current.tiny)
    painter.setPen(current.colour("danger" if network.status in {"waiting", "closed"} else "muted"))
    painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)
    return area.right() - QFontMetricsF(current.tiny).horizontalAdvance(words) - current.px(8)


def _paint_badge(painter: QPainter, area: QRectF, count: int, *, called: bool) -> float:
    """Paint a number at the right; returns its left edge."""
    current = theme.current()
    font = QFont(current.tiny)
    font.setWeight(QFont.Weight.DemiBold)
    words = str(count) if count <= MAX_COUNTED else f"{MAX_COUNTED}+"
    metrics = QFontMetricsF(font)
    high = metrics.height() + current.px(4)
    wide = max(high, metrics.horizontalAdvance(words) + current.px(10))
    place = QRectF(area.right() - wide, area.center().y() - high / 2, wide, high)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(current.colour("accent" if called else "hover"))
    painter.drawRoundedRect(place, high / 2, high / 2)
    painter.setFont(font)
    painter.setPen(current.colour("on_accent" if called else "muted"))
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)
    return place.left()


def title(network: Network, buffer: Buffer) -> str:
    """The name of a conversation in the list."""
    if network.address.is_classroom:
        return f"{network.address.scheme} · {network.address.host}"
    if buffer.kind == "server":
        return network.title
    return buffer.name.removeprefix("#") or buffer.name


def spoken(network: Network, buffer: Buffer) -> str:
    """A conversation as a screen reader says it, with its numbers."""
    named = buffer.kind == "server" or network.address.is_classroom
    words = [title(network, buffer) if named else buffer.name]
    if named:
        words.append(sentences.status(network))
    if buffer.mentions:
        text = ngettext("{count} mention", "{count} mentions", buffer.mentions)
        words.append(text.format(count=buffer.mentions))
    elif buffer.unread and not buffer.notifications_off:
        text = ngettext("{count} unread message", "{count} unread messages", buffer.unread)
        words.append(text.format(count=buffer.unread))
    if buffer.notifications_off:
        words.append(_("no notifications"))
    return ", ".join(words)


class AccountButton(QPushButton):
    """The user's nick and status in the network that is shown; opens the settings."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("account")
        self._nick, self._note = "", ""
        self.setAccessibleName(_("You"))
        self.setToolTip(_("You"))

    def show_status(self, nick: str, note: str) -> None:
        """Show this nick, and a note beneath it."""
        if (nick, note) != (self._nick, self._note):
            self._nick, self._note = nick, note
            self.setAccessibleName(f"{_('You')}: {nick}, {note}")
            self.update()

    def sizeHint(self) -> QSize:
        """Two lines high."""
        return QSize(theme.current().px(120), theme.current().px(46))

    def paintEvent(self, event: object) -> None:
        """Paint the avatar, the nick and the note."""
        super().paintEvent(event)  # type: ignore[arg-type]
        if not self._nick:
            return
        current = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size = current.px(32)
        top = (self.height() - size) / 2
        paint_avatar(painter, current, QRectF(current.px(6), top, size, size), self._nick)
        left = current.px(6) + size + current.px(9)
        room = self.width() - left - current.px(4)
        half = self.height() / 2
        _paint_words(
            painter, current.bold, "text", QRectF(left, half - current.px(19), room, current.px(20)), self._nick
        )
        _paint_words(
            painter, current.tiny, "muted", QRectF(left, half + current.px(1), room, current.px(16)), self._note
        )
        painter.end()


class Sidebar(QWidget):
    """The list of conversations, with a header and a footer."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("sidebar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.list = Conversations()
        self.palette_button = tool("search", _("Go to… (Ctrl+K)"))
        self.connect_button = tool("plus", _("Connect to a server"))
        self.settings_button = tool("gear", _("Settings"))
        self.account = AccountButton()
        heading = QLabel("Papo")
        heading.setObjectName("heading")
        self._header, header = _bar("header", (heading, 1), (self.palette_button, 0), (self.connect_button, 0))
        self._footer, footer = _bar("footer", (self.account, 1), (self.settings_button, 0))
        header.setContentsMargins(16, 0, 8, 0)
        footer.setContentsMargins(6, 4, 8, 4)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._header)
        whole.addWidget(self.list, 1)
        whole.addWidget(self._footer)

    def restyle(self) -> None:
        """Take over the current theme."""
        self._header.setFixedHeight(theme.current().px(52))
        for each in (self.palette_button, self.connect_button, self.settings_button):
            each.restyle()
        self.list.doItemsLayout()


def _bar(name: str, *widgets: tuple[QWidget, int]) -> tuple[QFrame, QHBoxLayout]:
    frame = QFrame()
    frame.setObjectName(name)
    layout = QHBoxLayout(frame)
    layout.setSpacing(2)
    for widget, share in widgets:
        layout.addWidget(widget, share)
    return frame, layout
