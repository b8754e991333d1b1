"""The rows of a timeline: days, the unread line, authors named once, joins and leaves drawn together.

`Rows.update` works on what has changed: a buffer of 100,000 lines may get one more every few milliseconds.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from papo.client.state.message import BufferLine
from papo.ui.times import day_bounds

RowKind: TypeAlias = Literal["beginning", "day", "unread", "line", "events"]
SAME_AUTHOR_MS = 5 * 60_000
"""Messages closer together than this count as one author's turn."""
GROUPED_EVENTS = frozenset({"join", "part", "quit", "nick", "mode"})
"""Kinds of lines that are drawn together, or not at all if the user does not want to see them."""


class Row(msgspec.Struct, eq=False):
    """What is drawn in one place."""

    kind: RowKind
    line: BufferLine | None = None
    """The message or event; the first of them for `events`; None for headings."""
    at_ms: int = 0
    names_author: bool = False
    """The first message of an author's turn."""
    group: list[BufferLine] | None = None
    """All lines of an `events` row, at least one."""
    expanded: bool = False
    """The user wants to read the group line by line."""

    @property
    def lines(self) -> list[BufferLine]:
        """All lines of this row, oldest first."""
        return self.group if self.group is not None else [self.line] if self.line is not None else []


class Rows:
    """The rows of one buffer, kept in step with its lines."""

    def __init__(self) -> None:
        self.all: list[Row] = []
        """Oldest first. Rows that `update` keeps stay the same objects."""
        self._lines: list[BufferLine] = []
        self._options = (0, True, False)
        self._unread_row: Row | None = None

    def find(self, line: BufferLine) -> int:
        """Index of the row that holds a line; -1 if there is none."""
        for at in range(len(self.all) - 1, -1, -1):
            row = self.all[at]
            if row.line is line or (row.group is not None and any(each is line for each in row.group)):
                return at
        return -1

    def update(self, lines: list[BufferLine], *, read_at_ms: int, shows_events: bool, beginning: bool) -> int:
        """Bring the rows in step with these lines; returns how many of the first rows have not changed.

        `read_at_ms`: time of the newest message that was read, 0 for no unread line. `beginning`: nothing is older
        than the first line.
        """
        options = (read_at_ms, shows_events, beginning)
        same = _common(self._lines, lines) if options == self._options else 0
        if same == len(lines) == len(self._lines) and options == self._options:
            return len(self.all)
        if same == 0:
            self.all = [Row("beginning")] if beginning else []
            self._unread_row = None
        else:
            self._remove(self._lines[same:])
        kept = len(self.all) if same else 0
        if self.all and self.all[-1].kind == "events":
            kept -= 1
        self._options = options
        del self._lines[same:]
        self._lines += lines[same:]
        self._extend(lines[same:], read_at_ms, shows_events=shows_events)
        return kept

    def _remove(self, removed: list[BufferLine]) -> None:
        """Remove the rows of these lines, which are the last ones."""
        ids = {id(each) for each in removed}
        rows = self.all
        while rows:
            last = rows[-1]
            if last.kind == "events" and last.group is not None:
                last.group = [each for each in last.group if id(each) not in ids]
                if last.group:
                    break
            elif last.kind == "beginning" or (last.kind == "line" and id(last.line) not in ids):
                break
            if last is self._unread_row:
                self._unread_row = None
            rows.pop()

    def _extend(self, fresh: list[BufferLine], read_at_ms: int, *, shows_events: bool) -> None:
        rows = self.all
        before = rows[-1].line if rows and rows[-1].kind == "line" else None
        has_day = bool(rows) and rows[-1].kind != "beginning"
        start_ms, end_ms = day_bounds(rows[-1].lines[-1].at_ms) if has_day else (0, 0)
        # Times run back where the server's clock was set back: read is what comes before the last that was read.
        unread = next((at for at in range(len(fresh), 0, -1) if fresh[at - 1].at_ms <= read_at_ms), 0)
        for index, line in enumerate(fresh):
            is_event = line.kind in GROUPED_EVENTS
            if is_event and not shows_events:
                continue
            at_ms = line.at_ms
            if not start_ms <= at_ms < end_ms:
                start_ms, end_ms = day_bounds(at_ms)
                rows.append(Row("day", None, at_ms))
                before = None
            if self._unread_row is None and read_at_ms and index >= unread and line.is_message and not line.mine:
                self._unread_row = Row("unread", None, at_ms)
                rows.append(self._unread_row)
                before = None
            if is_event:
                last = rows[-1]
                if last.kind == "events" and last.group is not None:
                    last.group.append(line)
                else:
                    rows.append(Row("events", line, at_ms, group=[line]))
                before = None
            else:
                rows.append(Row("line", line, at_ms, not continues(before, line)))
                before = line


def continues(before: BufferLine | None, line: BufferLine) -> bool:
    """Whether a message belongs to the same author's turn as the one before it."""
    return (
        before is not None
        and before.kind == line.kind == "say"
        and before.nick == line.nick
        and not line.reply_to
        and before.statusmsg == line.statusmsg
        and line.at_ms - before.at_ms < SAME_AUTHOR_MS
    )


def _common(old: list[BufferLine], new: list[BufferLine]) -> int:
    """Length of the common beginning. In most cases all but the last few lines are the same."""
    most = min(len(old), len(new))
    step = 0
    while step < most:
        same = most - step
        if old[same - 1] is new[same - 1] and old[:same] == new[:same]:
            while same < most and old[same] is new[same]:
                same += 1
            return same
        step = step * 4 or 1
    return 0
