"""Names that look alike: `skeletons` gives them a key in common (Unicode UTS 39, section 4, but less strict).

Two ASCII letters never count as alike: `bob1` and `bobl` are two users, as on any IRC network. A character that looks
like an ASCII letter, such as a Cyrillic `е`, counts as that letter, and one without a shape counts as nothing.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from papo.case_mapping import rfc7613 as fold
from papo.server.world.letters import is_unseen

if TYPE_CHECKING:
    from papo.server.world.undo import FinalWrites

_DOT_ABOVE = "\u0307"
_DOTTED = frozenset("ij\u012f\u0456\u0458")
"""Letters that have a dot already, which another one hides (Unicode's Soft_Dotted)."""
_MAX_ROUNDS = 8
MAX_CHARS = 256
"""Of a folded name. Longer ones are nobody's: what anybody may send, such as the name of a login, costs little."""


@lru_cache(maxsize=65536)
def skeletons(name: str) -> tuple[str, ...]:
    """The keys that a name shares with all names that look like it: one for its small letters, which is the first.

    Others for the letters as they are written: `ΑΝΑ` in Greek is small `ανα`, but looks like `ANA`; and a capital that
    looks like `I` and `l` has a key for each.
    """
    folded = fold(name)
    if name.isascii() or len(folded) > MAX_CHARS:  # one character may fold to eighteen
        return (folded,)
    written = unicodedata.normalize("NFKC", name)
    with_capital_i = "".join("i" if char.isupper() and _prototype(char) == "l" else char for char in written)
    return tuple(dict.fromkeys(map(_skeleton, (folded, written, with_capital_i))))


def _skeleton(text: str) -> str:
    for _ in range(_MAX_ROUNDS):  # a prototype may be a capital letter, and its small one have a prototype
        before = text
        text = fold("".join(map(_prototype, _shapes(text))))
        if text == before:
            break
    return text


def _shapes(text: str) -> list[str]:
    """The letters and marks one by one, without those that are not seen."""
    shapes: list[str] = []
    for char in unicodedata.normalize("NFD", text):
        if char.isascii() or not (is_unseen(char) or (char == _DOT_ABOVE and shapes and shapes[-1] in _DOTTED)):
            shapes.append(char)
    return shapes


@lru_cache(maxsize=4096)
def _prototype(char: str) -> str:
    """What Unicode's confusables.txt has for the character; the same if it is in ASCII, or has nothing alike."""
    if char.isascii():
        return char
    from confusable_homoglyphs import confusables  # noqa: PLC0415 -- a megabyte, for names beyond ASCII only

    alike: list[str] = [entry["c"] for entry in confusables.confusables_data.get(char, ())]
    # The library lists both ways. A character of the first column has one entry, which is its prototype; a prototype
    # has all that look like it; of a pair that has only each other either will do.
    if len(alike) != 1:
        return char
    [other] = alike
    is_pair = len(confusables.confusables_data[other]) == 1 and len(other) == 1 and not other.isascii()
    return min(char, other) if is_pair else other


def index(table: dict[str, tuple[str, ...]], name: str, value: str, writes: FinalWrites) -> None:
    """Find `value` by all names that look like this one, besides those that are found so already."""
    for key in skeletons(name):
        others = table.get(key, ())
        if value not in others:
            writes.put(table, key, (*others, value))


def unindex(table: dict[str, tuple[str, ...]], name: str, value: str, writes: FinalWrites) -> None:
    """Undo `index`."""
    for key in skeletons(name):
        others = tuple(other for other in table.get(key, ()) if other != value)
        if others:
            writes.put(table, key, others)
        else:
            writes.pop(table, key, in_order=False)
