"""What was typed in each conversation and is not sent yet."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import msgspec

from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine


class Draft(msgspec.Struct):
    """A text, and the message that it answers."""

    text: str = ""
    reply_to: BufferLine | None = None


class Drafts:
    """The drafts of all conversations; that of a closed one is forgotten."""

    def __init__(self) -> None:
        self._drafts: WeakKeyDictionary[Buffer, Draft] = WeakKeyDictionary()

    def keep(self, buffer: Buffer | None, text: str, reply_to: BufferLine | None) -> None:
        """Put a draft aside; without a conversation there is nothing to keep."""
        if buffer is not None:
            self._drafts[buffer] = Draft(text, reply_to)

    def remove(self, buffer: Buffer | None) -> Draft:
        """The draft of a conversation, which is no longer kept; an empty one if there is none."""
        return self._drafts.pop(buffer, Draft()) if buffer is not None else Draft()
