"""Messages that the server has not stored yet: one file each, so that they survive the program.

Every message has a nonce, by which the server's copy is recognised, and by which the server recognises it if it is
sent again. Each running program has a folder of its own; the next one to start adopts what an ended one has left.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Literal, TypeAlias

import msgspec

from papo.client.state.message import now_ms
from papo.lock import acquire
from papo.private_file import make_folder, open_lock, replacing
from papo.sync import sync_folder

LOCK = "in-use.lock"
MAX_PROGRAMS = 64


PART = "."
"""Between the nonce of a message and the number of a part of it."""
Reaction: TypeAlias = Literal["", "+draft/react", "+draft/unreact"]


def _new_nonce() -> str:
    return secrets.token_urlsafe(16)


def _whole(nonce: str) -> str:
    """The nonce of the message that this one is a part of; "" if it is none."""
    return nonce.rpartition(PART)[0]


def _part(nonce: str) -> int:
    """The number of a part; 0 for a whole message."""
    _whole, dot, number = nonce.rpartition(PART)
    return int(number) if dot else 0


class OutboxMessage(msgspec.Struct, kw_only=True):
    """A message that is not stored yet."""

    nonce: str
    network: str
    """The server's address as a URL."""
    target: str
    text: str
    reply_to: str = ""
    command: Literal["PRIVMSG", "NOTICE", "TAGMSG"] = "PRIVMSG"
    reaction: Reaction = ""
    """The tag of a TAGMSG: `text` is the emoji, and `reply_to` the message."""
    at_ms: int = 0
    after: str = ""
    """msgid of the newest message in the buffer when it was sent; "" for none."""
    tried: bool = False
    """Whether it was sent without an answer so far."""
    sent_at_ms: int = 0
    """When it was first sent to a server that recognises it if it is sent again; 0 if it was not."""
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
        make_folder(folder)
        for number in range(MAX_PROGRAMS):
            each = folder / str(number)
            if self._folder is not None and not each.exists():
                break
            if not each.exists():
                make_folder(each)
                sync_folder(folder)
                sync_folder(folder.parent)
            # The file stays open: the lock ends with the program, however that ends.
            lock = open_lock(each / LOCK)
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
        for nonce in [nonce for nonce in self._items if self._items.get(_whole(nonce))]:
            self.remove(nonce)  # the program ended while it was cut: the whole message is cut again
        self._sort()

    def _sort(self) -> None:
        self._items = dict(sorted(self._items.items(), key=lambda item: (item[1].at_ms, _part(item[0]))))

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
        with contextlib.suppress(OSError), replacing(self._folder / f"{item.nonce}.json") as file:
            file.write(msgspec.json.encode(item))

    def close(self) -> None:
        """Unlock the folder: the next program adopts what still waits."""
        if self._lock is not None:
            self._lock.close()
            self._lock = self._folder = None

    def add(
        self, network: str, target: str, text: str, *, reply_to: str, command: str, after: str, reaction: Reaction = ""
    ) -> OutboxMessage:
        """A new message, on disk when this returns."""
        item = OutboxMessage(
            nonce=_new_nonce(),
            network=network,
            target=target,
            text=text,
            reply_to=reply_to,
            command="NOTICE" if command == "NOTICE" else "TAGMSG" if reaction else "PRIVMSG",
            reaction=reaction,
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

    def cut(self, item: OutboxMessage, texts: Sequence[str]) -> list[OutboxMessage]:
        """Replace a message that was not sent yet by several, each with a nonce of its own."""
        parts = [
            msgspec.structs.replace(item, nonce=f"{item.nonce}{PART}{at}", text=text) for at, text in enumerate(texts)
        ]
        for part in parts:
            self._items[part.nonce] = part
            self._write(part)
        self.remove(item.nonce)
        self._sort()
        return parts

    def renew(self, item: OutboxMessage) -> None:
        """Give a message another nonce: the server says that its own belongs to something else."""
        self.remove(item.nonce)
        item.nonce, item.sent_at_ms = _new_nonce(), 0
        self._items[item.nonce] = item
        self._sort()
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
