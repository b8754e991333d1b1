"""What a session tells its owner."""

from __future__ import annotations

from typing import Protocol

from papo.protocol.irc import Line


class SessionListener(Protocol):
    """The owner of a session."""

    def message(self, line: Line) -> None:
        """A line arrived. A multiline batch is one line; answers to questions are not repeated here."""

    def online(self) -> None:
        """Registration is complete, and what the server supports is known."""

    def refused(self, code: str, text: str) -> str:
        """The server refuses us. Returns another nick to try at once, or "" to wait for the user.

        `code` is a numeric, or `sasl` if there is no safe way to log in.
        """


class NullSessionListener:
    """For a session without a connection."""

    def message(self, line: Line) -> None:
        """Does nothing."""

    def online(self) -> None:
        """Does nothing."""

    def refused(self, code: str, text: str) -> str:
        """Waits for the user."""
        _unused = code, text
        return ""
