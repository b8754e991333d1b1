"""Items of lists that say two things: what it is at the left, what it is for at the right."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from papo.desktop.theme import theme

Index = QModelIndex | QPersistentModelIndex
ABOUT = Qt.ItemDataRole.UserRole + 1


def list_item(text: str, about: str = "") -> QListWidgetItem:
    """An item for `TwoColumnDelegate`, which screen readers can read as well."""
    item = QListWidgetItem(text)
    item.setData(ABOUT, about)
    item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{text}, {about}" if about else text)
    return item


class TwoColumnDelegate(QStyledItemDelegate):
    """Paints the items of `list_item`: one text at the left, another in a muted colour at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """One line with some space around it."""
        _unused = option, index
        current = theme.current()
        return QSize(current.px(80), round(QFontMetricsF(current.text).height() + current.px(11)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint both sides; the right one is shortened first."""
        current = theme.current()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(option.rect)
        state = option.state
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.setPen(Qt.PenStyle.NoPen)
            selected = bool(state & QStyle.StateFlag.State_Selected)
            painter.setBrush(current.colour("accent_background" if selected else "hover"))
            painter.drawRoundedRect(area, current.px(6), current.px(6))
        inside = area.adjusted(current.px(9), 0, -current.px(9), 0)
        text, about = str(index.data(Qt.ItemDataRole.DisplayRole)), index.data(ABOUT) or ""
        large, small = QFontMetricsF(current.text), QFontMetricsF(current.small)
        text_width = min(large.horizontalAdvance(text) + current.px(12), inside.width())
        about_width = min(small.horizontalAdvance(about), inside.width() * 0.62)
        about_width = max(0.0, min(about_width, inside.width() - text_width))
        painter.setFont(current.text)
        painter.setPen(current.colour("text"))
        shown = large.elidedText(text, Qt.TextElideMode.ElideRight, inside.width())
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        painter.setFont(current.small)
        painter.setPen(current.colour("muted"))
        right = QRectF(inside.right() - about_width, inside.top(), about_width, inside.height())
        shown = small.elidedText(about, Qt.TextElideMode.ElideRight, about_width)
        painter.drawText(right, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, shown)
        painter.restore()
