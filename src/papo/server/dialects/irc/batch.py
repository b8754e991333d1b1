"""A message of several lines that a client is sending (IRCv3 client-batch)."""

from __future__ import annotations


class ClientBatch:
    """The lines received so far."""

    __slots__ = ("failed", "lines", "opened_at_s", "reference", "response", "size", "tags", "target", "token", "verb")

    def __init__(self, reference: str, target: str, tags: dict[str, str], token: str, opened_at_s: float) -> None:
        self.reference = reference
        self.target = target
        self.tags = tags
        """Client tags of the whole message."""
        self.token = token
        """The message's nonce (papo.chat/nonce), not checked yet; "" for none."""
        self.opened_at_s = opened_at_s
        self.verb = ""
        self.lines: list[tuple[bool, str]] = []
        self.size = 0
        self.failed = False
        """The client has been told that something is wrong: the rest is ignored."""
        self.response: object = None
        """The labeled response that the echo of the message belongs to."""

    @property
    def text(self) -> str:
        """All lines. Those with the concat tag continue the line before."""
        return "".join(("" if joined or not at else "\n") + line for at, (joined, line) in enumerate(self.lines))
