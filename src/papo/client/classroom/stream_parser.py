"""Text of a classroom server, cut anywhere, to what happened. Pure.

Where a message ends is not marked, so messages are told apart, in this order, by line ends, by the server's own
sentences, and by `NAME: ` of somebody known to be here that follows a message without a space between. What cannot be
known is guessed for what happens more often: once `ana` has spoken, `semana: ` ends a message with `sem`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from papo.client.classroom.classroom_events import ClassroomEvent, Joined, Left, Message, Told
from papo.protocol.text import to_ascii

MAX_NICK = 32
MAX_HELD = 4096
"""Characters that are kept back at most, because they might be the beginning of a message."""
MAX_KNOWN = 256
"""Names that are known at most; the oldest are forgotten first."""
RENAMED = "Nome em uso ou inválido: aqui você é "
"""How Papo says that it gave somebody another name."""

_LINE_END = re.compile(r"\r\n|\r|\n")
# What some terminals and pages break lines at, too.
_OTHER_BREAKS = str.maketrans(dict.fromkeys("\v\f\x1c\x1d\x1e\x85\u2028\u2029", " "))
_NAME = rf"[^\s:](?:[^:]{{0,{MAX_NICK - 2}}}[^\s:])?"
_SHORTEST_NAME = rf"[^\s:](?:[^:]{{0,{MAX_NICK - 2}}}?[^\s:])??"
_SPEAKER = re.compile(rf"({_NAME}): ")
_ONE_WORD = re.compile(rf"[^\s:]{{1,{MAX_NICK}}}: ")
_PAPO_SAYS = (
    RENAMED,
    "Mensagem não enviada: ",
    "Message not sent: ",
    "Você foi removido da sala por ",
    "You were removed from the room by ",
    "Cabeçalho inválido: ",
    "* ",
)
# As `NAME: TEXT` they would be people of strange names; and private messages must stay what they are.
_NO_SPEAKER = re.compile(
    "|".join(sorted(re.escape(words) for said in _PAPO_SAYS for words in {said, to_ascii(said)}))
    + rf"|{_NAME} \((?:particular|private)\): "
)
_NO_END = "([{<\"'“‘«@#*/"
"""Behind these, and behind spaces, a name is part of the text."""
_END_FOR_SHORT = "!?.,;)…"
"""Elsewhere a name of one or two letters is more probably the end of a word."""


class StreamParser:
    """Feed it text; it gives what happened."""

    def __init__(self, sentences: Mapping[str, type[Joined | Left]], greeting: str) -> None:
        self.by_line = False
        """Whether a message surely goes on until its line ends."""
        self.surely_cut = False
        """Whether the last piece looked like a part of something longer."""
        self.held = ""
        """What may be the beginning of a message."""
        self._last: Message | None = None
        """The message that the next piece may continue."""
        self._sentences = sentences
        self._greeting = greeting
        endings = "|".join(re.escape(ending) for ending in sentences)
        self._sentence = re.compile(rf"({_SHORTEST_NAME})({endings})" if endings else r"(?!)")
        self._endings = (": ", *sentences)
        """What follows the name at the beginning of a message."""
        self._ending = re.compile("|".join(re.escape(ending) for ending in self._endings))
        self._known: dict[str, None] = {}

    def hear(self, text: str, *, ended: bool = False) -> list[ClassroomEvent]:
        """What happened; where the end of the text is the end of a message, nothing is kept back."""
        text, self.held = self.held + text, ""
        happened: list[ClassroomEvent] = []
        *lines, rest = _LINE_END.split(text.translate(_OTHER_BREAKS))
        for line in lines:
            self._take(line, happened, ended=True)
            self._last = None
        self._take(rest, happened, ended=ended)
        if ended:
            self._last = None
        return happened

    def quiet(self) -> list[ClassroomEvent]:
        """It has been quiet: what was kept back is a message, and what comes now another one."""
        happened = self.hear("", ended=True)
        self.surely_cut = False
        return happened

    def know(self, nick: str) -> None:
        """Somebody is here whose name may be found glued to the end of a message."""
        self._known[nick] = None
        if len(self._known) > MAX_KNOWN:
            del self._known[next(iter(self._known))]

    def _take(self, text: str, happened: list[ClassroomEvent], *, ended: bool) -> None:
        """A line, or the beginning of one."""
        while text:
            each, text = self._next(text, ended=ended)
            if each is not None:
                happened.append(each)

    def _next(self, text: str, *, ended: bool) -> tuple[ClassroomEvent | None, str]:
        """What the text begins with, and the rest of it; None and "" where it was kept back."""
        if self._last is not None:
            text, begins = self._begins(text, self._last, ended=ended)
            if begins is None:
                self.held = text
                return None, ""
            if not begins:
                keep = (
                    self._beginning_at_end(text)
                    if self.surely_cut and not ended and self._end(text, 1) == len(text)
                    else len(text)
                )
                text, self.held = text[:keep], text[keep:]
                return self._said(self._last.nick, text, 0, continues=True)
            self._last = None
        if self._greeting and text.startswith(self._greeting):
            told, self._greeting = Told(self._greeting), ""  # it is said once
            return told, text[len(told.text) :]
        if sentence := self._sentence.match(text):
            self.know(sentence[1])
            return self._sentences[sentence[2]](sentence[1]), text[sentence.end() :]
        speaker = None if _NO_SPEAKER.match(text) else _SPEAKER.match(text)
        no_text_yet = speaker is not None and speaker.end() == len(text) and not ended
        if speaker and not no_text_yet:
            self.know(speaker[1])
            return self._said(speaker[1], text, speaker.end())
        end = self._end(text, 1)
        if no_text_yet or (end == len(text) < MAX_HELD and not ended):
            self.held = text
            return None, ""
        return Told(text[:end]), text[end:]

    def _begins(self, text: str, last: Message, *, ended: bool) -> tuple[str, bool | None]:
        """Whether a piece that comes right after `last` begins a message; None where more must come to know it.

        Before that the piece, with the rest of a name in front that was cut in two.
        """
        if self.by_line:
            return text, False
        tail = last.text[-MAX_NICK:]
        start, end = self._glued(tail + text, 1)
        if start < len(tail) < end:
            return tail[start:] + text, True
        inside = self.surely_cut and last.text[-1:].isspace()
        if self._is_start(text):
            return text, not inside
        unknown = None if self.surely_cut else _ONE_WORD.match(text) or self._sentence.match(text)
        if unknown and self._glued(text, 1)[1] > unknown.end():
            return text, True
        return text, None if not ended and not inside and self._may_become_start(text) else False

    def _beginning_at_end(self, text: str) -> int:
        """Where the beginning of a message may stand in a piece that surely goes on; else its length."""
        places = range(max(1, len(text) - MAX_NICK), len(text)) if not self.by_line else ()
        may = (at for at in places if not text[at - 1].isspace() and self._may_become_start(text[at:]))
        return next(may, len(text))

    def _said(self, nick: str, text: str, start: int, *, continues: bool = False) -> tuple[Message, str]:
        """A message from `start` on, up to what is glued to its end."""
        end = self._end(text, start + 1)
        said = Message(nick, text[start:end], continues)
        self._last = said if end == len(text) else None
        return said, text[end:]

    def _end(self, text: str, start: int) -> int:
        """Where the next message surely begins, at `start` or later; the text's length where it does not."""
        return len(text) if self.by_line else self._glued(text, start)[0]

    def _glued(self, text: str, start: int) -> tuple[int, int]:
        """From where to where a beginning stands that is glued to what is before it; the text's length for none."""
        greeted = text.find(self._greeting, start) if self._greeting else -1
        first = (greeted, greeted + len(self._greeting)) if greeted >= 0 else (len(text), len(text))
        for ending in self._ending.finditer(text, start, first[0]):
            for at in range(max(start, ending.start() - MAX_NICK), ending.start()):
                if text[at : ending.start()] in self._known and _may_end(text[at - 1], ending.start() - at):
                    return at, ending.end()
        return first

    def _is_start(self, text: str) -> bool:
        """Whether the text begins as a message of somebody known does, or as the greeting."""
        return (self._greeting != "" and text.startswith(self._greeting)) or any(
            text.startswith(self._endings, size) for size in range(1, MAX_NICK + 1) if text[:size] in self._known
        )

    def _may_become_start(self, text: str) -> bool:
        """Whether more text could make it one that does."""
        return self._greeting.startswith(text) or any(
            f"{name}{ending}".startswith(text) for name in self._known for ending in self._endings
        )


def _may_end(char: str, name_size: int) -> bool:
    """Whether a message may end with the character, and a name of that many letters follow at once."""
    return char in _END_FOR_SHORT if name_size <= 2 else not char.isspace() and char not in _NO_END


def is_of_papo(text: str) -> bool:
    """Whether these are words that a Papo server says to one person."""
    return _NO_SPEAKER.match(text) is not None


def new_name(text: str) -> str:
    """The name that a Papo server gave somebody; "" where the text says nothing of it."""
    name = text[len(RENAMED) :]
    return name if to_ascii(text).startswith(to_ascii(RENAMED)) and len(name.split()) == 1 else ""
