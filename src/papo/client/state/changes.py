"""Reactions, edits and redactions of messages. They may come before their message, in pages or live."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from papo.client.state.message import BufferLine

MAX_STRAY = 2_000
"""Messages that are not in the buffer whose changes are kept."""
MAX_EMOJI = 50
"""Different reactions to one message."""
MAX_NICKS = 500
"""Users for each of them."""
MAX_EDITS = 8
"""Edits of one message that is not in the buffer."""


class Edit(msgspec.Struct, frozen=True):
    """A new text for a message."""

    text: str
    account: str = ""
    """The sender's; "" for none."""
    is_checked: bool = False
    """Whether the server has checked that the author sent it."""

    def is_by_author_of(self, message: BufferLine) -> bool:
        """Whether the sender may edit the message: only an account proves that, unless the server has checked it."""
        if self.is_checked and not (self.account and message.account):
            return True
        return bool(self.account) and self.account == message.account


class Changes:
    """Of one buffer, by msgid. `here` are the msgids in the buffer; what is kept of others is bounded."""

    def __init__(self) -> None:
        self._reactions: dict[str, dict[str, list[str]]] = {}
        self._edits: dict[str, list[Edit]] = {}
        self._redacted: dict[str, None] = {}

    def __len__(self) -> int:
        """The most messages that one kind of change is kept of."""
        return max(len(self._reactions), len(self._edits), len(self._redacted))

    def __bool__(self) -> bool:
        """Whether anything is kept."""
        return bool(self._reactions or self._edits or self._redacted)

    def react(self, msgid: str, emoji: str, nick: str, *, on: bool, here: Collection[str]) -> None:
        """A user adds a reaction or removes it."""
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
        _forget_strays(self._reactions, here)

    def edit(self, msgid: str, edit: Edit, message: BufferLine | None, *, here: Collection[str]) -> bool:
        """Whether the edit counts: it is ignored if `message` is known and by somebody else."""
        if message is not None and not edit.is_by_author_of(message):
            return False
        edits = self._edits.pop(msgid, [])
        # As long as the message is not here, any of them may be by its author.
        self._edits[msgid] = [edit] if message is not None else [*edits, edit][-MAX_EDITS:]
        _forget_strays(self._edits, here)
        return True

    def redact(self, msgid: str, *, here: Collection[str]) -> None:
        """A message is redacted, and stays so."""
        self._redacted[msgid] = None
        self._edits.pop(msgid, None)
        self._reactions.pop(msgid, None)
        _forget_strays(self._redacted, here)

    def forget(self, msgid: str) -> None:
        """The message has left the buffer."""
        self._reactions.pop(msgid, None)
        self._edits.pop(msgid, None)
        self._redacted.pop(msgid, None)

    def apply(self, message: BufferLine) -> None:
        """Give a message what is known of it."""
        if message.id in self._redacted:
            message.redacted, message.text, message.reactions = True, "", None
            return
        message.reactions = self._reactions.get(message.id)
        for edit in self._edits.get(message.id, ()):
            if edit.is_by_author_of(message):
                message.text, message.edited = edit.text, True


def _forget_strays(kept: dict[str, Any], here: Collection[str]) -> None:
    if len(kept) > len(here) + MAX_STRAY:
        strays = [msgid for msgid in kept if msgid not in here]
        for msgid in strays[: MAX_STRAY // 2]:
            del kept[msgid]
