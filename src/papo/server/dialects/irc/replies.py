"""What an IRC connection is answered: lines, numerics, standard replies, refusals in the person's language."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from papo.i18n import in_language
from papo.protocol.text import cut
from papo.server.dialects.connection import Connection
from papo.server.dialects.irc import caps
from papo.server.dialects.irc.labeled_response import Response
from papo.server.dialects.irc.refusals import code_of, words

if TYPE_CHECKING:
    from papo.server.dialects.irc.format import IrcFormat
    from papo.server.dialects.irc.registration import Registration
    from papo.server.world.errors import Refused
    from papo.server.world.user import User

SURELY_SHORT = 125
"""Characters that fit the shortest line allowed, whatever they are."""


class Voice(Connection):
    """The answering half of `IrcSession`."""

    __slots__ = ("bits", "language", "registration")

    format: IrcFormat
    bits: int
    """Capabilities agreed on (`caps`)."""
    language: str
    """`pt_BR`, or "" for the server's."""
    registration: Registration | None
    """None once registered."""

    @property
    def me(self) -> User:
        """The person; only once registered."""
        return cast("User", self.user)

    @property
    def nick(self) -> str:
        """As numerics address them."""
        if self.user is not None:
            return self.user.nick
        return (self.registration.nick if self.registration else "") or "*"

    def send(self, line: str) -> None:
        """Answer with a line, in turn; what a long question would make too long is cut at its end."""
        if len(line) > SURELY_SHORT and line[0] != "@":
            line = cut(line, self.chat.config.limits.line_bytes - 2)
        context = self.context
        if type(context) is Response:
            self.chat.journal.defer(context.add, line)
        else:
            self.chat.journal.defer(self.write_line, line)

    def write_line(self, line: str) -> None:
        """Write a line now: strictly for what is released by the journal."""
        self.link.write(self.format.frame(line))

    def send_block(self, lines: list[str]) -> None:
        """Several lines from the server at once, without source; for the welcome."""
        source = f":{self.chat.config.server.name} "
        if type(self.context) is Response or self.link.framing:
            for line in lines:
                self.send(source + line)
        else:
            glue = "\r\n" + source
            self.reply(f"{source}{glue.join(lines)}\r\n".encode())

    def numeric(self, numeric: str, *params: str) -> None:
        """A numeric reply; the last parameter is its text."""
        *front, last = params
        self.send(" ".join((f":{self.chat.config.server.name} {numeric} {self.nick}", *front, ":" + last)))

    def numeric_words(self, numeric: str, *params: str) -> None:
        """A numeric reply without text."""
        self.send(" ".join((f":{self.chat.config.server.name} {numeric} {self.nick}", *params)))

    def numeric_list(self, numeric: str, front: str, words_: list[str], glue: str = " ") -> None:
        """A numeric whose text is words joined by `glue`, in as many lines as they need."""
        room = 400
        line: list[str] = []
        size = 0
        for word in words_:
            length = len(word.encode()) + 1
            if line and size + length > room:
                self.send(f":{self.chat.config.server.name} {numeric} {self.nick}{front} :{glue.join(line)}")
                line, size = [], 0
            line.append(word)
            size += length
        if line:
            self.send(f":{self.chat.config.server.name} {numeric} {self.nick}{front} :{glue.join(line)}")

    def fail(self, command: str, code: str, *details: str) -> None:
        """A standard reply (IRCv3 standard-replies); the last detail is its text."""
        self.standard("FAIL", command, code, *details)

    def standard(self, kind: str, command: str, code: str, *details: str) -> None:
        """`FAIL`, `WARN` or `NOTE`."""
        *front, last = details
        server = self.chat.config.server.name
        self.send(" ".join((f":{server} {kind} {command} {code}", *map(safe, front), ":" + last)))

    def refused(self, refused: Refused, command: str = "*") -> None:
        """Word a refusal, in the person's language."""
        numeric, params = words(refused, self.say_in)
        if numeric == "FAIL":
            self.fail(command, code_of(refused, command), *params)
        else:
            self.numeric(numeric, *(safe(param) for param in params[:-1]), params[-1])

    def say_in(self, text: str) -> str:
        """The text in the person's language."""
        language = self.language or self.chat.config.server.language
        return text if language == "en" else in_language(language).gettext(text)

    def notice(self, text: str, source: str = "") -> None:
        """A notice for this connection, from the server or a service."""
        self.send(f":{source or self.chat.config.server.name} NOTICE {self.nick} :{text}")

    def send_whoami(self) -> None:
        """How others see this person (draft/whoami)."""
        if self.bits & caps.WHOAMI:
            self.send(f":{self.me.source} SETNAME :{self.me.realname}")

    def too_long(self, verb_name: str, target: str, text: str) -> bool:
        """Whether others could not get the whole of a message in one line: refused with 417, not cut in silence."""
        source = self.me.source
        line = f":{source} {verb_name} {target} :{text}\r\n"
        return len(line.encode()) > self.chat.config.limits.line_bytes


def safe(word: str) -> str:
    """What a peer wrote, as a middle parameter of a reply."""
    return word if word and word[0] != ":" and " " not in word else "*"
