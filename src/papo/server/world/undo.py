"""The undo log: what events have overwritten in the world, so that those the store refuses can be taken back.

Everything in `changes/` writes through one of these objects (a test reads the code for writes past them). Taking back
needs no second rule for each event: it puts old values back, last first, and so costs what the events have changed.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class FinalWrites:
    """Writes to the world that nobody takes back: at start, and of what is stored already."""

    __slots__ = ()

    def assign(self, thing: object, name: str, value: object) -> None:
        """Set an attribute."""
        setattr(thing, name, value)

    def put(self, table: dict[Any, Any], key: object, value: object) -> None:
        """Add a key to a dict, or give it another value."""
        table[key] = value

    def pop(self, table: dict[Any, T], key: object, *, in_order: bool = True) -> T | None:
        """Remove a key from a dict; returns its value, None if it is not there.

        Taken back, it is at its place again; or, without `in_order`, which costs nothing, at the end.
        """
        del in_order
        return table.pop(key, None)

    def add(self, items: set[T], item: T) -> None:
        """Add to a set."""
        items.add(item)

    def discard(self, items: set[T], item: T) -> None:
        """Remove from a set; does nothing if it is not there."""
        items.discard(item)


class UndoLog(FinalWrites):
    """Writes that can be taken back, all of them: those since the log was begun."""

    __slots__ = ("_orders", "_steps")

    def __init__(self) -> None:
        self._steps: list[tuple[Callable[..., object], Any, Any, Any]] = []
        """What to call to take each write back, and its arguments."""
        self._orders: dict[int, tuple[dict[Any, Any], list[Any]]] = {}
        """By `id`: dicts that keys have been removed from, and all of its keys before the first was. Once for each log
        and dict: a commit is of many events, and whoever hears of one of them has cost more."""

    def __bool__(self) -> bool:
        """Whether there is anything to take back."""
        return bool(self._steps)

    def assign(self, thing: object, name: str, value: object) -> None:
        """As `FinalWrites`."""
        self._steps.append((setattr, thing, name, getattr(thing, name)))
        setattr(thing, name, value)

    def put(self, table: dict[Any, Any], key: object, value: object) -> None:
        """As `FinalWrites`."""
        if key in table:
            self._steps.append((operator.setitem, table, key, table[key]))
        else:
            self._steps.append((dict.pop, table, key, None))
        table[key] = value

    def pop(self, table: dict[Any, T], key: object, *, in_order: bool = True) -> T | None:
        """As `FinalWrites`."""
        if key not in table:
            return None
        if in_order and id(table) not in self._orders:
            self._orders[id(table)] = (table, list(table))
        value = table.pop(key)
        self._steps.append((operator.setitem, table, key, value))
        return value

    def add(self, items: set[T], item: T) -> None:
        """As `FinalWrites`."""
        if item not in items:
            self._steps.append((_discard, items, item, None))
            items.add(item)

    def discard(self, items: set[T], item: T) -> None:
        """As `FinalWrites`."""
        if item in items:
            self._steps.append((_add, items, item, None))
            items.discard(item)

    def note(self, take_back: Callable[[Any, Any], object], first: object, second: object) -> None:
        """Something outside the world is taken back as well, by `take_back(first, second)`: a count."""
        self._steps.append((_call, take_back, first, second))

    def undo(self) -> None:
        """Take everything back; the log is empty then."""
        for call, thing, name, old in reversed(self._steps):
            call(thing, name, old)
        for table, keys in self._orders.values():
            items = {key: table[key] for key in keys if key in table}
            items.update(table)
            table.clear()
            table.update(items)
        self._steps.clear()
        self._orders.clear()


def _call(take_back: Callable[[Any, Any], object], first: object, second: object) -> None:
    take_back(first, second)


def _add(items: set[Any], item: object, _: None) -> None:
    items.add(item)


def _discard(items: set[Any], item: object, _: None) -> None:
    items.discard(item)


FINAL = FinalWrites()
