"""One conversation: a channel, a person, or the server itself; what is read of it, newest last."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from papo.client.entry import Entry, now_ms

BufferKind: TypeAlias = Literal["channel", "person", "server"]
MOST_ENTRIES = 100_000
"""Rows that are kept of the conversation on the screen."""
MOST_UNSEEN = 5_000
"""Rows that are kept of any other."""
TYPING_MS = 6_500


class Member(msgspec.Struct):
    """Somebody in a channel."""

    nick: str
    signs: str = ""
    """Such as `@+`."""


class Buffer:
    """A conversation. `revision` and `people_revision` count up whenever something to be seen changes."""

    def __init__(self, name: str, key: str, kind: BufferKind) -> None:
        self.name = name
        self.key = key
        """The name, folded: what it is found by."""
        self.kind: BufferKind = kind
        self.topic = ""
        self.joined = kind != "channel"
        self.members: dict[str, Member] = {}
        """By folded nick."""
        self.modes: dict[str, str] = {}
        self.entries: list[Entry] = []
        """Oldest first; ours that wait for the server are last."""
        self.start = 0
        """Number of the first entry: numbers of rows stay as they are when older ones come in before them."""
        self.has_older = True
        self.has_newer = False
        """What is here ends before now: somebody jumped into the past."""
        self.loading = ""
        """What is being fetched: newest, older, newer, jump; "" for nothing."""
        self.filled = False
        """Whether the past was asked for since we connected."""
        self.unread = 0
        self.mentions = 0
        self.read_at_ms = 0
        """Time of the newest message that was read; 0 for nothing yet."""
        self.line_at_ms = 0
        """Where the unread line stands: kept while the conversation is on the screen."""
        self.muted = False
        self.typing: dict[str, tuple[str, int]] = {}
        """Folded nick to nick, and until when (ms)."""
        self.revision = 0
        self.people_revision = 0
        self._by_id: dict[str, Entry] = {}
        self._waiting = 0
        self._reactions: dict[str, dict[str, list[str]]] = {}
        self._edits: dict[str, str] = {}

    @property
    def end(self) -> int:
        """Number after the last entry's."""
        return self.start + len(self.entries)

    def at(self, number: int) -> Entry:
        """The entry of a number."""
        return self.entries[number - self.start]

    def find(self, msgid: str) -> Entry | None:
        """The message of this msgid, if it is here."""
        return self._by_id.get(msgid) if msgid else None

    def number_of(self, entry: Entry) -> int:
        """The number of an entry that is here; raises ValueError where it is not."""
        for back, each in enumerate(reversed(self.entries)):
            if each is entry:
                return self.end - 1 - back
        raise ValueError(entry.id)

    def newest(self) -> Entry | None:
        """The last that has a msgid."""
        return next((each for each in reversed(self.entries) if each.id), None)

    def oldest(self) -> Entry | None:
        """The first that has a msgid."""
        return next((each for each in self.entries if each.id), None)

    # --- what comes in

    def append(self, fresh: Entry, *, watched: bool) -> bool:
        """One more at the end; ours that the server has stored takes the place of the one that waited.

        False where it was here already, or belongs after what is here.
        """
        if fresh.id:
            if fresh.id in self._by_id:
                return False
            if self._reactions or self._edits:
                self._amend(fresh)
        if self._waiting and fresh.nonce and not fresh.waiting:
            self.drop_waiting(fresh.nonce)
        if self.has_newer:
            return False
        entries = self.entries
        if self._waiting and not fresh.waiting:
            # What still waits stays last: it happens when the server says so.
            entries.insert(len(entries) - self._waiting, fresh)
        else:
            entries.append(fresh)
            self._waiting += bool(fresh.waiting)
        if fresh.id:
            self._by_id[fresh.id] = fresh
        self.revision += 1
        most = MOST_ENTRIES if watched else MOST_UNSEEN
        if len(entries) > most + most // 8:
            self._drop_oldest(len(entries) - most)
        return True

    def _drop_oldest(self, count: int) -> None:
        for each in self.entries[:count]:
            self._by_id.pop(each.id, None)
            self._reactions.pop(each.id, None)
            self._edits.pop(each.id, None)
        del self.entries[:count]
        self.start += count
        self.has_older = True

    def prepend(self, page: list[Entry]) -> None:
        """A page of what was before, oldest first."""
        fresh = [each for each in page if not each.id or each.id not in self._by_id]
        self.entries[:0] = fresh
        self.start -= len(fresh)
        self._learn(fresh)

    def merge(self, page: list[Entry]) -> None:
        """What happened up to now, in its place by time; what is here already stays."""
        fresh = [each for each in page if not each.id or each.id not in self._by_id]
        done = len(self.entries) - self._waiting
        waiting = self.entries[done:]
        self.entries[done:] = fresh
        self.entries.sort(key=lambda each: each.at_ms)
        self.entries += waiting
        self._learn(fresh)

    def replace(self, page: list[Entry]) -> None:
        """Another part of the past in place of this one; what waits stays."""
        waiting = self.entries[len(self.entries) - self._waiting :]
        self.start = self.end
        self.entries = [*page, *waiting]
        self._by_id = {}
        self._learn(page)

    def clear(self) -> None:
        """An empty screen; nothing is deleted."""
        self.replace([])
        self.has_older = True

    def _learn(self, fresh: list[Entry]) -> None:
        for each in fresh:
            if each.id:
                self._by_id[each.id] = each
        self.revision += 1

    # --- what changes

    def changed(self, entry: Entry) -> None:
        """An entry is no longer as it was drawn."""
        entry.version += 1
        self.revision += 1

    def change_waiting(self, nonce: str, state: Literal["waiting", "failed"], why: str = "") -> None:
        """One of ours that waits."""
        for each in self.entries[len(self.entries) - self._waiting :]:
            if each.nonce == nonce:
                each.waiting, each.why = state, why
                self.changed(each)

    def is_waiting(self, nonce: str) -> bool:
        """Whether one of ours waits."""
        return any(each.nonce == nonce for each in self.entries[len(self.entries) - self._waiting :])

    def drop_waiting(self, nonce: str) -> None:
        """One of ours waits no more."""
        first = len(self.entries) - self._waiting
        for at in range(first, len(self.entries)):
            if self.entries[at].nonce == nonce:
                del self.entries[at]
                self._waiting -= 1
                self.revision += 1
                return

    def react(self, msgid: str, emoji: str, nick: str, *, on: bool) -> None:
        """Somebody gave a reaction, or took it back; the message may come later."""
        reactions = self._reactions.setdefault(msgid, {})
        nicks = reactions.setdefault(emoji, [])
        if nick in nicks:
            nicks.remove(nick)
        if on:
            nicks.append(nick)
        if not nicks:
            del reactions[emoji]
        self._update(msgid)

    def edit(self, msgid: str, text: str) -> None:
        """Somebody wrote a message anew; it may come later."""
        self._edits[msgid] = text
        self._update(msgid)

    def redact(self, msgid: str) -> None:
        """Somebody deleted a message."""
        entry = self.find(msgid)
        if entry is not None:
            entry.gone, entry.text, entry.reactions = True, "", None
            self.changed(entry)

    def _update(self, msgid: str) -> None:
        entry = self.find(msgid)
        if entry is not None:
            self._amend(entry)
            self.changed(entry)

    def _amend(self, entry: Entry) -> None:
        entry.reactions = self._reactions.get(entry.id) or None
        if entry.id in self._edits and not entry.gone:
            entry.text, entry.edited = self._edits[entry.id], True

    def amend(self, page: list[Entry]) -> None:
        """Put what is known of reactions and edits into a page of the past."""
        for each in page:
            if each.id:
                self._amend(each)

    def types(self, key: str, nick: str, *, on: bool) -> None:
        """Somebody began to write, or stopped."""
        if on:
            self.typing[key] = (nick, now_ms() + TYPING_MS)
        elif self.typing.pop(key, None) is None:
            return
        self.people_revision += 1

    def typists(self) -> list[str]:
        """Who writes now."""
        now = now_ms()
        return [nick for nick, until in self.typing.values() if until > now]

    def set_member(self, key: str, member: Member | None) -> None:
        """Somebody came, changed or (None) went."""
        if member is None:
            self.members.pop(key, None)
            self.typing.pop(key, None)
        else:
            self.members[key] = member
        self.people_revision += 1
