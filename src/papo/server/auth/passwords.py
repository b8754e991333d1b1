"""Hashes of account passwords: argon2id (RFC 9106), and the keys for SCRAM-SHA-256 (RFC 7677).

Hashing is slow on purpose, so it runs on two worker threads with a bounded queue: a flood of logins delays only logins.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from scramp.utils import ScramException, saslprep

MAX_PASSWORD_BYTES = 1024
THREADS = 2
QUEUE = 64
"""Hashes that may wait; the next one is refused."""
SCRAM_ROUNDS = 4096
"""The least that RFC 7677 allows; clients do the same work at every login."""


class TooBusy(Exception):
    """The queue is full."""


class Passwords:
    """Computes and verifies hashes."""

    def __init__(self, memory_kib: int = 19_456, passes: int = 2) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._pool = ThreadPoolExecutor(THREADS, "papo-passwords")
        self.waiting = 0
        """Hashes that are asked for and not done."""
        self._decoy = ""

    async def run(self, work: Callable[..., object], *arguments: str) -> object:
        """What a slow function returns that hashes, on a worker thread. Raises TooBusy."""
        if self.waiting >= QUEUE:
            raise TooBusy
        self.waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)
        finally:
            self.waiting -= 1

    async def hash(self, password: str) -> tuple[str, str]:
        """(secret, scram) as `records.Account` keeps them. Raises TooBusy."""
        hashed = await self.run(self.hash_now, password)
        assert isinstance(hashed, tuple)
        return hashed

    def hash_now(self, password: str) -> tuple[str, str]:
        """As `hash`, on the caller's thread."""
        return self._hasher.hash(password), scram_keys(password)

    async def verify(self, secret: str, password: str) -> bool:
        """Whether the password is right. An empty secret takes the same time and is never right. Raises TooBusy."""
        return bool(await self.run(self._check, secret, password))

    def _check(self, secret: str, password: str) -> bool:
        if not self._decoy:
            self._decoy = self._hasher.hash(os.urandom(16).hex())
        if len(password.encode()) > MAX_PASSWORD_BYTES:
            password = ""
        try:
            self._hasher.verify(secret or self._decoy, password)
        except (Argon2Error, InvalidHashError):
            return False
        return bool(secret)

    def close(self) -> None:
        """Take no more work; cancel what waits."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def scram_keys(password: str) -> str:
    """`rounds:salt:stored key:server key`, in base64; "" for a password that SASLprep (RFC 4013) forbids."""
    try:
        prepared = saslprep(password)
    except (ScramException, UnicodeError):
        return ""
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", prepared.encode(), salt, SCRAM_ROUNDS)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    parts = (salt, hashlib.sha256(client_key).digest(), hmac.digest(salted, b"Server Key", "sha256"))
    return ":".join([str(SCRAM_ROUNDS), *(base64.b64encode(part).decode() for part in parts)])
