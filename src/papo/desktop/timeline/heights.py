"""How high each of many rows is, and where it begins: exact for those that were drawn, a guess for others. No Qt."""

from __future__ import annotations

from array import array

BLOCK = 512


class Heights:
    """Heights in pixels. Changing one costs the same in a list of ten and of 100,000."""

    def __init__(self, usual: int) -> None:
        self.usual = usual
        """What a row is taken for until it is drawn."""
        self._each = array("i")
        self._sums: list[int] = []

    def __len__(self) -> int:
        return len(self._each)

    def __getitem__(self, at: int) -> int:
        return self._each[at]

    def reset(self, count: int) -> None:
        """So many rows, none of them drawn."""
        self._each = array("i", [self.usual]) * count
        self._sum_from(0)

    def resize(self, kept: int, count: int) -> None:
        """The first `kept` stay; up to `count`, none of the others is drawn."""
        del self._each[kept:]
        self._each.extend(array("i", [self.usual]) * (count - kept))
        self._sum_from(kept // BLOCK)

    def _sum_from(self, block: int) -> None:
        del self._sums[block:]
        self._sums += [sum(self._each[at : at + BLOCK]) for at in range(block * BLOCK, len(self._each), BLOCK)]

    def set(self, at: int, height: int) -> None:
        """This one was drawn."""
        self._sums[at // BLOCK] += height - self._each[at]
        self._each[at] = height

    @property
    def total(self) -> int:
        """Of all of them."""
        return sum(self._sums)

    def top(self, at: int) -> int:
        """Where a row begins."""
        block = at // BLOCK
        return sum(self._sums[:block]) + sum(self._each[block * BLOCK : at])

    def row(self, y: int) -> tuple[int, int]:
        """The row at this height, and where it begins; the last one for all that is below."""
        top = 0
        for block, size in enumerate(self._sums):
            if y < top + size or block == len(self._sums) - 1:
                for at in range(block * BLOCK, len(self._each)):
                    if y < top + self._each[at] or at == len(self._each) - 1:
                        return at, top
                    top += self._each[at]
            top += size
        return 0, 0
