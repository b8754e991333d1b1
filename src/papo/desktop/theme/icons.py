"""Icons, drawn with one stroke on a field of 24 by 24: those of the web client."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from papo.protocol import data

PATHS = {
    "menu": "M4 7h16M4 12h16M4 17h16",
    "close": "M6 6l12 12M18 6L6 18",
    "search": "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l4 4",
    "people": "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c.6-3.6 3-5.5 6.5-5.5s5.9 1.9 6.5 5.5"
    "M16 4.3a3.5 3.5 0 0 1 0 6.5M18 14.8c2 .8 3.2 2.6 3.6 5.2",
    "plus": "M12 5v14M5 12h14",
    "gear": "M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM12 2.5v3M12 18.5v3M2.5 12h3M18.5 12h3M5.3 5.3l2.1 2.1"
    "M16.6 16.6l2.1 2.1M18.7 5.3l-2.1 2.1M7.4 16.6l-2.1 2.1",
    "send": "M4 12l16-8-6 16-3-6.5z",
    "smile": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8.5 14.5c.8 1.3 2 2 3.5 2s2.7-.7 3.5-2M9 9.5h.01M15 9.5h.01",
    "clip": "M20 11.5l-8 8a5 5 0 0 1-7-7l8.5-8.5a3.3 3.3 0 0 1 4.7 4.7L9.7 17.2a1.7 1.7 0 0 1-2.4-2.4l7.5-7.5",
    "reply": "M10 6l-6 5.5 6 5.5M4 11.5h9c4 0 6.5 2 7 6.5",
    "edit": "M4 20l1-4.5L16 4.5l3.5 3.5-11 11zM14 6.5l3.5 3.5",
    "trash": "M5 7h14M9 7V4.5h6V7M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5",
    "copy": "M9 8h11v12H9zM15 8V4H4v12h5",
    "down": "M6 9l6 6 6-6",
    "notifications off": "M6 16V11a6 6 0 0 1 9.5-4.9M18 11v5l1.5 2h-15M10 20.5h4M4 4l16 16",
    "more": "M6 12h.01M12 12h.01M18 12h.01",
    "hash": "M9.5 4L7.5 20M16.5 4l-2 16M4.5 9h16M3.5 15h16",
    "person": "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c.8-4 3.5-6 7.5-6s6.7 2 7.5 6",
    "lock": "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
    "exit": "M14 4H6v16h8M10 12h10M17 8.5l3.5 3.5-3.5 3.5",
    "file": "M6 3.5h8l4.5 4.5v12.5H6zM14 3.5V8h4.5",
    "help": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M12 16.8h.01",
    "clock": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7.5V12l3 2",
    "warn": "M12 4L2.5 20h19zM12 10v4.5M12 17.3h.01",
}
_PICTURE = data.FOLDER / "icons" / "papo.svg"
_SIZE = 48


@lru_cache(maxsize=256)
def pixmap(name: str, colour: str, size: int, ratio: float) -> QPixmap:
    """An icon in one colour. `size` is in device-independent pixels, each of which is `ratio` pixels of the screen."""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="{PATHS[name]}" fill="none" '
        f'stroke="{colour}" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/></svg>'
    )
    return _rendered(QSvgRenderer(QByteArray(svg.encode())), size, ratio)


def icon(name: str, colour: str) -> QIcon:
    """An icon for a button."""
    return QIcon(pixmap(name, colour, _SIZE, 1.0))


def paint(painter: QPainter, name: str, colour: QColor, area: QRectF) -> None:
    """Paint an icon."""
    ratio = painter.device().devicePixelRatio()
    painter.drawPixmap(area.topLeft(), pixmap(name, colour.name(), round(area.width()), ratio))


def _rendered(renderer: QSvgRenderer, size: int, ratio: float) -> QPixmap:
    picture = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    renderer.render(painter)
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


def of_papo(*, marked: bool = False) -> QIcon:
    """The program's icon. `marked`: with a dot, because something is unread."""
    picture = _rendered(QSvgRenderer(str(_PICTURE)), 128, 1.0)
    if marked:
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor("#ffffff"))
        painter.setBrush(QColor("#d2473c"))
        painter.drawEllipse(QRectF(72, 4, 52, 52))
        painter.end()
    return QIcon(picture)


def set_window_icon(app: QApplication) -> None:
    """Give every window of the program its icon."""
    app.setWindowIcon(of_papo())
