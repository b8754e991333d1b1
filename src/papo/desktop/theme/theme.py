"""How everything looks now: colours, fonts, distances. A process has one look, as it has one language."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QPalette
from PySide6.QtWidgets import QApplication

from papo.desktop.theme.colours import DARK, LIGHT, Colours, nick_colour
from papo.desktop.theme.stylesheet import sheet

LEAST_PT = 11.0
"""What a system without an opinion gives is too small to read for hours."""
LINE_PX = 17.5
"""The height of a line of 15 px, which the distances of docs/design.md go with."""


class Look:
    """Fonts, colours and distances that go together."""

    def __init__(self, colours: Colours, usual: QFont, size_pt: int) -> None:
        self.colours = colours
        points = float(size_pt) if size_pt else max(usual.pointSizeF(), LEAST_PT)
        self.text = _sized(usual, points)
        self.small = _sized(usual, points * 0.88)
        self.tiny = _sized(usual, points * 0.8)
        self.large = _sized(usual, points * 1.2)
        self.large.setBold(True)
        self.bold = QFont(self.text)
        self.bold.setWeight(QFont.Weight.DemiBold)
        self.mono = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        self.mono.setPointSizeF(points * 0.92)
        self.scale = QFontMetricsF(self.text).height() / LINE_PX

    def px(self, amount: float) -> int:
        """A distance of the design at this size of type."""
        return round(amount * self.scale)

    def colour(self, name: str) -> QColor:
        """A colour of the table by its name."""
        return QColor(getattr(self.colours, name))

    def nick(self, nick: str) -> QColor:
        """The colour of somebody's name."""
        return nick_colour(self.colours, nick)


def _sized(font: QFont, points: float) -> QFont:
    made = QFont(font)
    made.setPointSizeF(points)
    return made


_now: Look | None = None
_usual: QFont | None = None


def now() -> Look:
    """The look of the process; `take` comes first."""
    assert _now is not None
    return _now


def is_dark(appearance: Literal["system", "light", "dark"]) -> bool:
    """What was chosen, or else what the system has."""
    if appearance == "system":
        return QApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return appearance == "dark"


def take(app: QApplication, appearance: Literal["system", "light", "dark"], font_size: int) -> Look:
    """Dress the whole program anew."""
    global _now, _usual  # noqa: PLW0603 - one look for the process, see above
    if _usual is None:
        _usual = QFont(app.font())
    look = _now = Look(DARK if is_dark(appearance) else LIGHT, _usual, font_size)
    app.setFont(look.text)
    app.setPalette(palette(look.colours))
    app.setStyleSheet(
        sheet(look.colours, look.px, look.small.pointSizeF(), look.tiny.pointSizeF(), look.large.pointSizeF())
    )
    return look


def palette(colours: Colours) -> QPalette:
    """The same colours for whatever Qt draws itself."""
    made = QPalette()
    role = QPalette.ColorRole
    for each, name in (
        (role.Window, colours.raised), (role.WindowText, colours.ink), (role.Base, colours.field),
        (role.Text, colours.ink),
        (role.AlternateBase, colours.panel), (role.Button, colours.raised), (role.ButtonText, colours.ink),
        (role.ToolTipBase, colours.raised), (role.ToolTipText, colours.ink), (role.PlaceholderText, colours.soft),
        (role.Highlight, colours.accent), (role.HighlightedText, colours.accent_ink), (role.Link, colours.accent),
        (role.LinkVisited, colours.accent), (role.BrightText, colours.danger), (role.Mid, colours.edge),
        (role.Light, colours.raised), (role.Dark, colours.edge), (role.Accent, colours.accent),
    ):  # fmt: skip
        made.setColor(each, QColor(name))
    for each in (role.Text, role.WindowText, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, each, QColor(colours.soft))
    return made
