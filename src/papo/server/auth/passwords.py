"""Hashes of account passwords: argon2id (RFC 9106), and the keys for SCRAM-SHA-256 (`auth.scram`).

Hashing is slow on purpose, so it runs on two worker threads with a bounded queue: a flood of logins delays only logins.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from papo.server.auth.scram import make_keys

MAX_PASSWORD_BYTES = 1024
THREADS = 2
QUEUE = 64
"""Hashes that may wait; the next one is refused."""


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

    async def run(self, work: Callable[..., object], *arguments: str | int) -> object:
        """What a slow function returns that hashes, on a worker thread. Raises TooBusy."""
        if self.waiting >= QUEUE:
            raise TooBusy
        self.waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)
        finally:
            self.waiting -= 1

    async def hash(self, password: str, scram_rounds: int) -> tuple[str, str]:
        """(secret, scram) as `records.Account` keeps them; no rounds: no keys for SCRAM. Raises TooBusy."""
        return str(await self.run(self._hasher.hash, password)), await self.scram(password, scram_rounds)

    async def scram(self, password: str, rounds: int) -> str:
        """The keys for SCRAM; "" for no rounds. Raises TooBusy."""
        return str(await self.run(make_keys, password, rounds)) if rounds else ""

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
