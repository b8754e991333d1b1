"""Text of a classroom server, cut anywhere, to events. Pure.

The end of a message is not marked. Messages are told apart, in this order, by line ends, by the server's own sentences,
and by the `NAME: ` of a known user that follows a message without a space. What cannot be known is guessed, for what
happens more often: once `ana` has spoken, `semana: ` ends a message with `sem`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from papo.client.classroom.classroom_events import ClassroomEvent, Joined, Left, Message, ServerText
from papo.protocol.dialects import CLASSROOM, Phrases
from papo.protocol.text import to_ascii

MAX_NICK = 32
MAX_HELD = 4096
"""The most characters held back because they may be the beginning of a message."""
MAX_KNOWN = 256
"""The most known nicks; the oldest are forgotten first."""

_LINE_END = re.compile(r"\r\n|\r|\n")
# Where some terminals and pages break lines too.
_OTHER_BREAKS = str.maketrans(dict.fromkeys("\v\f\x1c\x1d\x1e\x85\u2028\u2029", " "))
_NAME = rf"[^\s:](?:[^:]{{0,{MAX_NICK - 2}}}[^\s:])?"
_SHORTEST_NAME = rf"[^\s:](?:[^:]{{0,{MAX_NICK - 2}}}?[^\s:])??"
_SPEAKER = re.compile(rf"({_NAME}): ")
_ONE_WORD = re.compile(rf"[^\s:]{{1,{MAX_NICK}}}: ")
_PAPO_PHRASES = (Phrases(), CLASSROOM["handshake"].phrases)
"""In Portuguese and in English."""
_PAPO_SAYS = {
    "Cabeçalho inválido: ",
    "* ",
    *(
        text.partition("{")[0].rstrip("\n")
        for each in _PAPO_PHRASES
        for text in (each.renamed, each.not_sent, each.unknown, each.disk_failed, each.idle, each.kicked)
    ),
}
_PRIVATE = "|".join(re.escape(each.private[len("{nick}") : each.private.index("{text}")]) for each in _PAPO_PHRASES)
# As `NAME: TEXT` these would be users with strange names; and private messages must stay what they are.
_NO_SPEAKER = re.compile(
    "|".join(sorted(re.escape(text) for said in _PAPO_SAYS for text in {said, to_ascii(said)}))
    + rf"|{_NAME}(?:{_PRIVATE})"
)
_NO_END = "([{<\"'“‘«@#*/"
"""After these, and after spaces, a nick is part of the text."""
_END_FOR_SHORT = "!?.,;)…"
"""After anything else a nick of one or two letters is more probably the end of a word."""


class StreamParser:
    """Takes text in pieces cut anywhere, and gives events."""

    def __init__(self, sentences: Mapping[str, type[Joined | Left]], welcome: str) -> None:
        self.by_line = False
        """Whether a message always ends with its line."""
        self.surely_cut = False
        """Whether the last piece looks like a part of something longer."""
        self.held = ""
        """Text that may be the beginning of a message."""
        self._last: Message | None = None
        """The message that the next piece may continue."""
        self._sentences = sentences
        self._welcome = welcome
        endings = "|".join(re.escape(ending) for ending in sentences)
        self._sentence = re.compile(rf"({_SHORTEST_NAME})({endings})" if endings else r"(?!)")
        self._endings = (": ", *sentences)
        """What follows the nick at the beginning of a message."""
        self._ending = re.compile("|".join(re.escape(ending) for ending in self._endings))
        self._known: dict[str, None] = {}

    def feed(self, text: str, *, ended: bool = False) -> list[ClassroomEvent]:
        """The events of a text; if it `ended` a message, nothing is held back."""
        text, self.held = self.held + text, ""
        events: list[ClassroomEvent] = []
        *lines, rest = _LINE_END.split(text.translate(_OTHER_BREAKS))
        for line in lines:
            self._parse(line, events, ended=True)
            self._last = None
        self._parse(rest, events, ended=ended)
        if ended:
            self._last = None
        return events

    def flush(self) -> list[ClassroomEvent]:
        """Nothing more arrived: what was held back is a message, and what follows is another one."""
        events = self.feed("", ended=True)
        self.surely_cut = False
        return events

    def add_nick(self, nick: str) -> None:
        """Add a known user, whose nick may follow the end of a message."""
        self._known[nick] = None
        if len(self._known) > MAX_KNOWN:
            del self._known[next(iter(self._known))]

    def _parse(self, text: str, events: list[ClassroomEvent], *, ended: bool) -> None:
        """Add the events of a line, or of the beginning of one."""
        while text:
            each, text = self._next(text, ended=ended)
            if each is not None:
                events.append(each)

    def _next(self, text: str, *, ended: bool) -> tuple[ClassroomEvent | None, str]:
        """(first event, rest of the text); (None, "") if the text is held back."""
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
                return self._message(self._last.nick, text, 0, continues=True)
            self._last = None
        if self._welcome and text.startswith(self._welcome):
            welcome, self._welcome = self._welcome, ""  # it is sent once
            return ServerText(welcome), text[len(welcome) :]
        if sentence := self._sentence.match(text):
            self.add_nick(sentence[1])
            return self._sentences[sentence[2]](sentence[1]), text[sentence.end() :]
        speaker = None if _NO_SPEAKER.match(text) else _SPEAKER.match(text)
        no_text_yet = speaker is not None and speaker.end() == len(text) and not ended
        if speaker and not no_text_yet:
            self.add_nick(speaker[1])
            return self._message(speaker[1], text, speaker.end())
        end = self._end(text, 1)
        if no_text_yet or (end == len(text) < MAX_HELD and not ended):
            self.held = text
            return None, ""
        return ServerText(text[:end]), text[end:]

    def _begins(self, text: str, last: Message, *, ended: bool) -> tuple[str, bool | None]:
        """(piece, whether it begins a message) for a piece that arrives right after `last`.

        None if only more text can tell. The piece gets back the beginning of a nick that was cut in two.
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
        """Where a message may begin in a piece that surely goes on; else its length."""
        places = range(max(1, len(text) - MAX_NICK), len(text)) if not self.by_line else ()
        may = (at for at in places if not text[at - 1].isspace() and self._may_become_start(text[at:]))
        return next(may, len(text))

    def _message(self, nick: str, text: str, start: int, *, continues: bool = False) -> tuple[Message, str]:
        """(message from `start` on, rest of the text)."""
        end = self._end(text, start + 1)
        message = Message(nick, text[start:end], continues)
        self._last = message if end == len(text) else None
        return message, text[end:]

    def _end(self, text: str, start: int) -> int:
        """Where the next message surely begins, at `start` or later; else the length of the text."""
        return len(text) if self.by_line else self._glued(text, start)[0]

    def _glued(self, text: str, start: int) -> tuple[int, int]:
        """(start, end) of the next beginning of a message inside the text; twice the length if there is none."""
        greeted = text.find(self._welcome, start) if self._welcome else -1
        first = (greeted, greeted + len(self._welcome)) if greeted >= 0 else (len(text), len(text))
        for ending in self._ending.finditer(text, start, first[0]):
            for at in range(max(start, ending.start() - MAX_NICK), ending.start()):
                if text[at : ending.start()] in self._known and _may_end(text[at - 1], ending.start() - at):
                    return at, ending.end()
        return first

    def _is_start(self, text: str) -> bool:
        """Whether the text begins like a message of a known user, or with the welcome."""
        return (self._welcome != "" and text.startswith(self._welcome)) or any(
            text.startswith(self._endings, size) for size in range(1, MAX_NICK + 1) if text[:size] in self._known
        )

    def _may_become_start(self, text: str) -> bool:
        """Whether more text could make it begin so."""
        return self._welcome.startswith(text) or any(
            f"{name}{ending}".startswith(text) for name in self._known for ending in self._endings
        )


def _may_end(char: str, name_size: int) -> bool:
    """Whether a message may end with the character if a nick of that size follows."""
    return char in _END_FOR_SHORT if name_size <= 2 else not char.isspace() and char not in _NO_END


def is_from_papo(text: str) -> bool:
    """Whether a Papo server says these words to one user."""
    return _NO_SPEAKER.match(text) is not None


def new_nick(text: str) -> str:
    """The nick that a Papo server gave us; "" if the text says nothing about it."""
    renamed = Phrases().renamed.partition("{")[0]
    nick = text[len(renamed) :]
    return nick if to_ascii(text).startswith(to_ascii(renamed)) and len(nick.split()) == 1 else ""
