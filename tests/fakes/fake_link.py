"""Connections without sockets."""

from __future__ import annotations

from typing import Any


class FakeLink:
    """A connection that keeps what is written to it."""

    framing = ""

    def __init__(self, framing: str = "") -> None:
        self.separator = b""
        self.out: list[bytes] = []
        self.framing = framing
        self.address = "10.0.0.1"
        self.port = 4000
        self.secure = False
        self.fingerprints: tuple[str, ...] = ()
        self.origin = ""
        self.is_closing = False
        self.held = False
        self.kept_from = -1
        self.paused = False
        self.alone: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Keep the bytes."""
        if not self.is_closing:
            self.out.append(data)

    def write_alone(self, data: bytes) -> None:
        """Keep bytes that the client must receive alone."""
        self.alone.append(data)
        self.write(data)

    def keep_back(self) -> None:
        """Keep what is written from now on."""
        if self.kept_from < 0:
            self.kept_from = len(self.out)

    def send_before(self, data: bytes) -> None:
        """Put the bytes before those kept back."""
        if self.kept_from >= 0 and data:
            self.out.insert(self.kept_from, data)
        self.kept_from = -1

    def close(self, last: bytes = b"") -> None:
        """End."""
        if not self.is_closing:
            self.out.append(last)
            self.is_closing = True

    def pause_reading(self) -> None:
        """Note it."""
        self.paused = True

    def resume_reading(self) -> None:
        """Note it."""
        self.paused = False

    def sent(self) -> bytes:
        """Bytes written since the last call."""
        end = len(self.out) if self.kept_from < 0 else self.kept_from
        data = b"".join(self.out[:end])
        del self.out[:end]
        self.kept_from = min(0, self.kept_from)
        return data


class FakeWriteQueue:
    """An write_queue with nothing to flush: a FakeLink keeps its own bytes."""

    def __init__(self) -> None:
        self.links: list[Any] = []

    def schedule(self) -> None:
        """Forget the links."""
        self.links.clear()
