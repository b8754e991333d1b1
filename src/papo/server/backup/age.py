"""Encryption with a passphrase, as age does it (age-encryption.org/v1, the scrypt recipient): `age -d` opens it too.

The cryptography is that of the library of this name; the format is https://c2sp.org/age. No library of today does both
a passphrase and a stream: pyrage holds the whole file in memory.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from papo.config.errors import StartError
from papo.i18n import _
from papo.server.backup import tar

MAGIC = b"age-encryption.org/v1\n"
WORK_FACTOR = 17
"""Base-two logarithm of scrypt's N: half a second, and 128 MiB for its time."""
MAX_WORK_FACTOR = 20
"""A file asks for memory and time before it can be known to be ours: 1 GiB at most."""
CHUNK_BYTES = 64 << 10
TAG_BYTES = 16
NONCE_BYTES = 16
_STANZA = re.compile(rb"-> scrypt ([A-Za-z0-9+/]{22}) ([1-9][0-9]?)\n([A-Za-z0-9+/]{43})\n---")
_HEADER_BYTES = len(MAGIC) + len(b"-> scrypt  9\n") + 22 + 44 + len(b"--- ") + 44


class Encryption:
    """A file to write to; `close` ends the encrypted one, and does not close it."""

    def __init__(self, out: tar.Writer, passphrase: str) -> None:
        """Write the header."""
        file_key, salt, nonce = os.urandom(16), os.urandom(16), os.urandom(NONCE_BYTES)
        wrapped = ChaCha20Poly1305(_wrap_key(passphrase, salt, WORK_FACTOR)).encrypt(bytes(12), file_key, None)
        header = MAGIC + b"-> scrypt %b %d\n%b\n---" % (_encode(salt), WORK_FACTOR, _encode(wrapped))
        out.write(header + b" " + _encode(_mac(file_key, header)) + b"\n" + nonce)
        self._out = out
        self._cipher = ChaCha20Poly1305(_derive(file_key, nonce, b"payload"))
        self._counter = 0
        self._rest = b""

    def write(self, data: bytes) -> int:
        """Encrypt what fills a chunk; the last one waits for `close`."""
        self._rest += data
        while len(self._rest) > CHUNK_BYTES:
            self._put(self._rest[:CHUNK_BYTES], last=False)
            self._rest = self._rest[CHUNK_BYTES:]
        return len(data)

    def flush(self) -> None:
        """Nothing: chunks are as long as they are."""

    def close(self) -> None:
        """Write the last chunk."""
        self._put(self._rest, last=True)

    def _put(self, data: bytes, *, last: bool) -> None:
        self._out.write(self._cipher.encrypt(_nonce(self._counter, last=last), data, None))
        self._counter += 1


class Decryption:
    """A file to read from. Every byte it gives is one that was encrypted, in its place."""

    def __init__(self, source: BinaryIO, passphrase: str) -> None:
        """Read the header. Raises StartError."""
        header = tar.read_exactly(source, _HEADER_BYTES)
        if not header.endswith(b"\n"):
            header += tar.read_exactly(source, 1)  # a work factor of two digits
        found = _STANZA.match(header, len(MAGIC))
        if not header.startswith(MAGIC) or found is None or int(found[2]) > MAX_WORK_FACTOR:
            raise StartError(_("it is encrypted in a way that Papo does not read; decrypt it with age first"))
        mac, nonce = header[found.end() :], tar.read_exactly(source, NONCE_BYTES)
        try:
            key = _wrap_key(passphrase, _decode(found[1]), int(found[2]))
            file_key = ChaCha20Poly1305(key).decrypt(bytes(12), _decode(found[3]), None)
        except InvalidTag:
            raise StartError(_("this is not its passphrase, or its first bytes are damaged")) from None
        if not hmac.compare_digest(mac, b" " + _encode(_mac(file_key, header[: found.end()])) + b"\n"):
            raise tar.NotTarError(_("its header is damaged"))
        self._source = source
        self._cipher = ChaCha20Poly1305(_derive(file_key, nonce, b"payload"))
        self._counter = 0
        self._rest = b""
        self._ended = False
        self._ahead = _read_up_to(source, CHUNK_BYTES + TAG_BYTES)

    def read(self, size: int = -1) -> bytes:
        """Up to so many bytes; all if negative. b"" is the end. Raises NotTarError."""
        while not self._ended and (size < 0 or len(self._rest) < size):
            self._rest += self._next()
        if size < 0:
            size = len(self._rest)
        data, self._rest = self._rest[:size], self._rest[size:]
        return data

    def _next(self) -> bytes:
        data, self._ahead = self._ahead, _read_up_to(self._source, CHUNK_BYTES + TAG_BYTES)
        last = not self._ahead
        try:
            text = self._cipher.decrypt(_nonce(self._counter, last=last), data, None)
        except InvalidTag:
            # The last chunk of a file that was cut off does not say that it is the last.
            raise tar.NotTarError(_("it is cut off, or was changed")) from None
        if not text and self._counter:
            raise tar.NotTarError(_("its end is damaged"))
        self._counter += 1
        self._ended = last
        return text


def _read_up_to(source: BinaryIO, size: int) -> bytes:
    """So many bytes, fewer only at the end: pipes give what they have."""
    data = b""
    while len(data) < size and (more := source.read(size - len(data))):
        data += more
    return data


def _nonce(counter: int, *, last: bool) -> bytes:
    return counter.to_bytes(11, "big") + bytes([last])


def _wrap_key(passphrase: str, salt: bytes, work_factor: int) -> bytes:
    salt = b"age-encryption.org/v1/scrypt" + salt
    n = 1 << work_factor
    return hashlib.scrypt(passphrase.encode(), salt=salt, n=n, r=8, p=1, maxmem=(128 * 8 * n) + (1 << 20), dklen=32)


def _derive(key: bytes, salt: bytes | None, info: bytes) -> bytes:
    return HKDF(SHA256(), length=32, salt=salt, info=info).derive(key)


def _mac(file_key: bytes, header: bytes) -> bytes:
    return hmac.digest(_derive(file_key, None, b"header"), header, "sha256")


def _encode(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _decode(text: bytes) -> bytes:
    """Raises StartError unless it is as `_encode` writes it."""
    try:
        data = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        data = b""
    if _encode(data) != text:
        raise StartError(_("this is not its passphrase, or its first bytes are damaged"))
    return data
