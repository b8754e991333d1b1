"""Several answers of a server as one."""

from __future__ import annotations

from collections.abc import Callable

from papo.protocol.irc import Line


class Answers:
    """Several answers as one."""

    def __init__(self, count: int, then: Callable[[list[Line] | None], None]) -> None:
        self._left = count
        self._found: list[Line] | None = []
        self._then = then
        if not count:
            then([])

    def take(self, answer: list[Line] | None) -> None:
        """One of them."""
        self._left -= 1
        self._found = None if answer is None or self._found is None else self._found + answer
        if not self._left:
            self._then(self._found)
