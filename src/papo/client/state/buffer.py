"""One conversation: a channel, a person, or the server itself; what is read of it, newest last."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

from papo.client.state.message import BufferLine, now_ms

BufferKind: TypeAlias = Literal["channel", "person", "server"]
MAX_LINES = 100_000
"""Rows that are kept of the conversation on the screen."""
MAX_HIDDEN_LINES = 5_000
"""Rows that are kept of any other."""
MAX_LATE = 1_000
"""Messages that are kept while a page of the past is on its way."""
MAX_STRAY = 2_000
"""Messages not here whose reactions, edits and deletions are kept."""
MAX_EMOJI = 50
MAX_NICKS = 500
"""Reactions of one message: different ones, and people for each."""
MAX_TYPING = 100
MAX_EDITS = 8
"""Edits that are kept of one message that is not here."""
TYPING_MS = 6_500


class Member(msgspec.Struct):
    """Somebody in a channel."""

    nick: str
    signs: str = ""
    """Such as `@+`."""


class Edit(msgspec.Struct, frozen=True):
    """A new text for a message, and who sent it: nobody, if the server has checked that it is the author."""

    text: str
    nick: str = ""
    account: str = ""

    def is_by_author_of(self, message: BufferLine) -> bool:
        """Whether its sender may edit the message. Anybody can send the tag, and a nick may have a new owner."""
        if not self.nick:
            return True
        if message.account:
            return self.account == message.account
        return self.nick.lower() == message.nick.lower()


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
        self.lines: list[BufferLine] = []
        """Oldest first; ours that wait for the server are last."""
        self.start = 0
        """Number of the first entry: numbers of rows stay as they are when older ones come in before them."""
        self.has_older = True
        self.cleared = False
        """Nobody wants to see what is older, until they scroll up."""
        self.has_newer = False
        """What is here ends before now: somebody jumped into the past."""
        self.loading = ""
        """What is being fetched: newest, older, newer, jump; "" for nothing."""
        self.filled = False
        """Whether the past was asked for since we connected."""
        self.settled = False
        """Whether what waited was sent since we connected."""
        self.unread = 0
        self.mentions = 0
        self.read_at_ms = 0
        """Time of the newest message that was read; 0 for nothing yet."""
        self.line_at_ms = 0
        """Where the unread line stands: kept while the conversation is on the screen."""
        self.muted = False
        self.typing: dict[str, tuple[str, int]] = {}
        """Folded nick to nick, and until when (ms)."""
        self.typed_at_ms = 0
        """When we last told the others that we are typing; 0 if they think that we are not."""
        self.revision = 0
        self.people_revision = 0
        self.last_id = ""
        """msgid of the newest message that came, here or beyond what is here."""
        self._by_id: dict[str, BufferLine] = {}
        self._waiting = 0
        self._reactions: dict[str, dict[str, list[str]]] = {}
        self._edits: dict[str, list[Edit]] = {}
        """By msgid, oldest first."""
        self._gone: dict[str, None] = {}
        self._loads = 0
        self._late: list[BufferLine] = []
        """What came while pages were on their way."""
        self._since = 0
        """The first of these that came after the last page was asked for."""
        self.gap: str | None = None
        """msgid of the last message before those that are missing, until the gap is filled; "" where none was here."""

    @property
    def end(self) -> int:
        """Number after the last entry's."""
        return self.start + len(self.lines)

    def at(self, number: int) -> BufferLine:
        """The entry of a number."""
        return self.lines[number - self.start]

    def find(self, msgid: str) -> BufferLine | None:
        """The message of this msgid, if it is here."""
        return self._by_id.get(msgid) if msgid else None

    def number_of(self, entry: BufferLine) -> int:
        """The number of an entry that is here; raises ValueError where it is not."""
        for back, each in enumerate(reversed(self.lines)):
            if each is entry:
                return self.end - 1 - back
        raise ValueError(entry.id)

    def newest(self) -> BufferLine | None:
        """The last that has a msgid."""
        return next((each for each in reversed(self.lines) if each.id), None)

    def oldest(self) -> BufferLine | None:
        """The first that has a msgid."""
        return next((each for each in self.lines if each.id), None)

    # --- what comes in

    def append(self, fresh: BufferLine, *, visible: bool) -> bool:
        """One more at the end; ours that the server has stored takes the place of the one that waited.

        False where it was here already, or belongs after what is here.
        """
        if fresh.id:
            if fresh.id in self._by_id:
                return False
            self.last_id = fresh.id
            if self._reactions or self._edits or self._gone:
                self._amend(fresh)
        if self._waiting and fresh.nonce and not fresh.pending:
            self.remove_pending(fresh.nonce)
        if self._loads and fresh.id and len(self._late) <= MAX_LATE:
            self._late.append(fresh)
        if self.has_newer:
            return False
        entries = self.lines
        if self._waiting and not fresh.pending:
            # What still waits stays last: it happens when the server says so.
            entries.insert(len(entries) - self._waiting, fresh)
        else:
            entries.append(fresh)
            self._waiting += bool(fresh.pending)
        if fresh.id:
            self._by_id[fresh.id] = fresh
        self.revision += 1
        most = MAX_LINES if visible else MAX_HIDDEN_LINES
        if len(entries) > most + most // 8:
            self._drop_oldest(len(entries) - most)
        return True

    def _drop_oldest(self, count: int) -> None:
        for each in self.lines[:count]:
            self._by_id.pop(each.id, None)
            self._reactions.pop(each.id, None)
            self._edits.pop(each.id, None)
            self._gone.pop(each.id, None)
        del self.lines[:count]
        self.start += count
        self.has_older = True

    def prepend(self, page: list[BufferLine]) -> None:
        """A page of what was before, oldest first."""
        fresh = [each for each in page if not each.id or each.id not in self._by_id]
        self.lines[:0] = fresh
        self.start -= len(fresh)
        self._learn(fresh)

    def begin_loading(self, loading: str) -> int:
        """A page is being fetched; gives the place that `ends` wants."""
        if not self._loads:
            self._late.clear()
        self._loads += 1
        self.loading = loading
        return len(self._late)

    def end_loading(self, began: int) -> None:
        """A page has come."""
        self._since = began
        self._loads -= 1
        if not self._loads:
            self.loading = ""

    def connection_lost(self) -> None:
        """The connection ended, and with it whatever was under way."""
        self.filled = self.settled = False
        self.loading = ""
        self._loads = 0
        self.typing.clear()

    def merge(self, page: list[BufferLine], *, after: str = "") -> None:
        """What the server has after a message ("": the newest page), oldest first, in place of what is here after it;
        our own notes, which no page has, stay.
        """
        done = len(self.lines) - self._waiting
        at = self._after(after)
        before = {each.id for each in self.lines[:at] if each.id}
        have = {each.id: each for each in self.lines[at:done] if each.id}
        for msgid in have:
            del self._by_id[msgid]
        fresh = [have.get(each.id, each) for each in page if each.id not in before]
        self.lines[at:done] = _woven(fresh, [each for each in self.lines[at:done] if not each.id])
        self._learn(fresh)

    def replace(self, page: list[BufferLine]) -> None:
        """Another part of the past in place of this one; what waits stays."""
        waiting = self.lines[len(self.lines) - self._waiting :]
        self.start = self.end
        self.lines = [*page, *waiting]
        self._by_id = {}
        self._learn(page)

    def reach_present(self) -> None:
        """What is here goes up to when the last page was made: what came while it was on its way comes after it."""
        # Where more came than was kept the next page brings it.
        newest = self.newest()
        self.last_id = newest.id if newest is not None else self.last_id
        self.has_newer = len(self._late) > MAX_LATE
        if not self.has_newer:
            late = self._late[self._since :]
            # Those up to the last that the page has were there when it was made.
            known = [at for at, each in enumerate(late) if each.id in self._by_id]
            for each in late[known[-1] + 1 if known else 0 :]:
                self.append(each, visible=True)

    def _after(self, msgid: str) -> int:
        """The place after a message; the beginning where it is not here."""
        entry = self.find(msgid)
        return 0 if entry is None else self.number_of(entry) + 1 - self.start

    def clear(self) -> None:
        """An empty screen; nothing is deleted."""
        self.replace([])
        self.has_older = self.cleared = True

    def _learn(self, fresh: list[BufferLine]) -> None:
        for each in fresh:
            if each.id:
                self._by_id[each.id] = each
        self.revision += 1

    # --- what changes

    def changed(self, entry: BufferLine) -> None:
        """An entry is no longer as it was drawn."""
        entry.version += 1
        self.revision += 1

    def update_pending(self, nonce: str, state: Literal["waiting", "failed"], why: str = "") -> None:
        """One of ours that waits."""
        for each in self.lines[len(self.lines) - self._waiting :]:
            if each.nonce == nonce:
                each.pending, each.error = state, why
                self.changed(each)

    def is_pending(self, nonce: str) -> bool:
        """Whether one of ours waits."""
        return any(each.nonce == nonce for each in self.lines[len(self.lines) - self._waiting :])

    def remove_pending(self, nonce: str) -> None:
        """One of ours waits no more."""
        first = len(self.lines) - self._waiting
        for at in range(first, len(self.lines)):
            if self.lines[at].nonce == nonce:
                del self.lines[at]
                self._waiting -= 1
                self.revision += 1
                return

    def react(self, msgid: str, emoji: str, nick: str, *, on: bool) -> None:
        """Somebody gave a reaction, or took it back; the message may come later."""
        reactions = self._reactions.setdefault(msgid, {})
        nicks = reactions.get(emoji, [])
        if nick in nicks:
            nicks.remove(nick)
        if on and len(nicks) < MAX_NICKS and (nicks or emoji in reactions or len(reactions) < MAX_EMOJI):
            reactions[emoji] = nicks
            nicks.append(nick)
        if not nicks:
            reactions.pop(emoji, None)
        if not reactions:
            del self._reactions[msgid]
        self._forget_strays(self._reactions)
        self._update(msgid)

    def edit(self, msgid: str, text: str, *, nick: str = "", account: str = "") -> None:
        """Replace the text of a message, which may come later.

        `nick` and `account` are those of the user who sent the edit, if nobody has checked yet that it is the author;
        an edit that the server has checked has neither.
        """
        message = self.find(msgid)
        fresh = Edit(text, nick, account)
        if message is not None and not fresh.is_by_author_of(message):
            return
        edits = self._edits.pop(msgid, [])
        # As long as the message is not here, any of them may be by its author.
        self._edits[msgid] = [fresh] if message is not None else [*edits, fresh][-MAX_EDITS:]
        self._forget_strays(self._edits)
        self._update(msgid)

    def redact(self, msgid: str) -> None:
        """Somebody deleted a message; it may come later."""
        self._gone[msgid] = None
        self._edits.pop(msgid, None)
        self._reactions.pop(msgid, None)
        self._forget_strays(self._gone)
        self._update(msgid)

    def _forget_strays(self, kept: dict[str, Any]) -> None:
        if len(kept) > len(self._by_id) + MAX_STRAY:
            strays = [msgid for msgid in kept if msgid not in self._by_id]
            for msgid in strays[: MAX_STRAY // 2]:
                del kept[msgid]

    def _update(self, msgid: str) -> None:
        entry = self.find(msgid)
        if entry is not None:
            self._amend(entry)
            self.changed(entry)

    def _amend(self, entry: BufferLine) -> None:
        if entry.id in self._gone:
            entry.redacted, entry.text, entry.reactions = True, "", None
            return
        entry.reactions = self._reactions.get(entry.id)
        for edit in self._edits.get(entry.id, ()):
            if edit.is_by_author_of(entry):
                entry.text, entry.edited = edit.text, True

    def amend(self, page: list[BufferLine]) -> None:
        """Put what is known of reactions and edits into a page of the past."""
        for each in page:
            if each.id:
                self._amend(each)

    def count_unread(self, *, visible: bool) -> None:
        """Count what is unread by the read marker, which all devices share."""
        unread = []
        for each in reversed(self.lines):
            if each.at_ms <= self.read_at_ms and not each.pending:
                break
            if each.is_message and not each.mine and not each.pending:
                unread.append(each)
        self.unread = 0 if visible else len(unread)
        self.mentions = 0 if visible else sum(self.kind == "person" or each.mention for each in unread)

    def set_typing(self, key: str, nick: str, *, on: bool) -> None:
        """Somebody began to write, or stopped."""
        if on:
            if key in self.typing or len(self.typing) < MAX_TYPING:
                self.typing[key] = (nick, now_ms() + TYPING_MS)
        elif self.typing.pop(key, None) is None:
            return
        self.people_revision += 1

    def typing_nicks(self) -> list[str]:
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


def _woven(page: list[BufferLine], notes: list[BufferLine]) -> list[BufferLine]:
    """A page of the server's with notes of our own in their place by time."""
    at = 0
    woven = []
    for each in page:
        while at < len(notes) and notes[at].at_ms < each.at_ms:
            woven.append(notes[at])
            at += 1
        woven.append(each)
    return woven + notes[at:]
