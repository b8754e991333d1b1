"""The current theme: colours, fonts and distances. A process has one theme, as it has one language."""

from __future__ import annotations

from typing import Literal, TypeAlias

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QPalette
from PySide6.QtWidgets import QApplication

from papo.desktop.theme.colours import DARK, LIGHT, Colours, nick_colour
from papo.desktop.theme.stylesheet import stylesheet

MIN_PT = 11.0
"""The default of a system without preferences is too small to read for hours."""
LINE_PX = 17.5
"""The height of a line of 15 px text, at which the distances of docs/design.md are meant."""
Appearance: TypeAlias = Literal["system", "light", "dark"]


class Theme:
    """Colours, fonts and distances that go together."""

    def __init__(self, colours: Colours, default_font: QFont, size_pt: int) -> None:
        """`size_pt`: size of text; 0 for the system's."""
        self.colours = colours
        points = float(size_pt) if size_pt else max(default_font.pointSizeF(), MIN_PT)
        self.text = _sized(default_font, points)
        self.small = _sized(default_font, points * 0.88)
        self.tiny = _sized(default_font, points * 0.8)
        self.large = _sized(default_font, points * 1.2)
        self.large.setBold(True)
        self.bold = QFont(self.text)
        self.bold.setWeight(QFont.Weight.DemiBold)
        self.mono = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        self.mono.setPointSizeF(points * 0.92)
        self._scale = QFontMetricsF(self.text).height() / LINE_PX

    def px(self, amount: float) -> int:
        """A distance of the design, in pixels at this size of text."""
        return round(amount * self._scale)

    def colour(self, name: str) -> QColor:
        """A colour by its name in the table."""
        return QColor(getattr(self.colours, name))

    def nick(self, nick: str) -> QColor:
        """The colour of a nick."""
        return nick_colour(self.colours, nick)


def _sized(font: QFont, points: float) -> QFont:
    sized = QFont(font)
    sized.setPointSizeF(points)
    return sized


_current: Theme | None = None
_default_font: QFont | None = None


def current() -> Theme:
    """The theme of the process. `apply` must have been called."""
    assert _current is not None
    return _current


def is_dark(appearance: Appearance) -> bool:
    """Whether the user, or the system, wants a dark window."""
    if appearance == "system":
        return QApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return appearance == "dark"


def apply(app: QApplication, appearance: Appearance, font_size: int) -> Theme:
    """Make this the theme of the process, and give it to everything that Qt draws itself."""
    global _current, _default_font  # noqa: PLW0603 - one theme for the process, see above
    if _default_font is None:
        _default_font = QFont(app.font())
    theme = _current = Theme(DARK if is_dark(appearance) else LIGHT, _default_font, font_size)
    app.setFont(theme.text)
    app.setPalette(_palette(theme.colours))
    sizes = {"small": theme.small, "tiny": theme.tiny, "large": theme.large}
    app.setStyleSheet(stylesheet(theme.colours, theme.px, {name: font.pointSizeF() for name, font in sizes.items()}))
    return theme


def _palette(colours: Colours) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for each, name in (
        (role.Window, colours.raised), (role.WindowText, colours.text), (role.Base, colours.field),
        (role.Text, colours.text),
        (role.AlternateBase, colours.panel), (role.Button, colours.raised), (role.ButtonText, colours.text),
        (role.ToolTipBase, colours.raised), (role.ToolTipText, colours.text), (role.PlaceholderText, colours.muted),
        (role.Highlight, colours.accent), (role.HighlightedText, colours.on_accent), (role.Link, colours.accent),
        (role.LinkVisited, colours.accent), (role.BrightText, colours.danger), (role.Mid, colours.border),
        (role.Light, colours.raised), (role.Dark, colours.border), (role.Accent, colours.accent),
    ):  # fmt: skip
        palette.setColor(each, QColor(name))
    for each in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, each, QColor(colours.muted))
    return palette
