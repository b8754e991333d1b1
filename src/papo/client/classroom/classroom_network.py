"""A server of a classroom dialect, seen as a network with one room. The bytes are in `conversation`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import monotonic

from papo.client.address import Address
from papo.client.classroom.classroom_events import ClassroomEvent, Joined, Left, Message, NickTaken, Ready, ServerText
from papo.client.classroom.conversation import nick_problem, start_conversation
from papo.client.identity import Identity
from papo.client.session.line_parts import without_controls, without_unseen
from papo.client.state.buffer import Buffer, Member
from papo.client.state.buffer_lines import add, mark_mention
from papo.client.state.listener import Listener
from papo.client.state.message import BufferLine, Kind, info_line, now_ms
from papo.client.state.network import MAX_USERS, Network
from papo.client.state.outbox import Outbox, OutboxMessage
from papo.client.state.send import confirm
from papo.i18n import _
from papo.protocol import numerics as n
from papo.protocol.text import to_ascii

MAX_TEXT = 65_536
"""Characters of one message, in however many pieces it arrives."""
ROOM = "#"
"""Key of the only buffer; its name is the dialect's."""
MAX_EARLY = 65_536
"""Bytes kept from before we have a nick that the dialect can encode."""


class ClassroomNetwork(Network):
    """A classroom server. It stores nothing: there is no history, no reaction, no reconnecting."""

    def __init__(
        self,
        address: Address,
        identity: Identity,
        *,
        rooms: Iterable[str] = (),
        outbox: Outbox | None = None,
        listener: Listener | None = None,
    ) -> None:
        super().__init__(address, identity, outbox=Outbox(), listener=listener)
        _unused = rooms, outbox
        self.room = self.buffers[ROOM] = Buffer(address.scheme, ROOM, "channel")
        self.room.has_older = False
        self.room.joined = True
        self.name = f"{address.scheme} {address.host}:{address.port}"
        self.conversation = start_conversation(address.scheme, identity.nick)
        self._write: Callable[[str], None] = lambda _text: None
        self._needs_nick = False
        """True if the dialect cannot encode our nick: the user is asked for another, and nothing has been sent."""
        self._early = b""
        """What the server has sent meanwhile."""
        self._echoes: list[str] = []
        """Our messages that the server has not echoed yet, if the dialect echoes; in ASCII, as some of them send it."""

    @property
    def nick(self) -> str:
        """Our nick."""
        return self.conversation.nick

    def fold(self, name: str) -> str:
        """Nicks are case-sensitive, and the room has one key."""
        return ROOM if name in {ROOM, self.address.scheme} else name

    def is_me(self, nick: str) -> bool:
        """Whether this is our nick."""
        return nick == self.conversation.nick

    def opened(self, write: Callable[[str], None]) -> None:
        """The connection is open."""
        self._write = write
        self.status = "registering"
        self.error = ""
        self._early = b""
        where = f"{self.address.host}:{self.address.port}"
        add(self, self.room, info_line("info", _("Connected to {where}.").format(where=where)))
        self._begin()

    def _begin(self) -> None:
        """Introduce ourselves, if the dialect can encode our nick."""
        problem = nick_problem(self.address.scheme, self.wanted_nick)
        self._needs_nick = bool(problem)
        if problem:
            self.listener.refused(self, n.ERR_ERRONEUSNICKNAME, problem)
            return
        self.conversation = start_conversation(self.address.scheme, self.wanted_nick)
        early, self._early = self._early, b""
        self._apply(self.conversation.opened())
        if early:
            self.received(early)

    def received(self, data: bytes) -> None:
        """Bytes have arrived."""
        if self._needs_nick:
            self._early = (self._early + data)[:MAX_EARLY]
            return
        self._apply(self.conversation.receive(data, monotonic()))

    def idle(self) -> None:
        """Nothing more has arrived for a moment: what was held back is complete."""
        if self.conversation.is_holding:
            self._apply(self.conversation.receive(b"", monotonic()))

    def lost(self, why: str, retry_at_ms: int) -> None:
        """The connection has ended."""
        was_in = self.status in {"online", "registering"}
        if was_in:
            self._apply(self.conversation.closed())
        super().lost(why, retry_at_ms)
        add(
            self,
            self.room,
            info_line(
                "info" if was_in else "error", _("Conexão encerrada. (The connection ended.)") if was_in else why
            ),
        )
        self.room.members.clear()
        self.changed()

    def quit(self, reason: str = "") -> None:
        """Leave the server in the way of its dialect."""
        _unused = reason
        self.conversation.leave()
        self._flush()
        self.disconnect()
        super().lost("", 0)

    def retry_with_nick(self, nick: str) -> None:
        """Try another nick after ours was taken, or could not be encoded."""
        self.wanted_nick = nick
        problem = nick_problem(self.address.scheme, nick)
        if self._needs_nick:
            self._begin()
        elif problem:
            self.listener.refused(self, n.ERR_ERRONEUSNICKNAME, problem)
        else:
            self.conversation.rename(nick)
            self._flush()

    def transmit(self, buffer: Buffer, item: OutboxMessage) -> None:
        """Send a message. There is no answer, but some dialects echo it."""
        for line in item.text.removeprefix("\x01ACTION ").rstrip("\x01").split("\n"):
            if line:
                self.conversation.say(line)
                if self.conversation.row.echoes:
                    self._echoes.append(to_ascii(line))
        self._flush()
        confirm(self, buffer, item)

    def fill(self, buffer: Buffer) -> None:
        """There is no history."""

    def _flush(self) -> None:
        outgoing, self.conversation.out = list(self.conversation.out), []
        for data in outgoing:
            self._write(data.decode("utf-8", "surrogateescape"))

    def _apply(self, events: Iterable[ClassroomEvent]) -> None:
        for each in events:
            match each:
                case Message():
                    self._add_message(each)
                case Joined(nick):
                    self._add_member(without_controls(nick))
                case Left(nick):
                    self.room.set_member(without_controls(nick), None)
                    self._add_event("quit", without_controls(nick))
                case ServerText(text):
                    add(self, self.room, info_line("info", without_unseen(text)))
                case NickTaken(nick):
                    text = _("{nick} is taken; choose another nick.").format(nick=nick)
                    self.listener.refused(self, n.ERR_NICKNAMEINUSE, text)
                case Ready():
                    self.status = "online"
                    self.was_online = True
                    self._add_member(self.conversation.nick, quietly=True)
                    self.listener.show(self, self.room)
        self._flush()
        self.changed()

    def _add_member(self, nick: str, *, quietly: bool = False) -> None:
        self.room.set_member(nick, Member(nick))
        if not quietly:
            self._add_event("join", nick)

    def _add_message(self, message: Message) -> None:
        nick, text = without_controls(message.nick), without_unseen(message.text)
        previous = self.room.lines[-1] if self.room.lines else None
        continues = message.continues and previous is not None and previous.nick == nick and previous.is_message
        if continues and previous is not None and len(previous.text) < MAX_TEXT:
            previous.text += text
            self.room.changed(previous)
            return
        mine = self.is_me(nick)
        if mine and self.conversation.row.echoes and self._is_echo(message):
            return
        if nick and nick not in self.room.members and len(self.room.members) < MAX_USERS:
            self._add_member(nick, quietly=True)
        fresh = BufferLine(nick=nick, text=text, at_ms=now_ms(), mine=mine)
        add(self, self.room, mark_mention(self, self.room, fresh))

    def _is_echo(self, message: Message) -> bool:
        """Whether the message is our own, or its beginning: long ones are sent in parts."""
        text = to_ascii(message.text)
        for at, expected in enumerate(self._echoes):
            if text and expected.startswith(text):
                rest = expected[len(text) :].lstrip()
                del self._echoes[: at + 1]
                if rest:
                    self._echoes.insert(0, rest)
                return True
        return False

    def _add_event(self, kind: Kind, nick: str) -> None:
        add(self, self.room, BufferLine(kind=kind, nick=nick, at_ms=now_ms()))
