"""The nick that the user wants, and asking for it again while somebody else has it (irssi and ZNC: keepnick)."""

from __future__ import annotations

import random

MIN_RETRY_MS = 1_500
MAX_RETRY_MS = 60_000
MAX_UNDERSCORES = 3
"""Nicks with one more underscore are tried before one with a number."""


class KeepNick:
    """Most likely it is our own old connection that still has the nick."""

    def __init__(self, wanted: str) -> None:
        self.wanted = wanted
        self._asking_for = ""
        self._next_at_ms = 0
        self._wait_ms = MIN_RETRY_MS
        self._refusals = 0

    def choose(self, nick: str) -> None:
        """The user wants another nick."""
        self.wanted = nick
        self._asking_for = ""

    def start(self, now_ms: int) -> None:
        """We are online with another nick than the wanted one."""
        self._wait_ms = MIN_RETRY_MS
        self.ask_again(now_ms)

    def ask_again(self, now_ms: int) -> None:
        """Ask again later, each time after twice as long."""
        self._asking_for = self.wanted
        self._next_at_ms = now_ms + self._wait_ms
        self._wait_ms = min(self._wait_ms * 2, MAX_RETRY_MS)

    def is_due(self, now_ms: int) -> bool:
        """Whether it is time to ask; True once for each wait."""
        if not self._next_at_ms or now_ms < self._next_at_ms:
            return False
        self._next_at_ms = 0
        return self.wanted == self._asking_for

    def refused(self, nick: str) -> bool:
        """The server has refused the wanted nick while we are online as `nick`. Whether only this class had asked."""
        if self._asking_for == self.wanted:
            return True
        self.wanted = nick  # the user's wish has failed: the next connection begins with the nick that we have
        return False

    def connecting(self) -> None:
        """A new connection begins."""
        self._refusals = 0

    def substitute(self, nick: str) -> str:
        """Another nick to register with, since `nick` is taken."""
        self._refusals += 1
        if self._refusals <= MAX_UNDERSCORES:
            return f"{nick}_"
        # Servers cut long nicks: one more underscore may be cut off again.
        return f"{self.wanted[:5]}{random.randrange(1000, 10_000)}"  # noqa: S311 - no secret
