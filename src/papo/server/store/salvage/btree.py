"""The trees of tables and indexes, read page by page: what is damaged is left out, whatever it is.

https://www.sqlite.org/fileformat2.html, sections 1.5, 1.6 and 2.1.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from papo.server.store.salvage.image import Image

INDEX_INTERIOR, TABLE_INTERIOR, INDEX_LEAF, TABLE_LEAF = 2, 5, 10, 13
_INTERIOR = frozenset({INDEX_INTERIOR, TABLE_INTERIOR})
_FAMILY = {
    TABLE_LEAF: {TABLE_LEAF, TABLE_INTERIOR},
    TABLE_INTERIOR: {TABLE_LEAF, TABLE_INTERIOR},
    INDEX_LEAF: {INDEX_LEAF, INDEX_INTERIOR},
    INDEX_INTERIOR: {INDEX_LEAF, INDEX_INTERIOR},
}
_INT_BYTES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_MAX_PAYLOAD = 1 << 30

Value: TypeAlias = "int | float | str | bytes | None"


class Cell(NamedTuple):
    """A row of a table, or an entry of an index."""

    rowid: int
    """0 in an index, and in a table without row ids."""
    values: tuple[Value, ...]


class Reader:
    """Reads trees and lone pages; remembers which pages it has read, and how much it could not."""

    def __init__(self, image: Image) -> None:
        self.image = image
        self.seen: set[int] = set()
        self.unreadable = 0
        """Pages and rows that were to be read and could not."""

    def tree(self, root: int) -> Iterator[Cell]:
        """Every cell of a tree, in order. A page is read once, so that damage cannot lead in a circle."""
        family: set[int] = set()
        stack = [root]
        while stack:
            number = stack.pop()
            if not 0 < number <= self.image.pages or number in self.seen:
                self.unreadable += 1
                continue
            page = self.image.page(number)
            kind = page[_start(number)]
            if kind not in (family or _FAMILY):
                self.unreadable += 1
                continue
            self.seen.add(number)
            family = family or _FAMILY[kind]
            if kind in _INTERIOR:
                stack += reversed(self._children(number, page))
            if kind != TABLE_INTERIOR:
                yield from self._cells(number, page)

    def leaf(self, number: int) -> Iterator[Cell]:
        """The cells of a page that no tree has led to; none if it is no leaf."""
        page = self.image.page(number)
        if page[_start(number)] in {TABLE_LEAF, INDEX_LEAF}:
            yield from self._cells(number, page)

    def _children(self, number: int, page: bytes) -> list[int]:
        start = _start(number)
        pointers = [int.from_bytes(page[at : at + 4], "big") for at in _pointers(number, page)]
        return [*pointers, int.from_bytes(page[start + 8 : start + 12], "big")]

    def _cells(self, number: int, page: bytes) -> Iterator[Cell]:
        kind = page[_start(number)]
        for at in _pointers(number, page):
            try:
                rowid = 0
                if kind == INDEX_INTERIOR:
                    at += 4
                size, at = varint(page, at)
                if kind == TABLE_LEAF:
                    rowid, at = varint(page, at)
                yield Cell(_signed(rowid), record(self._payload(page, at, size, is_table=kind == TABLE_LEAF)))
            except (ValueError, IndexError, struct.error):
                self.unreadable += 1

    def _payload(self, page: bytes, at: int, size: int, *, is_table: bool) -> bytes:
        """A cell's content, with what did not fit into its page. Raises ValueError."""
        usable = self.image.page_bytes
        if size > _MAX_PAYLOAD:
            raise ValueError("too long")
        most = usable - 35 if is_table else (usable - 12) * 64 // 255 - 23
        if size <= most:
            return _slice(page, at, size)
        least = (usable - 12) * 32 // 255 - 23
        local = least + (size - least) % (usable - 4)
        local = local if local <= most else least
        parts = [_slice(page, at, local)]
        follow = int.from_bytes(_slice(page, at + local, 4), "big")
        left = size - local
        passed: set[int] = set()
        while left > 0:
            if not 0 < follow <= self.image.pages or follow in passed:
                raise ValueError("the rest is gone")
            passed.add(follow)
            more = self.image.page(follow)
            parts.append(more[4 : 4 + min(left, usable - 4)])
            left -= len(parts[-1])
            follow = int.from_bytes(more[:4], "big")
        self.seen |= passed
        return b"".join(parts)


def free_pages(image: Image) -> set[int]:
    """Pages that the database does not use: what is on them was deleted."""
    first = image.page(1)
    trunk = int.from_bytes(first[32:36], "big")
    found: set[int] = set()
    while 0 < trunk <= image.pages and trunk not in found:
        found.add(trunk)
        page = image.page(trunk)
        count = min(int.from_bytes(page[4:8], "big"), image.page_bytes // 4 - 2)
        found |= {*struct.unpack(f">{count}I", page[8 : 8 + 4 * count])}
        trunk = int.from_bytes(page[:4], "big")
    return found


def varint(data: bytes, at: int) -> tuple[int, int]:
    """(unsigned value, the place after it). Raises IndexError."""
    value = 0
    for count in range(8):
        byte = data[at + count]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + count + 1
    return value << 8 | data[at + 8], at + 9


def record(payload: bytes) -> tuple[Value, ...]:
    """The values of a row. Raises ValueError or IndexError if it is not whole."""
    end, at = varint(payload, 0)
    types = []
    while at < end:
        kind, at = varint(payload, at)
        types.append(kind)
    if at != end:
        raise ValueError("its head does not end where it should")
    values: list[Value] = []
    for kind in types:
        value, at = _value(payload, at, kind)
        values.append(value)
    if at != len(payload):
        raise ValueError("it does not end where it should")
    return tuple(values)


def _value(payload: bytes, at: int, kind: int) -> tuple[Value, int]:
    if kind >= 12:
        size = (kind - 12) // 2
        data = _slice(payload, at, size)
        return (data.decode() if kind % 2 else data), at + size
    if kind in _INT_BYTES:
        size = _INT_BYTES[kind]
        return int.from_bytes(_slice(payload, at, size), "big", signed=True), at + size
    if kind == 7:
        return struct.unpack(">d", _slice(payload, at, 8))[0], at + 8
    if kind in {0, 8, 9}:
        return {0: None, 8: 0, 9: 1}[kind], at
    raise ValueError("no such type")


def _start(number: int) -> int:
    """Where a page's own header begins: the first page has the file's before it."""
    return 100 if number == 1 else 0


def _pointers(number: int, page: bytes) -> list[int]:
    """Where the cells of a page begin."""
    start = _start(number)
    head = 12 if page[start] in _INTERIOR else 8
    count = min(int.from_bytes(page[start + 3 : start + 5], "big"), (len(page) - start - head) // 2)
    return list(struct.unpack(f">{count}H", page[start + head : start + head + 2 * count]))


def _slice(data: bytes, at: int, size: int) -> bytes:
    """Raises ValueError if there is less."""
    part = data[at : at + size]
    if len(part) != size:
        raise ValueError("it ends too early")
    return part


def _signed(number: int) -> int:
    return number - (1 << 64) if number >= 1 << 63 else number
