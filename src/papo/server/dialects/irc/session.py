"""One IRC connection: lines in, and the verb that each of them names.

The verbs are in `verbs/`, one function each. What goes out is in `replies` and `notifications`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from papo.protocol import numerics as n
from papo.protocol.browsers import METHODS, is_browser
from papo.protocol.irc import Line, parse
from papo.protocol.lines import TOO_LONG, LineBuffer
from papo.server import costs
from papo.server.delivery.batch import Request
from papo.server.dialects.irc import caps, multiline
from papo.server.dialects.irc.labeled_response import LabeledResponse
from papo.server.dialects.irc.notifications import Notifications
from papo.server.dialects.irc.pending_factor import WAIT_S
from papo.server.dialects.irc.replies import safe
from papo.server.dialects.irc.verb import VERBS, Verb
from papo.server.rate_limit import TokenBucket, per_minute
from papo.server.world.errors import Refused

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.outlet import Outlet
    from papo.server.dialects.irc.sasl import SaslExchange

log = logging.getLogger(__name__)

SIGNS_OF_LIFE = frozenset({"PING", "PONG"})
"""Commands that a client sends whether somebody is at it or not."""
SECRET = frozenset({"AUTHENTICATE", "PASS", "PASSWD"})
"""Commands whose first parameter is not to be repeated."""


class IrcSession(Notifications):
    """The connection of an IRC client."""

    __slots__ = ("buckets", "cap_version", "lines", "monitored", "pinged", "sasl", "spent_bytes", "spent_lines")

    def __init__(self, chat: Chat, link: Outlet) -> None:
        super().__init__(chat, link)
        limits = chat.config.limits
        self.lines = LineBuffer(limits.line_bytes, limits.tag_bytes)
        self.cap_version = 301
        self.monitored: dict[str, str] | None = None
        """Key to nick as the client wrote it (MONITOR); None if there are none."""
        self.buckets: dict[str, TokenBucket] | None = None
        """Name of a limit to its bucket, for the verbs with a limit of their own; None until one is used."""
        self.sasl: SaslExchange | None = None
        """The login under way."""
        self.pinged = False
        """Whether the client owes an answer to PING."""
        self.spent_lines = 0
        """Lines before registration."""
        self.spent_bytes = 0
        """Bytes before registration."""

    # --- bytes and lines in

    def receive(self, data: bytes) -> None:
        """Read bytes, cut anywhere."""
        self.received_at_s = self.chat.monotonic_s()
        self.pinged = False
        lines = self.lines.feed(data)
        if self.lines.blank:
            lines.append(b" " * self.lines.blank)  # they do nothing, and are charged together
        if self.registration is not None and self._spends_too_much(len(data), lines):
            return
        if lines:
            self.handle_all(lines)

    def _spends_too_much(self, size: int, lines: list[bytes]) -> bool:
        """Whether an unregistered client has sent too much or is a browser: if so, the connection is closed."""
        first = lines[0].decode("latin-1") if lines and not self.spent_lines else ""
        if is_browser(first) or first.partition(" ")[0].upper() in METHODS:
            self.link.close()
            return True
        self.spent_lines += len(lines) + self.lines.blank
        self.spent_bytes += size
        limits = self.chat.config.limits
        if limits.enabled and (
            self.spent_lines > limits.unregistered_lines or self.spent_bytes > limits.unregistered_bytes
        ):
            self.quit("Too much before registration", closing="Too much before registration")
            return True
        return False

    def handle(self, request: bytes) -> None:
        """Run one line."""
        if request is TOO_LONG:
            self.numeric(n.ERR_INPUTTOOLONG, "Input line was too long")
            return
        try:
            text = request.decode()
        except UnicodeDecodeError:
            self._refuse_encoding(request)
            return
        line = parse(text.replace("\0", "") if "\0" in text else text)
        if line is not None:
            self._run_labeled(line)

    def cost(self, request: bytes) -> float:
        """The verb's cost and the line's bytes. Free before registration, which has limits of its own."""
        if self.registration is not None:
            return 0.0
        if request[0] > ord("@") and b"\0" not in request:
            tags, words = b"", request.split(None, 2)  # the usual line begins with its verb
        else:
            tags, words = _words(request)
        limits = self.chat.config.limits
        if not words:
            weight = costs.USUAL if request is TOO_LONG else len(request) / costs.BLANK_LINES
            return weight + len(request) / limits.bytes_per_s * limits.messages_per_s
        verb = VERBS.get(words[0].upper().decode("latin-1"))
        if verb is None:
            weight = costs.USUAL
        elif self.batch is not None and tags and verb.name != "BATCH" and _is_in_batch(tags):
            weight = costs.BATCH_LINE  # its bytes count all the same
        else:
            weight = verb.cost
            if verb.more_targets and len(words) > 1:
                weight += verb.more_targets * words[1].count(b",")
        return weight + len(request) / limits.bytes_per_s * limits.messages_per_s

    def _refuse_encoding(self, request: bytes) -> None:
        """A line that is not UTF-8 is refused, never changed (IRCv3 utf8-only)."""
        line = parse(request.decode("utf-8", "replace"))
        if line is not None:
            self._run_labeled(line, refuse=self._fail_encoding)

    def _fail_encoding(self, line: Line) -> None:
        if line.command:
            command = line.command if line.command.isascii() and line.command.isalpha() else "*"
            self.fail(command, "INVALID_UTF8", "Message rejected: it is not valid UTF-8, the only encoding here")

    def _run_labeled(self, line: Line, refuse: Callable[[Line], None] | None = None) -> None:
        """Run a line, or `refuse` it, and send the answer with the label of the line."""
        run = refuse or self._run
        if refuse is None and "batch" in line.tags and line.command != "BATCH":
            multiline.collect(self, line)
            return
        label = line.tags.get("label", "") if self.bits & caps.LABELED_RESPONSE else ""
        if not label or len(label.encode()) > 64:
            run(line)
            return
        response = LabeledResponse(label)
        self.context = response
        run(line)
        if self.is_running and self.context is response:
            return  # it is finished with the request
        if self.batch is not None and self.batch.response is response:
            self.context = None
            return  # it is finished with the batch
        self.finish(response)

    async def _run_task(self, work: Any, command: str) -> None:
        """Run an asynchronous request: send its refusal, and finish the labeled response if it is the line's last."""
        response = self.context
        try:
            await work
        except Refused as refused:
            self.refused(refused, command)
        except Exception:
            log.exception("%s failed", command)
            self.numeric(n.ERR_UNKNOWNERROR, command, self.went_wrong())
        finally:
            if self._running == 1:  # a message to two services is two requests, and has one answer
                self.finish(response)

    def run_async(self, work: Any, command: str = "*", target: str = "") -> None:
        """Run `work` for `command`; the lines that arrive before it is done wait."""
        super().run_async(self._run_task(work, command), command, target)

    def _run(self, line: Line) -> None:
        verb = VERBS.get(line.command)
        if line.command not in SIGNS_OF_LIFE:
            self.active_at_s = self.received_at_s
        if self.registration is not None and (verb is None or not verb.before_registration):
            self.numeric(n.ERR_NOTREGISTERED, "You have not registered")
        elif verb is None:
            self.numeric(n.ERR_UNKNOWNCOMMAND, safe(line.command), "Unknown command")
        elif len(line.params) < verb.params:
            self.numeric(n.ERR_NEEDMOREPARAMS, verb.name, "Not enough parameters")
        elif verb.per_minute and self._too_often(verb):
            self.numeric(n.RPL_TRYAGAIN, verb.name, "Too often: please wait a minute and try again")
        else:
            try:
                work = verb.call(self, line) if verb.only_messages else self._call_whole(verb, line)
            except Refused as refused:
                self.refused(refused, verb.name)
                return
            except Exception:
                # One bad line must not take the connection, let alone the server, down.
                log.exception("%s failed", verb.name)
                self.numeric(n.ERR_UNKNOWNERROR, verb.name, self.went_wrong())
                return
            if work is not None:
                self.run_async(work, verb.name, _target(verb, line))

    def _call_whole(self, verb: Verb, line: Line) -> Coroutine[Any, Any, None] | None:
        """Call the verb; all that comes of it is stored or nothing."""
        with self.chat.journal.request(Request(self, verb.name, _target(verb, line), self.context)):
            try:
                return verb.call(self, line)
            except Refused as refused:
                self.refused(refused, verb.name)
                return None

    def _too_often(self, verb: Verb) -> bool:
        """Whether the verb's own limit is used up. Unregistered clients, which try nicks, have other limits."""
        limits = self.chat.config.limits
        if not limits.enabled or self.registration is not None:
            return False
        rate = per_minute(getattr(limits, verb.per_minute))
        now_s = self.chat.monotonic_s()
        self.buckets = self.buckets or {}
        bucket = self.buckets.get(verb.per_minute)
        if bucket is None:
            bucket = self.buckets[verb.per_minute] = TokenBucket(rate, now_s)
        return bool(bucket.spend(rate, now_s))

    # --- the end

    def end(self, reason: str, *, dropped: bool = False) -> None:
        """The user quits and monitors nobody any more; does nothing the second time."""
        if self.monitored is not None:
            for nick in self.monitored.values():
                self.chat.sessions.monitor.remove(self, nick)
            self.monitored = None
        super().end(reason, dropped=dropped)

    def _asks_user(self) -> bool:
        """Whether the user looks for their phone or their security key."""
        is_asked = self.sasl is not None and self.sasl.mechanism.how == "passkey"
        return is_asked or (self.factor is not None and self.factor.account is not None)

    def sweep(self, now_s: float) -> None:
        """Ping a silent client, and disconnect one that does not answer."""
        limits = self.chat.config.limits
        if self.registration is not None:
            if now_s - self.opened_at_s > limits.registration_timeout_s + (WAIT_S if self._asks_user() else 0.0):
                self.quit("Registration timed out", closing="Registration timed out: send NICK and USER")
            return
        if self._backlog:
            self.received_at_s = now_s  # it is not silent, it waits for us
        silent_s = now_s - self.received_at_s
        if silent_s > limits.drop_after_s:
            self.quit(f"Ping timeout: {int(silent_s)} seconds", closing="Ping timeout")
        elif silent_s > limits.ping_after_s and not self.pinged:
            self.pinged = True
            self.write_line(f"PING :{self.chat.config.server.name}")


def _words(request: bytes) -> tuple[bytes, list[bytes]]:
    """The tags, and the verb, its first parameter and the rest, as `protocol.irc.parse` will find them."""
    if b"\0" in request:
        request = request.replace(b"\0", b"")
    tags = b""
    if request[:1] == b"@":
        tags, _, request = request.partition(b" ")
    if request[:1] in {b" ", b":"}:
        request = request.lstrip(b" ")
        if request[:1] == b":":
            request = request.partition(b" ")[2]
    return tags, request.split(None, 2)


def _is_in_batch(tags: bytes) -> bool:
    """Whether one of the tags is `batch`, and not just called something like it."""
    return any(tag.startswith(b"batch=") for tag in tags[1:].split(b";"))


def _target(verb: Verb, line: Line) -> str:
    """What a refusal of the line names: a channel or a nick, and never a password."""
    return line.params[0] if line.params and verb.name not in SECRET else ""
