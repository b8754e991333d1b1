"""The same bytes, cut in two ways: a parser of a stream may not care how the network cut it."""

from __future__ import annotations


def pieces(data: bytes) -> list[bytes]:
    """The input without its first bytes, cut where those say; joined again it is the input without them.

    Four bytes at the beginning are the sizes of pieces, in turn; a size of 0 is a piece of one byte.
    """
    sizes, rest = data[:4] or b"\0", data[4:]
    cut: list[bytes] = []
    at = number = 0
    while at < len(rest):
        size = sizes[number % len(sizes)] or 1
        cut.append(rest[at : at + size])
        at += size
        number += 1
    return cut
