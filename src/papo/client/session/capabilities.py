"""Capabilities of one connection: offered, requested, enabled (IRCv3 capability-negotiation)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from papo.protocol.capabilities import WANTED

MAX_REQUEST = 400
"""Characters in one CAP REQ: the answer repeats them after the server's name and our nick."""


class Capabilities:
    """`request` sends one CAP REQ for the names it is given."""

    def __init__(self, request: Callable[[str], None]) -> None:
        self._request = request
        self.offered: dict[str, str] = {}
        """Name to value, "" if it has none."""
        self.enabled: set[str] = set()
        self._requested: list[list[str]] = []
        """One list for each CAP REQ that has no answer yet, oldest first."""

    @property
    def is_waiting(self) -> bool:
        """Whether a request has no answer yet."""
        return bool(self._requested)

    def offer(self, words: Iterable[str]) -> None:
        """CAP LS and CAP NEW."""
        for word in words:
            name, _equals, value = word.partition("=")
            self.offered[name] = value

    def withdraw(self, names: Iterable[str]) -> None:
        """CAP DEL."""
        for name in names:
            self.enabled.discard(name)
            self.offered.pop(name, None)

    def request_wanted(self, *, sasl: bool) -> None:
        """Request what is wanted, offered and not requested before; `sasl` only if asked to."""
        requested = {name for names in self._requested for name in names}
        wanted = [name for name in WANTED if name in self.offered and name not in self.enabled | requested]
        if not sasl and "sasl" in wanted:
            wanted.remove("sasl")
        while wanted:
            count = sum(len(" ".join(wanted[: at + 1])) <= MAX_REQUEST for at in range(len(wanted)))
            self.request(wanted[:count])
            wanted = wanted[count:]

    def request(self, names: list[str]) -> None:
        """Request these together: the server enables all of them or none."""
        self._requested.append(names)
        self._request(" ".join(names))

    def acknowledge(self, names: Iterable[str]) -> bool:
        """CAP ACK; a name with a minus is disabled. Whether it answers a request."""
        for name in names:
            if name[0] == "-":
                self.enabled.discard(name[1:])
            else:
                self.enabled.add(name)
        if self._requested:
            del self._requested[0]
            return True
        return False

    def refuse(self) -> bool:
        """CAP NAK: request each name alone, since the server may refuse only one. Whether it answers a request."""
        if not self._requested:
            return False
        names = self._requested.pop(0)
        if len(names) > 1:
            for name in names:
                self.request([name])
        return True
