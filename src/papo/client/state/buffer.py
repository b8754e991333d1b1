"""A buffer: a channel, a private conversation or the server's own messages."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from papo.client.state.changes import Changes, Edit
from papo.client.state.message import BufferLine, now_ms

BufferKind: TypeAlias = Literal["channel", "query", "server"]
MAX_LINES = 100_000
"""Lines that are kept of the buffer on the screen."""
MAX_HIDDEN_LINES = 5_000
"""Lines that are kept of any other."""
MAX_LATE = 1_000
"""Messages that are kept while a history page is loading."""
MAX_TYPING = 100
"""Users who are shown as typing."""
TYPING_MS = 6_500
"""How long a user counts as typing if nothing more is heard."""


class Member(msgspec.Struct):
    """A user in a channel."""

    nick: str
    prefixes: str = ""
    """Such as `@+`."""


class Buffer:
    """`revision` counts the visible changes of the lines, `people_revision` those of members and typing."""

    def __init__(self, name: str, key: str, kind: BufferKind) -> None:
        self.name = name
        self.key = key
        """The folded name."""
        self.kind: BufferKind = kind
        self.topic = ""
        self.joined = kind != "channel"
        self.members: dict[str, Member] = {}
        """By folded nick."""
        self.modes: dict[str, str] = {}
        """Letter to parameter, or ""."""
        self.lines: list[BufferLine] = []
        """Oldest first; our pending messages are last."""
        self.start = 0
        """Number of the first line. A line keeps its number when older ones are loaded."""
        self.has_older = True
        """Whether the server may have lines before these."""
        self.has_newer = False
        """Whether the lines end before the newest message, after a jump to an older one."""
        self.cleared = False
        """Whether the user has cleared the screen: older lines are loaded when they scroll up."""
        self.loading = ""
        """The page that is loading: newest, older, newer, jump; "" for none."""
        self.history_requested = False
        """Whether what was missed was asked for on this connection."""
        self.outbox_sent = False
        """Whether what waited in the outbox was sent on this connection."""
        self.unread = 0
        self.mentions = 0
        """Unread mentions; in a private conversation every unread message."""
        self.read_at_ms = 0
        """Time of the newest message that was read; 0 if none was."""
        self.line_at_ms = 0
        """Time of the message above the unread line, which stays while the buffer is on the screen."""
        self.notifications_off = False
        self.typing: dict[str, tuple[str, int]] = {}
        """Folded nick to nick, and until when (ms since 1970)."""
        self.typed_at_ms = 0
        """When we last told the others that we are typing; 0 if they think that we are not."""
        self.revision = 0
        self.people_revision = 0
        self.last_id = ""
        """msgid of the newest message that arrived, even if the lines end before it."""
        self.gap: str | None = None
        """msgid of the last message before a gap that is being filled, "" for none; None without a gap."""
        self._by_id: dict[str, BufferLine] = {}
        self._changes = Changes()
        self._pending = 0
        """How many of the lines are pending."""
        self._loads = 0
        """Pages that are loading."""
        self._late: list[BufferLine] = []
        """Messages that arrived while pages were loading."""
        self._since = 0
        """Index of the first of these that arrived after the last page was requested."""

    @property
    def end(self) -> int:
        """The number after the last line's."""
        return self.start + len(self.lines)

    def at(self, number: int) -> BufferLine:
        """The line of a number."""
        return self.lines[number - self.start]

    def find(self, msgid: str) -> BufferLine | None:
        """The message of this msgid, if it is here."""
        return self._by_id.get(msgid) if msgid else None

    def number_of(self, line: BufferLine) -> int:
        """The number of a line. Raises ValueError if it is not here."""
        for back, each in enumerate(reversed(self.lines)):
            if each is line:
                return self.end - 1 - back
        raise ValueError(line.id)

    def newest(self) -> BufferLine | None:
        """The last line that has a msgid."""
        return next((each for each in reversed(self.lines) if each.id), None)

    def oldest(self) -> BufferLine | None:
        """The first line that has a msgid."""
        return next((each for each in self.lines if each.id), None)

    # --- lines

    def append(self, fresh: BufferLine, *, visible: bool) -> bool:
        """Add a line at the end; the server's copy of a pending message replaces it. `visible`: on the screen.

        False if it is here already, or belongs after the lines that are loaded.
        """
        if fresh.id:
            if fresh.id in self._by_id:
                return False
            if fresh.sent_again and self._comes_before_others(fresh):
                return self._insert(fresh)
            self.last_id = fresh.id
            if self._changes:
                self._changes.apply(fresh)
        if self._pending and fresh.nonce and not fresh.pending:
            self.remove_pending(fresh.nonce)
        if self._loads and fresh.id and len(self._late) <= MAX_LATE:
            self._late.append(fresh)
        if self.has_newer:
            return False
        lines = self.lines
        if self._pending and not fresh.pending:
            lines.insert(len(lines) - self._pending, fresh)
        else:
            lines.append(fresh)
            self._pending += bool(fresh.pending)
        if fresh.id:
            self._by_id[fresh.id] = fresh
        self.revision += 1
        most = MAX_LINES if visible else MAX_HIDDEN_LINES
        if len(lines) > most + most // 8:
            self._drop_oldest(len(lines) - most)
        return True

    def _comes_before_others(self, fresh: BufferLine) -> bool:
        done = len(self.lines) - self._pending
        return done > 0 and self.lines[done - 1].at_ms > fresh.at_ms

    def _insert(self, fresh: BufferLine) -> bool:
        """Put a line in its place by time. False if that is before the lines that are here."""
        self.remove_pending(fresh.nonce)
        at = len(self.lines) - self._pending
        while at and self.lines[at - 1].at_ms > fresh.at_ms:
            at -= 1
        if at == 0 and self.has_older:
            return False
        self._changes.apply(fresh)
        self.lines.insert(at, fresh)
        self._index([fresh])
        return True

    def _drop_oldest(self, count: int) -> None:
        for each in self.lines[:count]:
            self._by_id.pop(each.id, None)
            self._changes.forget(each.id)
        del self.lines[:count]
        self.start += count
        self.has_older = True

    def prepend(self, page: list[BufferLine]) -> None:
        """Add a page, oldest first, before the lines."""
        fresh = [each for each in page if not each.id or each.id not in self._by_id]
        self.lines[:0] = fresh
        self.start -= len(fresh)
        self._index(fresh)

    def begin_loading(self, loading: str) -> int:
        """A page was requested. Returns what `end_loading` takes."""
        if not self._loads:
            self._late.clear()
        self._loads += 1
        self.loading = loading
        return len(self._late)

    def end_loading(self, began: int) -> None:
        """The page has arrived."""
        self._since = began
        self._loads -= 1
        if not self._loads:
            self.loading = ""

    def connection_lost(self) -> None:
        """The connection ended, and with it what was loading."""
        self.history_requested = self.outbox_sent = False
        self.loading = ""
        self._loads = 0
        self.typing.clear()

    def merge(self, page: list[BufferLine], *, after: str = "") -> None:
        """Replace the lines after a message by what the server has after it, oldest first; "" for all lines.

        Lines without a msgid, which no page has, stay in their place by time.
        """
        done = len(self.lines) - self._pending
        at = self._index_after(after)
        before = {each.id for each in self.lines[:at] if each.id}
        have = {each.id: each for each in self.lines[at:done] if each.id}
        for msgid in have:
            del self._by_id[msgid]
        fresh = [have.get(each.id, each) for each in page if each.id not in before]
        self.lines[at:done] = _merged_by_time(fresh, [each for each in self.lines[at:done] if not each.id])
        self._index(fresh)

    def replace(self, page: list[BufferLine]) -> None:
        """Replace all lines but the pending ones by another page."""
        pending = self.lines[len(self.lines) - self._pending :]
        self.start = self.end
        self.lines = [*page, *pending]
        self._by_id = {}
        self._index(page)

    def reach_present(self) -> None:
        """The last page goes up to the time it was requested: add what has arrived since."""
        newest = self.newest()
        self.last_id = newest.id if newest is not None else self.last_id
        # If more arrived than was kept, the next page has it.
        self.has_newer = len(self._late) > MAX_LATE
        if not self.has_newer:
            late = self._late[self._since :]
            # Everything up to the last one that the page has was stored before the page was made.
            in_page = [at for at, each in enumerate(late) if each.id in self._by_id]
            for each in late[in_page[-1] + 1 if in_page else 0 :]:
                self.append(each, visible=True)

    def _index_after(self, msgid: str) -> int:
        line = self.find(msgid)
        return 0 if line is None else self.number_of(line) + 1 - self.start

    def clear(self) -> None:
        """Empty the screen; nothing is deleted."""
        self.replace([])
        self.has_older = self.cleared = True

    def _index(self, fresh: list[BufferLine]) -> None:
        for each in fresh:
            if each.id:
                self._by_id[each.id] = each
        self.revision += 1

    # --- pending messages

    def update_pending(self, nonce: str, state: Literal["waiting", "failed"], error: str = "") -> None:
        """Set the state of a pending message."""
        for each in self.lines[len(self.lines) - self._pending :]:
            if each.nonce == nonce:
                each.pending, each.error = state, error
                self.changed(each)

    def is_pending(self, nonce: str) -> bool:
        """Whether the message of this nonce is pending."""
        return any(each.nonce == nonce for each in self.lines[len(self.lines) - self._pending :])

    def remove_pending(self, nonce: str) -> None:
        """Remove a pending message."""
        first = len(self.lines) - self._pending
        for at in range(first, len(self.lines)):
            if self.lines[at].nonce == nonce:
                del self.lines[at]
                self._pending -= 1
                self.revision += 1
                return

    # --- changes of messages

    def changed(self, line: BufferLine) -> None:
        """A line looks different."""
        line.version += 1
        self.revision += 1

    def react(self, msgid: str, emoji: str, nick: str, *, on: bool) -> None:
        """Add or remove a user's reaction."""
        self._changes.react(msgid, emoji, nick, on=on, here=self._by_id)
        self._apply_changes(msgid)

    def edit(self, msgid: str, text: str, *, account: str = "", is_checked: bool = False) -> bool:
        """Replace the text of a message; False if its author is another one than the sender of the edit.

        `account` is the sender's; `is_checked`: the server has checked that they are the author.
        """
        edit = Edit(text, account, is_checked)
        if not self._changes.edit(msgid, edit, self.find(msgid), here=self._by_id):
            return False
        self._apply_changes(msgid)
        return True

    def redact(self, msgid: str) -> None:
        """Remove the text of a message."""
        self._changes.redact(msgid, here=self._by_id)
        self._apply_changes(msgid)

    def _apply_changes(self, msgid: str) -> None:
        line = self.find(msgid)
        if line is not None:
            self._changes.apply(line)
            self.changed(line)

    def apply_changes(self, page: list[BufferLine]) -> None:
        """Give the messages of a page their reactions and edits."""
        for each in page:
            if each.id:
                self._changes.apply(each)

    # --- people, and what is unread

    def count_unread(self, *, visible: bool) -> None:
        """Count what is unread by the read marker, which all devices share."""
        unread = []
        for each in reversed(self.lines):
            if each.at_ms <= self.read_at_ms and not each.pending:
                break
            if each.is_message and not each.mine and not each.pending:
                unread.append(each)
        self.unread = 0 if visible else len(unread)
        self.mentions = 0 if visible else sum(self.kind == "query" or each.mention for each in unread)

    def set_typing(self, key: str, nick: str, *, on: bool) -> None:
        """A user is typing, or is not any more."""
        if on:
            if key in self.typing or len(self.typing) < MAX_TYPING:
                self.typing[key] = (nick, now_ms() + TYPING_MS)
        elif self.typing.pop(key, None) is None:
            return
        self.people_revision += 1

    def typing_nicks(self) -> list[str]:
        """Users who are typing now."""
        now = now_ms()
        return [nick for nick, until_ms in self.typing.values() if until_ms > now]

    def set_member(self, key: str, member: Member | None) -> None:
        """Add or change a member; None removes it."""
        if member is None:
            self.members.pop(key, None)
            self.typing.pop(key, None)
        else:
            self.members[key] = member
        self.people_revision += 1


def _merged_by_time(page: list[BufferLine], own: list[BufferLine]) -> list[BufferLine]:
    """A page, and lines that only we have in their place by time."""
    at = 0
    merged = []
    for each in page:
        while at < len(own) and own[at].at_ms < each.at_ms:
            merged.append(own[at])
            at += 1
        merged.append(each)
    return merged + own[at:]
