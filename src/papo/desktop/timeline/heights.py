"""Heights of many rows and where each begins: exact for rows that were laid out, a guess for others. No Qt."""

from __future__ import annotations

from array import array

BLOCK = 512


class Heights:
    """Heights in pixels. To change one costs the same in a list of ten and of 100,000."""

    def __init__(self, usual: int) -> None:
        self.usual = usual
        """The height that a row counts with until it is laid out."""
        self._each = array("i")
        self._sums: list[int] = []
        """For each block of rows."""

    def __len__(self) -> int:
        return len(self._each)

    def __getitem__(self, at: int) -> int:
        return self._each[at]

    def reset(self, count: int) -> None:
        """Begin with so many rows, none of them laid out."""
        self._each = array("i", [self.usual]) * count
        self._sum_from(0)

    def resize(self, kept: int, count: int) -> None:
        """Keep the first `kept`; the others up to `count` are not laid out."""
        del self._each[kept:]
        self._each.extend(array("i", [self.usual]) * (count - kept))
        self._sum_from(kept // BLOCK)

    def _sum_from(self, block: int) -> None:
        del self._sums[block:]
        self._sums += [sum(self._each[at : at + BLOCK]) for at in range(block * BLOCK, len(self._each), BLOCK)]

    def set(self, at: int, height: int) -> None:
        """A row was laid out."""
        self._sums[at // BLOCK] += height - self._each[at]
        self._each[at] = height

    @property
    def total(self) -> int:
        """The height of all rows."""
        return sum(self._sums)

    def top(self, at: int) -> int:
        """Where a row begins."""
        block = at // BLOCK
        return sum(self._sums[:block]) + sum(self._each[block * BLOCK : at])

    def row(self, y: int) -> tuple[int, int]:
        """The row at this height and where it begins; the last one for everything below it."""
        top = 0
        for block, size in enumerate(self._sums):
            if y < top + size or block == len(self._sums) - 1:
                for at in range(block * BLOCK, len(self._each)):
                    if y < top + self._each[at] or at == len(self._each) - 1:
                        return at, top
                    top += self._each[at]
            top += size
        return 0, 0
