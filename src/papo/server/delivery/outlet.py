"""What the core needs of a connection: where bytes go, and how events become bytes."""

from __future__ import annotations

from typing import Any, Protocol

from papo.server.world.events import AnyEvent


class Outlet(Protocol):
    """A connection (`net.link.Link`)."""

    out: list[bytes]
    """Bytes to be written at the end of the loop turn."""
    address: str
    secure: bool
    is_closing: bool
    separator: bytes
    framing: str
    fingerprints: tuple[str, ...]
    """Of the client certificate of the TLS handshake, SHA-256 and SHA-512; () for none."""

    @property
    def origin(self) -> str:
        """Of the web page that has connected, such as `https://chat.example`; "" for other programs."""

    def write(self, data: bytes) -> None:
        """Queue these bytes for the end of the loop turn."""

    def write_alone(self, data: bytes) -> None:
        """Send bytes that one `recv()` of the peer returns by themselves."""

    def keep_back(self) -> None:
        """Keep what is written from now on until `send_before` is called."""

    def send_before(self, data: bytes) -> None:
        """Send `data`, and then what was kept back; does nothing if nothing is kept back."""

    def close(self, last: bytes = b"") -> None:
        """Write what is queued, and `last`, and close."""

    def pause_reading(self) -> None:
        """Stop reading from the peer for now."""

    def resume_reading(self) -> None:
        """Read again."""


class WriteQueue(Protocol):
    """The connections with bytes to write in this loop turn (`net.link.WriteQueue`)."""

    links: list[Any]

    def schedule(self) -> None:
        """Flush before the loop waits again."""


class Format(Protocol):
    """How events look to a group of connections that all get the same bytes."""

    separator: bytes
    """Goes between chunks that leave in one write."""

    def encode(self, event: AnyEvent) -> bytes | None:
        """The event as these connections get it; None if they never get it."""
