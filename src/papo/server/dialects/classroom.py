"""What the five classroom dialects share: one room, one name, plain words both ways.

They have no framing towards the client either: their texts carry no newline unless the document has one. A program
that ends its own messages with newlines (somebody with `nc`) gets them ended too.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, ClassVar

from papo.protocol.text import cut, without_formatting
from papo.server.actions import channels, history, lifecycle, nicks, operate
from papo.server.actions.say import say
from papo.server.delivery.session import Echo
from papo.server.dialects.chunks import QUIET_S, Chunks
from papo.server.dialects.connection import Connection
from papo.server.dialects.words import GUEST, PlainFormat, Words, as_is
from papo.server.world.errors import Refused
from papo.server.world.events import Kicked, MessageSent
from papo.server.world.names import fold, to_nick

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.outlet import Outlet
    from papo.server.delivery.ports import NotStored
    from papo.server.world.events import AnyEvent, ChannelRenamed

log = logging.getLogger(__name__)

REPLAY = 20
"""Lines of the past a newcomer gets unless the listener says otherwise."""


class Classroom(Connection):
    """A connection of one of the five; subclasses say how it begins."""

    __slots__ = ("_replay", "chunks", "given", "quiet_timer", "room")

    words: ClassVar[Words]
    recv_bytes: ClassVar[int] = 1024
    echoes_own: ClassVar[bool]
    """Whether the sender gets their own message back."""
    plain: ClassVar[PlainFormat]
    by_line: ClassVar[PlainFormat]

    format: PlainFormat

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if hasattr(cls, "words"):
            cls.plain = PlainFormat(cls.words, as_is, lines=False)
            cls.by_line = PlainFormat(cls.words, as_is, lines=True)

    def __init__(self, chat: Chat, link: Outlet, options: dict[str, str]) -> None:
        super().__init__(chat, link, self.plain)
        link.glue = self.plain.glue
        self.room = options.get("room") or chat.config.rooms.default
        self._replay = int(options.get("replay", REPLAY))
        self.chunks = Chunks(self.recv_bytes)
        self.given = ""
        """What they call themselves; their nick may differ."""
        self.quiet_timer: asyncio.TimerHandle | None = None

    # --- in

    def receive(self, data: bytes) -> None:
        """Take bytes as they came."""
        self.received_at_s = self.chat.monotonic_s()
        if self.quiet_timer is not None:
            self.quiet_timer.cancel()
            self.quiet_timer = None
        messages = self.chunks.feed(data)
        if self.chunks.waits:
            self.quiet_timer = asyncio.get_running_loop().call_later(QUIET_S, self.flush)
        self._take(messages)

    def flush(self) -> None:
        """It has been quiet: what was awaited is a message."""
        self.quiet_timer = None
        self._take(self.chunks.flush())

    def _take(self, messages: list[str]) -> None:
        if self.chunks.ends_lines and self.format is self.plain:
            self.chat.journal.defer(self._write_by_line, None)
        if messages:
            self.handle_all(messages)

    def _write_by_line(self, _: object) -> None:
        self.chat.sessions.reformat(self, self.by_line)
        self.link.glue = b""

    def handle(self, request: str) -> None:
        """Do what a message asks: the first may be a name, `/sair` leaves, the rest is said."""
        try:
            if request.strip().lower() == "/sair":
                self.leave()
            elif self.user is None:
                self.begin(request)
            else:
                self.hear(request)
        except Refused as refused:
            self.tell(self.words.not_sent, why(refused))
        except Exception:
            # One bad message must not take the connection, let alone the server, down.
            log.exception("%s: a message failed", self.dialect)

    def begin(self, request: str) -> None:
        """The first message, where the dialect asks for a name; elsewhere only who is kept out has none yet."""

    def hear(self, request: str) -> None:
        """A message of somebody who is in the room."""
        self.say(request)

    def leave(self) -> None:
        """Go in order."""
        self.end("Saiu")
        self.close()

    def end(self, reason: str, *, dropped: bool = False) -> None:
        """Besides leaving, wait for nothing."""
        if self.quiet_timer is not None:
            self.quiet_timer.cancel()
            self.quiet_timer = None
        if self.user is not None and not self._ended:
            log.info("%s: %s saiu (%s)", self.dialect, self.user.nick, printable(reason))
        super().end(reason, dropped=dropped)

    # --- a name, and the room

    def free_nick(self, wanted: str) -> str:
        """The nearest nick that nobody has: `ana`, else `ana_2`, `ana_3` …"""
        limit = self.chat.config.limits.nick_length
        base = to_nick(wanted, limit, GUEST)
        nick, number = base, 1
        while self._is_taken(nick):
            number += 1
            ending = f"_{number}"
            nick = base[: limit - len(ending)] + ending
        return nick

    def _is_taken(self, nick: str) -> bool:
        """Whether somebody has the nick, or an account keeps it."""
        holder = self.chat.world.user(nick)
        if holder is not None and holder is not self.user:
            return True
        try:
            nicks.check_not_reserved(self.chat, nick)
        except Refused:
            return True
        return False

    def channel_renamed(self, event: ChannelRenamed, context: object) -> None:
        """Their room has another name now; the dialect has none at all."""
        del context
        if fold(self.room) == event.channel:
            self.room = event.new

    def enter(self, wanted: str) -> None:
        """Come in under the nearest free nick."""
        self.given = wanted
        if self.is_kept_out():
            return
        nick = self.free_nick(wanted)
        uid = self.chat.ids.uid()

        def go_on(granted: bool) -> None:  # noqa: FBT001 -- a claim's answer
            if granted:
                self._come_in(uid, nick)
            else:
                self.enter(wanted)

        self.continue_with(nicks.claim(self.chat, nick, uid), go_on)

    def is_kept_out(self) -> bool:
        """Whether they may not come in at all: banned, or no dialect can sign in where an account is needed.

        They are told, and the connection ends.
        """
        who = f"{to_nick(self.given, 32, GUEST)}!{self.dialect}"
        reason = operate.ban_reason(self.chat, who=who, address=self.link.address)
        if self.chat.config.accounts.required:
            reason = "este servidor é só para quem tem conta"
        if reason:
            self.tell(self.words.not_sent, reason)
            self.close()
        return bool(reason)

    def _come_in(self, uid: str, nick: str) -> None:
        log.info("Apelido é %s", printable(nick))
        lifecycle.connect(
            self.chat,
            self,
            uid=uid,
            nick=nick,
            username=self.dialect,
            realname=self.given or nick,
            dialect=self.dialect,
        )
        try:
            channels.join(self.chat, self, self.room)
        except Refused as refused:
            self.tell(self.words.not_sent, why(refused))
            self.close()
            return
        self.welcome()
        if self._replay:
            self.run_async(self._tell_past(self.chat.ids.msgid(self.chat.now_ms())))

    def welcome(self) -> None:
        """What the dialect says to a newcomer."""

    async def _tell_past(self, before: str) -> None:
        """The room's last lines, up to the newcomer's own arrival."""
        await self.chat.journal.settled()
        if self.user is None or self._ended:
            return
        try:
            page = history.view(self.chat, self.user, self.room, self._replay, everything=False)
        except Refused:
            return  # put out of the room in the meantime
        lines = [
            data.decode().rstrip("\n")
            for event in await history.latest(self.chat, page, None)
            if event.msgid < before and (data := self.by_text.encode(event)) is not None
        ]
        if lines:
            self.reply(self.format.bytes_of("\n".join(lines) + "\n"))

    @property
    def by_text(self) -> PlainFormat:
        """The dialect's words without framing."""
        return self.plain

    def call(self, name: str) -> None:
        """They call themselves something else now: rename where that is possible."""
        self.given = name
        nick = self.free_nick(name)
        user = self.user
        assert user is not None
        if nick == user.nick:
            return
        nicks.check_change(self.chat, user, nick)

        def go_on(granted: bool) -> None:  # noqa: FBT001 -- a claim's answer
            if granted:
                lifecycle.change_nick(self.chat, self, nick)

        self.continue_with(nicks.claim(self.chat, nick, user.uid), go_on)

    # --- out

    def say(self, text: str) -> None:
        """Into the room, in as many messages as it needs."""
        user = self.user
        assert user is not None
        text = without_formatting(text).strip()
        room = self.chat.config.limits.line_bytes - len(f":{user.source} PRIVMSG {self.room} :\r\n".encode())
        while text:
            part = cut(text, room)
            if part != text and " " in part:
                part = part[: part.rindex(" ")] or part
            say(self.chat, self, self.room, part)
            text = text[len(part) :].strip()

    def tell(self, words: str, text: str = "") -> None:
        """Words for this person alone."""
        nick = self.user.nick if self.user is not None else GUEST
        data = self.format.fill(words, nick, text)
        if data:
            self.reply(data)

    def echo(self, event: AnyEvent, context: object) -> Echo:  # noqa: ARG002 -- as in Session
        """Own messages come back if the document says so."""
        return Echo.SHARED if self.echoes_own or type(event) is not MessageSent else Echo.NONE

    def refuse(self, event: AnyEvent, failed: NotStored, context: object) -> None:  # noqa: ARG002 -- as in Session
        """The disk said no."""
        data = self.format.fill(self.words.not_sent, "", "o servidor não consegue guardá-la agora")
        if data:
            self.link.write(data)

    def kicked(self, event: Kicked) -> None:
        """An operator put them out of the room, and they have no other."""
        data = self.format.fill(self.words.kicked, event.source, event.reason) or b""
        self.end(f"Removido por {event.source.partition('!')[0]}")
        self.link.close(data)


def why(refused: Refused) -> str:
    """A refusal in few words, for people who know no modes."""
    return {
        "CANNOT_SEND": "você não pode falar nesta sala agora",
        "BANNED": "você foi banido desta sala",
        "INVITE_ONLY": "só entra quem foi convidado",
        "BAD_KEY": "a sala tem senha",
        "CHANNEL_FULL": "a sala está cheia",
        "NO_RENAME": "você não pode mudar de nome agora",
        "BUSY": "o servidor está ocupado; tente de novo",
    }.get(refused.code.name, "o servidor recusou")


def printable(text: str) -> str:
    """Text for a log: no control character reaches a terminal."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)


def split_name(message: str) -> tuple[str, str]:
    """`NAME: TEXT` taken apart; ("", message) where there is no name."""
    name, colon, text = message.partition(":")
    name = name.strip()
    if colon and name and len(name) <= 64 and (not text or text[0] == " ") and "\n" not in name:
        return name, text.strip()
    return "", message
