"""`framed`: our messages have a header of 64 bytes; the server's have one if it was made so."""

from __future__ import annotations

from papo.client.classroom.classroom_events import ClassroomEvent
from papo.client.classroom.conversation import Conversation
from papo.protocol.dialects import Dialect
from papo.protocol.framed import HEADER_BYTES, MAX_PAYLOAD_BYTES, with_header


class Framed(Conversation):
    """Sends payloads with headers."""

    def __init__(self, row: Dialect, nick: str, *, framed_replies: bool = False) -> None:
        super().__init__(row, nick)
        self._frames: bytes | None = b"" if framed_replies else None
        """The beginning of a payload; None if the server sends no headers."""
        self._parser.by_line = framed_replies

    def receive(self, data: bytes, at_s: float) -> list[ClassroomEvent]:
        """Read bytes, cut anywhere: payloads if the server frames them, otherwise text."""
        if self._frames is None:
            return super().receive(data, at_s)
        events: list[ClassroomEvent] = []
        self._frames += data
        while self._frames:
            header = self._frames[:HEADER_BYTES]
            size = header.rstrip(b" ")
            if not size.isdigit() or len(size) > 10 or int(size) > MAX_PAYLOAD_BYTES:
                # It does not frame after all.
                rest, self._frames, self._parser.by_line = self._frames, None, False
                return events + super().receive(rest, at_s)
            end = HEADER_BYTES + int(size)
            if len(header) < HEADER_BYTES or len(self._frames) < end:
                break
            events += self._parser.feed(self._frames[HEADER_BYTES:end].decode(errors="replace"), ended=True)
            self._frames = self._frames[end:]
        return events

    def closed(self) -> list[ClassroomEvent]:
        """The connection is closed: returns what was held back, even half a payload."""
        rest, self._frames = self._frames or b"", None
        return self._parser.feed(rest[HEADER_BYTES:].decode(errors="replace"), ended=True) + super().closed()

    def leave(self) -> None:
        """Queue the message that says goodbye."""
        self.out.append(self._encode("Desconectar"))

    def _encode(self, text: str) -> bytes:
        return with_header(text.encode())
