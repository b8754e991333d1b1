"""Bytes of a dialect without framing to messages: what one `recv()` of the original server would have meant.

1. Newlines end messages, wherever the bytes are cut.
2. A chunk that ends without a newline is a message when it ends.
3. Unless more is surely on its way: it ends inside a UTF-8 character, fills the original's whole `recv()`, or is one
   byte alone (somebody sends byte by byte). Then the rest is awaited until it has been quiet for `QUIET_S`.
"""

from __future__ import annotations

import codecs

QUIET_S = 0.08
"""Where somebody sends byte by byte, their system may hold the second until the first is acknowledged, which takes
up to 40 ms (Nagle's algorithm and delayed acknowledgements); a person's messages are hundreds apart."""
MAX_BYTES = 16_384
"""What is gathered at most before it is a message whatever comes."""


class Chunks:
    """Feed it bytes; it gives messages. `waits` says whether `flush` should be called after `QUIET_S` of silence."""

    __slots__ = ("_decoder", "_text", "ends_lines", "recv_bytes", "waits")

    def __init__(self, recv_bytes: int) -> None:
        self.recv_bytes = recv_bytes
        """The size of the original's `recv()`."""
        self.ends_lines = False
        """True once a message ended with a newline: this is `nc`, or a program that works by lines."""
        self.waits = False
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text = ""

    def feed(self, data: bytes) -> list[str]:
        """Messages without their newlines, empty ones left out. Bytes that are no UTF-8 become U+FFFD."""
        text = self._text + self._decoder.decode(data)
        inside_character = bool(self._decoder.getstate()[0])
        *whole, rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        if whole:
            self.ends_lines = True
        goes_on = inside_character or len(data) in {1, self.recv_bytes} or (self.waits and not whole)
        if rest and goes_on and len(rest) < MAX_BYTES:
            self._text, self.waits = rest, True
        else:
            self._text, self.waits = "", inside_character
            whole.append(rest)
        return [message for message in whole if message]

    def flush(self) -> list[str]:
        """What was awaited no longer is."""
        text = self._text + self._decoder.decode(b"", final=True)
        self._decoder.reset()
        self._text, self.waits = "", False
        return [text] if text else []
