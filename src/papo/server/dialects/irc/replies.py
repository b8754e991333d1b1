"""What an IRC client is answered: lines, numerics, standard replies, refusals in the user's language."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from typing import TYPE_CHECKING, Any, cast

from papo.i18n import in_language
from papo.protocol.text import cut
from papo.server import costs
from papo.server.dialects.connection import Connection
from papo.server.dialects.irc import caps
from papo.server.dialects.irc.format import IrcFormat, irc_format
from papo.server.dialects.irc.labeled_response import LabeledResponse
from papo.server.dialects.irc.pending_registration import PendingRegistration
from papo.server.dialects.irc.refusals import code_of, words

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.outlet import Outlet
    from papo.server.dialects.irc.batch import ClientBatch
    from papo.server.dialects.irc.pending_factor import PendingFactor
    from papo.server.world.errors import Refused
    from papo.server.world.events import Killed, SessionsEnded
    from papo.server.world.user import User

MAX_TEXT_BYTES = 400
"""Bytes of words in one line of a list (CAP LS, NAMES, MONITOR): the rest of a line is for source and target."""
SURELY_SHORT = 125
"""As many characters fit any line, however many bytes they have."""


class Replies(Connection):
    """The state of an IRC connection that decides how it is answered, and the answers."""

    __slots__ = ("batch", "bits", "device", "factor", "language", "registration")

    format: IrcFormat

    def __init__(self, chat: Chat, link: Outlet) -> None:
        super().__init__(chat, link, irc_format(0, link.framing))
        self.bits = 0
        """The capabilities that are on (`caps`)."""
        self.batch: ClientBatch | None = None
        """The batch that the client is sending (IRCv3 client-batch)."""
        self.device = ""
        """`phone` in `ana@phone`; "" if the client gave none."""
        self.factor: PendingFactor | None = None
        """The second factor that is awaited, or being set up."""
        self.language = ""
        """A language code; "" for the server's language."""
        self.registration: PendingRegistration | None = PendingRegistration()
        """None once registered."""

    @property
    def me(self) -> User:
        """The user of a registered connection."""
        return cast("User", self.user)

    @property
    def nick(self) -> str:
        """How numerics address the client: `*` before it has a nick."""
        if self.user is not None:
            return self.user.nick
        return (self.registration.nick if self.registration else "") or "*"

    @property
    def account_name(self) -> str:
        """The account that the user is logged in to, or will be after registration; "" for none."""
        if self.user is not None:
            return self.user.account or ""
        account = None if self.registration is None else self.registration.account
        return "" if account is None else account.name

    def send(self, line: str) -> None:
        """Answer with a line, in turn. A line that is too long is cut at its end."""
        if len(line) > SURELY_SHORT and line[0] != "@":
            line = cut(line, self.chat.config.limits.line_bytes - 2)
        self.answered_bytes += len(line)
        context = self.context
        if type(context) is LabeledResponse:
            self.chat.journal.defer(context.add, line)
        else:
            self.chat.journal.defer(self.write_line, line)

    def write_line(self, line: str) -> None:
        """Write a line now: only for what the journal has released."""
        self.link.write(self.format.frame(line))

    def send_block(self, lines: list[str]) -> None:
        """Answer with several lines from the server, given without their source."""
        source = f":{self.chat.config.server.name} "
        if type(self.context) is LabeledResponse or self.link.framing:
            for line in lines:
                self.send(source + line)
        else:
            separator = "\r\n" + source
            self.reply(f"{source}{separator.join(lines)}\r\n".encode())

    def numeric(self, numeric: str, *params: str) -> None:
        """Answer with a numeric; the last parameter is its text."""
        *front, last = params
        self.send(" ".join((f":{self.chat.config.server.name} {numeric} {self.nick}", *front, ":" + last)))

    def numeric_words(self, numeric: str, *params: str) -> None:
        """Answer with a numeric without text."""
        self.send(" ".join((f":{self.chat.config.server.name} {numeric} {self.nick}", *params)))

    def numeric_list(self, numeric: str, front: str, all_words: list[str], separator: str = " ") -> None:
        """Answer with a numeric whose text is words joined by `separator`, in as many lines as needed."""
        line: list[str] = []
        size = 0
        for word in all_words:
            length = len(word.encode()) + 1
            if line and size + length > MAX_TEXT_BYTES:
                self.send(f":{self.chat.config.server.name} {numeric} {self.nick}{front} :{separator.join(line)}")
                line, size = [], 0
            line.append(word)
            size += length
        if line:
            self.send(f":{self.chat.config.server.name} {numeric} {self.nick}{front} :{separator.join(line)}")

    def send_rows(self, rows: Iterator[None]) -> Coroutine[Any, Any, None] | None:
        """Answer with what `rows` sends; it yields after each row that it has looked at, shown or not (`in_turns`)."""
        return self.in_turns(self._counted(rows), costs.ROWS_PER_TURN)

    def _counted(self, rows: Iterator[None]) -> Iterator[None]:
        for _ in rows:
            self.answered_rows += 1
            yield

    def fail(self, command: str, code: str, *details: str) -> None:
        """Answer with FAIL (IRCv3 standard-replies); the last detail is its text."""
        self.standard("FAIL", command, code, *details)

    def standard(self, kind: str, command: str, code: str, *details: str) -> None:
        """Answer with FAIL, WARN or NOTE."""
        *front, last = details
        server = self.chat.config.server.name
        self.send(" ".join((f":{server} {kind} {command} {code}", *map(safe, front), ":" + last)))

    def refused(self, refused: Refused, command: str = "*") -> None:
        """Answer with a refusal in the user's language."""
        numeric, params = words(refused, self.translate)
        if numeric == "FAIL":
            self.fail(command, code_of(refused, command), *params)
        else:
            self.numeric(numeric, *(safe(param) for param in params[:-1]), params[-1])

    def translate(self, text: str) -> str:
        """Translate a text to the user's language."""
        language = self.language or self.chat.config.server.language
        return in_language(language).gettext(text)

    def went_wrong(self) -> str:
        """What to say after an exception."""
        return self.translate("Something went wrong on the server; it has been logged")

    def notice(self, text: str, source: str = "") -> None:
        """Send this connection a notice from the server or a service."""
        self.send(f":{source or self.chat.config.server.name} NOTICE {self.nick} :{text}")

    def send_whoami(self) -> None:
        """Tell the client how others see the user (draft/whoami)."""
        if self.bits & caps.WHOAMI:
            self.send(f":{self.me.source} SETNAME :{self.me.realname}")

    def too_long(self, verb_name: str, target: str, text: str) -> bool:
        """Whether a message does not fit a line with the user's source before it: it is refused with 417, not cut."""
        source = self.me.source
        line = f":{source} {verb_name} {target} :{text}\r\n"
        return len(line.encode()) > self.chat.config.limits.line_bytes

    # --- labeled responses

    def finish(self, response: object) -> None:
        """Send the labeled response, if it is one, after everything that belongs to it."""
        self.context = None
        if isinstance(response, LabeledResponse):
            self.chat.journal.keep(self._write_response, response)

    def _write_response(self, response: LabeledResponse) -> None:
        for line in response.lines(self.chat.config.server.name, self.chat.ids.uid):
            self.write_line(line)

    # --- the end

    def quit(self, reason: str, *, closing: str) -> None:
        """The user quits, and the connection ends with an ERROR line."""
        self.end(reason)
        self.close(self.format.frame(f"ERROR :Closing link: ({closing})"))

    def killed(self, event: Killed) -> None:
        """A server operator disconnects the user."""
        killer = event.source.partition("!")[0]
        self.write_line(f":{event.source} KILL {self.nick} :{event.reason}")
        self.quit(f"Killed ({killer} ({event.reason}))", closing=f"Killed by {killer}: {event.reason}")

    def ended_by(self, event: SessionsEnded) -> None:
        """The owner of the account ends this session from another one."""
        why = self.translate(event.why)
        self.write_line(f":{self.chat.config.server.name} FAIL * SESSION_ENDED :{why}")
        self.quit("Session ended", closing=why)

    def shutdown_message(self, *, failed: bool) -> bytes:
        """What the client is sent last when the server stops."""
        if failed:
            text = self.translate("The disk has failed, and the server stops; connect again in a moment")
        else:
            text = self.translate("The server is stopping; connect again in a moment")
        return self.format.frame(f"ERROR :Closing link: ({text})")


def safe(word: str) -> str:
    """A word that the client sent, as a middle parameter of a reply."""
    return word if word and word[0] != ":" and " " not in word else "*"
