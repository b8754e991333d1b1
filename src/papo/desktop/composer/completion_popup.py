"""The list of what could come next, above the message field."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from papo.client.text.completion import Offer
from papo.desktop.theme import theme
from papo.i18n import _

Index = QModelIndex | QPersistentModelIndex
ABOUT = Qt.ItemDataRole.UserRole + 1
MOST_SHOWN = 8


class TwoSided(QStyledItemDelegate):
    """What it is at the left, what it is for at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """One line with some air."""
        _unused = option, index
        return QSize(theme.now().px(80), round(QFontMetricsF(theme.now().text).height() + theme.now().px(11)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Both sides."""
        now = theme.now()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(option.rect)
        state = option.state
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.setPen(Qt.PenStyle.NoPen)
            chosen = bool(state & QStyle.StateFlag.State_Selected)
            painter.setBrush(now.colour("accent_ground" if chosen else "hover"))
            painter.drawRoundedRect(rect, now.px(6), now.px(6))
        inside = rect.adjusted(now.px(9), 0, -now.px(9), 0)
        about = index.data(ABOUT) or ""
        text = str(index.data(Qt.ItemDataRole.DisplayRole))
        small = QFontMetricsF(now.small)
        wide = min(small.horizontalAdvance(about), inside.width() * 0.62)
        own = min(QFontMetricsF(now.text).horizontalAdvance(text) + now.px(12), inside.width())
        wide = max(0.0, min(wide, inside.width() - own))
        painter.setFont(now.text)
        painter.setPen(now.colour("ink"))
        shown = QFontMetricsF(now.text).elidedText(text, Qt.TextElideMode.ElideRight, inside.width())
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        painter.setFont(now.small)
        painter.setPen(now.colour("soft"))
        place = QRectF(inside.right() - wide, inside.top(), wide, inside.height())
        said = small.elidedText(about, Qt.TextElideMode.ElideRight, wide)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, said)
        painter.restore()


def row(text: str, about: str = "") -> QListWidgetItem:
    """A row for it, with what a screen reader says."""
    made = QListWidgetItem(text)
    made.setData(ABOUT, about)
    made.setData(Qt.ItemDataRole.AccessibleTextRole, f"{text}, {about}" if about else text)
    return made


class Options(QListWidget):
    """Floats above the field and leaves it the keyboard."""

    taken = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("options")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setItemDelegate(TwoSided(self))
        self.setAccessibleName(_("Complete a name"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.itemClicked.connect(lambda item: self.taken.emit(self.row(item)))
        self.hide()

    def offer(self, offered: Offer | None, above: QRect) -> None:
        """Show these above a place of the parent, or nothing."""
        self.clear()
        if offered is None:
            self.hide()
            return
        for each in offered.options:
            self.addItem(row(each.label, each.about))
        self.setCurrentRow(0)
        now = theme.now()
        high = self.sizeHintForRow(0) * min(MOST_SHOWN, self.count()) + now.px(12)
        high = min(high, max(now.px(60), above.top() - now.px(8)))
        wide = min(above.width(), now.px(560 if any(each.about for each in offered.options) else 320))
        self.setGeometry(above.left(), above.top() - high - now.px(4), wide, high)
        self.show()
        self.raise_()

    def step(self, by: int) -> None:
        """The next or the one before, round and round."""
        self.setCurrentRow((self.currentRow() + by) % max(1, self.count()))
