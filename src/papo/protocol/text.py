"""Text: cut at a character, transliterate to ASCII, remove IRC formatting. Knows no protocol."""

from __future__ import annotations

import re
import unicodedata

_NOT_DECOMPOSED = str.maketrans(
    {
        "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D",
        "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ł": "l", "Ł": "L", "ı": "i", "ħ": "h", "Ħ": "H",
        "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "‚": "'", "´": "'",
        "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-", "…": "...", "•": "*", "·": ".", "×": "x", "÷": "/",
        "€": "EUR", "£": "GBP", "\u00a0": " ", "\u200b": "", "\u200d": "", "\ufe0f": "", "©": "(c)", "®": "(R)",
    }
)  # fmt: skip
_FORMATTING = re.compile(
    "\x03(?:\\d{1,2}(?:,\\d{1,2})?)?|\x04(?:[0-9a-fA-F]{6}(?:,[0-9a-fA-F]{6})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f]"
)
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_BREAKS = str.maketrans(dict.fromkeys("\t\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029", " "))
_OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb]")


def cut(text: str, max_bytes: int) -> str:
    """The longest beginning of `text` that is at most `max_bytes` of UTF-8, whole characters only."""
    if len(text) * 4 <= max_bytes:
        return text
    data = text.encode()
    return text if len(data) <= max_bytes else data[:max_bytes].decode(errors="ignore")


def to_ascii(text: str) -> str:
    """Transliterate `ação` to `acao`. What has no ASCII letters becomes `?`; nothing is dropped."""
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKD", text.translate(_NOT_DECOMPOSED))
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return letters.encode("ascii", "replace").decode("ascii")


def without_formatting(text: str) -> str:
    """Remove colours and styles (modern.ircdocs.horse/formatting), and all other control characters but tab."""
    return _CONTROLS.sub("", _FORMATTING.sub("", text))


def printable(text: str) -> str:
    """A text for programs that print what they get: every line break is a space, and nothing that a terminal obeys.

    C0 and C1 controls, and what changes the direction of writing.
    """
    return text if text.isprintable() else _OBEYED.sub("", text.translate(_BREAKS))


def has_colours(text: str) -> bool:
    """Whether the text has mIRC colours, styles or other formatting."""
    return _FORMATTING.search(text) is not None


def as_action(text: str) -> str | None:
    """The text of a CTCP ACTION (`/me`), or None."""
    if text.startswith("\x01ACTION "):
        return text[8:].rstrip("\x01")
    return None


def is_ctcp(text: str) -> bool:
    """Whether the text is a CTCP request or reply, ACTION included."""
    return text[:1] == "\x01"


def one_line(text: str, max_chars: int) -> str:
    """A short text on one line, without control characters."""
    return " ".join(without_formatting(text).split())[:max_chars]
