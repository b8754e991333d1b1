"""The colours of docs/design.md, light and dark, and the colours of nicks."""

from __future__ import annotations

import math
import re

import msgspec
from PySide6.QtGui import QColor


class Colours(msgspec.Struct, frozen=True):
    """One appearance. docs/design.md says what each colour is for."""

    background: str
    panel: str
    raised: str
    hover: str
    field: str
    border: str
    text: str
    muted: str
    accent: str
    on_accent: str
    accent_background: str
    mention: str
    mention_border: str
    danger: str
    danger_background: str
    code: str
    nick_light: float
    nick_chroma: float
    is_dark: bool


LIGHT = Colours(
    background="#ffffff", panel="#f4f6f4", raised="#ffffff", hover="#eaeeeb", field="#ffffff", border="#dde3df",
    text="#1b211e", muted="#56615b", accent="#1a6b58", on_accent="#ffffff", accent_background="#dcefe8",
    mention="#fff3d1", mention_border="#d99a00", danger="#b3261e", danger_background="#fdecea", code="#f0f3f1",
    nick_light=0.42, nick_chroma=0.11, is_dark=False,
)  # fmt: skip
DARK = Colours(
    background="#15191b", panel="#1b2022", raised="#22282a", hover="#272e30", field="#1f2527", border="#313a3c",
    text="#e4eae7", muted="#9eaaa5", accent="#62c5aa", on_accent="#06241c", accent_background="#1d3b33",
    mention="#342c14", mention_border="#d9a520", danger="#ff9188", danger_background="#3b1f1d", code="#20272a",
    nick_light=0.78, nick_chroma=0.1, is_dark=True,
)  # fmt: skip
HUES = (25, 50, 75, 110, 140, 165, 195, 225, 255, 285, 315, 350)
IRC = {
    2: "#4b78d8", 3: "#2f9a4f", 4: "#d2473c", 5: "#d2473c", 6: "#b254c7", 7: "#b98200", 8: "#b98200", 9: "#2f9a4f",
    10: "#158f9c", 11: "#158f9c", 12: "#4b78d8", 13: "#b254c7",
}  # fmt: skip
"""mIRC's colours that are readable on both backgrounds; the others are `text` or `muted`."""
_TAIL = re.compile(r"[_|`^\d]+$")


def hue_of(nick: str) -> int:
    """Index into `HUES` of a nick: always the same, in the web client too."""
    total = 7
    for char in _TAIL.sub("", nick.lower()):
        total = (total * 31 + ord(char)) % 4093
    return total % len(HUES)


def nick_colour(colours: Colours, nick: str) -> QColor:
    """The colour of a nick."""
    return oklch(colours.nick_light, colours.nick_chroma, HUES[hue_of(nick)])


def irc_colour(colours: Colours, number: int) -> QColor:
    """One of mIRC's first sixteen colours."""
    return QColor(IRC.get(number, colours.muted if number >= 14 else colours.text))


def oklch(light: float, chroma: float, hue: float) -> QColor:
    """A colour of the OKLCH space; `hue` in degrees. Source: bottosson.github.io/posts/oklab."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    return QColor.fromRgbF(*(_gamma(min(1.0, max(0.0, each))) for each in linear))


def _gamma(value: float) -> float:
    return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055


def mixed(colour: QColor, background: str, share: float) -> QColor:
    """A colour mixed with a background; `share` of the colour, 0 to 1."""
    under = QColor(background)
    pairs = zip(colour.getRgb()[:3], under.getRgb()[:3], strict=True)  # type: ignore[index]
    return QColor(*(round(over * share + beneath * (1 - share)) for over, beneath in pairs))
