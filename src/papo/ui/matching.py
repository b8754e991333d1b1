"""Which choices fit what was typed: for palettes and lists that shrink while the user types."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from papo.client.text.emoji import unaccented

Item = TypeVar("Item")


def matching(items: Iterable[Item], typed: str, text_of: Callable[[Item], str]) -> list[Item]:
    """Those that contain every word that was typed, in any case, with or without accents and the signs # and @; those
    that begin with the first word come first, otherwise in their order.
    """
    words = [_folded(word) for word in typed.split()]
    ranked = []
    for item in items:
        text = _folded(text_of(item))
        if all(word in text for word in words):
            ranked.append((bool(words) and not text.startswith(words[0]), item))
    return [item for _late, item in sorted(ranked, key=lambda each: each[0])]


def _folded(text: str) -> str:
    return unaccented(text).lstrip("#@")
