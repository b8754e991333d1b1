"""Emoji by name, in the user's language and in English: the lists of the web client, read when first asked for."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path

import msgspec

from papo.i18n import SOURCE_LANGUAGE, current_language

_LISTS = Path(__file__).parents[2] / "server" / "web" / "static" / "vendor" / "emoji"
_PARTS = 2
"""The group of skin tones and the like, which nobody types alone."""
USUAL = ("👍", "❤️", "😂", "🎉", "😮", "😢", "🙏", "✅")


class Emoji(msgspec.Struct, frozen=True):
    """One of them. `words`: what it is found by, without accents and case."""

    emoji: str
    name: str
    words: str


def unaccented(text: str) -> str:
    """Without accents and case: `coracao` finds coração."""
    plain = unicodedata.normalize("NFD", text)
    return "".join(char for char in plain if not unicodedata.combining(char)).lower().replace("_", " ")


@lru_cache(maxsize=4)
def _list(code: str) -> list[Emoji]:
    path = _LISTS / f"{code}.json"
    if not path.exists():
        return _list(SOURCE_LANGUAGE)
    rows = msgspec.json.decode(path.read_bytes(), type=list[tuple[str, str, str, int]])
    return [Emoji(emoji, name, unaccented(f"{name} {words}")) for emoji, name, words, group in rows if group != _PARTS]


def all_emoji() -> list[Emoji]:
    """Every emoji, with its name in the language of the process if there is a list of them."""
    return _list(current_language())


def named(emoji: str) -> Emoji | None:
    """One of them with its name; with or without the mark that asks for colours."""
    bare = emoji.replace("\ufe0f", "")
    return next((each for each in all_emoji() if each.emoji.replace("\ufe0f", "") == bare), None)


def search(wanted: str, limit: int) -> list[Emoji]:
    """The best first."""
    words = unaccented(wanted).split()
    if not words:
        return all_emoji()[:limit]
    english = {each.emoji: each.words for each in _list(SOURCE_LANGUAGE)}
    usual = {each.replace("\ufe0f", "") for each in USUAL}
    found = []
    for each in all_emoji():
        text = f"{each.words} {english.get(each.emoji, '')}"
        if all(word in text for word in words):
            first = words[0]
            rank = 1 if each.words.startswith(first) else 2 if f" {first}" in f" {text}" else 3
            # Who looks for a heart most likely means the red one, whatever the others are called.
            found.append((0 if rank < 3 and each.emoji.replace("\ufe0f", "") in usual else rank, each))
    return [each for _rank, each in sorted(found, key=lambda pair: pair[0])[:limit]]
