"""What the classroom dialects share: one room, one nick, plain words both ways.

Messages to the client have no framing either, and no newline unless the document has one. A client that ends its own
messages with newlines (`nc`) gets them too.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from papo.protocol.browsers import is_browser
from papo.protocol.dialects import GUEST, Dialect, Phrases
from papo.protocol.text import cut, without_formatting
from papo.server import costs
from papo.server.actions import history, lifecycle, nicks, operate
from papo.server.actions.channels import membership
from papo.server.actions.say import say
from papo.server.delivery.batch import Request, as_refused
from papo.server.delivery.ports import NotReadable
from papo.server.delivery.session import Echo
from papo.server.dialects.connection import Connection
from papo.server.dialects.message_splitter import QUIET_S, BlankLines, MessageSplitter
from papo.server.dialects.plain_format import PlainFormat, plain_format
from papo.server.world.errors import Refused
from papo.server.world.events import Kicked, MessageSent
from papo.server.world.names import fold, to_nick

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.outlet import Outlet
    from papo.server.delivery.ports import NotStored, Page
    from papo.server.world.events import AnyEvent, ChannelRenamed
    from papo.server.world.user import User

log = logging.getLogger(__name__)

RENAME = "NICK"
"""What a request is called that changes the nick."""
MESSAGES_PER_TURN = int(costs.TURN)
REPLAY = 20
"""Lines of history that a new user gets unless the listener says otherwise."""


class Classroom(Connection):
    """A connection of a classroom dialect. Subclasses say how a user introduces themselves."""

    __slots__ = ("_has_spoken", "_is_open", "_replay", "quiet_timer", "room", "row", "splitter", "wanted_nick")

    format: PlainFormat

    def __init__(self, chat: Chat, link: Outlet, row: Dialect, options: dict[str, str]) -> None:
        super().__init__(chat, link, plain_format(row))
        link.separator = self.format.separator
        self.row = row
        self.room = options.get("room") or chat.config.rooms.default
        self._is_open = options.get("open") == "true"
        self._replay = int(options.get("replay", REPLAY))
        self.splitter = MessageSplitter(row.recv_bytes)
        self.wanted_nick = ""
        """As the client sent it; the user's nick may differ."""
        self.quiet_timer: asyncio.TimerHandle | None = None
        self._has_spoken = False

    @property
    def phrases(self) -> Phrases:
        """What the dialect says."""
        return self.row.phrases

    # --- in

    def receive(self, data: bytes) -> None:
        """Read bytes, cut anywhere."""
        self.received_at_s = self.chat.monotonic_s()
        if self.quiet_timer is not None:
            self.quiet_timer.cancel()
            self.quiet_timer = None
        messages = self.splitter.feed(data)
        if self.splitter.waits:
            self.quiet_timer = asyncio.get_running_loop().call_later(QUIET_S, self.flush)
        self._handle_all([*messages, BlankLines(self.splitter.blank)] if self.splitter.blank else messages)

    def flush(self) -> None:
        """Nothing more arrived: what was kept back is a message."""
        self.quiet_timer = None
        self._handle_all(self.splitter.flush())

    def _handle_all(self, messages: Sequence[str | BlankLines]) -> None:
        if self.splitter.ends_lines and self.format is plain_format(self.row):
            self.chat.journal.defer(self._write_by_line, None)
        if messages:
            self.handle_all(list(messages))

    def cost(self, request: str | BlankLines) -> float:
        """As many messages as it becomes, and its bytes."""
        if isinstance(request, BlankLines):
            return request.lines / costs.BLANK_LINES
        size = len(request.encode())
        limits = self.chat.config.limits
        return costs.USUAL * (1 + size // costs.MESSAGE_BYTES) + size / limits.bytes_per_s * limits.messages_per_s

    def _write_by_line(self, _: object) -> None:
        self.chat.sessions.reformat(self, plain_format(self.row, lines=True))
        self.link.separator = b""

    def handle(self, request: str | BlankLines) -> None:
        """The first message may be a nick, `/sair` leaves, as a browser must, the rest is said. Never raises."""
        try:
            if isinstance(request, BlankLines):
                return
            is_first, self._has_spoken = not self._has_spoken, True
            if (is_first and is_browser(request)) or request.strip().lower() == "/sair":
                self.leave()
            elif self.user is None:
                self.introduce(request)
            else:
                self.handle_message(request)
        except Refused as refused:
            self.send_phrase(self.phrases.not_sent, reason_of(refused))
        except Exception:
            # One bad message must not take the connection, let alone the server, down.
            log.exception("%s: a message failed", self.row.name)

    def introduce(self, request: str) -> None:
        """The first message of a dialect whose clients send a nick. Others join at once, or are refused."""

    def handle_message(self, request: str) -> None:
        """A message of a user who is in the room."""
        self.say(request)

    def leave(self) -> None:
        """The user leaves, and the client has said so."""
        self.end("Saiu")
        self.close()

    def sweep(self, now_s: float) -> None:
        """As for any connection, and end one that has been silent for longer than anybody sits in a classroom."""
        super().sweep(now_s)
        idle_s = self.chat.config.limits.classroom_idle_s
        if self.user is not None and idle_s and now_s - self.received_at_s > idle_s and not self.ended:
            self.send_phrase(self.phrases.idle)
            self.end("Sem dar sinal", dropped=True)
            self.close()

    def end(self, reason: str, *, dropped: bool = False) -> None:
        """The user quits; does nothing the second time."""
        if self.quiet_timer is not None:
            self.quiet_timer.cancel()
            self.quiet_timer = None
        if self.user is not None and not self.ended:
            log.info("%s: %s left (%s)", self.row.name, self.user.nick, printable(reason))
        super().end(reason, dropped=dropped)

    # --- a nick, and the room

    def free_nick(self, wanted: str, refused: tuple[str, ...] = ()) -> str:
        """The nick, or if it is taken or was `refused` the next free one: `ana_2`, `ana_3` …"""
        limit = self.chat.config.limits.nick_length
        base = to_nick(wanted, limit, GUEST)
        nick, number = base, 1
        while nick in refused or self.is_taken(nick):
            number += 1
            ending = f"_{number}"
            nick = base[: limit - len(ending)] + ending
        return nick

    def is_taken(self, nick: str) -> bool:
        """Whether another user has the nick, or an account reserves it."""
        holder = self.chat.world.user(nick)
        if holder is not None and holder is not self.user:
            return True
        try:
            nicks.check_not_reserved(self.chat, nick)
        except Refused:
            return True
        return False

    def channel_renamed(self, event: ChannelRenamed, context: object) -> None:
        """The room is renamed; the client never hears its name."""
        del context
        if fold(self.room) == event.channel:
            self.room = event.new

    def join_as(self, wanted: str, refused: tuple[str, ...] = ()) -> None:
        """Register the user and join the room with the nearest free nick that was not `refused`: one may look alike."""
        self.wanted_nick = wanted
        if self.is_refused():
            return
        nick = self.free_nick(wanted, refused)
        uid = self.chat.ids.uid()

        def go_on(granted: bool) -> None:  # noqa: FBT001 -- the answer of the nick registry
            if granted:
                self._join(uid, nick)
            else:
                self.join_as(wanted, (*refused, nick))

        self.continue_with(nicks.claim(self.chat, nick, uid), go_on)

    def is_refused(self) -> bool:
        """Whether the user is banned, or needs an account or the server's password, which no dialect can give.

        If so, the client is told and disconnected.
        """
        who = f"{to_nick(self.wanted_nick, 32, GUEST)}!{self.row.name}"
        reason = operate.ban_reason(self.chat, who=who, address=self.link.address)
        if self.chat.config.accounts.required:
            reason = "este servidor é só para quem tem conta"
        elif self.chat.config.server.password and not self._is_open:
            reason = "este servidor tem senha, e este programa não tem como enviá-la; use a página ou um cliente de IRC"
        if reason:
            self.send_phrase(self.phrases.not_sent, reason)
            self.close()
        return bool(reason)

    def _join(self, uid: str, nick: str) -> None:
        with self.chat.journal.request(Request(self)):
            self._connect(uid, nick)

    def _connect(self, uid: str, nick: str) -> None:
        self.log_nick(nick)
        lifecycle.connect(
            self.chat,
            self,
            uid=uid,
            nick=nick,
            username=self.row.name,
            realname=self.wanted_nick or nick,
            dialect=self.row.name,
        )
        self.accept()
        try:
            membership.join(self.chat, self, self.room)
        except Refused as refused:
            self.send_phrase(self.phrases.not_sent, reason_of(refused))
            self.close()
            return
        self.greet()
        if self._replay:
            # From their own join on the user is sent what is said; the history is older, and goes before it.
            self.chat.journal.defer(_keep_back, self.link)
            self.run_async(self._replay_history(self.chat.ids.msgid(self.chat.now_ms())))

    def log_nick(self, nick: str) -> None:
        """Log who joins; some documents say in which words."""
        log.info("%s: %s joins", self.row.name, printable(nick))

    def accept(self) -> None:
        """Say that the nick is granted, if the dialect does; the user is not in the room yet."""

    def greet(self) -> None:
        """Send what the dialect says to a new user, if it says anything."""

    async def _replay_history(self, before: str) -> None:
        """Send the last lines of the room that were said before `before`, and then what was said since."""
        replay = b""
        try:
            await self.chat.journal.flush()
            if self.user is not None and not self.ended:
                replay = await self._history(self.user, before)
        finally:
            self.link.send_before(replay)

    async def _history(self, user: User, before: str) -> bytes:
        try:
            page = history.view(self.chat, user, self.room, self._replay, everything=False)
        except Refused:
            return b""  # kicked in the meantime
        page = msgspec.structs.replace(page, until=before)
        plain = plain_format(self.row)
        lines = [
            data.decode().rstrip("\n")
            for event in await self._latest(page)
            if (data := plain.encode(event)) is not None
        ]
        return self.format.bytes_of("\n".join(lines) + "\n") if lines else b""

    async def _latest(self, page: Page) -> list[AnyEvent]:
        """A page of history; nothing if it cannot be read: no dialect has a word for that."""
        try:
            return await history.latest(self.chat, page, None)
        except NotReadable:
            return []

    def rename_to(self, name: str) -> None:
        """Change the nick, if that is possible. Raises Refused."""
        self.wanted_nick = name
        nick = self.free_nick(name)
        user = self.user
        assert user is not None
        if nick == user.nick:
            return
        nicks.check_change(self.chat, user, nick)

        def go_on(granted: bool) -> None:  # noqa: FBT001 -- the answer of the nick registry
            if granted:
                with self.chat.journal.request(Request(self, RENAME)):
                    lifecycle.change_nick(self.chat, self, nick)

        self.continue_with(nicks.claim(self.chat, nick, user.uid), go_on)

    # --- out

    def say(self, text: str) -> None:
        """Say it in the room, in as many messages as it needs."""
        rest = self.in_turns(self._say_parts(without_formatting(text).strip()), MESSAGES_PER_TURN)
        if rest is not None:
            self.run_async(rest)

    def _say_parts(self, text: str) -> Iterator[None]:
        user = self.user
        assert user is not None
        room = self.chat.config.limits.line_bytes - len(f":{user.source} PRIVMSG {self.room} :\r\n".encode())
        while text:
            part = cut(text, room)
            if part != text and " " in part:
                part = part[: part.rindex(" ")] or part
            try:
                say(self.chat, self, self.room, part)
            except Refused as refused:
                self.send_phrase(self.phrases.not_sent, reason_of(refused))
                return
            text = text[len(part) :].strip()
            yield

    def send_phrase(self, phrase: str, text: str = "") -> None:
        """Send a phrase to this client alone."""
        nick = self.user.nick if self.user is not None else GUEST
        data = self.format.fill(phrase, nick, text)
        if data:
            self.reply(data)

    def echo(self, event: AnyEvent, context: object) -> Echo:  # noqa: ARG002 -- as in Session
        """Messages only if the dialect echoes them, everything else always."""
        return Echo.SHARED if self.row.echoes or type(event) is not MessageSent else Echo.NONE

    def refuse(self, event: AnyEvent, failed: NotStored, context: object) -> None:  # noqa: ARG002 -- as in Session
        """Tell the user that a message could not be stored, or that nobody knows whether it is."""
        if failed.unknown:
            data = self.format.fill(self.phrases.unknown, "")
        else:
            data = self.format.fill(self.phrases.not_sent, "", "o servidor não consegue guardá-la agora")
        if data:
            self.link.write(data)

    def shutdown_message(self, *, failed: bool) -> bytes:
        """A sentence if the disk has failed; the documents have none for a server that stops."""
        return (self.format.fill(self.phrases.disk_failed, "") or b"") if failed else b""

    def refuse_request(self, request: Request, failed: NotStored, *, told: bool) -> None:
        """Tell the user that they could not join; they have no place here then, and the connection ends.

        A name that was refused came with a message, which is refused as well and says so; it is tried again with the
        next one.
        """
        if self.user is None or self.ended:
            return
        if request.command == RENAME:
            self.wanted_nick = self.user.nick
            return
        channel = self.chat.world.channel(self.room)
        inside = channel is not None and self.user.uid in channel.members
        if failed.unknown:
            data = self.format.fill(self.phrases.unknown, "")
        else:
            data = self.format.fill(self.phrases.not_sent, "", reason_of(as_refused(failed)))
        if data and not told:
            self.link.write(data)
        if not inside:
            self.end("O servidor não consegue guardar nada agora")
            self.close()

    def kicked(self, event: Kicked) -> None:
        """The user is kicked from the only room there is."""
        data = self.format.fill(self.phrases.kicked, event.source, event.reason) or b""
        self.end(f"Removido por {event.source.partition('!')[0]}")
        self.link.close(data)


def _keep_back(link: Outlet) -> None:
    link.keep_back()


def reason_of(refused: Refused) -> str:
    """A refusal in few words, for users who know no modes."""
    return {
        "CANNOT_SEND": "você não pode falar nesta sala agora",
        "BANNED": "você foi banido desta sala",
        "INVITE_ONLY": "só entra quem foi convidado",
        "BAD_KEY": "a sala tem senha",
        "CHANNEL_FULL": "a sala está cheia",
        "NO_RENAME": "você não pode mudar de nome agora",
        "NOT_READABLE": "o servidor não consegue ler o que foi dito antes",
        "BUSY": "o servidor está ocupado; tente de novo",
        "NOT_STORED": "o servidor não consegue guardar nada agora; nada mudou",
    }.get(refused.code.name, "o servidor recusou")


def printable(text: str) -> str:
    """Text for the log: no control character reaches a terminal."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)


def split_name(message: str) -> tuple[str, str]:
    """(name, text) of `NAME: TEXT`; ("", message) if there is no name."""
    name, colon, text = message.partition(":")
    name = name.strip()
    if colon and name and len(name) <= 64 and (not text or text[0] == " ") and "\n" not in name:
        return name, text.strip()
    return "", message
