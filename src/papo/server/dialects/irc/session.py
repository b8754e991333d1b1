"""One IRC connection: lines in, the verb they name, replies out in order.

The verbs are in `verbs/`, one function each; this module finds them and words what goes wrong.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from papo.protocol import numerics as n
from papo.protocol.irc import Line, parse
from papo.protocol.lines import TOO_LONG, LineBuffer
from papo.server.actions import profile
from papo.server.dialects.irc import batch, caps, metadata
from papo.server.dialects.irc.channel_lines import after_rename
from papo.server.dialects.irc.format import IrcFormat, irc_format
from papo.server.dialects.irc.labeled_response import Response, nested
from papo.server.dialects.irc.registration import Registration
from papo.server.dialects.irc.replies import Voice, safe
from papo.server.dialects.irc.verb import VERBS, Verb
from papo.server.rate_limit import TokenBucket, per_minute
from papo.server.world.errors import Refused
from papo.server.world.events import MessageSent
from papo.server.world.names import fold

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.ports import NotStored
    from papo.server.delivery.session import Outlet
    from papo.server.dialects.irc.batch import ClientBatch
    from papo.server.dialects.irc.sasl import Exchange
    from papo.server.world.events import AnyEvent, ChannelRenamed, Killed, MetadataSet

log = logging.getLogger(__name__)

HTTP_VERBS = frozenset({"GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE", "PRI"})
"""A browser sent here by a hostile page must not get to speak IRC: the first such line closes."""


class IrcSession(Voice):
    """An IRC program's connection."""

    __slots__ = (
        "batch", "buckets", "cap_version", "device", "lines", "monitored", "pinged", "sasl", "spent_bytes",
        "spent_lines", "subs", "told_isupport",
    )  # fmt: skip

    format: IrcFormat

    def __init__(self, chat: Chat, link: Outlet) -> None:
        super().__init__(chat, link, irc_format(0, link.framing))
        limits = chat.config.limits
        self.lines = LineBuffer(limits.line_bytes, limits.tag_bytes)
        self.registration: Registration | None = Registration()
        """None once registered."""
        self.bits = 0
        """Capabilities agreed on (`caps`)."""
        self.cap_version = 301
        self.monitored: dict[str, str] | None = None
        """Key to nick as given, of those watched; None: nobody."""
        self.buckets: dict[str, TokenBucket] | None = None
        """Name of a limit to its bucket, for the verbs with a limit of their own; None until one is used."""
        self.batch: ClientBatch | None = None
        """The batch that is being sent (IRCv3 client-batch)."""
        self.sasl: Exchange | None = None
        """The sign-in under way."""
        self.device = ""
        """What the person calls this program: `phone` in `ana@phone`."""
        self.language = ""
        """`pt_BR`, or "" for the server's."""
        self.subs: tuple[str, ...] = ()
        """Metadata keys it wants to hear of."""
        self.told_isupport = False
        self.pinged = False
        self.spent_lines = 0
        self.spent_bytes = 0

    # --- bytes and lines in

    def receive(self, data: bytes) -> None:
        """Take bytes as they came."""
        self.heard_s = self.chat.monotonic_s()
        self.pinged = False
        lines = self.lines.feed(data)
        if self.registration is not None and self._spends_too_much(len(data), lines):
            return
        if lines:
            self.take(lines)

    def _spends_too_much(self, size: int, lines: list[bytes]) -> bool:
        """Whether somebody unregistered asks too much, or is no IRC program at all."""
        first = lines[0].split(b" ", 1)[0].upper() if lines and not self.spent_lines else b""
        if first.decode("latin-1") in HTTP_VERBS:
            self.link.close()
            return True
        self.spent_lines += len(lines)
        self.spent_bytes += size
        limits = self.chat.config.limits
        if limits.enabled and (
            self.spent_lines > limits.unregistered_lines or self.spent_bytes > limits.unregistered_bytes
        ):
            self.quit("Too much before registration", closing="Too much before registration")
            return True
        return False

    def handle(self, request: bytes) -> None:
        """Do what a line asks."""
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
            self._run_labelled(line)

    def cost(self, request: bytes) -> float:
        """By the verb: what others hear costs most, what programs ask on connecting little.

        Before registration nothing: that has limits of its own, and the budget is for what comes then.
        """
        if self.registration is not None:
            return 0.0
        words = request.split(b" ", 2)
        tags = words.pop(0) if request[:1] == b"@" and len(words) > 1 else b""
        verb = VERBS.get(words[0].upper().decode("latin-1"))
        limits = self.chat.config.limits
        weight = 1.0 if verb is None else verb.cost
        if self.batch is not None and b"batch=" in tags:
            weight = 0.1  # part of one message; its bytes count all the same
        return weight + len(request) / limits.bytes_per_s * limits.messages_per_s

    def _refuse_encoding(self, request: bytes) -> None:
        """IRCv3 utf8-only: the offending line is refused, never changed."""
        line = parse(request.decode("utf-8", "replace"))
        if line is not None:
            self._run_labelled(line, refuse=self._tell_encoding)

    def _tell_encoding(self, line: Line) -> None:
        if line.command:
            command = line.command if line.command.isascii() and line.command.isalpha() else "*"
            self.fail(command, "INVALID_UTF8", "Message rejected: it is not valid UTF-8, the only encoding here")

    def _run_labelled(self, line: Line, refuse: Callable[[Line], None] | None = None) -> None:
        """Run a line, or what refuses it, and send what it answers under the line's label."""
        run = refuse or self._run
        if refuse is None and "batch" in line.tags and line.command != "BATCH":
            batch.collect(self, line)
            return
        label = line.tags.get("label", "") if self.bits & caps.LABELED_RESPONSE else ""
        if not label or len(label.encode()) > 64:
            run(line)
            return
        response = Response(self, label)
        self.context = response
        run(line)
        if self._waiting and self.context is response:
            return  # the work's end finishes it
        if self.batch is not None and self.batch.response is response:
            self.context = None
            return  # the batch's end finishes it
        self.context = None
        self.chat.journal.defer(response.finish, None)

    async def _run_task(self, work: Any, command: str) -> None:
        """Words what goes wrong in work that waits, and finishes its labelled response."""
        response = self.context
        try:
            await work
        except Refused as refused:
            self.refused(refused, command)
        except Exception:
            log.exception("a request failed")
            self.numeric(n.ERR_UNKNOWNERROR, "Something went wrong on the server; it has been logged")
        finally:
            self.context = None
            if isinstance(response, Response):
                self.chat.journal.defer(response.finish, None)

    def hold(self, work: Any, command: str = "*") -> None:
        """Run `work`; the lines that come meanwhile wait."""
        super().hold(self._run_task(work, command))

    def _run(self, line: Line) -> None:
        verb = VERBS.get(line.command)
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
                work = verb.call(self, line)
            except Refused as refused:
                self.refused(refused, verb.name)
                return
            except Exception:
                # One bad line must not take the connection, let alone the server, down.
                log.exception("%s failed", verb.name)
                self.numeric(n.ERR_UNKNOWNERROR, verb.name, "Something went wrong on the server; it has been logged")
                return
            if work is not None:
                self.hold(work, verb.name)

    def _too_often(self, verb: Verb) -> bool:
        """Whether the verb's own limit is used up; unregistered programs, which try nicks, are held by their own."""
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

    @property
    def account_name(self) -> str:
        """The account they are, or will be, logged in to; "" for none."""
        if self.user is not None:
            return self.user.account or ""
        account = None if self.registration is None else self.registration.account
        return "" if account is None else account.name

    # --- from the core

    @property
    def follows(self) -> bool:
        """IRCv3 extended-monitor."""
        return bool(self.bits & caps.EXTENDED_MONITOR)

    def echoes(self, event: AnyEvent, context: object) -> bool:  # noqa: ARG002 -- dialects differ
        """Messages come back to those with echo-message; a label's answer is completed either way."""
        return type(event) is not MessageSent or bool(self.bits & caps.ECHO_MESSAGE)

    def acknowledge(self, event: AnyEvent, context: object) -> None:
        """One's own copy, inside the labelled response where there is one."""
        if type(event) is MessageSent and not self.bits & caps.ECHO_MESSAGE:
            return
        for line in self.format.lines(event):
            if isinstance(context, Response):
                context.add(line)
            else:
                self.write_line(line)

    def refuse(self, event: AnyEvent, failed: NotStored, context: object) -> None:
        """The disk said no."""
        del failed  # for the operator's log, not for everybody
        assert isinstance(event, MessageSent)
        text = self.say_in("Your message was not sent: the server cannot store it at the moment")
        line = f":{self.chat.config.server.name} FAIL {event.verb} TEMPORARILY_UNAVAILABLE {event.target} :{text}"
        if isinstance(context, Response):
            context.add(line)
        else:
            self.write_line(line)

    def presence(self, nick: str, source: str, *, online: bool) -> None:
        """IRCv3 monitor."""
        server = self.chat.config.server.name
        if online:
            self.write_line(f":{server} {n.RPL_MONONLINE} {self.nick} :{source}")
        else:
            self.write_line(f":{server} {n.RPL_MONOFFLINE} {self.nick} :{nick}")

    def channel_renamed(self, event: ChannelRenamed, context: object) -> None:
        """IRCv3 channel-rename: to programs that do not know it, a PART and a JOIN."""
        lines = self.format.lines(event)
        if not lines and fold(event.name) != fold(event.new):
            lines = after_rename(self, event)
        for line in lines:
            if isinstance(context, Response):
                context.add(line)
            else:
                self.write_line(line)

    def metadata_set(self, event: MetadataSet) -> None:
        """IRCv3 metadata: to those who asked for the key."""
        hidden = event.key.startswith(profile.PRIVATE) and event.about != self.me.uid
        if event.key in self.subs and self.bits & caps.METADATA and not hidden:
            self.write_line(metadata.line(self, event.target, event.key, event.value))

    def batched(self, kind: str, nodes: tuple[str, str], concerned: list[AnyEvent]) -> None:
        """IRCv3 batch types netsplit and netjoin."""
        lines = [line for event in concerned for line in self.format.lines(event)]
        if not self.bits & caps.BATCH:
            for line in lines:
                self.write_line(line)
            return
        reference, server = self.chat.names.uid(), self.chat.config.server.name
        self.write_line(f":{server} BATCH +{reference} {kind} {nodes[0]} {nodes[1]}")
        for line in lines:
            self.write_line(nested(line, reference))
        self.write_line(f":{server} BATCH -{reference}")

    def set_bits(self, bits: int) -> None:
        """Capabilities (and what else changes the bytes) from now on, in turn."""
        self.bits = bits
        deaf = caps.DEAF if self.user is not None and "D" in self.user.modes else 0
        new = irc_format(bits | deaf, self.link.framing)
        self.chat.journal.defer(lambda form: self.chat.fanout.reformat(self, form), new)

    # --- the end

    def quit(self, reason: str, *, closing: str) -> None:
        """The person leaves, and the connection ends with an ERROR line."""
        self.end(reason)
        self.close(self.format.frame(f"ERROR :Closing link: ({closing})"))

    def farewell(self) -> bytes:
        """The server stops."""
        return self.format.frame("ERROR :Closing link: (The server is stopping; connect again in a moment)")

    def expel(self, event: Killed) -> None:
        """An operator of the server ends this session."""
        killer = event.source.partition("!")[0]
        self.write_line(f":{event.source} KILL {self.nick} :{event.reason}")
        self.quit(f"Killed ({killer} ({event.reason}))", closing=f"Killed by {killer}: {event.reason}")

    def end(self, reason: str, *, dropped: bool = False) -> None:
        """Besides leaving, stop watching."""
        if self.monitored is not None:
            for nick in self.monitored.values():
                self.chat.fanout.watch.remove(self, nick)
            self.monitored = None
        super().end(reason, dropped=dropped)

    def sweep(self, now_s: float) -> None:
        """Ping the silent, drop those who stay silent."""
        limits = self.chat.config.limits
        if self.registration is not None:
            if now_s - self.opened_s > limits.registration_timeout_s:
                self.quit("Registration timed out", closing="Registration timed out: send NICK and USER")
            return
        if self._backlog:
            self.heard_s = now_s  # not silent: it is we who let it wait
        silent_s = now_s - self.heard_s
        if silent_s > limits.drop_after_s:
            self.quit(f"Ping timeout: {int(silent_s)} seconds", closing="Ping timeout")
        elif silent_s > limits.ping_after_s and not self.pinged:
            self.pinged = True
            self.write_line(f"PING :{self.chat.config.server.name}")
