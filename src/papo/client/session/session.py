"""One connection to an IRC server, sans I/O: lines, labels, batches, messages of several lines.

Bytes go in through `receive`; whole messages come out at `SessionListener.message`. It knows no conversation.
Sources: modern.ircdocs.horse; IRCv3 labeled-response, batch, multiline.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from papo.client.identity import Identity
from papo.client.session.answers import NONCE, Answers, Questions, Then
from papo.client.session.batches import ANSWERS, Batches
from papo.client.session.line_parts import last, middle_param, read_line, single_line, size
from papo.client.session.listener import SessionListener
from papo.client.session.registration import Registration
from papo.client.session.split import joined, multiline, split
from papo.protocol.irc import NO_TAGS, Line, format_line
from papo.protocol.lines import TOO_LONG, LineBuffer

OF_AN_ANSWER = ("label", NONCE)
"""Tags that belong to an answer as a whole."""
LINE_BYTES = 512
"""Of a line without tags, if the server names no other limit (LINELEN)."""
MAX_LINE_BYTES = 65_536
"""Of a line that is received, without its tags."""
MAX_TAGS_BYTES = 8_192
USUAL_HOST_BYTES = 18 + 1 + 64
"""Of `user@host`, until ours is known."""


class ClientSession:
    """From the first line to the last. `write` takes lines without their ends."""

    def __init__(
        self, identity: Identity, listener: SessionListener, write: Callable[[str], None], *, private: bool
    ) -> None:
        """`private` means that nobody on the way can read what is sent: TLS, or this machine."""
        self.registration = Registration(identity, listener, self.send, private=private)
        self.support = self.registration.support
        self.caps = self.registration.capabilities.enabled
        self.offered = self.registration.capabilities.offered
        self.is_me = self.registration.is_me
        self.begin = self.registration.begin
        self._listener = listener
        self._out = write
        self._lines = LineBuffer(MAX_LINE_BYTES, MAX_TAGS_BYTES)
        self.batches = Batches()
        self._questions = Questions(self.is_me)
        self._ended = False

    @property
    def nick(self) -> str:
        """Our nick; before registration, the one that we ask for."""
        return self.registration.nick

    @property
    def account(self) -> str:
        """The account that we are logged in to; "" for a guest."""
        return self.registration.account

    @property
    def registered(self) -> bool:
        """Whether the server has sent 001."""
        return self.registration.done

    # --- to the server

    def write(self, line: str) -> None:
        """Send a line as it is, without what would end it; nothing if the connection has ended."""
        if not self._ended:
            self._out(single_line(line))

    def send(self, command: str, *params: str, tags: Mapping[str, str] = NO_TAGS) -> None:
        """Send one line, with tags if the server supports them."""
        self._write(command, params, self._supported(tags))

    def _write(self, command: str, params: Sequence[str], tags: Mapping[str, str]) -> None:
        clean = [single_line(each) for each in params]
        self.write(format_line(command, [*map(middle_param, clean[:-1]), *clean[-1:]], tags=tags))

    def ask(self, command: str, *params: str, tags: Mapping[str, str] = NO_TAGS, then: Then) -> None:
        """Send one line; `then` gets all lines of the answer."""
        if self._ended:
            then(None)
            return
        label = self._questions.add(then)
        if "labeled-response" in self.caps:
            self._write(command, params, {**self._supported(tags), "label": label})
        else:
            self._write(command, params, self._supported(tags))
            self.send("PING", label)

    def say(self, target: str, text: str, tags: Mapping[str, str], then: Then, *, command: str = "PRIVMSG") -> None:
        """Send a message, split if it does not fit into a line. `then` gets the server's copy or refusal."""
        max_bytes = self.max_text_bytes(command, target)
        if "\n" not in text and size(text) <= max_bytes:
            self.ask(command, target, text, tags=tags, then=then)
            return
        if "draft/multiline" not in self.caps or "batch" not in self.caps:
            self._say_parts(command, target, split(text, max_bytes), tags, then)
            return
        messages = multiline(text, max_bytes, self.offered.get("draft/multiline", ""))
        answers = Answers(len(messages), then)
        for message in messages:
            self._say_batch(command, target, message, tags, answers.add)

    def parts(self, command: str, target: str, text: str) -> list[str]:
        """The texts of the messages that a text is sent as: one, unless it is too long for that."""
        max_bytes = self.max_text_bytes(command, target)
        if "\n" not in text and size(text) <= max_bytes:
            return [text]
        if "draft/multiline" not in self.caps or "batch" not in self.caps:
            return split(text, max_bytes)
        return [joined(each) for each in multiline(text, max_bytes, self.offered.get("draft/multiline", ""))]

    def _say_parts(self, command: str, target: str, parts: Sequence[str], tags: Mapping[str, str], then: Then) -> None:
        if self._ended or "labeled-response" in self.caps:
            answers = Answers(len(parts), then)
            for part in parts:
                self.ask(command, target, part, tags=tags, then=answers.add)
            return
        # One PING behind all of them: servers count lines, and disconnect whoever sends too many.
        label = self._questions.add(then)
        for part in parts:
            self._write(command, [target, part], self._supported(tags))
        self.send("PING", label)

    def _say_batch(
        self, command: str, target: str, message: Sequence[tuple[str, bool]], tags: Mapping[str, str], then: Then
    ) -> None:
        if self._ended:
            then(None)
            return
        label = self._questions.add(then)
        labelled = {"label": label} if "labeled-response" in self.caps else {}
        reference = f"m{label}"
        self._write("BATCH", [f"+{reference}", "draft/multiline", target], {**self._supported(tags), **labelled})
        for part, goes_on in message:
            inside = {"batch": reference, **({"draft/multiline-concat": ""} if goes_on else {})}
            self._write(command, [target, part], inside)
        self.send("BATCH", f"-{reference}")
        if not labelled:
            self.send("PING", label)

    def max_text_bytes(self, command: str, target: str) -> int:
        """Bytes of text that fit into one line to this target, as others receive it."""
        line = self.support.number("LINELEN", LINE_BYTES)
        host = size(self.registration.host) or USUAL_HOST_BYTES
        return line - 2 - size(f":{self.nick}!") - host - size(f" {command} {target} :")

    def _supported(self, tags: Mapping[str, str]) -> Mapping[str, str]:
        return tags if "message-tags" in self.caps else NO_TAGS

    # --- from the server

    def receive(self, data: bytes) -> None:
        """Receive bytes of TCP, cut anywhere."""
        for line in self._lines.feed(data):
            if line is not TOO_LONG:
                self.receive_line(line.decode(errors="replace"))

    def receive_line(self, text: str) -> None:
        """Receive one line without its end, such as a WebSocket message."""
        line = read_line(text)
        if line is not None and not self._ended:
            self._receive(line)

    def close(self) -> None:
        """The connection ended: questions without an answer are answered with None."""
        self._ended = True
        self.batches.clear()
        self._questions.close()

    def _receive(self, line: Line) -> None:
        tags = line.tags
        command = line.command
        if command == "BATCH":
            self._batch(line)
            return
        if tags:
            if "batch" in tags and self.batches.add(line):
                return
            if "label" in tags:
                self._questions.answer(tags["label"], [] if command == "ACK" else [line])
        if self._questions:
            if command == "PONG" and self._questions.pong(last(line)):
                return
            if "labeled-response" not in self.caps:
                self._questions.collect([line])
        self._handle(line)

    def _batch(self, line: Line) -> None:
        done = self.batches.receive(line)
        if done is None:
            return
        opening, lines = done[0].tags, done[1]
        if "label" in opening:
            for each in lines:
                # As on an answer of one line: handlers see that whoever asked shows it, and to which message it is.
                each.tags = {**each.tags, **{tag: opening[tag] for tag in OF_AN_ANSWER if tag in opening}}
            self._questions.answer(opening["label"], lines)
        elif self._questions and "labeled-response" not in self.caps:
            self._questions.collect(lines)
        for each in lines:
            if each.tags.get("batch", "") not in ANSWERS:
                self._handle(each)

    def _handle(self, line: Line) -> None:
        if line.command == "PING":
            self.send("PONG", last(line))
        self.registration.handle(line)
        self._listener.message(line)
