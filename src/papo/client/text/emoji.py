"""Emoji by name, in the user's language and in English; the lists are read when they are first needed."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import msgspec

from papo.i18n import SOURCE_LANGUAGE, current_language
from papo.protocol import data

COMPONENTS = 2
"""The group of skin tones and hair styles, which are no emoji by themselves."""
USUAL = ("👍", "❤️", "😂", "🎉", "😮", "😢", "🙏", "✅")
"""Emoji that are offered before all others, in this order."""
COLOURFUL = "\ufe0f"
"""The variation selector that asks for a coloured emoji; names are found with and without it."""


class Emoji(msgspec.Struct, frozen=True):
    """`words` are what it is found by, without accents and in lower case."""

    emoji: str
    name: str
    words: str


def unaccented(text: str) -> str:
    """Without accents, in lower case, with spaces for `_`: `coracao` finds coração."""
    plain = unicodedata.normalize("NFD", text)
    return "".join(char for char in plain if not unicodedata.combining(char)).lower().replace("_", " ")


@lru_cache(maxsize=4)
def _list(language: str) -> list[Emoji]:
    if not (data.FOLDER / "emoji" / f"{language}.json").exists():
        return _list(SOURCE_LANGUAGE)
    rows = data.read(f"emoji/{language}.json", list[tuple[str, str, str, int]])
    return [
        Emoji(emoji, name, unaccented(f"{name} {words}")) for emoji, name, words, group in rows if group != COMPONENTS
    ]


def all_emoji() -> list[Emoji]:
    """Every emoji, named in the language of the process if there is a list for it."""
    return _list(current_language())


def named(emoji: str) -> Emoji | None:
    """An emoji with its name."""
    bare = emoji.replace(COLOURFUL, "")
    return next((each for each in all_emoji() if each.emoji.replace(COLOURFUL, "") == bare), None)


def search(wanted: str, limit: int) -> list[Emoji]:
    """Emoji whose words contain all of those wanted, the best match first; the first ones of all for no word."""
    words = unaccented(wanted).split()
    if not words:
        return all_emoji()[:limit]
    english = {each.emoji: each.words for each in _list(SOURCE_LANGUAGE)}
    common = {each.replace(COLOURFUL, "") for each in USUAL}
    found = []
    for each in all_emoji():
        text = f"{each.words} {english.get(each.emoji, '')}"
        if all(word in text for word in words):
            first = words[0]
            rank = 1 if each.words.startswith(first) else 2 if f" {first}" in f" {text}" else 3
            # Whoever looks for a heart most likely means the red one.
            found.append((0 if rank < 3 and each.emoji.replace(COLOURFUL, "") in common else rank, each))
    return [each for _rank, each in sorted(found, key=lambda pair: pair[0])[:limit]]
