"""Textual themes, and the Rich styles of what is drawn line by line."""

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
"""Textual's theme for terminals of 16 colours or fewer."""
_ANSI_NICKS = ("green", "magenta", "cyan", "red")
"""Readable on black and on white: a terminal does not say which of them its background is."""
_MIRC = (
    "white", "bright_black", "blue", "green", "bright_red", "red", "magenta", "yellow", "bright_yellow",
    "bright_green", "cyan", "bright_cyan", "bright_blue", "bright_magenta", "bright_black", "white",
)  # fmt: skip


class TextStyles:
    """The styles of one theme."""

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
        """Messages."""
        return Style() if self.is_ansi else self._style("foreground", "background")

    @cached_property
    def dim(self) -> Style:
        """Times, events, quotations."""
        if self.is_ansi:
            return Style(color="bright_black")
        return Style(color="#8b969e" if self.dark else "#5c676e")

    @cached_property
    def faint(self) -> Style:
        """Rules and separators."""
        if self.is_ansi:
            return Style(color="bright_black")
        return Style(color="#333c42" if self.dark else "#d3dbd8")

    @cached_property
    def accent(self) -> Style:
        """What is new or can be chosen."""
        return Style(color="green") if self.is_ansi else self._style("primary")

    @cached_property
    def link(self) -> Style:
        """Web addresses and names of channels."""
        return Style(color="cyan", underline=True) if self.is_ansi else self._style("secondary") + Style(underline=True)

    @cached_property
    def error(self) -> Style:
        """Errors."""
        return Style(color="red") if self.is_ansi else self._style("error")

    @cached_property
    def highlight(self) -> Style:
        """The background of a message that mentions the user."""
        if self.is_ansi:
            return Style(bold=True)
        return Style(bgcolor="#2a2a1c" if self.dark else "#fff6dc")

    @cached_property
    def highlight_mark(self) -> Style:
        """The mark beside such a message, and the number of unread ones."""
        return Style(color="magenta", bold=True) if self.is_ansi else self._style("warning") + Style(bold=True)

    @cached_property
    def selected(self) -> Style:
        """The row that keys act on."""
        return Style(reverse=True) if self.is_ansi else self._style("", "panel")

    @cached_property
    def code(self) -> Style:
        """Code, inline and in blocks."""
        if self.is_ansi:
            return Style(color="cyan")
        return Style(color="#d5c8a8" if self.dark else "#6b3f00", bgcolor="#1c2226" if self.dark else "#eef1f0")

    @cached_property
    def quote(self) -> Style:
        """Quoted text."""
        return self.dim + Style(italic=True)

    def nick(self, nick: str) -> Style:
        """A colour for a nick, always the same one and readable on the background."""
        number = zlib.crc32(nick.lower().encode())
        if self.is_ansi:
            return Style(color=_ANSI_NICKS[number % len(_ANSI_NICKS)], bold=True)
        red, green, blue = colorsys.hls_to_rgb((number >> 7) % 24 / 24, 0.72 if self.dark else 0.34, 0.55)
        return Style(color=Color.from_rgb(red * 255, green * 255, blue * 255), bold=True)

    def mirc(self, number: int) -> Style:
        """One of mIRC's sixteen colours."""
        return Style(color=_MIRC[number % 16])
