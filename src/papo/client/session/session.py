"""One connection to an IRC server, without a socket: capabilities, signing in, labels, batches.

Text goes in through `receive`, whole messages come out at `SessionListener.message`. It knows no conversation.
Sources: modern.ircdocs.horse; IRCv3 capability-negotiation, sasl-3.2, labeled-response, batch, multiline.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeAlias

from papo.client.identity import Identity
from papo.client.session.batches import ANSWERS, Batches
from papo.client.session.isupport import Support
from papo.client.session.line_parts import middle_param, nick_of, read_line, single_line, size, user_name
from papo.client.session.registration import HANDLERS, WANTED
from papo.client.session.sasl import CHUNK, CannotSignInError, SignIn
from papo.client.session.split import multiline, split
from papo.client.state.answers import Answers
from papo.i18n import _
from papo.protocol.irc import NO_TAGS, Line, format_line
from papo.protocol.lines import TOO_LONG, LineBuffer

Answer: TypeAlias = list[Line]
Then: TypeAlias = Callable[[Answer | None], None]
"""Gets everything that was answered; None where the connection ended first."""

LINE_BYTES = 512
MAX_LINE_BYTES = 65_536
MAX_TAGS_BYTES = 8_192
MAX_CHALLENGE = 16_384
MAX_REQUEST = 400
"""Characters of capabilities asked for at once: the answer repeats them after the server's name and ours."""
REFUSALS = frozenset({"431", "432", "433", "436", "437", "464", "465", "468"})
SAID = frozenset({"PRIVMSG", "NOTICE"})
_ANSWERING = re.compile(r"\d{3}|FAIL|NOTE|TOKEN|REGISTER|VERIFY")


class SessionListener(Protocol):
    """Who hears of a session."""

    def message(self, line: Line) -> None:
        """Something arrived, in order."""

    def online(self) -> None:
        """We are in, and know what the server supports."""

    def refused(self, code: str, text: str) -> str:
        """Coming in failed; another nick to try at once, or "" to give up. `code`: a numeric, or `sasl`."""


class ClientSession:
    """One connection from its first line to its end. `write` takes lines without their ends."""

    def __init__(
        self, identity: Identity, listener: SessionListener, write: Callable[[str], None], *, private: bool
    ) -> None:
        self.identity = identity
        self.listener: SessionListener = listener
        self._out = write
        self.private = private
        """Nobody on the way can read what is sent: TLS, or this machine."""
        self.nick = identity.nick
        self.host = ""
        """`user@host` of ours as others see it; empty until we have seen it."""
        self.account = ""
        self.registered = False
        self.support: Support = Support()
        self.offered: dict[str, str] = {}
        self.caps: set[str] = set()
        self._lines = LineBuffer(MAX_LINE_BYTES, MAX_TAGS_BYTES)
        self._batches = Batches()
        self._waiting: dict[str, tuple[Then, Answer]] = {}
        self._labels = 0
        self._sign_in: SignIn | None = None
        self._challenge = ""
        self._asked: list[list[str]] = []
        """Capabilities that were asked for and neither given nor refused yet, as they were asked for."""
        self._negotiating = True
        self._asks_in = False
        self._halted = False
        """Signing in has failed, and a person decides how to go on."""
        self._ended = False
        self._me: tuple[str, object, str] = ("", None, "")

    # --- to the server

    def begin(self) -> None:
        """Introduce ourselves."""
        self.send("CAP", "LS", "302")
        if self.identity.server_password:
            self.send("PASS", self.identity.server_password)
        self.send("NICK", self.identity.nick)
        self.send("USER", user_name(self.identity.nick), "0", "*", self.identity.realname or self.identity.nick)

    def write(self, line: str) -> None:
        """Send a line as it is; nothing where the connection has ended. What would end the line is taken out."""
        if not self._ended:
            self._out(single_line(line))

    def send(self, command: str, *params: str, tags: Mapping[str, str] = NO_TAGS) -> None:
        """Send one line; tags only where the server takes them."""
        self._write(command, params, self._known(tags))

    def _write(self, command: str, params: Sequence[str], tags: Mapping[str, str]) -> None:
        clean = [single_line(each) for each in params]
        self.write(format_line(command, [*map(middle_param, clean[:-1]), *clean[-1:]], tags=tags))

    def ask(self, command: str, *params: str, tags: Mapping[str, str] = NO_TAGS, then: Then) -> None:
        """Send one line, and give `then` everything that was answered."""
        if self._ended:
            then(None)
            return
        label = self._expect(then)
        if "labeled-response" in self.caps:
            self._write(command, params, {**self._known(tags), "label": label})
        else:
            self._write(command, params, self._known(tags))
            self.send("PING", label)

    def say(self, target: str, text: str, tags: Mapping[str, str], then: Then, *, command: str = "PRIVMSG") -> None:
        """Say something in as many lines as it takes, as one message where the server can; `then` gets our own copy,
        or the refusal.
        """
        room = self.room(command, target)
        if "\n" not in text and size(text) <= room:
            self.ask(command, target, text, tags=tags, then=then)
            return
        if "draft/multiline" not in self.caps or "batch" not in self.caps:
            self._say_parts(command, target, split(text, room), tags, then)
            return
        messages = multiline(text, room, self.offered.get("draft/multiline", ""))
        gather = Answers(len(messages), then)
        for message in messages:
            self._say_batch(command, target, message, tags, gather.take)

    def _say_parts(self, command: str, target: str, parts: Sequence[str], tags: Mapping[str, str], then: Then) -> None:
        if self._ended or "labeled-response" in self.caps:
            gather = Answers(len(parts), then)
            for part in parts:
                self.ask(command, target, part, tags=tags, then=gather.take)
            return
        # One question behind all of them: servers count lines, and put out who sends too many.
        label = self._expect(then)
        for part in parts:
            self._write(command, [target, part], self._known(tags))
        self.send("PING", label)

    def _say_batch(
        self, command: str, target: str, message: Sequence[tuple[str, bool]], tags: Mapping[str, str], then: Then
    ) -> None:
        if self._ended:
            then(None)
            return
        label = self._expect(then)
        labelled = {"label": label} if "labeled-response" in self.caps else {}
        reference = f"m{label}"
        self._write("BATCH", [f"+{reference}", "draft/multiline", target], {**self._known(tags), **labelled})
        for part, goes_on in message:
            inside = {"batch": reference, **({"draft/multiline-concat": ""} if goes_on else {})}
            self._write(command, [target, part], inside)
        self.send("BATCH", f"-{reference}")
        if not labelled:
            self.send("PING", label)

    def room(self, command: str, target: str) -> int:
        """Bytes of text that fit one line to this target, as others get it."""
        line = self.support.number("LINELEN", LINE_BYTES)
        host = size(self.host) or 18 + 1 + 64
        return line - 2 - size(f":{self.nick}!") - host - size(f" {command} {target} :")

    def _known(self, tags: Mapping[str, str]) -> Mapping[str, str]:
        return tags if "message-tags" in self.caps else NO_TAGS

    def _expect(self, then: Then) -> str:
        self._labels += 1
        label = f"L{self._labels}"
        self._waiting[label] = (then, [])
        return label

    def is_me(self, nick: str) -> bool:
        """Whether this is our nick."""
        ours, mapping, folded = self._me
        if ours is not self.nick or mapping is not self.support.mapping:
            folded = self.support.fold(self.nick)
            self._me = (self.nick, self.support.mapping, folded)
        return nick == self.nick or self.support.fold(nick) == folded

    # --- from the server

    def receive(self, data: bytes) -> None:
        """Take bytes of TCP, cut anywhere."""
        for line in self._lines.feed(data):
            if line is not TOO_LONG:
                self.receive_line(line.decode(errors="replace"))

    def receive_line(self, text: str) -> None:
        """Take one line without its end, as WebSocket brings it."""
        line = read_line(text)
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
            if "batch" in tags and self._batches.keep(line):
                return
            if "label" in tags:
                self._answer(tags["label"], [] if command == "ACK" else [line])
        if self._waiting:
            if command == "PONG" and self._fence(line.params[-1] if line.params else ""):
                return
            if "labeled-response" not in self.caps:
                self._overhear([line])
        self._arrive(line)

    def _batch(self, line: Line) -> None:
        done = self._batches.take(line)
        if done is None:
            return
        opening, whole = done[0].tags, done[1]
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
        heard += [each for each in found if self._may_answer(each)]

    def _may_answer(self, line: Line) -> bool:
        if line.command in SAID and self.is_me(nick_of(line.source)):
            return True
        return _ANSWERING.fullmatch(line.command) is not None or line.tags.get("batch", "") in ANSWERS

    def _fence(self, token: str) -> bool:
        if token not in self._waiting:
            return False
        for label in list(self._waiting):
            # Answers come in the order of the questions: those before this one have had theirs.
            self._answer(label, self._waiting[label][1])
            if label == token:
                break
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
        asked = {name for names in self._asked for name in names}
        wanted = [name for name in WANTED if name in self.offered and name not in self.caps and name not in asked]
        if not self.identity.account and self._negotiating and "sasl" in wanted:
            wanted.remove("sasl")
        while wanted:
            count = sum(len(" ".join(wanted[: at + 1])) <= MAX_REQUEST for at in range(len(wanted)))
            self._request(wanted[:count])
            wanted = wanted[count:]
        self._settle()

    def _request(self, names: list[str]) -> None:
        self._asked.append(names)
        self.send("CAP", "REQ", " ".join(names))

    def end_negotiation(self) -> None:
        """All is agreed on."""
        if self._negotiating:
            self._negotiating = False
            self.send("CAP", "END")

    def agreed(self, names: list[str]) -> None:
        """The server switched these on, or (with a minus) off."""
        self.caps.update(name for name in names if name[0] != "-")
        self.caps.difference_update(name[1:] for name in names if name[0] == "-")
        if self._asked:
            del self._asked[0]
            self._settle()

    def not_agreed(self) -> None:
        """The server would not have one of those that were asked for together: the others may do."""
        if not self._asked:
            return
        names = self._asked.pop(0)
        if len(names) > 1:
            for name in names:
                self._request([name])
        self._settle()

    def _settle(self) -> None:
        """Go on, where nothing is open any more."""
        if self._asked or self._sign_in is not None or self._halted:
            return
        if not self._asks_in and not (self._negotiating and self.identity.account):
            self.end_negotiation()
        elif "sasl" in self.caps:
            self._start_sign_in()
        else:
            self._no_accounts()

    def _no_accounts(self) -> None:
        self._asks_in = False
        self._fail("sasl", _("This server knows no accounts."))

    def _fail(self, code: str, text: str) -> None:
        self._sign_in = None
        self._halted = self._negotiating
        self.refuse(code, text)

    def welcomed(self) -> None:
        """The server has let us in."""
        self.registered = True
        if self._negotiating:
            # It did not wait for the end of a negotiation: it knows none.
            self._negotiating = False
            if self.identity.account and not self.account:
                self._no_accounts()

    def sign_in(self, account: str, password: str) -> None:
        """Sign in while connected."""
        self.identity.account, self.identity.password = account, password
        self._asks_in = True
        self._halted = False
        if "sasl" in self.caps:
            self._start_sign_in()
        else:
            self._request(["sasl"])

    def _start_sign_in(self) -> None:
        self._asks_in = False
        self._challenge = ""
        offered = self.offered.get("sasl", "")
        try:
            self._sign_in = SignIn(self.identity.account, self.identity.password, offered=offered, private=self.private)
        except LookupError:
            self._fail("sasl", _("There is no way to sign in here that keeps the password safe; connect with TLS."))
            return
        self.send("AUTHENTICATE", self._sign_in.mechanism)

    def challenged(self, challenge: str) -> None:
        """The server's side of signing in."""
        if self._sign_in is None:
            return
        if len(challenge) == CHUNK and len(self._challenge) < MAX_CHALLENGE:
            self._challenge += challenge
            return
        if self._challenge:
            challenge = self._challenge + ("" if challenge == "+" else challenge)
            self._challenge = ""
        try:
            answers = self._sign_in.answer(challenge)
        except CannotSignInError:
            self.send("AUTHENTICATE", "*")
            self._fail("904", _("The server does not know this password."))
            return
        for each in answers:
            self.send("AUTHENTICATE", each)

    def signed_in(self) -> None:
        """The server said yes; somebody who only pretends to know us would say so as well."""
        if self._sign_in is not None and not self._sign_in.is_mutual:
            self._fail("904", _("The server does not know this password."))
            return
        self._sign_in = None
        self.end_negotiation()

    def not_signed_in(self, text: str) -> None:
        """The server said no."""
        if self._sign_in is not None:
            self._fail("904", text)
