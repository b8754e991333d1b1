"""Somebody's picture: the first letter of the name, in its colour."""

from __future__ import annotations

import re

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QPainter

from papo.desktop.theme.colours import mixed
from papo.desktop.theme.theme import Look

_LETTER = re.compile(r"[^\W_]")


def paint_avatar(painter: QPainter, look: Look, area: QRectF, nick: str, *, dim: bool = False) -> None:
    """A name's first letter on a ground of its colour."""
    colour = look.colour("soft") if dim else look.nick(nick)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(mixed(colour, look.colours.ground, 0.16))
    painter.drawRoundedRect(area, area.width() * 0.29, area.width() * 0.29)
    font = QFont(look.bold)
    font.setPixelSize(max(8, round(area.width() * 0.44)))
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, initial(nick))


def initial(name: str) -> str:
    """The letter that stands for somebody."""
    found = _LETTER.search(name)
    return (found[0] if found is not None else name[:1] or "?").upper()
