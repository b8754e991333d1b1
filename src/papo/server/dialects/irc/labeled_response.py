"""The answer to one labelled request (IRCv3 labeled-response): gathered as it is released, sent whole.

A request without a label has no `Response`: its lines go out as they are released.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.protocol.irc import escape

if TYPE_CHECKING:
    from papo.server.dialects.irc.session import IrcSession


class Response:
    """Lines for the one who asked, in order."""

    __slots__ = ("_label", "_lines", "_session")

    def __init__(self, session: IrcSession, label: str) -> None:
        self._session = session
        self._label = escape(label)
        self._lines: list[str] = []

    def add(self, line: str) -> None:
        """One line, without framing."""
        self._lines.append(line)

    def finish(self, _: object = None) -> None:
        """Send: nothing to say is an ACK, one line carries the label, several are a batch that does."""
        session, lines = self._session, self._lines
        server = session.chat.config.server.name
        label = f"label={self._label}"
        if not lines:
            session.write_line(f"@{label} :{server} ACK")
        elif len(lines) == 1 or _is_one_batch(lines):
            session.write_line(with_tag(lines[0], label))
            for line in lines[1:]:
                session.write_line(line)
        else:
            reference = session.chat.names.uid()
            session.write_line(f"@{label} :{server} BATCH +{reference} labeled-response")
            for line in lines:
                session.write_line(nested(line, reference))
            session.write_line(f":{server} BATCH -{reference}")


def with_tag(line: str, tag: str) -> str:
    """The line with one more tag (already escaped)."""
    return f"@{tag};{line[1:]}" if line[0] == "@" else f"@{tag} {line}"


def nested(line: str, reference: str) -> str:
    """The line as part of a batch; what is inside a batch of its own already, or ends one, stays as it is."""
    if _has_batch(line):
        return line
    words = line.split(" ", 3)
    if line[0] != "@" and len(words) > 2 and words[1] == "BATCH" and words[2][:1] == "-":
        return line
    return with_tag(line, f"batch={reference}")


def _has_batch(line: str) -> bool:
    return line[0] == "@" and any(tag.startswith("batch=") for tag in line[1:].partition(" ")[0].split(";"))


def _is_one_batch(lines: list[str]) -> bool:
    """Whether the lines are one batch already, which then carries the label itself (labeled-response, "Batches")."""
    first = lines[0].partition(" ")[2] if lines[0][0] == "@" else lines[0]
    words = first.split(" ", 3)
    if len(words) < 3 or words[1] != "BATCH":
        return False
    end = f" BATCH -{words[2][1:]}"
    return lines[-1].endswith(end) and not any(line.endswith(end) for line in lines[:-1])
