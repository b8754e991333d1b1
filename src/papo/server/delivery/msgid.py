"""Ids of messages and users: unique in the network, in order of time, cheap to make."""

from __future__ import annotations

import secrets

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32 in lower case: sorts as the numbers do."""
_PAIRS = [a + b for a in _DIGITS for b in _DIGITS]


def base32(number: int, width: int) -> str:
    """`number` in `width` digits."""
    digits = []
    for _ in range(width):
        number, rest = divmod(number, 32)
        digits.append(_DIGITS[rest])
    return "".join(reversed(digits))


class IdGenerator:
    """Makes msgids and uids for one run of one node.

    A msgid is the time (10 digits), a counter within it (4), and the mark of this run (8): two nodes, or one
    node before and after a restart, never make the same one, and those of one node sort in order of making.
    """

    def __init__(self, mark: str = "") -> None:
        self._mark = mark or base32(secrets.randbits(40), 8)
        self._at_ms = -1
        self._time = ""
        self._count = 0
        self._users = 0

    def msgid(self, at_ms: int) -> str:
        """A new msgid; `at_ms` never decreases from call to call. Hot path."""
        if at_ms != self._at_ms:
            self._at_ms = at_ms
            self._time = base32(at_ms, 10)
            self._count = 0
        count = self._count
        self._count = count + 1
        return f"{self._time}{_PAIRS[count >> 10]}{_PAIRS[count & 1023]}{self._mark}"

    def uid(self) -> str:
        """A new user id."""
        self._users += 1
        return f"{self._mark}{base32(self._users, 5)}"
