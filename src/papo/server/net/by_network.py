"""Connections in order, the oldest first: of all networks, and of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class ByNetwork(Generic[T]):
    """Connections by the networks they are counted by. Everything but a search with `which` takes constant time."""

    def __init__(self) -> None:
        self._all: dict[T, tuple[str, ...]] = {}
        self._of: dict[str, dict[T, None]] = {}

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[T]:
        """The oldest first."""
        return iter(self._all)

    def __contains__(self, connection: T) -> bool:
        return connection in self._all

    def add(self, connection: T, networks: tuple[str, ...]) -> None:
        """Add the youngest; `networks` are all that it counts in, () for none."""
        self._all[connection] = networks
        for network in networks:
            self._of.setdefault(network, {})[connection] = None

    def renew(self, connection: T) -> None:
        """Make it the youngest, if it is there."""
        networks = self._all.get(connection)
        if networks is not None:
            self.discard(connection)
            self.add(connection, networks)

    def discard(self, connection: T) -> bool:
        """Remove it; returns whether it was there."""
        networks = self._all.pop(connection, None)
        for network in networks or ():
            of = self._of[network]
            del of[connection]
            if not of:
                del self._of[network]
        return networks is not None

    def count(self, network: str) -> int:
        """How many count in this network."""
        return len(self._of.get(network, ()))

    def oldest(self, network: str | None = None, which: Callable[[T], bool] = lambda _: True) -> T | None:
        """The oldest of a network, or of all (None), for which `which` is true; None if there is none."""
        return next(filter(which, self._all if network is None else self._of.get(network, ())), None)
