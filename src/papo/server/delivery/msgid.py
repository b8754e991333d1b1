"""Ids of messages and users: unique in the network, in order of time, cheap to make."""

from __future__ import annotations

import secrets

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32 in lower case: sorts as the numbers do."""
_PAIRS = [a + b for a in _DIGITS for b in _DIGITS]


MARK_AT = 14
"""Where the mark begins in a msgid."""


def base32(number: int, width: int) -> str:
    """`number` in `width` digits."""
    digits = []
    for _ in range(width):
        number, rest = divmod(number, 32)
        digits.append(_DIGITS[rest])
    return "".join(reversed(digits))


class IdGenerator:
    """Makes msgids and uids for one run of one node.

    A msgid is the time (10 digits), a counter within it (4), and a mark (8), which is another one after a restart and
    after each time the clock is set back. So no two are the same, whatever the node, the run and the clock; and those
    made between two marks sort in order of making.
    """

    def __init__(self, mark: str = "") -> None:
        self._run = self._mark = mark or _new_mark()
        self._asked_ms = -1
        self._at_ms = -1
        """The time in the next msgid: that asked for, or later if the counter has carried."""
        self._time = ""
        self._count = 0
        self._users = 0

    def msgid(self, at_ms: int) -> str:
        """A new msgid. Hot path."""
        if at_ms != self._asked_ms:
            self._turn_to(at_ms)
        count = self._count
        self._count = count + 1
        try:
            return f"{self._time}{_PAIRS[count >> 10]}{_PAIRS[count & 1023]}{self._mark}"
        except IndexError:  # the counter is used up: it carries into the next millisecond
            self._begin(self._at_ms + 1)
            return self.msgid(at_ms)

    def _turn_to(self, at_ms: int) -> None:
        if at_ms < self._asked_ms:
            self._mark = _new_mark()  # there may be msgids of that time with the old one
            self._begin(at_ms)
        elif at_ms > self._at_ms:
            self._begin(at_ms)
        self._asked_ms = at_ms

    def _begin(self, at_ms: int) -> None:
        self._at_ms = at_ms
        self._time = base32(at_ms, 10)
        self._count = 0

    def uid(self) -> str:
        """A new user id."""
        self._users += 1
        return f"{self._run}{base32(self._users, 5)}"


def _new_mark() -> str:
    return base32(secrets.randbits(40), 8)
