"""Questions to the server and what it has answered (IRCv3 labeled-response; without it, PING marks the end)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeAlias

from papo.client.session.batches import ANSWERS
from papo.client.session.line_parts import MESSAGE_COMMANDS, nick_of
from papo.protocol.irc import Line

Answer: TypeAlias = list[Line]
Then: TypeAlias = Callable[[Answer | None], None]
"""Called with all lines of the answer, or None if the connection ended first."""
NONCE = "papo.chat/nonce"
"""Capability, and tag of a message that the server recognises if it is sent again; the answer has it too."""
_MAY_ANSWER = re.compile(r"\d{3}|FAIL|NOTE|TOKEN|REGISTER|VERIFY")


class Questions:
    """Those without an answer yet, oldest first, each with a label of its own."""

    def __init__(self, is_me: Callable[[str], bool]) -> None:
        self._is_me = is_me
        self._open: dict[str, tuple[Then, Answer]] = {}
        self._count = 0

    def __len__(self) -> int:
        return len(self._open)

    def add(self, then: Then) -> str:
        """The label of a new question; also the parameter of the PING behind it."""
        self._count += 1
        label = f"L{self._count}"
        self._open[label] = (then, [])
        return label

    def answer(self, label: str, answer: Answer) -> None:
        """Give a question its answer; a label that is not ours is ignored."""
        question = self._open.pop(label, None)
        if question is not None:
            question[0](answer)

    def collect(self, lines: Iterable[Line]) -> None:
        """Without labels: lines before the PONG of the oldest question may be its answer."""
        _then, found = next(iter(self._open.values()))
        found += [line for line in lines if self._may_answer(line)]

    def _may_answer(self, line: Line) -> bool:
        if line.command in MESSAGE_COMMANDS and self._is_me(nick_of(line.source)):
            return True
        return _MAY_ANSWER.fullmatch(line.command) is not None or line.tags.get("batch", "") in ANSWERS

    def pong(self, token: str) -> bool:
        """Whether this PONG ends the answer to a question."""
        if token not in self._open:
            return False
        for label in list(self._open):
            # Answers come in the order of the questions: those before this one are complete as well.
            self.answer(label, self._open[label][1])
            if label == token:
                break
        return True

    def close(self) -> None:
        """The connection ended: every question is answered with None."""
        asked, self._open = self._open, {}
        for then, _found in asked.values():
            then(None)


class Answers:
    """The answers to `count` questions as one; None if any of them is None."""

    def __init__(self, count: int, then: Then) -> None:
        self._left = count
        self._lines: Answer | None = []
        self._then = then
        if not count:
            then([])

    def add(self, answer: Answer | None) -> None:
        """Calls `then` with the last of them."""
        self._left -= 1
        self._lines = None if answer is None or self._lines is None else self._lines + answer
        if not self._left:
            self._then(self._lines)
