"""The servers, their conversations, what is unread in them, and who we are."""

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
from papo.desktop import sentences
from papo.desktop.theme import icons, theme
from papo.desktop.theme.controls import tool
from papo.desktop.timeline.avatar import paint_avatar
from papo.i18n import _, ngettext

Index = QModelIndex | QPersistentModelIndex
Place: TypeAlias = tuple[Network, Buffer]
PLACE = Qt.ItemDataRole.UserRole + 1
MOST_COUNTED = 99


class Conversations(QTreeWidget):
    """Servers, and beneath each its conversations."""

    chosen = Signal(object, object)
    entered = Signal()
    """Clicked, or Enter: now somebody wants to write there."""
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
        """Show what is there now."""
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
            item.setData(0, Qt.ItemDataRole.AccessibleTextRole, aloud(network, buffer))
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
            # A classroom server is its only room.
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
        """The items of networks and conversations, top to bottom."""
        found: list[QTreeWidgetItem] = []
        for top in self._tops():
            found.append(top)
            below = [top.child(at) for at in range(top.childCount())]
            found += [each for each in below if each is not None]
        return found

    def places(self) -> list[Place]:
        """All of them, as they stand."""
        return [item.data(0, PLACE) for item in self.items()]

    def _current(self, item: QTreeWidgetItem | None) -> None:
        if item is not None and not self._filling:
            self.chosen.emit(*item.data(0, PLACE))

    def _menu(self, point: QPoint) -> None:
        item = self.itemAt(point)
        if item is not None:
            self.menu_wanted.emit(*item.data(0, PLACE), self.viewport().mapToGlobal(point))


class Delegate(QStyledItemDelegate):
    """Draws a server or a conversation."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Servers have more air above them."""
        network, buffer = index.data(PLACE)
        high = QFontMetricsF(theme.now().text).height()
        top = buffer.kind == "server"
        _unused = option, network
        return QSize(theme.now().px(80), round(high + theme.now().px(22 if top else 13)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Sign, name, number."""
        now = theme.now()
        network, buffer = index.data(PLACE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(option.rect)
        state = option.state
        area = rect.adjusted(now.px(8), now.px(8) if buffer.kind == "server" else now.px(1), -now.px(8), -now.px(1))
        shown = bool(state & QStyle.StateFlag.State_Selected)
        if shown or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(now.colour("accent_ground" if shown else "hover"))
            painter.drawRoundedRect(area, now.px(8), now.px(8))
        if state & QStyle.StateFlag.State_HasFocus and shown:
            painter.setPen(QPen(now.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), now.px(8), now.px(8))
        inside = area.adjusted(now.px(10), 0, -now.px(8), 0)
        if buffer.kind == "server":
            self._server(painter, inside, network, buffer)
        else:
            self._conversation(painter, inside, network, buffer, shown=shown)
        painter.restore()

    def _server(self, painter: QPainter, area: QRectF, network: Network, buffer: Buffer) -> None:
        now = theme.now()
        area.setRight(_standing(painter, area, network))
        _words(painter, now.bold, "ink", area, title(network, buffer))

    def _conversation(self, painter: QPainter, area: QRectF, network: Network, buffer: Buffer, *, shown: bool) -> None:
        now = theme.now()
        size = now.px(16)
        sign = QRectF(area.left(), area.center().y() - size / 2, size, size)
        called = buffer.mentions > 0
        unread = buffer.unread > 0 and not buffer.muted
        colour = "ink" if shown or unread or called else "soft"
        if buffer.kind == "person":
            known = network.find_user(buffer.name)
            away = known is not None and known.away
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(now.colour("soft") if away else now.nick(buffer.name))
            painter.drawEllipse(sign.adjusted(now.px(3), now.px(3), -now.px(3), -now.px(3)))
        else:
            icons.paint(
                painter, "lock" if "i" in buffer.modes or "k" in buffer.modes else "hash", now.colour(colour), sign
            )
        right = _standing(painter, area, network) if network.address.is_classroom else area.right()
        if called or unread:
            right = _badge(painter, area, buffer.mentions if called else buffer.unread, called=called) - now.px(6)
        elif buffer.muted:
            icons.paint(painter, "mute", now.colour("soft"), QRectF(right - size, sign.top(), size, size))
            right -= size + now.px(6)
        font = QFont(now.bold if unread or called else now.text)
        font.setStrikeOut(buffer.kind == "channel" and not buffer.joined and network.status == "online")
        name = QRectF(sign.right() + now.px(7), area.top(), right - sign.right() - now.px(7), area.height())
        _words(painter, font, colour, name, title(network, buffer))


def _words(painter: QPainter, font: QFont, colour: str, area: QRectF, words: str) -> None:
    painter.setFont(font)
    painter.setPen(theme.now().colour(colour))
    shown = QFontMetricsF(font).elidedText(words, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)


def _standing(painter: QPainter, area: QRectF, network: Network) -> float:
    """How the connection is, where it is not simply there; gives what is left of the line."""
    if network.status == "online":
        return area.right()
    now = theme.now()
    words = sentences.standing(network)
    painter.setFont(now.tiny)
    painter.setPen(now.colour("danger" if network.status in {"waiting", "closed"} else "soft"))
    painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)
    return area.right() - QFontMetricsF(now.tiny).horizontalAdvance(words) - now.px(8)


def _badge(painter: QPainter, area: QRectF, count: int, *, called: bool) -> float:
    """A number at the right; gives where it begins."""
    now = theme.now()
    font = QFont(now.tiny)
    font.setWeight(QFont.Weight.DemiBold)
    words = str(count) if count <= MOST_COUNTED else f"{MOST_COUNTED}+"
    metrics = QFontMetricsF(font)
    high = metrics.height() + now.px(4)
    wide = max(high, metrics.horizontalAdvance(words) + now.px(10))
    place = QRectF(area.right() - wide, area.center().y() - high / 2, wide, high)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(now.colour("accent" if called else "hover"))
    painter.drawRoundedRect(place, high / 2, high / 2)
    painter.setFont(font)
    painter.setPen(now.colour("accent_ink" if called else "soft"))
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)
    return place.left()


def title(network: Network, buffer: Buffer) -> str:
    """What a conversation is called in the list."""
    if network.address.is_classroom:
        return f"{network.address.scheme} · {network.address.host}"
    if buffer.kind == "server":
        return network.title
    return buffer.name.removeprefix("#") or buffer.name


def aloud(network: Network, buffer: Buffer) -> str:
    """The same for a screen reader, with the numbers."""
    named = buffer.kind == "server" or network.address.is_classroom
    words = [title(network, buffer) if named else buffer.name]
    if named:
        words.append(sentences.standing(network))
    if buffer.mentions:
        text = ngettext("{count} mention", "{count} mentions", buffer.mentions)
        words.append(text.format(count=buffer.mentions))
    elif buffer.unread and not buffer.muted:
        text = ngettext("{count} unread message", "{count} unread messages", buffer.unread)
        words.append(text.format(count=buffer.unread))
    if buffer.muted:
        words.append(_("muted"))
    return ", ".join(words)


class Me(QPushButton):
    """Who we are where we are; pressing it opens the settings."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("me")
        self._nick, self._note = "", ""
        self.setAccessibleName(_("You"))
        self.setToolTip(_("You"))

    def tell(self, nick: str, note: str) -> None:
        """Another nick, or another standing."""
        if (nick, note) != (self._nick, self._note):
            self._nick, self._note = nick, note
            self.setAccessibleName(f"{_('You')}: {nick}, {note}")
            self.update()

    def sizeHint(self) -> QSize:
        """Two lines high."""
        return QSize(theme.now().px(120), theme.now().px(46))

    def paintEvent(self, event: object) -> None:
        """Picture, name, standing."""
        super().paintEvent(event)  # type: ignore[arg-type]
        if not self._nick:
            return
        now = theme.now()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size = now.px(32)
        top = (self.height() - size) / 2
        paint_avatar(painter, now, QRectF(now.px(6), top, size, size), self._nick)
        left = now.px(6) + size + now.px(9)
        room = self.width() - left - now.px(4)
        half = self.height() / 2
        _words(painter, now.bold, "ink", QRectF(left, half - now.px(19), room, now.px(20)), self._nick)
        _words(painter, now.tiny, "soft", QRectF(left, half + now.px(1), room, now.px(16)), self._note)
        painter.end()


class Sidebar(QWidget):
    """The list with what is above and beneath it."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.list = Conversations()
        self.go = tool("search", _("Go to… (Ctrl+K)"))
        self.add = tool("plus", _("Connect to a server"))
        self.settings = tool("gear", _("Settings"))
        self.me = Me()
        heading = QLabel("Papo")
        heading.setObjectName("heading")
        self.bar, above = _line("bar", (heading, 1), (self.go, 0), (self.add, 0))
        self.foot, beneath = _line("foot", (self.me, 1), (self.settings, 0))
        above.setContentsMargins(16, 0, 8, 0)
        beneath.setContentsMargins(6, 4, 8, 4)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.bar)
        whole.addWidget(self.list, 1)
        whole.addWidget(self.foot)

    def dress(self) -> None:
        """Other colours or sizes."""
        self.bar.setFixedHeight(theme.now().px(52))
        for each in (self.go, self.add, self.settings):
            each.dress()
        self.list.doItemsLayout()


def _line(name: str, *widgets: tuple[QWidget, int]) -> tuple[QFrame, QHBoxLayout]:
    frame = QFrame()
    frame.setObjectName(name)
    line = QHBoxLayout(frame)
    line.setSpacing(2)
    for widget, share in widgets:
        line.addWidget(widget, share)
    return frame, line
