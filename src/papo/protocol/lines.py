"""Bytes, cut anywhere, to complete IRC lines. Its memory is bounded, whatever the peer sends."""

from __future__ import annotations

TOO_LONG = b"\0"
"""In place of a line that was too long. No real line contains NUL."""
BLANK_BYTES = 64
"""Bytes that are thrown away are as much work as an empty line."""


class LineBuffer:
    """Splits at LF, CRLF and a lone CR: other programs may read a CR inside a line as the end of the line."""

    __slots__ = ("_after_cr", "_discarding", "_rest", "blank", "max_body_bytes", "max_tags_bytes")

    def __init__(self, max_body_bytes: int = 512, max_tags_bytes: int = 4096) -> None:
        self.max_body_bytes = max_body_bytes
        """Bytes, CRLF included (RFC 1459 2.3)."""
        self.max_tags_bytes = max_tags_bytes
        """Bytes from the `@` to the space after the tags, both included (IRCv3 message-tags "Size limit")."""
        self.blank = 0
        """Empty lines in what was read last; of a line that is too long, every `BLANK_BYTES` count as one."""
        self._rest = b""
        self._discarding = False
        self._after_cr = False
        """Whether the last byte was a CR: an LF after it ends no line of its own."""

    def feed(self, data: bytes) -> list[bytes]:
        """Complete lines without their ends and without empty ones; `TOO_LONG` for each that is too long."""
        if self._after_cr:
            data = data.removeprefix(b"\n")
            self._after_cr = False
        if self._rest:
            data = self._rest + data
        if b"\r" in data:
            self._after_cr = data[-1:] == b"\r"
            data = data.replace(b"\r\n", b"\n")
            if b"\r" in data:
                # A CR at the very end may be half of a CRLF; as a line end it is right either way.
                data = data.replace(b"\r", b"\n")
        lines = data.split(b"\n")
        rest = lines.pop()
        if self._discarding and lines:
            lines[0] = TOO_LONG
            self._discarding = False
        if self._discarding:
            rest = b""
        elif len(rest) > self.max_tags_bytes + self.max_body_bytes:
            rest = b""
            self._discarding = True
        self._rest = rest
        found = [line if len(line) <= 510 or self._fits(line) else TOO_LONG for line in lines if line]
        self.blank = len(lines) - len(found)
        if self._discarding:
            self.blank += len(data) // BLANK_BYTES
        return found

    @property
    def waiting_bytes(self) -> int:
        """Bytes of the unfinished line."""
        return len(self._rest)

    def _fits(self, line: bytes) -> bool:
        if line[:1] != b"@":
            return len(line) + 2 <= self.max_body_bytes
        tags = line.find(b" ") + 1
        return 0 < tags <= self.max_tags_bytes and len(line) - tags + 2 <= self.max_body_bytes
