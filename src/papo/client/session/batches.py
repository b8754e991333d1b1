"""Open batches (IRCv3 batch, multiline, labeled-response), bounded in memory."""

from __future__ import annotations

import msgspec

from papo.protocol.data import read
from papo.protocol.irc import NO_TAGS, Line

MAX_OPEN = 1_000
MAX_LINES = 20_000
"""In all open batches together."""
MAX_CHARACTERS = 16_000_000
ANSWERS = frozenset(read("answer_batches.json", list[str]))
"""Types of batches that answer a question; whoever asked gets their lines, and nobody else."""


class Batch(msgspec.Struct):
    """A batch that has not ended."""

    kind: str
    params: list[str]
    opening: Line
    lines: list[Line]


class Batches:
    """By reference. Lines beyond the bounds are dropped."""

    def __init__(self) -> None:
        self._open: dict[str, Batch] = {}
        self.lines = 0
        self.characters = 0

    def __len__(self) -> int:
        return len(self._open)

    def clear(self) -> None:
        """Drop all of them: the connection ended."""
        self.__init__()  # type: ignore[misc]  # the same as new

    def add(self, line: Line) -> bool:
        """Whether the line belongs to an open batch, which then keeps it."""
        batch = self._open.get(line.tags["batch"])
        if batch is None:
            return False
        size = sum(map(len, line.params))
        if self.lines < MAX_LINES and self.characters + size <= MAX_CHARACTERS:
            batch.lines.append(line)
            self.lines += 1
            self.characters += size
        return True

    def receive(self, line: Line) -> tuple[Line, list[Line]] | None:
        """A BATCH line. If it ends a batch that is in no other: the line that opened it, and the lines it held."""
        reference = line.params[0] if line.params else ""
        if reference.startswith("+"):
            if len(self._open) >= MAX_OPEN:
                self._drop(next(iter(self._open)))
            self._drop(reference[1:])
            kind = line.params[1] if len(line.params) > 1 else ""
            self._open[reference[1:]] = Batch(kind, line.params[2:], line, [])
            return None
        done = self._drop(reference[1:])
        if done is None:
            return None
        if done.kind == "draft/multiline":
            whole = [as_one_line(done)] if done.lines else []
        else:
            whole = done.lines
            if done.kind != "labeled-response":
                for each in whole:
                    # From here on the tag holds the type of the batch: its reference means nothing any more.
                    if each.tags.get("batch", "") not in ANSWERS and each.tags is not NO_TAGS:
                        each.tags["batch"] = done.kind
        parent = self._open.get(done.opening.tags.get("batch", ""))
        if parent is None:
            return done.opening, whole
        parent.lines.extend(whole)
        self.lines += len(whole)
        self.characters += sum(len(text) for each in whole for text in each.params)
        return None

    def _drop(self, reference: str) -> Batch | None:
        done = self._open.pop(reference, None)
        if done is not None:
            self.lines -= len(done.lines)
            self.characters -= sum(len(text) for each in done.lines for text in each.params)
        return done


def as_one_line(batch: Batch) -> Line:
    """The message of a multiline batch."""
    text = []
    for at, each in enumerate(batch.lines):
        if at and "draft/multiline-concat" not in each.tags:
            text.append("\n")
        text.append(each.params[1] if len(each.params) > 1 else "")
    first = batch.lines[0] if batch.lines else batch.opening
    command = first.command if batch.lines else "PRIVMSG"
    target = batch.params[0] if batch.params else ""
    return Line(command, [target, "".join(text)], first.source or batch.opening.source, batch.opening.tags)
