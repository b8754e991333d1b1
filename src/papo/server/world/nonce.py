"""What recognises a message that is sent again (docs/decisions/0025-nonces.md)."""

from __future__ import annotations

from hashlib import blake2b

import msgspec

KEPT_S = 86_400
"""How long a message that is sent again is recognised, at least."""
_BYTES = 16


class Nonce(msgspec.Struct, frozen=True, gc=False):
    """Hashes of what the client sent: whoever reads the disk learns neither the nonce nor the text from them."""

    key: bytes
    """Hash of the client's random token."""
    content_hash: bytes
    """Hash of verb, target, text and tags, keyed with the token."""
    by: str
    """Id of the sender's account; "" for a guest, who is another user after each reconnect."""


def nonce_of(token: str, by: str, *request: str) -> Nonce:
    """The nonce of a request; `request` is everything that makes it this one and no other."""
    secret = token.encode()
    text = "\0".join(request).encode()
    return Nonce(
        blake2b(secret, digest_size=_BYTES).digest(), blake2b(text, digest_size=_BYTES, key=secret).digest(), by
    )
