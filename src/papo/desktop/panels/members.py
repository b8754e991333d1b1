"""Who is in a channel, by rank, with away and bots shown."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import (
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from papo.client.state.buffer import Buffer, Member
from papo.client.state.network import Network
from papo.client.text.emoji import unaccented
from papo.desktop.theme import theme
from papo.desktop.timeline.avatar import paint_avatar
from papo.i18n import _

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
MEMBER = Qt.ItemDataRole.UserRole + 1
MANY = 15
"""With more people than this there is a field to find somebody."""


def sections(network: Network, buffer: Buffer, wanted: str = "") -> list[Member | str]:
    """Headings and people, those with most rights first."""
    support = network.session.support
    fits = [each for each in buffer.members.values() if unaccented(wanted) in unaccented(each.nick)]
    ordered = sorted(fits, key=lambda each: (-support.rank(each.signs), each.nick.lower()))
    least = support.rank_of("h") if "h" in support.prefix_modes else support.rank_of("o")
    operators = [each for each in ordered if support.rank(each.signs) >= least]
    others = ordered[len(operators) :]
    found: list[Member | str] = []
    for title, people in ((_("Operators"), operators), (_("Members"), others)):
        if people:
            found += [f"{title}  {len(people)}", *people]
    return found


class MembersModel(QAbstractListModel):
    """The same for Qt."""

    def __init__(self) -> None:
        super().__init__()
        self.network: Network | None = None
        self.shown: list[Member | str] = []

    def fill(self, network: Network | None, rows: list[Member | str]) -> None:
        """Other people."""
        self.beginResetModel()
        self.network, self.shown = network, rows
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Headings count too."""
        return 0 if parent.isValid() else len(self.shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A name, or what a screen reader says."""
        each = self.shown[index.row()]
        if role == MEMBER:
            return each
        if role == Qt.ItemDataRole.DisplayRole:
            return each if isinstance(each, str) else each.nick
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return each if isinstance(each, str) else self._aloud(each)
        return None

    def _aloud(self, member: Member) -> str:
        known = self.network.find_user(member.nick) if self.network is not None else None
        words = [member.nick, member.signs[:1]]
        if known is not None:
            words += [_("bot") if known.bot else "", _("away") if known.away else ""]
        return ", ".join(filter(None, words))

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Headings cannot be chosen."""
        if isinstance(self.shown[index.row()], str):
            return Qt.ItemFlag.ItemIsEnabled
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class Delegate(QStyledItemDelegate):
    """Draws a heading or a person."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All alike, so that ten thousand cost nothing."""
        _unused = option, index
        return QSize(theme.now().px(80), round(QFontMetricsF(theme.now().text).height() + theme.now().px(14)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Picture, name, marks."""
        now = theme.now()
        each = index.data(MEMBER)
        model = index.model()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(option.rect)
        state = option.state
        area = rect.adjusted(now.px(8), now.px(1), -now.px(8), -now.px(1))
        if isinstance(each, str):
            font = QFont(now.tiny)
            font.setWeight(QFont.Weight.DemiBold)
            painter.setFont(font)
            painter.setPen(now.colour("soft"))
            painter.drawText(area.adjusted(now.px(6), 0, 0, -now.px(3)), Qt.AlignmentFlag.AlignBottom, each)
            painter.restore()
            return
        network = model.network if isinstance(model, MembersModel) else None
        known = network.find_user(each.nick) if network is not None else None
        away = known is not None and known.away
        if state & (QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_Selected):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(now.colour("hover"))
            painter.drawRoundedRect(area, now.px(8), now.px(8))
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(now.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), now.px(8), now.px(8))
        size = now.px(24)
        picture = QRectF(area.left() + now.px(6), area.center().y() - size / 2, size, size)
        paint_avatar(painter, now, picture, each.nick, dim=away)
        right = area.right() - now.px(6)
        for mark in (each.signs[:1], _("bot") if known is not None and known.bot else ""):
            if mark:
                wide = QFontMetricsF(now.small).horizontalAdvance(mark)
                painter.setFont(now.small)
                painter.setPen(now.colour("soft"))
                painter.drawText(
                    QRectF(right - wide, area.top(), wide, area.height()), Qt.AlignmentFlag.AlignCenter, mark
                )
                right -= wide + now.px(8)
        font = QFont(now.text)
        font.setItalic(away)
        painter.setFont(font)
        painter.setPen(now.colour("soft" if away else "ink"))
        left = picture.right() + now.px(8)
        words = QFontMetricsF(font).elidedText(each.nick, Qt.TextElideMode.ElideRight, right - left)
        painter.drawText(QRectF(left, area.top(), right - left, area.height()), Qt.AlignmentFlag.AlignVCenter, words)
        painter.restore()


class Members(QWidget):
    """The pane at the right."""

    opened = Signal(str)
    menu_wanted = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("members")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.wanted = QLineEdit()
        self.wanted.setPlaceholderText(_("Find somebody"))
        self.wanted.setAccessibleName(_("Find somebody"))
        self.list = QListView()
        self.list.setUniformItemSizes(True)
        self.list.setAccessibleName(_("Members"))
        self.list.setItemDelegate(Delegate(self.list))
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.model = MembersModel()
        self.list.setModel(self.model)
        self.list.activated.connect(self._open)
        self.list.customContextMenuRequested.connect(self._menu)
        self.wanted.textChanged.connect(self._again)
        body = QVBoxLayout(self)
        body.setContentsMargins(0, 6, 0, 6)
        body.setSpacing(4)
        body.addWidget(self.wanted)
        body.addWidget(self.list, 1)
        self._key: tuple[object, ...] = ()
        self._now: tuple[Network | None, Buffer | None] = (None, None)

    def refresh(self, network: Network | None, buffer: Buffer | None) -> None:
        """Show who is there now."""
        self._now = (network, buffer)
        if network is None or buffer is None:
            self.model.fill(None, [])
            self._key = ()
            return
        key = (id(buffer), len(buffer.members), buffer.people_revision, self.wanted.text())
        if key != self._key:
            self._key = key
            self.wanted.setVisible(len(buffer.members) > MANY)
            rows = sections(network, buffer, self.wanted.text() if len(buffer.members) > MANY else "")
            if rows != self.model.shown or self.model.network is not network:
                self.model.fill(network, rows)
        self.list.viewport().update()

    def _again(self) -> None:
        self.refresh(*self._now)

    def _nick(self, index: Index) -> str:
        each = index.data(MEMBER)
        return each.nick if isinstance(each, Member) else ""

    def _open(self, index: QModelIndex) -> None:
        nick = self._nick(index)
        if nick:
            self.opened.emit(nick)

    def _menu(self, point: QPoint) -> None:
        nick = self._nick(self.list.indexAt(point) if point.x() >= 0 else self.list.currentIndex())
        if nick:
            self.menu_wanted.emit(nick, self.list.viewport().mapToGlobal(point))
