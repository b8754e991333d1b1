"""One connection to an IRC server, without a socket: capabilities, signing in, labels, batches.

Text goes in through `receive`, whole messages come out at `Listener.message`. It knows no conversation.
Sources: modern.ircdocs.horse; IRCv3 capability-negotiation, sasl-3.2, labeled-response, batch, multiline.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

import msgspec

from papo.client.signin import CannotSignInError, SignIn
from papo.client.support import Support
from papo.i18n import _
from papo.wire.irc import NO_TAGS, Line, format_line, parse
from papo.wire.lines import TOO_LONG, LineBuffer

Answer: TypeAlias = list[Line]
Then: TypeAlias = Callable[[Answer | None], None]
"""Gets everything that was answered; None where the connection ended first."""

WANTED = (
    "account-notify", "account-tag", "away-notify", "batch", "cap-notify", "chghost",
    "draft/account-registration", "draft/authtoken", "draft/channel-rename", "draft/chathistory",
    "draft/event-playback", "draft/message-edit", "draft/message-redaction", "draft/metadata-2",
    "draft/multiline", "draft/read-marker", "draft/search", "soju.im/search", "echo-message", "extended-join",
    "extended-monitor", "invite-notify", "labeled-response", "message-tags", "multi-prefix", "sasl",
    "server-time", "setname", "standard-replies", "userhost-in-names",
)  # fmt: skip
"""What we can use, if the server has it."""

LINE_BYTES = 512
MAX_LINE_BYTES = 65_536
MAX_TAGS_BYTES = 8_192
MOST_BATCHED = 20_000
REFUSALS = frozenset({"431", "432", "433", "436", "437", "464", "465", "468"})
ANSWERS = frozenset({"chathistory", "search", "draft/search", "soju.im/search", "draft/authtoken", "draft/metadata"})
"""Batches whose messages answer a question, and are nobody else's business."""
_ANSWERING = re.compile(r"\d{3}|FAIL|NOTE|TOKEN|REGISTER|VERIFY")
_UNWANTED = re.compile("[\x00\x05-\x0e\x10\x12-\x15\x17-\x1c\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Control characters that are no formatting of IRC: a terminal would obey them, bidi overrides disguise a text."""


class Person(msgspec.Struct):
    """Who we are to be there."""

    nick: str
    realname: str = ""
    account: str = ""
    password: str = ""
    server_password: str = ""


class Listener(Protocol):
    """Who hears of a session."""

    def message(self, line: Line) -> None:
        """Something arrived, in order."""

    def online(self) -> None:
        """We are in, and know what the server supports."""

    def refused(self, code: str, text: str) -> str:
        """Coming in failed; another nick to try at once, or "" to give up. `code`: a numeric, or `sasl`."""


class Batch(msgspec.Struct):
    """An open batch."""

    kind: str
    params: list[str]
    opening: Line
    lines: list[Line]


class Session:
    """One connection from its first line to its end. `write` takes lines without their ends."""

    def __init__(self, person: Person, listener: Listener, write: Callable[[str], None], *, private: bool) -> None:
        self.person = person
        self.listener = listener
        self.write = write
        self.private = private
        """Nobody on the way can read what is sent: TLS, or this machine."""
        self.nick = person.nick
        self.host = ""
        """`user@host` of ours as others see it; empty until we have seen it."""
        self.account = ""
        self.registered = False
        self.support = Support()
        self.offered: dict[str, str] = {}
        self.caps: set[str] = set()
        self._lines = LineBuffer(MAX_LINE_BYTES, MAX_TAGS_BYTES)
        self._batches: dict[str, Batch] = {}
        self._waiting: dict[str, tuple[Then, Answer]] = {}
        self._labels = 0
        self._sign_in: SignIn | None = None
        self._negotiating = True
        self._asks_in = False
        self._ended = False
        self._me = ""
        self._folded = ""

    # --- to the server

    def begin(self) -> None:
        """Introduce ourselves."""
        self.send("CAP", "LS", "302")
        if self.person.server_password:
            self.send("PASS", self.person.server_password)
        self.send("NICK", self.person.nick)
        self.send("USER", user_name(self.person.nick), "0", "*", self.person.realname or self.person.nick)

    def send(self, command: str, *params: str, tags: Mapping[str, str] = NO_TAGS) -> None:
        """Send one line; tags only where the server takes them."""
        self.write(format_line(command, params, tags=tags if "message-tags" in self.caps else NO_TAGS))

    def ask(self, command: str, *params: str, tags: Mapping[str, str] = NO_TAGS, then: Then) -> None:
        """Send one line, and give `then` everything that was answered."""
        label = self._expect(then)
        if "labeled-response" in self.caps:
            self.write(format_line(command, params, tags={**self._known(tags), "label": label}))
        else:
            self.write(format_line(command, params, tags=self._known(tags)))
            self.send("PING", label)

    def say(self, target: str, text: str, tags: Mapping[str, str], then: Then, *, command: str = "PRIVMSG") -> None:
        """Say something in as many lines as it takes, as one message where the server can; `then` gets our own copy,
        or the refusal.
        """
        room = self.room(command, target)
        lines = text.split("\n")
        if len(lines) == 1 and len(text.encode()) <= room:
            self.ask(command, target, text, tags=tags, then=then)
            return
        if "draft/multiline" not in self.caps or "batch" not in self.caps:
            parts = [part for line in lines if line for part in pieces(line, room)]
            gather = Gather(len(parts), then)
            for part in parts:
                self.ask(command, target, part, tags=tags, then=gather.take)
            return
        label = self._expect(then)
        labelled = {"label": label} if "labeled-response" in self.caps else {}
        reference = f"m{label}"
        opening = {**self._known(tags), **labelled}
        self.write(format_line("BATCH", [f"+{reference}", "draft/multiline", target], tags=opening))
        for line in lines:
            for at, part in enumerate(pieces(line, room)):
                inside = {"batch": reference, **({"draft/multiline-concat": ""} if at else {})}
                self.write(format_line(command, [target, part], tags=inside))
        self.write(format_line("BATCH", [f"-{reference}"]))
        if not labelled:
            self.send("PING", label)

    def room(self, command: str, target: str) -> int:
        """Bytes of text that fit one line to this target, as others get it."""
        line = self.support.number("LINELEN", LINE_BYTES)
        host = len(self.host.encode()) or 18 + 1 + 64
        return line - 2 - len(f":{self.nick}!".encode()) - host - len(f" {command} {target} :".encode())

    def _known(self, tags: Mapping[str, str]) -> Mapping[str, str]:
        return tags if "message-tags" in self.caps else NO_TAGS

    def _expect(self, then: Then) -> str:
        self._labels += 1
        label = f"L{self._labels}"
        self._waiting[label] = (then, [])
        return label

    def is_me(self, nick: str) -> bool:
        """Whether this is our nick."""
        if self._me is not self.nick:
            self._me = self.nick
            self._folded = self.support.fold(self.nick)
        return nick == self.nick or self.support.fold(nick) == self._folded

    # --- from the server

    def receive(self, data: bytes) -> None:
        """Take bytes of TCP, cut anywhere."""
        for line in self._lines.feed(data):
            if line is not TOO_LONG:
                self.receive_line(line.decode(errors="replace"))

    def receive_line(self, text: str) -> None:
        """Take one line without its end, as WebSocket brings it."""
        line = parse(_UNWANTED.sub("", text))
        if line is not None and not self._ended:
            self._take(line)

    def close(self) -> None:
        """The connection ended: whoever waits for an answer learns it."""
        self._ended = True
        waiting, self._waiting = self._waiting, {}
        self._batches.clear()
        for then, _found in waiting.values():
            then(None)

    def _take(self, line: Line) -> None:
        tags = line.tags
        command = line.command
        if command == "BATCH":
            self._batch(line)
            return
        if tags:
            batch = self._batches.get(tags["batch"]) if "batch" in tags else None
            if batch is not None:
                if len(batch.lines) < MOST_BATCHED:
                    batch.lines.append(line)
                return
            if "label" in tags:
                self._answer(tags["label"], [] if command == "ACK" else [line])
        if self._waiting and "labeled-response" not in self.caps:
            if command == "PONG" and self._fence(line.params[-1] if line.params else ""):
                return
            self._overhear([line])
        self._arrive(line)

    def _batch(self, line: Line) -> None:
        reference = line.params[0] if line.params else ""
        if reference.startswith("+"):
            kind = line.params[1] if len(line.params) > 1 else ""
            self._batches[reference[1:]] = Batch(kind, line.params[2:], line, [])
            return
        done = self._batches.pop(reference[1:], None)
        if done is None:
            return
        if done.kind == "draft/multiline":
            whole = [joined(done)]
        else:
            whole = done.lines
            if done.kind != "labeled-response":
                for each in whole:
                    # From here on the tag says what kind of batch it was in: the reference means nothing any more.
                    if each.tags.get("batch", "") not in ANSWERS and each.tags is not NO_TAGS:
                        each.tags["batch"] = done.kind
        opening = done.opening.tags
        parent = self._batches.get(opening.get("batch", ""))
        if parent is not None:
            parent.lines.extend(whole)
            return
        if "label" in opening:
            self._answer(opening["label"], whole)
        elif self._waiting and "labeled-response" not in self.caps:
            self._overhear(whole)
        for each in whole:
            if each.tags.get("batch", "") not in ANSWERS:
                self._arrive(each)

    def _answer(self, label: str, found: Answer) -> None:
        waiting = self._waiting.pop(label, None)
        if waiting is not None:
            waiting[0](found)

    def _overhear(self, found: Answer) -> None:
        """Without labels: what comes before the PONG to our question may be its answer."""
        _then, heard = next(iter(self._waiting.values()))
        heard += [each for each in found if _ANSWERING.fullmatch(each.command) or each.tags.get("batch", "") in ANSWERS]

    def _fence(self, token: str) -> bool:
        waiting = self._waiting.pop(token, None)
        if waiting is None:
            return False
        then, heard = waiting
        then(heard)
        return True

    def _arrive(self, line: Line) -> None:
        handler = HANDLERS.get(line.command)
        if handler is not None:
            handler(self, line)
        if not self.registered and line.command in REFUSALS:
            self.refuse(line.command, line.params[-1] if line.params else "")
        self.listener.message(line)

    def refuse(self, code: str, text: str) -> None:
        """Tell the listener that coming in failed, and try the nick it gives."""
        nick = self.listener.refused(code, text)
        if nick and not self.registered:
            self.nick = nick
            self.send("NICK", nick)

    # --- capabilities and signing in

    def request_caps(self) -> None:
        """Ask for what is offered and wanted."""
        wanted = [name for name in WANTED if name in self.offered and name not in self.caps]
        if not self.person.account and self._negotiating and "sasl" in wanted:
            wanted.remove("sasl")
        if wanted:
            self.send("CAP", "REQ", " ".join(wanted))
        elif self._negotiating:
            self.end_negotiation()

    def end_negotiation(self) -> None:
        """All is agreed on."""
        if self._negotiating:
            self._negotiating = False
            self.send("CAP", "END")

    def agreed(self, names: list[str]) -> None:
        """The server switched these on."""
        self.caps.update(names)
        wants = self._asks_in or (self._negotiating and bool(self.person.account))
        if wants and "sasl" in self.caps:
            self._start_sign_in()
        elif wants and self._negotiating:
            self.refuse("sasl", _("This server knows no accounts."))
        else:
            self.end_negotiation()

    def not_agreed(self) -> None:
        """The server would not."""
        if self._negotiating and self.person.account:
            self.refuse("sasl", _("This server knows no accounts."))
        else:
            self.end_negotiation()

    def sign_in(self, account: str, password: str) -> None:
        """Sign in while connected."""
        self.person.account, self.person.password = account, password
        self._asks_in = True
        if "sasl" in self.caps:
            self._start_sign_in()
        else:
            self.send("CAP", "REQ", "sasl")

    def _start_sign_in(self) -> None:
        self._asks_in = False
        offered = self.offered.get("sasl", "")
        try:
            self._sign_in = SignIn(self.person.account, self.person.password, offered=offered, private=self.private)
        except LookupError:
            self.refuse("sasl", _("There is no way to sign in here that keeps the password safe; connect with TLS."))
            return
        self.send("AUTHENTICATE", self._sign_in.mechanism)

    def challenged(self, challenge: str) -> None:
        """The server's side of signing in."""
        if self._sign_in is None:
            return
        try:
            answers = self._sign_in.answer(challenge)
        except CannotSignInError:
            self._sign_in = None
            self.send("AUTHENTICATE", "*")
            self.refuse("904", _("The server does not know this password."))
            return
        for each in answers:
            self.send("AUTHENTICATE", each)

    def not_signed_in(self, text: str) -> None:
        """The server said no."""
        if self._sign_in is not None:
            self._sign_in = None
            self.refuse("904", text)


class Gather:
    """Several answers as one."""

    def __init__(self, count: int, then: Then) -> None:
        self._left = count
        self._found: Answer | None = []
        self._then = then
        if not count:
            then([])

    def take(self, answer: Answer | None) -> None:
        """One of them."""
        self._left -= 1
        self._found = None if answer is None or self._found is None else self._found + answer
        if not self._left:
            self._then(self._found)


def joined(batch: Batch) -> Line:
    """The lines of a multiline batch as one message (IRCv3 multiline)."""
    text = ""
    for at, each in enumerate(batch.lines):
        part = each.params[1] if len(each.params) > 1 else ""
        text += ("\n" if at and "draft/multiline-concat" not in each.tags else "") + part
    first = batch.lines[0] if batch.lines else batch.opening
    command = first.command if batch.lines else "PRIVMSG"
    target = batch.params[0] if batch.params else ""
    return Line(command, [target, text], first.source or batch.opening.source, batch.opening.tags)


def pieces(text: str, room: int) -> list[str]:
    """A text in parts of at most `room` bytes, cut at spaces where one is near, never inside a character."""
    data = text.encode()
    parts = []
    while len(data) > room:
        end = room
        while end and (data[end] & 0xC0) == 0x80:
            end -= 1
        space = data.rfind(b" ", end * 2 // 3, end)
        end = (space + 1 if space > 0 else end) or room
        parts.append(data[:end].decode(errors="ignore"))
        data = data[end:]
    return [*parts, data.decode()]


def user_name(nick: str) -> str:
    """What USER takes: ASCII letters of the nick."""
    plain = unicodedata.normalize("NFKD", nick)
    return re.sub(r"[^A-Za-z0-9_-]", "", plain)[:10] or "papo"


def nick_of(source: str) -> str:
    """The nick of `nick!user@host`."""
    return source.partition("!")[0]


def param(line: Line, at: int) -> str:
    """A parameter, or "" where there is none."""
    return line.params[at] if len(line.params) > at else ""


def last(line: Line) -> str:
    """The last parameter, or ""."""
    return line.params[-1] if line.params else ""


def is_wrong(line: Line) -> bool:
    """Whether this line refuses what was asked."""
    return line.command == "FAIL" or (line.command.isdecimal() and line.command[0] in "45")


# --- what the session itself does with lines


def _cap(session: Session, line: Line) -> None:
    words = last(line).split()
    match param(line, 1).upper():
        case "LS" | "NEW" as kind:
            for word in words:
                name, _equals, value = word.partition("=")
                session.offered[name] = value
            if kind == "NEW" or param(line, 2) != "*":
                session.request_caps()
        case "DEL":
            for name in words:
                session.caps.discard(name)
                session.offered.pop(name, None)
        case "ACK":
            session.agreed(words)
        case "NAK":
            session.not_agreed()
        case _:
            pass


def _welcome(session: Session, line: Line) -> None:
    session.nick = param(line, 0)
    session.registered = True


def _is_me(session: Session, line: Line) -> bool:
    return session.is_me(nick_of(line.source))


def _nick(session: Session, line: Line) -> None:
    if _is_me(session, line):
        session.nick = param(line, 0)


def _join(session: Session, line: Line) -> None:
    if "@" in line.source and _is_me(session, line):
        session.host = line.source.partition("!")[2]


def _chghost(session: Session, line: Line) -> None:
    if _is_me(session, line):
        session.host = f"{param(line, 0)}@{param(line, 1)}"


def _account(session: Session, line: Line) -> None:
    if _is_me(session, line):
        session.account = param(line, 0).replace("*", "")


def _signed_in(session: Session, line: Line) -> None:
    session.account = param(line, 2)


def _signed_out(session: Session, _line: Line) -> None:
    session.account = ""


HANDLERS: dict[str, Callable[[Session, Line], None]] = {
    "PING": lambda session, line: session.send("PONG", last(line)),
    "CAP": _cap,
    "AUTHENTICATE": lambda session, line: session.challenged(param(line, 0)),
    "900": _signed_in,
    "901": _signed_out,
    "903": lambda session, _line: session.end_negotiation(),
    "902": lambda session, line: session.not_signed_in(last(line)),
    "904": lambda session, line: session.not_signed_in(last(line)),
    "905": lambda session, line: session.not_signed_in(last(line)),
    "001": _welcome,
    "005": lambda session, line: session.support.take(line.params[1:-1]),
    "376": lambda session, _line: session.listener.online(),
    "422": lambda session, _line: session.listener.online(),
    "NICK": _nick,
    "JOIN": _join,
    "CHGHOST": _chghost,
    "ACCOUNT": _account,
}
