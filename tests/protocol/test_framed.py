"""The header of the dialect `framed`."""

from __future__ import annotations

from papo.protocol.framed import with_header


def test_header_is_64_bytes_with_the_length_in_bytes() -> None:
    """Of the payload as it is encoded, not of its characters."""
    assert with_header("ação".encode()) == b"6".ljust(64) + "ação".encode()
    assert with_header(b"") == b"0".ljust(64)
