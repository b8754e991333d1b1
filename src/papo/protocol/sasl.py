"""SASL messages as parameters of AUTHENTICATE: base64 in chunks (IRCv3 sasl-3.1)."""

from __future__ import annotations

import base64

CHUNK_LENGTH = 400
"""Characters of base64 in one line. After a line of exactly this length another one follows."""


def chunks(message: bytes) -> list[str]:
    """A message as one chunk or more; `+` alone for an empty one, and after a last chunk that is full."""
    text = base64.b64encode(message).decode()
    found = [text[at : at + CHUNK_LENGTH] for at in range(0, len(text), CHUNK_LENGTH)]
    return found if found and len(found[-1]) < CHUNK_LENGTH else [*found, "+"]
