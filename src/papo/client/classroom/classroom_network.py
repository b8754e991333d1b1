"""A server of a classroom dialect, seen as a network with one room. What is on the wire is in `codec`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import monotonic

from papo.client.address import Address
from papo.client.classroom import codec
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
from papo.protocol.text import to_ascii

LONGEST = 65_536
"""Characters of one message, however many pieces it comes in."""
ROOM = "#"
"""Key of the only conversation; its name is the dialect's."""
MAX_EARLY = 65_536


class ClassroomNetwork(Network):
    """A classroom server. It keeps nothing, so neither do we: no history, no reactions, no coming back."""

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
        self.talk = codec.conversation(address.scheme, identity.nick)
        self._write: Callable[[str], None] = lambda _text: None
        self._needs_nick = False
        """The dialect cannot carry our nick: the person is asked for another, and nothing was sent yet."""
        self._early = b""
        """What the server sent meanwhile."""
        self._echoes: list[str] = []
        """What we said and has not come back, where the dialect sends it back; in ASCII, as some of them do."""

    @property
    def nick(self) -> str:
        """Ours."""
        return self.talk.nick

    def fold(self, name: str) -> str:
        """Names are what they are, and the room has one key."""
        return ROOM if name in {ROOM, self.address.scheme} else name

    def is_me(self, nick: str) -> bool:
        """Whether this is our nick."""
        return nick == self.talk.nick

    def opened(self, write: Callable[[str], None]) -> None:
        """The connection stands."""
        self._write = write
        self.status = "registering"
        self.error = ""
        self._early = b""
        where = f"{self.address.host}:{self.address.port}"
        add(self, self.room, info_line("info", _("Connected to {where}.").format(where=where)))
        self._begin()

    def _begin(self) -> None:
        """Introduce ourselves, by a nick that the dialect can carry."""
        problem = codec.nick_problem(self.address.scheme, self.wanted_nick)
        self._needs_nick = bool(problem)
        if problem:
            self.listener.refused(self, "432", problem)
            return
        self.talk = codec.conversation(self.address.scheme, self.wanted_nick)
        early, self._early = self._early, b""
        self._take(self.talk.opened())
        if early:
            self.received(early)

    def received(self, data: bytes) -> None:
        """Bytes came."""
        if self._needs_nick:
            self._early = (self._early + data)[:MAX_EARLY]
            return
        self._take(self.talk.receive(data, monotonic()))

    def idle(self) -> None:
        """Nothing more came for a moment: what might have been the beginning of something was all of it."""
        if self.talk.holds:
            self._take(self.talk.receive(b"", monotonic()))

    def lost(self, why: str, retry_at_ms: int) -> None:
        """It ended."""
        was_in = self.status in {"online", "registering"}
        if was_in:
            self._take(self.talk.closed())
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
        """Leave the server, as its dialect has it."""
        _unused = reason
        self.talk.leave()
        self._flush()
        self.disconnect()
        super().lost("", 0)

    def retry_with_nick(self, nick: str) -> None:
        """Try another nick, where the server has said that ours is taken, or the dialect cannot carry it."""
        self.wanted_nick = nick
        problem = codec.nick_problem(self.address.scheme, nick)
        if self._needs_nick:
            self._begin()
        elif problem:
            self.listener.refused(self, "432", problem)
        else:
            self.talk.rename(nick)
            self._flush()

    def transmit(self, buffer: Buffer, item: OutboxMessage) -> None:
        """Send what was said. There is no answer to wait for but, in some dialects, the echo."""
        for line in item.text.removeprefix("\x01ACTION ").rstrip("\x01").split("\n"):
            if line:
                self.talk.say(line)
                if self.talk.echoes:
                    self._echoes.append(to_ascii(line))
        self._flush()
        confirm(self, buffer, item)

    def fill(self, buffer: Buffer) -> None:
        """There is no past."""

    def _flush(self) -> None:
        outgoing, self.talk.out = list(self.talk.out), []
        for data in outgoing:
            self._write(data.decode("utf-8", "surrogateescape"))

    def _take(self, happenings: Iterable[codec.ClassroomEvent]) -> None:
        for each in happenings:
            match each:
                case codec.Message():
                    self._said(each)
                case codec.Joined(nick):
                    self._came(without_controls(nick))
                case codec.Left(nick):
                    self.room.set_member(without_controls(nick), None)
                    self._happened("quit", without_controls(nick))
                case codec.Told(text):
                    add(self, self.room, info_line("info", without_unseen(text)))
                case codec.NickTaken(nick):
                    text = _("{nick} is taken; choose another nick.").format(nick=nick)
                    self.listener.refused(self, "433", text)
                case codec.Ready():
                    self.status = "online"
                    self.was_online = True
                    self._came(self.talk.nick, quietly=True)
                    self.listener.show(self, self.room)
        self._flush()
        self.changed()

    def _came(self, nick: str, *, quietly: bool = False) -> None:
        self.room.set_member(nick, Member(nick))
        if not quietly:
            self._happened("join", nick)

    def _said(self, said: codec.Message) -> None:
        nick, text = without_controls(said.nick), without_unseen(said.text)
        previous = self.room.lines[-1] if self.room.lines else None
        continues = said.continues and previous is not None and previous.nick == nick and previous.is_message
        if continues and previous is not None and len(previous.text) < LONGEST:
            previous.text += text
            self.room.changed(previous)
            return
        mine = self.is_me(nick)
        if mine and self.talk.echoes and self._is_echo(said):
            return
        if nick and nick not in self.room.members and len(self.room.members) < MAX_USERS:
            self._came(nick, quietly=True)
        fresh = BufferLine(nick=nick, text=text, at_ms=now_ms(), mine=mine)
        add(self, self.room, mark_mention(self, self.room, fresh))

    def _is_echo(self, said: codec.Message) -> bool:
        """Whether these are our own words that come back, or the beginning of them: long ones are sent in parts."""
        text = to_ascii(said.text)
        for at, expected in enumerate(self._echoes):
            if text and expected.startswith(text):
                rest = expected[len(text) :].lstrip()
                del self._echoes[: at + 1]
                if rest:
                    self._echoes.insert(0, rest)
                return True
        return False

    def _happened(self, kind: Kind, nick: str) -> None:
        add(self, self.room, BufferLine(kind=kind, nick=nick, at_ms=now_ms()))
