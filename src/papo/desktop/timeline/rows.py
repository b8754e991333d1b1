"""From entries to rows: days, the unread line, who goes on speaking, comings and goings drawn together. No Qt.

A conversation of 100,000 messages gets one more every few milliseconds: `Rows.update` works on what is different.
"""

from __future__ import annotations

import time
from typing import Literal, TypeAlias

import msgspec

from papo.client.state.message import BufferLine

RowKind: TypeAlias = Literal["beginning", "day", "line", "message", "quiet"]
SAME_BREATH_MS = 5 * 60_000
FEW = 2
"""So many comings and goings are told one by one."""
QUIET = frozenset({"join", "part", "quit", "nick", "mode"})
_DAY_MS = 86_400_000


class Row(msgspec.Struct, eq=False):
    """What is drawn at one place."""

    kind: RowKind
    entry: BufferLine | None = None
    """The message, or the first of those that came and went."""
    at_ms: int = 0
    head: bool = False
    """With name and picture."""
    more: list[BufferLine] | None = None
    """All that came and went here."""
    opened: bool = False
    """Somebody wants to read them one by one."""

    @property
    def entries(self) -> list[BufferLine]:
        """All of it."""
        return self.more if self.more is not None else [self.entry] if self.entry is not None else []


class Rows:
    """The rows of one conversation, kept in step with its entries."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.beginning = False
        self._entries: list[BufferLine] = []
        self._how = (0, True, False)
        self._line: Row | None = None

    def find(self, entry: BufferLine) -> int:
        """Where an entry stands; -1 where it does not."""
        for at in range(len(self.rows) - 1, -1, -1):
            row = self.rows[at]
            if row.entry is entry or (row.more is not None and any(each is entry for each in row.more)):
                return at
        return -1

    def update(self, entries: list[BufferLine], *, line_at_ms: int, joins: bool, beginning: bool) -> int:
        """Bring the rows in step; gives how many of the first are as they were.

        `line_at_ms`: newest moment that was read, 0 for no line; `beginning`: nothing was ever said before.
        """
        how = (line_at_ms, joins, beginning)
        same = _alike(self._entries, entries) if how == self._how else 0
        if same == len(entries) == len(self._entries) and how == self._how:
            return len(self.rows)
        if same == 0:
            self.rows = [Row("beginning")] if beginning else []
            self._line = None
        else:
            self._cut(self._entries[same:])
        kept = len(self.rows) if same else 0
        self._how, self._entries = how, list(entries)
        if self.rows and self.rows[-1].kind == "quiet":
            kept -= 1
        self._extend(entries[same:], line_at_ms, joins=joins)
        return kept

    def _cut(self, gone: list[BufferLine]) -> None:
        """Take the rows of these entries, the last ones, away."""
        known = {id(each) for each in gone}
        rows = self.rows
        while rows:
            last = rows[-1]
            if last.kind == "quiet" and last.more is not None:
                last.more = [each for each in last.more if id(each) not in known]
                if last.more:
                    break
            elif last.kind == "beginning" or (last.kind == "message" and id(last.entry) not in known):
                break
            if last is self._line:
                self._line = None
            rows.pop()

    def _extend(self, fresh: list[BufferLine], line_at_ms: int, *, joins: bool) -> None:
        rows = self.rows
        before = rows[-1].entry if rows and rows[-1].kind == "message" else None
        first, after = (0, 0) if not rows or rows[-1].kind == "beginning" else day_of(rows[-1].entries[-1].at_ms)
        undrawn = line_at_ms > 0 and self._line is None
        for entry in fresh:
            kind = entry.kind
            quiet = kind in QUIET
            if quiet and not joins:
                continue
            at_ms = entry.at_ms
            if not first <= at_ms < after:
                first, after = day_of(at_ms)
                rows.append(Row("day", None, at_ms))
                before = None
            if undrawn and at_ms > line_at_ms and entry.is_message and not entry.mine:
                self._line = Row("line", None, at_ms)
                rows.append(self._line)
                undrawn = False
                before = None
            if quiet:
                last = rows[-1]
                if last.kind == "quiet" and last.more is not None:
                    last.more.append(entry)
                else:
                    rows.append(Row("quiet", entry, at_ms, more=[entry]))
                before = None
            else:
                rows.append(Row("message", entry, at_ms, not goes_on(before, entry)))
                before = entry


def goes_on(before: BufferLine | None, entry: BufferLine) -> bool:
    """Whether somebody goes on speaking."""
    return (
        before is not None
        and before.kind == entry.kind == "say"
        and before.nick == entry.nick
        and not entry.reply_to
        and before.rank == entry.rank
        and entry.at_ms - before.at_ms < SAME_BREATH_MS
    )


def day_of(at_ms: int) -> tuple[int, int]:
    """When the day of a moment begins and ends here, in milliseconds."""
    there = time.localtime(at_ms / 1000)
    begins = time.mktime((there.tm_year, there.tm_mon, there.tm_mday, 0, 0, 0, 0, 0, -1))
    ends = time.mktime((there.tm_year, there.tm_mon, there.tm_mday + 1, 0, 0, 0, 0, 0, -1))
    return int(begins * 1000), int(ends * 1000)


def _alike(old: list[BufferLine], new: list[BufferLine]) -> int:
    """How many of the first are the same. Most often all but the last few are."""
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
