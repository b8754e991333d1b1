"""Painting a row of the timeline that is laid out."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen

from papo.desktop.theme import icons
from papo.desktop.theme.theme import Theme
from papo.desktop.timeline.avatar import paint_avatar
from papo.desktop.timeline.row_layout import RowLayout
from papo.desktop.timeline.row_parts import Chip, Words
from papo.ui.times import clock


def paint_row(painter: QPainter, row: RowLayout, top: float, *, hovered: bool, current: bool, flashing: bool) -> None:
    """Paint a row at a height of the viewport. `current`: the keyboard is at it; `flashing`: it was jumped to."""
    theme = row.theme
    _paint_ground(painter, row, top, marked=hovered or current, flashing=flashing)
    painter.translate(0, top)
    line = row.row.line
    if row.avatar is not None and line is not None:
        paint_avatar(painter, theme, row.avatar, line.nick)
    elif line is not None and line.is_message and (hovered or current):
        _paint_time(painter, row, line.at_ms)
    if row.row.kind == "unread":
        _paint_rule(painter, row)
    for icon in row.icons:
        icons.paint(painter, icon.name, theme.colour(icon.colour), icon.area)
    for chip in row.chips:
        _paint_chip(painter, theme, chip, is_day=row.row.kind == "day")
    for words in row.words:
        _paint_words(painter, theme, words)
    if row.text is not None:
        row.text.paint(painter, row.text_at, QRectF(0, 0, row.width, row.height))
    if current:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.colour("accent"), 2))
        painter.drawRoundedRect(QRectF(1, 1, row.width - 2, row.height - 2), theme.px(4), theme.px(4))
    painter.translate(0, -top)


def _paint_ground(painter: QPainter, row: RowLayout, top: float, *, marked: bool, flashing: bool) -> None:
    theme, line = row.theme, row.row.line
    area = QRectF(0, top, row.width, row.height)
    if flashing:
        painter.fillRect(area, theme.colour("accent_background"))
    elif line is None or not line.is_message:
        return
    elif line.mention:
        painter.fillRect(area, theme.colour("mention"))
        painter.fillRect(QRectF(0, top, theme.px(3), row.height), theme.colour("mention_border"))
    elif marked:
        painter.fillRect(area, theme.colour("panel"))


def _paint_time(painter: QPainter, row: RowLayout, at_ms: int) -> None:
    theme = row.theme
    painter.setFont(theme.tiny)
    painter.setPen(theme.colour("muted"))
    height = QFontMetricsF(theme.tiny).height()
    area = QRectF(row.left - theme.px(6), theme.px(4), theme.px(44), height)
    painter.drawText(area, Qt.AlignmentFlag.AlignRight, clock(at_ms))


def _paint_words(painter: QPainter, theme: Theme, words: Words) -> None:
    font = words.font
    if words.underlined:
        font = QFont(font)
        font.setUnderline(True)
    painter.setFont(font)
    painter.setPen(theme.nick(words.nick) if words.nick else theme.colour(words.colour))
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
    painter.drawText(words.area, flags, words.text)


def _paint_chip(painter: QPainter, theme: Theme, chip: Chip, *, is_day: bool) -> None:
    painter.setBrush(theme.colour("accent_background" if chip.mine else "raised"))
    painter.setPen(QPen(theme.colour("accent" if chip.mine else "border"), 1))
    radius = theme.px(4) if chip.is_badge and not is_day else chip.area.height() / 2
    painter.drawRoundedRect(chip.area.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
    painter.setFont(theme.tiny if chip.is_badge else theme.small)
    painter.setPen(theme.colour("muted" if chip.is_badge else "text"))
    painter.drawText(chip.area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine, chip.text)


def _paint_rule(painter: QPainter, row: RowLayout) -> None:
    """A line at both sides of the words."""
    area = row.words[0].area
    middle = round(area.center().y()) + 0.5
    colour = row.theme.colour("danger")
    colour.setAlphaF(0.55)
    painter.setPen(QPen(colour, 1))
    gap = row.theme.px(12)
    painter.drawLine(QPointF(row.left, middle), QPointF(area.left() - gap, middle))
    painter.drawLine(QPointF(area.right() + gap, middle), QPointF(row.right, middle))
