"""What a server supports (005): tokens, case mapping, prefixes, kinds of modes.

Source: modern.ircdocs.horse "RPL_ISUPPORT Parameters".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from papo import case_mapping
from papo.client.session.line_parts import without_controls

_ESCAPE = re.compile(r"\\x([0-9A-Fa-f]{2})")
_MAX_FOLDED = 10_000


def _unescape(value: str) -> str:
    # The escapes are bytes of UTF-8.
    if "\\x" not in value:
        return value
    data = _ESCAPE.sub(
        lambda found: chr(0xDC00 + int(found[1], 16)) if int(found[1], 16) > 127 else chr(int(found[1], 16)), value
    )
    return data.encode("utf-8", "surrogateescape").decode(errors="replace")


class Support:
    """The tokens of 005; RFC 1459 until the server has sent them."""

    def __init__(self) -> None:
        self.tokens: dict[str, str] = {}
        self.prefix_modes = "ov"
        self.prefixes = "@+"
        self.channel_types = "#&"
        self.channel_modes = ("b", "k", "l", "imnpst")
        self.network = ""
        self.mapping: Callable[[str], str] = case_mapping.rfc1459
        self._folded: dict[str, str] = {}

    def update(self, words: Iterable[str]) -> None:
        """Read the tokens of one 005: its parameters without the nick and the last one."""
        for word in words:
            name, _, value = word.partition("=")
            if name.startswith("-"):
                self.tokens.pop(name[1:], None)
                continue
            value = without_controls(_unescape(value))
            self.tokens[name] = value
            if name == "PREFIX" and value.startswith("(") and ")" in value:
                modes, _, prefixes = value[1:].partition(")")
                self.prefix_modes, self.prefixes = modes[: len(prefixes)], prefixes[: len(modes)]
            elif name == "CHANTYPES":
                self.channel_types = value
            elif name == "NETWORK":
                self.network = value
            elif name == "CHANMODES":
                lists, always, on_set, flags, *_rest = [*value.split(","), "", "", "", ""]
                self.channel_modes = (lists, always, on_set, flags)
        found = case_mapping.of_tokens(self.tokens)
        if found is not self.mapping:
            self.mapping = found
            self._folded.clear()

    def number(self, name: str, usual: int = 0) -> int:
        """The number of a token; `usual` if there is none."""
        value = self.tokens.get(name, "")
        return (int(value) if value.isdecimal() and len(value) < 10 else 0) or usual

    def is_channel(self, name: str) -> bool:
        """Whether a channel can have this name."""
        return name[:1] in self.channel_types and name != ""

    def fold(self, name: str) -> str:
        """The same text for names that are equal on this server."""
        found = self._folded.get(name)
        if found is None:
            if len(self._folded) >= _MAX_FOLDED:
                self._folded.clear()
            found = self._folded[name] = self.mapping(name)
        return found

    def split_prefix(self, word: str) -> tuple[str, str]:
        """`@+ana` as its prefixes and the name."""
        name = word.lstrip(self.prefixes)
        return word[: len(word) - len(name)], name

    def mode_changes(self, words: Sequence[str]) -> Iterator[tuple[bool, str, str | None]]:
        """The changes of a MODE line (letters, then parameters): whether it adds, the letter, its parameter or None."""
        lists, always, on_set, _flags = self.channel_modes
        rest = iter(words[1:])
        adding = True
        for letter in words[0] if words else "":
            if letter in "+-":
                adding = letter == "+"
                continue
            takes = letter in lists + always + self.prefix_modes or (adding and letter in on_set)
            yield adding, letter, next(rest, None) if takes else None

    def rank(self, prefixes: str) -> int:
        """The rank of the highest of these prefixes: 1 for the lowest, 0 for none."""
        at = self.prefixes.find(prefixes[0]) if prefixes else -1
        return 0 if at < 0 else len(self.prefixes) - at

    def rank_of(self, letter: str) -> int:
        """The rank of a mode such as `o`; more than any member has if the server has no such mode."""
        at = self.prefix_modes.find(letter)
        return 99 if at < 0 else len(self.prefixes) - at
