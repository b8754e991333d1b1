"""Hashes of operators' passwords for the configuration: `scrypt$N$R$P$SALT$HASH` (RFC 7914; SALT and HASH in base64).

Hashing takes a good part of a second and 32 MiB on purpose: do it in a worker thread.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re

N, R, P = 2**15, 8, 3
HASH_BYTES = 32
SALT_BYTES = 16
MAX_PASSWORD_BYTES = 1024
_FORM = re.compile(r"scrypt\$(\d{1,7})\$(\d{1,2})\$(\d{1,2})\$([A-Za-z0-9+/=]{8,88})\$([A-Za-z0-9+/=]{16,88})")


def hash_password(password: str, *, salt: bytes | None = None) -> str:
    """The hash of a password, as `[[operators]]` takes it."""
    salt = os.urandom(SALT_BYTES) if salt is None else salt
    digest = _scrypt(password, salt, (N, R, P), HASH_BYTES)
    return f"scrypt${N}${R}${P}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def verify_password(password: str, kept: str) -> bool:
    """Whether `kept` is a hash of this password. False if it is no hash."""
    parts = read(kept)
    if parts is None or len(password.encode()) > MAX_PASSWORD_BYTES:
        return False
    n, r, p, salt, digest = parts
    return hmac.compare_digest(digest, _scrypt(password, salt, (n, r, p), len(digest)))


def read(kept: str) -> tuple[int, int, int, bytes, bytes] | None:
    """N, R, P, salt and hash; None if the text has another form or needs more than 256 MiB."""
    match = _FORM.fullmatch(kept)
    if match is None:
        return None
    n, r, p = int(match[1]), int(match[2]), int(match[3])
    if n < 2 or n & (n - 1) or not r or not p or 128 * n * r > 2**28:
        return None
    try:
        return n, r, p, base64.b64decode(match[4], validate=True), base64.b64decode(match[5], validate=True)
    except binascii.Error:
        return None


def _scrypt(password: str, salt: bytes, cost: tuple[int, int, int], length: int) -> bytes:
    n, r, p = cost
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=2 * 128 * n * r + 2**20, dklen=length)
