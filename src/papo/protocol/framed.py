"""The header of the dialect `framed`: the payload's length in decimal digits, padded with spaces to 64 bytes."""

from __future__ import annotations

HEADER_BYTES = 64
MAX_PAYLOAD_BYTES = 65_536


def with_header(payload: bytes) -> bytes:
    """A payload with its header."""
    return str(len(payload)).encode().ljust(HEADER_BYTES) + payload
