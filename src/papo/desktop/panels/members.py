"""The members of a channel, by rank, and which of them are away or bots."""

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
_NO_INDEX = QModelIndex()
MEMBER = Qt.ItemDataRole.UserRole + 1
MANY = 15
"""With more members than this there is a field to find one of them."""


def sections(network: Network, buffer: Buffer, typed: str = "") -> list[Member | str]:
    """Headings and the members whose nick contains what was typed, by rank, then by nick."""
    support = network.session.support
    found = [each for each in buffer.members.values() if unaccented(typed) in unaccented(each.nick)]
    ordered = sorted(found, key=lambda each: (-support.rank(each.prefixes), each.nick.lower()))
    least = support.rank_of("h") if "h" in support.prefix_modes else support.rank_of("o")
    operators = [each for each in ordered if support.rank(each.prefixes) >= least]
    others = ordered[len(operators) :]
    rows: list[Member | str] = []
    for title, people in ((_("Operators"), operators), (_("Members"), others)):
        if people:
            rows += [f"{title}  {len(people)}", *people]
    return rows


class MembersModel(QAbstractListModel):
    """The sections as a Qt model."""

    def __init__(self) -> None:
        super().__init__()
        self.network: Network | None = None
        self.shown: list[Member | str] = []

    def fill(self, network: Network | None, rows: list[Member | str]) -> None:
        """Replace all rows."""
        self.beginResetModel()
        self.network, self.shown = network, rows
        self.endResetModel()

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """Number of members and headings."""
        return 0 if parent.isValid() else len(self.shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The nick, or the nick with rank and state for screen readers."""
        each = self.shown[index.row()]
        if role == MEMBER:
            return each
        if role == Qt.ItemDataRole.DisplayRole:
            return each if isinstance(each, str) else each.nick
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return each if isinstance(each, str) else self._spoken(each)
        return None

    def _spoken(self, member: Member) -> str:
        known = self.network.find_user(member.nick) if self.network is not None else None
        words = [member.nick, member.prefixes[:1]]
        if known is not None:
            words += [_("bot") if known.bot else "", _("away") if known.away else ""]
        return ", ".join(filter(None, words))

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Headings cannot be selected."""
        if isinstance(self.shown[index.row()], str):
            return Qt.ItemFlag.ItemIsEnabled
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class Delegate(QStyledItemDelegate):
    """Paints a heading or a member."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """The same for all, so that ten thousand cost nothing."""
        _unused = option, index
        return QSize(
            theme.current().px(80), round(QFontMetricsF(theme.current().text).height() + theme.current().px(14))
        )

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint the avatar, the nick and the marks."""
        current = theme.current()
        each = index.data(MEMBER)
        model = index.model()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(option.rect)
        state = option.state
        area = rect.adjusted(current.px(8), current.px(1), -current.px(8), -current.px(1))
        if isinstance(each, str):
            font = QFont(current.tiny)
            font.setWeight(QFont.Weight.DemiBold)
            painter.setFont(font)
            painter.setPen(current.colour("muted"))
            painter.drawText(area.adjusted(current.px(6), 0, 0, -current.px(3)), Qt.AlignmentFlag.AlignBottom, each)
            painter.restore()
            return
        network = model.network if isinstance(model, MembersModel) else None
        known = network.find_user(each.nick) if network is not None else None
        away = known is not None and known.away
        if state & (QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_Selected):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(current.colour("hover"))
            painter.drawRoundedRect(area, current.px(8), current.px(8))
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(current.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), current.px(8), current.px(8))
        size = current.px(24)
        picture = QRectF(area.left() + current.px(6), area.center().y() - size / 2, size, size)
        paint_avatar(painter, current, picture, each.nick, dim=away)
        right = area.right() - current.px(6)
        for mark in (each.prefixes[:1], _("bot") if known is not None and known.bot else ""):
            if mark:
                wide = QFontMetricsF(current.small).horizontalAdvance(mark)
                painter.setFont(current.small)
                painter.setPen(current.colour("muted"))
                painter.drawText(
                    QRectF(right - wide, area.top(), wide, area.height()), Qt.AlignmentFlag.AlignCenter, mark
                )
                right -= wide + current.px(8)
        font = QFont(current.text)
        font.setItalic(away)
        painter.setFont(font)
        painter.setPen(current.colour("muted" if away else "text"))
        left = picture.right() + current.px(8)
        words = QFontMetricsF(font).elidedText(each.nick, Qt.TextElideMode.ElideRight, right - left)
        painter.drawText(QRectF(left, area.top(), right - left, area.height()), Qt.AlignmentFlag.AlignVCenter, words)
        painter.restore()


class Members(QWidget):
    """The column at the right."""

    chosen = Signal(str)
    menu_wanted = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("members")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(_("Find a member"))
        self.filter.setAccessibleName(_("Find a member"))
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
        self.filter.textChanged.connect(self._filter_changed)
        body = QVBoxLayout(self)
        body.setContentsMargins(0, 6, 0, 6)
        body.setSpacing(4)
        body.addWidget(self.filter)
        body.addWidget(self.list, 1)
        self._key: tuple[object, ...] = ()
        self._shown: tuple[Network | None, Buffer | None] = (None, None)

    def refresh(self, network: Network | None, buffer: Buffer | None) -> None:
        """Show who is in a channel now."""
        self._shown = (network, buffer)
        if network is None or buffer is None:
            self.model.fill(None, [])
            self._key = ()
            return
        key = (id(buffer), len(buffer.members), buffer.people_revision, self.filter.text())
        if key != self._key:
            self._key = key
            self.filter.setVisible(len(buffer.members) > MANY)
            rows = sections(network, buffer, self.filter.text() if len(buffer.members) > MANY else "")
            if rows != self.model.shown or self.model.network is not network:
                self.model.fill(network, rows)
        self.list.viewport().update()

    def _filter_changed(self) -> None:
        self.refresh(*self._shown)

    def _nick(self, index: Index) -> str:
        each = index.data(MEMBER)
        return each.nick if isinstance(each, Member) else ""

    def _open(self, index: QModelIndex) -> None:
        nick = self._nick(index)
        if nick:
            self.chosen.emit(nick)

    def _menu(self, point: QPoint) -> None:
        nick = self._nick(self.list.indexAt(point) if point.x() >= 0 else self.list.currentIndex())
        if nick:
            self.menu_wanted.emit(nick, self.list.viewport().mapToGlobal(point))
