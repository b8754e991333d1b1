"""Messages that the server has not stored yet: one file each, so that they survive the program.

Every message has a nonce, by which the server's copy is recognised: none is sent twice. Each running program has a
folder of its own; the next one to start adopts what an ended one has left.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec

from papo.client.state.message import now_ms
from papo.lock import acquire

LOCK = "in-use.lock"
MAX_PROGRAMS = 64


class OutboxMessage(msgspec.Struct, kw_only=True):
    """A message that is not stored yet."""

    nonce: str
    network: str
    """The server's address as a URL."""
    target: str
    text: str
    reply_to: str = ""
    command: Literal["PRIVMSG", "NOTICE"] = "PRIVMSG"
    at_ms: int = 0
    after: str = ""
    """msgid of the newest message in the buffer when it was sent; "" for none."""
    tried: bool = False
    """Whether it was sent without an answer so far."""
    failed: str = ""
    """Why the server refused it; "" if it did not."""


class Outbox:
    """All messages that wait, oldest first. Without a folder they are kept in memory only."""

    def __init__(self, folder: Path | None = None) -> None:
        self._items: dict[str, OutboxMessage] = {}
        self._folder: Path | None = None
        self._lock: BinaryIO | None = None
        if folder is not None:
            with contextlib.suppress(OSError):  # a full or read-only disk: go on in memory
                self._open(folder)

    def _open(self, folder: Path) -> None:
        """Lock the first folder that no program has, and adopt the messages of all others without one."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number in range(MAX_PROGRAMS):
            each = folder / str(number)
            if self._folder is not None and not each.exists():
                break
            each.mkdir(mode=0o700, exist_ok=True)
            # The file stays open: the lock ends with the program, however that ends.
            lock = (each / LOCK).open("ab", 0)
            try:
                acquire(lock)
            except OSError:
                lock.close()
                continue
            if self._folder is None:
                self._folder, self._lock = each, lock
                self._read(each)
            else:
                self._adopt(each)
                lock.close()
        self._items = dict(sorted(self._items.items(), key=lambda item: item[1].at_ms))

    def _read(self, folder: Path) -> None:
        for left in folder.glob("*.new"):
            left.unlink(missing_ok=True)  # half-written when a program ended
        for file in folder.glob("*.json"):
            with contextlib.suppress(OSError, msgspec.DecodeError):
                item = msgspec.json.decode(file.read_bytes(), type=OutboxMessage)
                self._items[item.nonce] = item

    def _adopt(self, folder: Path) -> None:
        before = set(self._items)
        self._read(folder)
        for nonce in self._items.keys() - before:
            self._write(self._items[nonce])
            (folder / f"{nonce}.json").unlink(missing_ok=True)

    def _write(self, item: OutboxMessage) -> None:
        if self._folder is None:
            return
        file = self._folder / f"{item.nonce}.json"
        fresh = file.with_suffix(".new")
        with contextlib.suppress(OSError):
            with fresh.open("wb") as out:
                out.write(msgspec.json.encode(item))
                out.flush()
                os.fsync(out.fileno())
            fresh.replace(file)

    def close(self) -> None:
        """Unlock the folder: the next program adopts what still waits."""
        if self._lock is not None:
            self._lock.close()
            self._lock = self._folder = None

    def add(self, network: str, target: str, text: str, *, reply_to: str, command: str, after: str) -> OutboxMessage:
        """A new message, on disk when this returns."""
        item = OutboxMessage(
            nonce=secrets.token_urlsafe(9),
            network=network,
            target=target,
            text=text,
            reply_to=reply_to,
            command="NOTICE" if command == "NOTICE" else "PRIVMSG",
            # They are read in the order of their times, which must differ even within one millisecond.
            at_ms=max(now_ms(), 1 + max((each.at_ms for each in self._items.values()), default=0)),
            after=after,
        )
        self._items[item.nonce] = item
        self._write(item)
        return item

    def change(self, item: OutboxMessage, *, tried: bool, failed: str = "") -> None:
        """Keep that it was sent or refused."""
        if item.nonce in self._items:
            item.tried, item.failed = tried, failed
            self._write(item)

    def remove(self, nonce: str) -> None:
        """Forget a message: it is stored, or the user has dropped it."""
        if self._items.pop(nonce, None) is not None and self._folder is not None:
            with contextlib.suppress(OSError):
                (self._folder / f"{nonce}.json").unlink(missing_ok=True)

    def find(self, nonce: str) -> OutboxMessage | None:
        """The message of a nonce, if it waits."""
        return self._items.get(nonce)

    def of(self, network: str) -> list[OutboxMessage]:
        """The messages that wait for a server, oldest first."""
        return [each for each in self._items.values() if each.network == network]
