"""Messages of a dialect without framing: what one `recv()` of the original server would have returned.

1. A newline ends a message, wherever the bytes are cut.
2. A chunk that ends without a newline is a message too,
3. unless more is surely on its way: it ends inside a UTF-8 character, fills the original's whole `recv()` (or
   several), or is one byte alone (the client sends byte by byte). Then the rest is awaited, until nothing arrives for
   `QUIET_S`.
"""

from __future__ import annotations

import codecs
from typing import NamedTuple

QUIET_S = 0.08
"""If a client sends byte by byte, its system may keep the second byte until the first is acknowledged: up to 40 ms
(Nagle's algorithm and delayed acknowledgements). A person's messages are hundreds of milliseconds apart."""
MAX_BYTES = 16_384
"""So many characters are a message, even if more is on its way."""


class BlankLines(NamedTuple):
    """Empty messages: they do nothing, and are charged together."""

    lines: int


class MessageSplitter:
    """Bytes in, messages out. If `waits` is true, `flush` must be called after `QUIET_S` of silence."""

    __slots__ = ("_decoder", "_text", "blank", "ends_lines", "recv_bytes", "waits")

    def __init__(self, recv_bytes: int) -> None:
        self.recv_bytes = recv_bytes
        """The size of the original's `recv()`."""
        self.ends_lines = False
        """True once a message has ended with a newline: the client is `nc`, or works by lines."""
        self.waits = False
        self.blank = 0
        """Empty messages in what was read last."""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text = ""

    def feed(self, data: bytes) -> list[str]:
        """Complete messages without their newlines, and without empty ones. Invalid UTF-8 becomes U+FFFD."""
        text = self._text + self._decoder.decode(data)
        inside_character = bool(self._decoder.getstate()[0])
        *whole, rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        if whole:
            self.ends_lines = True
        unfinished = inside_character or len(data) == 1 or not len(data) % self.recv_bytes
        goes_on = unfinished or (self.waits and not whole)
        if rest and goes_on and len(rest) < MAX_BYTES:
            self._text, self.waits = rest, True
        else:
            self._text, self.waits = "", inside_character
            whole.append(rest)
        found = [message for message in whole if message]
        self.blank = max(0, len(whole) - len(found) - (not rest))
        return found

    def flush(self) -> list[str]:
        """What was kept back is a message: nothing more arrived."""
        text = self._text + self._decoder.decode(b"", final=True)
        self._decoder.reset()
        self._text, self.waits = "", False
        return [text] if text else []
