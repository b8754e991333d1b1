"""Names that look alike: `skeleton` gives them one key (Unicode UTS 39, section 4, but less strict).

Two ASCII letters never count as alike: `bob1` and `bobl` are two users, as on any IRC network. A character that looks
like an ASCII letter, such as a Cyrillic `е`, counts as that letter.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from papo.server.world.names import fold


@lru_cache(maxsize=65536)
def skeleton(name: str) -> str:
    """The key that a name shares with all names that look like it."""
    folded = fold(name)
    if folded.isascii():
        return folded
    bare = unicodedata.normalize("NFD", folded)
    return unicodedata.normalize("NFC", "".join(char if char.isascii() else _prototype(char) for char in bare))


@lru_cache(maxsize=4096)
def _prototype(char: str) -> str:
    from confusable_homoglyphs import confusables  # noqa: PLC0415 -- a megabyte, for names beyond ASCII only

    alike: list[str] = [entry["c"].casefold() for entry in confusables.confusables_data.get(char, ())]
    plain = sorted(
        (letter for letter in alike if letter.isascii()), key=lambda letter: (not letter.isalpha(), len(letter), letter)
    )
    if plain:
        return plain[0]
    return min([char, *(letter for letter in alike if len(letter) == 1)])
