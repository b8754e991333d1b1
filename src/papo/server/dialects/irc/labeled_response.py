"""The answer to one labeled request (IRCv3 labeled-response): collected as it is released, sent whole.

A request without a label has no `LabeledResponse`: its lines are sent as they are released.
"""

from __future__ import annotations

from collections.abc import Callable

from papo.protocol.irc import escape


class LabeledResponse:
    """The lines of the answer, in order."""

    __slots__ = ("_lines", "_tags")

    def __init__(self, label: str) -> None:
        self._tags = f"label={escape(label)}"
        self._lines: list[str] = []

    def add(self, line: str) -> None:
        """Add a line without its end."""
        self._lines.append(line)

    def add_tag(self, name: str, value: str) -> None:
        """The answer has this tag too, as its label: the asker alone gets it."""
        self._tags += f";{name}={escape(value)}"

    def lines(self, server: str, new_reference: Callable[[], str]) -> list[str]:
        """What is sent: an ACK if there is no answer, one line with the label, or several as a batch with it."""
        lines = self._lines
        label = self._tags
        if not lines:
            return [f"@{label} :{server} ACK"]
        if len(lines) == 1 or _is_one_batch(lines):
            return [with_tag(lines[0], label), *lines[1:]]
        reference = new_reference()
        return [
            f"@{label} :{server} BATCH +{reference} labeled-response",
            *(nested(line, reference) for line in lines),
            f":{server} BATCH -{reference}",
        ]


def with_tag(line: str, tag: str) -> str:
    """The line with one more tag, which is escaped already."""
    return f"@{tag};{line[1:]}" if line[0] == "@" else f"@{tag} {line}"


def nested(line: str, reference: str) -> str:
    """The line as part of a batch. A line that is in another batch, or that ends one, stays as it is."""
    if _has_batch(line):
        return line
    words = line.split(" ", 3)
    if line[0] != "@" and len(words) > 2 and words[1] == "BATCH" and words[2][:1] == "-":
        return line
    return with_tag(line, f"batch={reference}")


def _has_batch(line: str) -> bool:
    return line[0] == "@" and any(tag.startswith("batch=") for tag in line[1:].partition(" ")[0].split(";"))


def _is_one_batch(lines: list[str]) -> bool:
    """Whether the lines are one batch: that batch then carries the label (labeled-response, "Batches")."""
    first = lines[0].partition(" ")[2] if lines[0][0] == "@" else lines[0]
    words = first.split(" ", 3)
    if len(words) < 3 or words[1] != "BATCH":
        return False
    end = f" BATCH -{words[2][1:]}"
    return lines[-1].endswith(end) and not any(line.endswith(end) for line in lines[:-1])
