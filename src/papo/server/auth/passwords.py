"""Passwords of accounts: argon2id (RFC 9106), and beside it what SCRAM-SHA-256 needs (RFC 7677).

Hashing is slow on purpose, so it runs on two threads with a bounded queue: a flood of sign-ins waits for itself.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import os
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from scramp.utils import ScramException, saslprep

MAX_PASSWORD_BYTES = 1024
THREADS = 2
QUEUE = 64
"""Hashes asked for and not done, above which the next is refused."""
SCRAM_ROUNDS = 4096
"""What RFC 7677 asks for at least; clients do the same work at every sign-in."""


class TooBusy(Exception):
    """More passwords wait than the pool takes."""


class Passwords:
    """Makes and checks hashes."""

    def __init__(self, memory_kib: int = 19_456, passes: int = 2) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._pool = ThreadPoolExecutor(THREADS, "papo-passwords")
        self._waiting = 0
        self._nobody = ""

    async def _ask(self, work: object, *arguments: str) -> object:
        if self._waiting >= QUEUE:
            raise TooBusy
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)  # type: ignore[arg-type]
        finally:
            self._waiting -= 1

    async def hash(self, password: str) -> tuple[str, str]:
        """(secret, scram) as `records.Account` keeps them. Raises TooBusy."""
        made = await self._ask(self.make, password)
        assert isinstance(made, tuple)
        return made

    def make(self, password: str) -> tuple[str, str]:
        """As `hash`, on the caller's thread."""
        return self._hasher.hash(password), scram_keys(password)

    async def verify(self, secret: str, password: str) -> bool:
        """Whether the password is right; "" for a secret costs the same time and is never right. Raises TooBusy."""
        return bool(await self._ask(self._check, secret, password))

    def _check(self, secret: str, password: str) -> bool:
        if not self._nobody:
            self._nobody = self._hasher.hash(os.urandom(16).hex())
        if len(password.encode()) > MAX_PASSWORD_BYTES:
            password = ""
        try:
            self._hasher.verify(secret or self._nobody, password)
        except (Argon2Error, InvalidHashError):
            return False
        return bool(secret)

    def close(self) -> None:
        """Take no more work."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def scram_keys(password: str) -> str:
    """`rounds:salt:stored key:server key`; "" for a password that SASLprep (RFC 4013) does not allow."""
    try:
        prepared = saslprep(password)
    except (ScramException, UnicodeError):
        return ""
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", prepared.encode(), salt, SCRAM_ROUNDS)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    parts = (salt, hashlib.sha256(client_key).digest(), hmac.digest(salted, b"Server Key", "sha256"))
    return ":".join([str(SCRAM_ROUNDS), *(base64.b64encode(part).decode() for part in parts)])
