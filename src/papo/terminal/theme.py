"""Colours of rows, taken from the theme: everything that is drawn line by line asks here."""

from __future__ import annotations

import colorsys
import zlib
from collections.abc import Mapping
from functools import cached_property

from rich.color import Color
from rich.style import Style
from textual.theme import Theme

DARK = Theme(
    name="papo-dark", dark=True, primary="#4cc38a", secondary="#7aa2f7", accent="#4cc38a", warning="#e5b567",
    error="#f47067", success="#4cc38a", foreground="#e6e8ea", background="#111518", surface="#171c20", panel="#1f262b",
)  # fmt: skip
LIGHT = Theme(
    name="papo-light", dark=False, primary="#0b7a4b", secondary="#2f5fd0", accent="#0b7a4b", warning="#8a5a00",
    error="#c0322b", success="#0b7a4b", foreground="#1c2226", background="#ffffff", surface="#f5f7f6", panel="#e9eeec",
)  # fmt: skip
PLAIN = "ansi-dark"
"""The theme for terminals of 16 colours or fewer."""
_ANSI_NICKS = ("green", "magenta", "cyan", "red")
"""Readable on black and on white alike: which of the two it is, nobody tells."""
_MIRC = (
    "white", "bright_black", "blue", "green", "bright_red", "red", "magenta", "yellow", "bright_yellow",
    "bright_green", "cyan", "bright_cyan", "bright_blue", "bright_magenta", "bright_black", "white",
)  # fmt: skip


class Look:
    """Styles of one theme."""

    def __init__(self, theme: Theme, variables: Mapping[str, str]) -> None:
        self.is_ansi = theme.name.startswith("ansi")
        self.dark = theme.dark
        self._variables = variables

    def _style(self, foreground: str = "", background: str = "") -> Style:
        return Style(
            color=self._colour(foreground) if foreground else None,
            bgcolor=self._colour(background) if background else None,
        )

    def _colour(self, name: str) -> Color | None:
        value = self._variables.get(name, "")
        return Color.parse(value) if value.startswith("#") else None

    @cached_property
    def text(self) -> Style:
        """What people say."""
        return Style() if self.is_ansi else self._style("foreground", "background")

    @cached_property
    def dim(self) -> Style:
        """Times, happenings, quotations."""
        if self.is_ansi:
            return Style(color="bright_black")
        return Style(color="#8b969e" if self.dark else "#5c676e")

    @cached_property
    def faint(self) -> Style:
        """Lines between things."""
        if self.is_ansi:
            return Style(color="bright_black")
        return Style(color="#333c42" if self.dark else "#d3dbd8")

    @cached_property
    def accent(self) -> Style:
        """What is new."""
        return Style(color="green") if self.is_ansi else self._style("primary")

    @cached_property
    def link(self) -> Style:
        """What can be followed."""
        return Style(color="cyan", underline=True) if self.is_ansi else self._style("secondary") + Style(underline=True)

    @cached_property
    def error(self) -> Style:
        """What went wrong."""
        return Style(color="red") if self.is_ansi else self._style("error")

    @cached_property
    def mention(self) -> Style:
        """Where we are called."""
        if self.is_ansi:
            return Style(bold=True)
        return Style(bgcolor="#2a2a1c" if self.dark else "#fff6dc")

    @cached_property
    def mention_mark(self) -> Style:
        """The mark beside it."""
        return Style(color="magenta", bold=True) if self.is_ansi else self._style("warning") + Style(bold=True)

    @cached_property
    def selected(self) -> Style:
        """The row that the keys act on."""
        return Style(reverse=True) if self.is_ansi else self._style("", "panel")

    @cached_property
    def code(self) -> Style:
        """Code, and blocks of it."""
        if self.is_ansi:
            return Style(color="cyan")
        return Style(color="#d5c8a8" if self.dark else "#6b3f00", bgcolor="#1c2226" if self.dark else "#eef1f0")

    @cached_property
    def quote(self) -> Style:
        """Quoted text."""
        return self.dim + Style(italic=True)

    def nick(self, nick: str) -> Style:
        """The same colour for the same nick, readable on the background."""
        number = zlib.crc32(nick.lower().encode())
        if self.is_ansi:
            return Style(color=_ANSI_NICKS[number % len(_ANSI_NICKS)], bold=True)
        red, green, blue = colorsys.hls_to_rgb((number >> 7) % 24 / 24, 0.72 if self.dark else 0.34, 0.55)
        return Style(color=Color.from_rgb(red * 255, green * 255, blue * 255), bold=True)

    def mirc(self, number: int) -> Style:
        """One of mIRC's sixteen."""
        return Style(color=_MIRC[number % 16])
