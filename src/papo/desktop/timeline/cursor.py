"""Where the keyboard goes among the rows of the timeline. No Qt widgets."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QAbstractItemView

from papo.ui.rows import Row

Move = QAbstractItemView.CursorAction
HEADINGS = frozenset({"day", "unread", "beginning"})


def next_row(rows: Sequence[Row], at: int, move: Move, page: int) -> int:
    """Index of the row that a key goes to from row `at` (-1: none), without headings; -1 if there is none.

    `page`: rows on the screen.
    """
    steps = {
        Move.MoveUp: -1, Move.MovePrevious: -1, Move.MoveDown: 1, Move.MoveNext: 1,
        Move.MovePageUp: -page, Move.MovePageDown: page,
    }  # fmt: skip
    step = steps.get(move, 0)
    if move == Move.MoveHome:
        at, step = -1, 1
    elif move == Move.MoveEnd or at < 0:
        at, step = len(rows), -1
    to = max(0, min(len(rows) - 1, at + step))
    direction = 1 if step >= 0 else -1
    while 0 <= to < len(rows) and rows[to].kind in HEADINGS:
        to += direction
    return to if 0 <= to < len(rows) else -1
