"""Avatars: the first letter of a nick, on a background of its colour."""

from __future__ import annotations

import re

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QPainter

from papo.desktop.theme.colours import mixed
from papo.desktop.theme.theme import Theme

_LETTER = re.compile(r"[^\W_]")


def paint_avatar(painter: QPainter, theme: Theme, area: QRectF, nick: str, *, dim: bool = False) -> None:
    """Paint somebody's avatar into a square; `dim` for a user who is away."""
    colour = theme.colour("muted") if dim else theme.nick(nick)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(mixed(colour, theme.colours.background, 0.16))
    painter.drawRoundedRect(area, area.width() * 0.29, area.width() * 0.29)
    font = QFont(theme.bold)
    font.setPixelSize(max(8, round(area.width() * 0.44)))
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, initial(nick))


def initial(name: str) -> str:
    """The first letter of a name in upper case; its first character if it has no letter."""
    found = _LETTER.search(name)
    return (found[0] if found is not None else name[:1] or "?").upper()
