"""Conversations as text: the lines that each client sends and receives.

    # a comment
    ana caps: message-tags echo-message    (optional, first: connect and register with these capabilities)
    ana in: #sala                          (connect and register if needed, join, drop what was received)
    ana> PRIVMSG #sala :oi                 (a line sent)
    bia< :ana!ana@{host} PRIVMSG #sala :oi (exactly the next line received)

`{host}` stands for the address, `{any}` for one word, `{...}` for anything, `{=NAME}` for a word that is the
same wherever NAME occurs, `{x01}` for a control character. Unexpected lines are an error.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "transcripts"
_STEP = re.compile(r"(?P<who>\w+)(?P<kind>>|<| in:| caps:) ?(?P<text>.*)")
_CONTROL = re.compile(r"\{x([0-9a-f]{2})\}")
_HOLE = re.compile(r"\{(any|host|\.\.\.|=(\w+))\}")


class Step(NamedTuple):
    """One line of a transcript."""

    who: str
    kind: str
    """`send`, `expect`, `in` or `caps`."""
    text: str
    number: int


def load(name: str) -> list[Step]:
    """The steps of `transcripts/NAME.txt`."""
    steps = []
    for number, line in enumerate((FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        found = _STEP.fullmatch(line)
        assert found, f"{name}.txt:{number}: {line!r} is no step"
        kind = {">": "send", "<": "expect", " in:": "in", " caps:": "caps"}[found["kind"]]
        text = _CONTROL.sub(lambda control: chr(int(control[1], 16)), found["text"])
        steps.append(Step(found["who"], kind, text, number))
    return steps


def names() -> list[str]:
    """All transcripts."""
    return sorted(path.stem for path in FOLDER.glob("*.txt"))


class Expectation:
    """Compares lines with patterns, and remembers the word of each `{=NAME}`."""

    def __init__(self) -> None:
        self._words: dict[str, str] = {}

    def check(self, pattern: str, line: str, where: str) -> None:
        """Raise AssertionError if the line does not match."""
        at = 0
        parts = []
        groups: list[str] = []
        for hole in _HOLE.finditer(pattern):
            parts.append(re.escape(pattern[at : hole.start()]))
            at = hole.end()
            if hole[2] and hole[2] in self._words:
                parts.append(re.escape(self._words[hole[2]]))
            elif hole[2]:
                groups.append(hole[2])
                parts.append(r"([^ ;]+)")
            else:
                parts.append({"any": r"[^ ;]+", "host": r"[0-9a-z.:]+", "...": ".*"}[hole[1]])
        parts.append(re.escape(pattern[at:]))
        found = re.fullmatch("".join(parts), line)
        assert found, f"{where}\n  expected {pattern!r}\n  received {line!r}"
        self._words.update(zip(groups, found.groups(), strict=True))

    def fill(self, text: str) -> str:
        """Replace each `{=NAME}` in a line to send."""
        return re.sub(r"\{=(\w+)\}", lambda hole: self._words[hole[1]], text)
