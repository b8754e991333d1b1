"""Which rows of a timeline are on the screen. Knows how many lines a row has, and nothing of what is in them."""

from __future__ import annotations

from collections.abc import Callable

from papo.client.state.message import BufferLine
from papo.ui.rows import Rows


class Viewport:
    """A number of lines of the screen, anchored at the lower edge: at the newest row, or inside a certain row."""

    def __init__(self, rows: Rows, lines_in: Callable[[int], int]) -> None:
        """`lines_in`: number of lines of the row with this index."""
        self.rows = rows
        self.height = 0
        self._lines_in = lines_in
        self._bottom: int | None = None
        """Index of the row at the lower edge; None: always the newest."""
        self._below = 0
        """Number of its lines beneath the edge."""

    @property
    def follows(self) -> bool:
        """Whether the newest row is on the screen, and stays there."""
        return self._bottom is None

    @property
    def bottom(self) -> int:
        """Index of the row at the lower edge; -1 if there are no rows."""
        return len(self.rows.all) - 1 if self._bottom is None else self._bottom

    @property
    def below(self) -> int:
        """Number of this row's lines beneath the edge."""
        return self._below

    def follow(self) -> None:
        """Stay at the newest row from now on."""
        self._bottom, self._below = None, 0

    def stop_at_end(self) -> None:
        """Show the newest row, and stay at it when others follow."""
        self._bottom, self._below = len(self.rows.all) - 1, 0

    # --- when the rows change

    def anchor(self) -> tuple[BufferLine | None, int]:
        """The last line above the lower edge, and how many rows the edge is below it: to be found again by `hold`."""
        for at in range(self._bottom if self._bottom is not None else -1, -1, -1):
            lines = self.rows.all[at].lines
            if lines:
                return lines[-1], self.bottom - at
        return None, 0

    def hold(self, anchor: tuple[BufferLine | None, int], kept: int) -> None:
        """Stay at the same row after all but the first `kept` rows have changed."""
        if self._bottom is None or self._bottom < kept:
            return
        line, distance = anchor
        at = self.rows.find(line) if line is not None else -1
        if at < 0:
            self.follow()
        else:
            self._bottom = min(at + distance, len(self.rows.all) - 1)

    # --- moving

    def scroll(self, lines: int, *, is_end: bool) -> bool:
        """Scroll down by so many lines, up if it is negative; False if there are not so many below.

        `is_end`: nothing follows after the last row.
        """
        at, below = self.bottom, self._below - lines
        while below < 0:
            if at + 1 >= len(self.rows.all):
                return False
            at += 1
            below += self._lines_in(at)
        while at > 0 and below >= self._lines_in(at):
            below -= self._lines_in(at)
            at -= 1
        self._bottom, self._below = at, below
        self._fill(is_end=is_end)
        return True

    def to_first(self, *, is_end: bool) -> None:
        """Scroll to the first row."""
        self._bottom, self._below = 0, 0
        self._fill(is_end=is_end)

    def center(self, at: int, *, is_end: bool) -> None:
        """Scroll a row into the middle."""
        lines = self.height // 2
        while lines > 0 and at + 1 < len(self.rows.all):
            at += 1
            lines -= self._lines_in(at)
        self._bottom, self._below = at, 0
        if at + 1 >= len(self.rows.all) and is_end:
            self._bottom = None

    def _fill(self, *, is_end: bool) -> None:
        """Lower the edge until the first row is not below the top of the screen; follow if it is at the very end."""
        at, last = self.bottom, len(self.rows.all) - 1
        lines = -self._below
        for above in range(at, -1, -1):
            if lines >= self.height:
                break
            lines += self._lines_in(above)
        missing = self.height - lines
        while missing > 0:
            if self._below:
                step = min(missing, self._below)
                self._below -= step
                missing -= step
            elif at < last:
                at += 1
                self._below = self._lines_in(at)
            else:
                break
        self._bottom = None if is_end and not self._below and at >= last else at
