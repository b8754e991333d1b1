"""`handshake`: the nick first, until the server answers `TRUE`; then bare text. The server's messages are lines."""

from __future__ import annotations

from papo.client.classroom.classroom_events import ClassroomEvent, NickTaken
from papo.client.classroom.conversation import Conversation
from papo.protocol.dialects import Dialect


class Handshake(Conversation):
    """Offers a nick until it is free."""

    prefixes = False
    max_bytes = 2000  # `NICKNAME: TEXT\n` then fits the 2048 bytes that other clients read at once
    prompts = ("TRUE", "FALSE")

    def __init__(self, row: Dialect, nick: str) -> None:
        super().__init__(row, nick)
        self._parser.by_line = True

    def opened(self) -> list[ClassroomEvent]:
        """We speak first."""
        self.out.append(self._encode(self.nick))
        return []

    def rename(self, nick: str) -> None:
        """Offer another nick; does nothing after `Ready`."""
        if not self._ready:
            super().rename(nick)
            self.out.append(self._encode(self.nick))

    def leave(self) -> None:
        """Queue the message that says goodbye."""
        self.out.append(b"/close")

    def _answer(self, prompt: str) -> list[ClassroomEvent]:
        return [self._become_ready() if prompt == "TRUE" else NickTaken(self.nick)]
