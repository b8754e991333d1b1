"""`nick` and `nick-ascii`: the server sends `NICK`, and we have joined when it says anything else."""

from __future__ import annotations

import re

from papo.client.classroom.classroom_events import ClassroomEvent, Message, ServerText
from papo.client.classroom.conversation import Conversation
from papo.client.classroom.stream_parser import is_from_papo, new_nick
from papo.protocol.dialects import Dialect


class Nick(Conversation):
    """Answers `NICK` with the nick."""

    prompts = ("NICK",)

    def __init__(self, row: Dialect, nick: str) -> None:
        super().__init__(row, nick)
        self._asked = False
        self._nobody_spoke = True
        """Until a message arrives the server may say that it gave us another nick; later a user could say it."""

    def opened(self) -> list[ClassroomEvent]:
        """The server speaks first."""
        return []

    def _answer(self, prompt: str) -> list[ClassroomEvent]:
        del prompt
        self.out.append(self._encode(self.nick))
        self._asked = True
        self._prompt = re.compile(r"^NICK$")  # it may ask again, but `NICKY entrou!` is no prompt
        return []

    def _interpret(self, events: list[ClassroomEvent]) -> list[ClassroomEvent]:
        interpreted: list[ClassroomEvent] = []
        for event in events:
            interpreted.append(event)
            self._nobody_spoke = self._nobody_spoke and not isinstance(event, Message)
            if isinstance(event, ServerText) and is_from_papo(event.text):
                given = new_nick(event.text)
                if given and self._nobody_spoke:
                    self._set_nick(given)
            elif self._asked and not self._ready:
                interpreted.append(self._become_ready())
        return interpreted
