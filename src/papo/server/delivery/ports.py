"""The ports: what the server asks of the world outside, as Protocols.

One node uses a SQLite file, a folder of uploads, a folder of secrets, `LocalBus` and `LocalNickRegistry`. Another
database, object storage or several nodes are other objects passed to the same core by `server/assembly.py`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Protocol, TypeAlias

import msgspec

from papo.server.world.errors import Code, Refused
from papo.server.world.events import AnyEvent, MessageSent, RecordStored
from papo.server.world.nonce import Nonce
from papo.server.world.records import AnyRecord

EVENT, MESSAGE, REACTION, REDACTION, EDIT, GONE = 0, 1, 2, 3, 4, 9
"""Kinds of rows. GONE is a deleted event: it is never shown, and nothing of it is left but its msgid and its time."""


END_OF_TIME_MS = 1 << 62
"""Later than every time."""


class NotStored(Exception):
    """A commit failed, and nothing of its batch is delivered. The text says why, for the log."""

    def __init__(self, reason: str, *, unknown: bool = False) -> None:
        super().__init__(reason)
        self.unknown = unknown
        """Whether the batch may be on disk all the same, all of it: that shows when the server has restarted. If False,
        nothing of it is."""


class NotReadable(Refused):
    """A query met a part of the store that cannot be read. Its user is told so, as of any refusal."""

    def __init__(self) -> None:
        super().__init__(Code.NOT_READABLE)


class TookTooLong(NotReadable):
    """A search was given up. Its user is told so, and what to do."""

    def __init__(self) -> None:
        Refused.__init__(self, Code.TOOK_TOO_LONG)


class Conflict(msgspec.Struct, frozen=True):
    """A record was not stored because another writer was faster."""

    event: RecordStored
    """The one of the batch that was not stored."""
    stored: tuple[AnyRecord, ...]
    """What is stored instead: another version of the record, or other records with one of its unique keys.

    () if the record was dropped.
    """


Outcome: TypeAlias = NotStored | Sequence[Conflict] | None
"""Of a commit. None: all is stored; conflicts: all but these; `NotStored`: nothing."""


class Author(msgspec.Struct, frozen=True):
    """An account, to find what it has done under all its names."""

    id: str
    name: str
    since_ms: int
    """When it got its present name: events without an account's id (schema 0006 and before) are found by the name."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A query for one conversation's history (IRCv3 chathistory, section "Subcommands")."""

    conversation: str
    after: str | int | None = None
    """Lower bound, excluded: a msgid, or milliseconds since 1970; None: from the beginning.

    A time means a place in the order: right after the event with the latest time up to it. Times run back where
    the clock was set back, the order does not.
    """
    before: str | int | None = None
    """Upper bound, excluded; None: until now."""
    newest_first: bool
    """Which end the limit counts from; the answer is oldest first either way."""
    limit: int
    history_scope: int = 0
    """Creation time of the channel: rows of scope 0 and of this scope are visible."""
    rank: int = 0
    """Rows for a higher rank are left out."""
    since_ms: int = 0
    """Older rows are not visible, whatever the bounds."""
    everything: bool = False
    """True: joins, topics and modes too (draft/event-playback); False: PRIVMSG and NOTICE only."""
    also: tuple[int, ...] = ()
    """Further kinds of rows (`REACTION`, `REDACTION`, `EDIT`)."""
    until: str = ""
    """Only rows that were accepted before this id was made, which need not be a row's. "": all."""

    @property
    def kinds(self) -> tuple[int, ...]:
        """All kinds of rows that are asked for."""
        return (MESSAGE, *((EVENT,) if self.everything else ()), *self.also)


class Target(msgspec.Struct, frozen=True):
    """A conversation and the time of its newest message."""

    conversation: str
    latest_ms: int


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """A query for messages by their text (draft/search). Only `places` are searched."""

    words: tuple[str, ...]
    """A message must contain each; one that ends in `*` matches a prefix, one with spaces is a phrase."""
    places: tuple[tuple[str, int, int], ...]
    """(conversation, history scope, rank) that the reader may see."""
    since: dict[str, int] = {}
    """Conversation to the time in ms before which nothing is visible; 0 if it is not listed."""
    sender: str = ""
    """Nick of the sender; "" for anybody."""
    after_ms: int | None = None
    """Times mean places in each conversation, as in `Page`."""
    before_ms: int | None = None
    limit: int = 50


class StoredNonce(msgspec.Struct, frozen=True):
    """A nonce, and the message that was sent with it."""

    nonce: Nonce
    event: MessageSent | None
    """As it is now; None if it has been deleted since."""


class StoreSize(msgspec.Struct, frozen=True):
    """How much of its disk a store uses."""

    database_bytes: int
    wal_bytes: int
    """Of the write-ahead log: it is small unless another program reads the database for long."""
    free_bytes: int
    """Of the disk."""


class Store(Protocol):
    """A database: durable history, records, read markers and the audit log.

    Queries see every commit whose `done` has been called. They raise NotReadable where what is stored is damaged.
    """

    on_failure: Callable[[], None]
    """Called on the loop's thread, once, when `failed` is no longer "" (set by app)."""

    @property
    def failed(self) -> str:
        """Why nothing is written until a restart; "" if writing works. Queries go on."""

    @property
    def damaged(self) -> bool:
        """Whether `failed` is damage of what is stored: a restart does not mend that."""

    def check_files(self) -> None:
        """Stop writing (`failed`) if what is written goes to files that are no longer where they were."""

    # --- at start

    async def latest_ms(self) -> int:
        """Time of the newest event; 0 if there is none."""

    async def records(self) -> list[AnyRecord]:
        """All records, in any order."""

    async def markers(self) -> list[tuple[str, str, int]]:
        """All read markers: (identity, casefolded target, read up to in ms), the latest last."""

    async def nonces(self) -> list[tuple[bytes, int]]:
        """All nonces: (key, time of the message in ms)."""

    # --- writing

    def commit(self, events: Sequence[AnyEvent], done: Callable[[Outcome], None]) -> None:
        """Store the events, all or none, in this order; call `done` on the loop's thread, at once or later.

        An edit takes the place of the message's text and of its edits before: what it said then is nowhere any more.

        The nonce of a message is stored with it, but apart from it: no query but `find_nonce` gives it back.

        A record with a version (`records.Versioned`) is stored only in place of the version before it, and only if no
        other record has a key that it adds to its unique ones (`records.unique_keys_of`); otherwise it alone is left
        out, and `done` gets a `Conflict`. One commit at a time: the journal does not call again before `done`.
        """

    async def forget(self, author: Author) -> int:
        """Delete every event of an account, and the edits of its messages.

        Of the deletions that it made, that they were made stays, but not by whom and why. Returns how many messages.
        """

    async def note_removed(self, files: Sequence[str]) -> None:
        """These uploaded files are deleted: `unlinked` lists them no longer."""

    async def prune(self, before_ms: int, limit: int, conversation: str = "", now_ms: int = END_OF_TIME_MS) -> int:
        """Delete events older than `before_ms`, the oldest `limit` at most, of all conversations or one.

        In their order, up to the first that is to be kept; one with a time after `now_ms`, when the clock was ahead, is
        as old as the next one after it that is not. Returns how many; 0 if there is nothing left to delete. Records,
        markers and the audit log stay.
        """

    async def copy_to(self, path: Path) -> None:
        """Write a copy of everything, as of one moment between call and return; others go on writing meanwhile.

        It is not synced: what is made of it will be. `path` must not exist. Raises OSError with a sentence, and then
        there is no copy.
        """

    async def vacuum(self) -> int:
        """Give a little of the space that nothing uses back to the disk; returns bytes, 0 if there is none worth it.

        Then nothing that was deleted is left in a log either, unless another program reads it.
        """

    def size(self) -> StoreSize:
        """What it uses of its disk, as of now. Raises OSError."""

    async def prune_nonces(self, before_ms: int, limit: int, now_ms: int = END_OF_TIME_MS) -> int:
        """Delete the nonces of messages from before `before_ms`, as `prune` does with events."""

    async def scrub(self) -> list[str] | None:
        """Read everything, slowly; returns what is damaged, a sentence each. If anything is, nothing more is written.

        None if no damage was found and not everything was read: that failed, or `close` ended it.
        """

    async def close(self) -> None:
        """Finish what was handed over and close the files. A copy under way ends in an error."""

    # --- queries: what was said in a channel that was renamed since reads as if it had had its present name

    async def page(self, query: Page) -> list[AnyEvent]:
        """Oldest first. Raises KeyError if a bound is a msgid that this conversation does not show."""

    async def around(self, query: Page, centre: str | int) -> list[AnyEvent]:
        """About half of `limit` each side of `centre` (a msgid's own row included). Raises KeyError as `page`."""

    async def targets(
        self, identity: str, channels: Sequence[tuple[str, int]], after_ms: int, before_ms: int, limit: int
    ) -> list[Target]:
        """The conversations of `identity` and `channels` (key, history scope), by their newest message.

        Oldest first; only those whose newest message is between the two times, both excluded.
        """

    async def find(self, query: Page, msgid: str) -> AnyEvent | None:
        """One event of a conversation, if the query's reader may see it."""

    async def find_nonce(self, key: bytes) -> StoredNonce | None:
        """The message that was sent with a nonce."""

    async def name_now(self, conversation: str, at_ms: int) -> str:
        """What the conversation that had this name at a time is called now; "" if nothing of it is left."""

    async def search(self, query: Search) -> list[AnyEvent]:
        """The newest messages that match, oldest first. Raises TookTooLong."""

    async def audit(self, limit: int) -> list[tuple[int, str, str, str]]:
        """The newest actions of operators, oldest first: (when in ms, operator, action, details)."""

    async def unlinked(self) -> list[str]:
        """Ids of uploaded files that a deleted or edited message linked to, and no message does now."""

    async def history_of(self, author: Author, start: int) -> tuple[list[AnyEvent], int]:
        """Every event of an account, oldest first, in parts: a part and where the next one starts.

        `start` is 0 for the first part; 0 is returned with the last one. An event about several channels comes once
        for each.
        """


class UploadedFile(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an uploaded file."""

    id: str
    """The day it was sent (UTC) as YYYYMMDD, and 22 characters of URL-safe base64."""
    name: str
    type: str
    """Media type, by its content."""
    bytes: int
    by: str
    """Identity of the sender (`world.user.User.identity`)."""
    payer: str
    """Whose daily quota it counts against: an account, or a guest's address."""
    conversation: str = ""
    """Where it was sent, as `events.MessageSent.conversation`; "" for nowhere: anybody with the link may read it."""
    history_scope: int = 0
    """As `events.MessageSent.history_scope`."""
    at_ms: int
    width: int = 0
    height: int = 0
    """Pixels of a picture; 0 for anything else."""


class Upload(Protocol):
    """A file that is being received, in a local folder. Its methods block: call them in a thread."""

    folder: Path
    """Holds the content as `DATA`; a thumbnail is put beside it as `THUMB`."""
    size: int
    """Bytes written so far."""

    def write(self, data: bytes) -> None:
        """Append. Raises OSError."""

    def close(self) -> None:
        """Flush to disk. Raises OSError."""

    def discard(self) -> None:
        """Delete everything. Safe to call twice, and after `Files.keep`."""


DATA, THUMB = "data", "thumb.webp"
"""Names in an upload's folder."""


class Files(Protocol):
    """Uploaded files: content, and what is known of it. Knows no HTTP."""

    async def begin(self) -> Upload:
        """A place for a new file. Raises OSError."""

    async def keep(self, upload: Upload, file: UploadedFile) -> None:
        """Store a closed upload under `file.id`, whole or not at all. Raises OSError."""

    async def find(self, file_id: str) -> UploadedFile | None:
        """What is known of a file; None if there is none with this id, whatever the id looks like."""

    async def path(self, file: UploadedFile, *, thumb: bool = False) -> Path | None:
        """A local path to read its content, or its thumbnail, from; None if there is none."""

    async def remove(self, file: UploadedFile) -> None:
        """Delete it; does nothing if it is gone."""

    async def prune(self, before_ms: int) -> None:
        """Delete the files of all days (UTC) before the one of this time."""

    async def recent(self, since_ms: int) -> list[UploadedFile]:
        """Files uploaded since then, in any order."""

    async def free_bytes(self) -> int:
        """How much more fits."""

    async def copy_to(self, folder: Path) -> None:
        """Put all files into a new folder, as `FOLDER/DAY/REST-OF-ID/` with `about.json`, `DATA` and `THUMB`.

        What is removed meanwhile is put there first, so that the files are those of the moment of the call, and
        perhaps some that came later. They may be hard links: never to be written. Raises OSError.
        """


class Secrets(Protocol):
    """What only this server knows; made at its first start, the same at every start after."""

    def key(self, purpose: str) -> bytes:
        """32 bytes for one purpose, such as `cloak`; those of another purpose tell nothing about them."""

    def certificate(self, names: Sequence[str]) -> tuple[Path, Path]:
        """Local paths of a self-signed TLS certificate and its private key.

        `names` are host names and IP addresses for a new one; one that is there is kept, whatever its names, so that
        its fingerprint stays. Raises ValueError with a sentence.
        """

    def copy_to(self, folder: Path) -> None:
        """Put copies of the files that hold them into a folder. Raises OSError."""


class Bus(Protocol):
    """The other nodes."""

    def publish(self, events: Sequence[AnyEvent]) -> None:
        """Send the events to the other nodes, in this order."""


class NickRegistry(Protocol):
    """Which user has a nick, in the whole network."""

    def claim(self, keys: tuple[str, ...], uid: str) -> bool | Awaitable[bool]:
        """Claim all keys of a nick (`confusables.skeletons`) for `uid`, or none if another user has one of them.

        Claiming them twice is True.
        """

    def release(self, keys: tuple[str, ...], uid: str) -> None:
        """Free these keys; does nothing for one that `uid` does not have."""
