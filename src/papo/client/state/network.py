"""One server and what we know of it: who we are, the conversations, the people. No socket, no screen.

A connection calls `opened`, `received` and `lost`; what lines mean stands in `events`, the past in `history`, what a
person does in `send`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from typing import Literal, TypeAlias

from papo.client.address import Address
from papo.client.identity import Identity
from papo.client.session.session import ClientSession
from papo.client.state import events, history, send
from papo.client.state.buffer import Buffer
from papo.client.state.listener import Listener, NullListener
from papo.client.state.message import info_line, mention_pattern, now_ms
from papo.client.state.outbox import Outbox, OutboxMessage
from papo.client.state.user_info import ListedChannel, UserInfo
from papo.i18n import _
from papo.protocol.irc import Line
from papo.protocol.text import without_formatting

Status: TypeAlias = Literal["connecting", "waiting", "registering", "online", "closed"]
SERVER = ""
"""Key of the buffer where the server itself speaks."""
TRY_NICK_MS = 1_500
MAX_TRY_MS = 60_000
MAX_TRIES = 3
"""Nicks with a line more at their end, before one with a number."""
MAX_PEOPLE = 20_000
TAKEN = frozenset({"433", "436", "437"})


class Network:
    """A server over IRC."""

    def __init__(
        self,
        address: Address,
        identity: Identity,
        *,
        rooms: Iterable[str] = (),
        outbox: Outbox | None = None,
        listener: Listener | None = None,
    ) -> None:
        self.address = address
        self.identity = identity
        self.rooms = list(rooms)
        """What to open when we come in."""
        self.finds_room = True
        """Where `rooms` names none: go where the server brings newcomers, if it says so (`papo/ROOM`)."""
        self.outbox = outbox if outbox is not None else Outbox()
        self.listener: Listener = listener if listener is not None else NullListener()
        self.wanted_nick = identity.nick
        self.status: Status = "connecting"
        self.error = ""
        """What went wrong with the last connection, for a identity."""
        self.retry_at_ms = 0
        self.name = ""
        """What the network calls itself."""
        self.away = False
        self.operator = False
        self.buffers: dict[str, Buffer] = {SERVER: Buffer("", SERVER, "server")}
        """By folded name."""
        self.users: dict[str, UserInfo] = {}
        """By folded nick."""
        self.channel_list: list[ListedChannel] | None = None
        """Rows of the list of channels, since somebody asked for it."""
        self.visible: set[str] = set()
        """Keys of buffers whose newest row somebody sees now; the program keeps it."""
        self.muted: set[str] = set()
        """Keys of buffers that call nobody."""
        self.disconnect: Callable[[], None] = lambda: None
        """Ends the connection; the connection puts itself here."""
        self.reconnect: Callable[[], None] = lambda: None
        """Makes it anew, now; the connection puts itself here."""
        self.session = ClientSession(identity, self, lambda _line: None, private=False)
        self.session.close()
        self.was_online = False
        self.expected = ""
        """Key of the channel to show as soon as we are in it."""
        self.joining: set[str] = set()
        """Keys of the channels that we have asked to be let into again, and have no answer."""
        self._keys: dict[str, str] = {}
        """By the name that the channel was asked for."""
        self._keywords: tuple[str, ...] = ()
        self._mention: tuple[str, re.Pattern[str]] = ("", mention_pattern(()))
        self._asks_again = ""
        """The nick that we ask for until it is free."""
        self._next_try_ms = 0
        self._try_ms = TRY_NICK_MS
        self._tries = 0
        self.in_flight: set[str] = set()
        """Nonces of what was sent over this connection and is not answered yet."""
        self.typed_at_ms: dict[str, int] = {}
        """When we last told a buffer that we write."""

    # --- what others ask

    @property
    def nick(self) -> str:
        """Ours."""
        return self.session.nick

    @property
    def account(self) -> str:
        """Ours; "" while we are a guest."""
        return self.session.account

    @property
    def is_online(self) -> bool:
        """Whether the server has let us in."""
        return self.status == "online"

    @property
    def is_closed(self) -> bool:
        """Whether nobody wants the connection any more."""
        return self.status == "closed"

    @property
    def title(self) -> str:
        """A name for people."""
        return self.name or self.address.host

    @property
    def server(self) -> Buffer:
        """Where the server itself speaks."""
        return self.buffers[SERVER]

    def has(self, capability: str) -> bool:
        """Whether the server gave us this."""
        return capability in self.session.caps

    def fold(self, name: str) -> str:
        """The same text for names that are the same here."""
        return self.session.support.fold(name)

    def is_me(self, nick: str) -> bool:
        """Whether this is our nick."""
        return self.session.is_me(nick)

    def is_channel(self, name: str) -> bool:
        """Whether this names a channel here."""
        return self.session.support.is_channel(name)

    def buffer(self, name: str) -> Buffer | None:
        """The conversation of this name, if it is open."""
        return self.buffers.get(self.fold(name))

    def conversations(self) -> list[Buffer]:
        """Channels, then people, each by name."""
        order = {"channel": 0, "person": 1}
        open_ = [each for each in self.buffers.values() if each.kind != "server"]
        return sorted(open_, key=lambda each: (order[each.kind], each.key))

    def find_user(self, nick: str) -> UserInfo | None:
        """What we know of somebody."""
        return self.users.get(self.fold(nick))

    def rank(self, buffer: Buffer) -> int:
        """Our own weight in a channel."""
        member = buffer.members.get(self.fold(self.nick))
        return self.session.support.rank(member.signs) if member else 0

    @property
    def keywords(self) -> tuple[str, ...]:
        """Words that count as a mention besides our nick."""
        return self._keywords

    @keywords.setter
    def keywords(self, words: Iterable[str]) -> None:
        self._keywords = tuple(words)
        self._mention = ("", mention_pattern(()))

    def is_mention(self, text: str) -> bool:
        """Whether a text mentions us."""
        nick, pattern = self._mention
        if nick != self.nick:
            pattern = mention_pattern([self.nick, *self._keywords])
            self._mention = (self.nick, pattern)
        return pattern.search(text if text.isprintable() else without_formatting(text)) is not None

    # --- conversations

    def open(self, name: str) -> Buffer:
        """The conversation of this name, opened where there is none."""
        key = self.fold(name)
        have = self.buffers.get(key)
        if have is None:
            have = self.buffers[key] = Buffer(name, key, "channel" if self.is_channel(name) else "person")
            have.muted = key in self.muted
            self.listener.buffers_changed(self)
            self.changed()
        return have

    def close(self, key: str) -> None:
        """Close a conversation."""
        if key != SERVER and self.buffers.pop(key, None) is not None:
            self.listener.buffers_changed(self)
            self.changed()

    def open_names(self) -> list[str]:
        """What another start should open again."""
        return [each.name for each in self.conversations()]

    def join(self, name: str, key: str = "") -> None:
        """Go into a channel and show it."""
        if key:
            self._keys[name] = key
        self.expected = self.fold(name)
        have = self.buffer(name)
        if have is not None and have.joined:
            self.listener.show(self, have)
        else:
            self.session.send("JOIN", name, *([key] if key else []))

    def transmit(self, buffer: Buffer, item: OutboxMessage) -> None:
        """Send one of the outbox."""
        send.transmit(self, buffer, item)

    def fill(self, buffer: Buffer) -> None:
        """Get what is missing of a conversation's past."""
        history.refill(self, buffer)

    def count(self, buffer: Buffer) -> None:
        """Count what is unread."""
        history.count(self, buffer)

    def user(self, nick: str) -> UserInfo:
        """What we know of somebody, to be added to."""
        key = self.fold(nick)
        have = self.users.get(key)
        if have is None:
            if len(self.users) >= MAX_PEOPLE:
                for each in list(self.users)[: MAX_PEOPLE // 2]:
                    del self.users[each]
            have = self.users[key] = UserInfo(nick)
        return have

    def changed(self) -> None:
        """Something that can be seen is different."""
        self.listener.changed()

    def notify(self, kind: Literal["info", "error"], text: str) -> None:
        """Say something that should not be missed."""
        self.server.append(info_line(kind, text), visible=False)
        self.listener.notice(self, kind, text)
        self.changed()

    # --- the connection

    def connecting(self) -> None:
        """A connection is being made."""
        self.status = "connecting"
        self.retry_at_ms = 0
        self.changed()

    def opened(self, write: Callable[[str], None]) -> None:
        """The connection stands. `write` takes a line without its end."""
        self.identity.nick = self.wanted_nick
        self.session = ClientSession(self.identity, self, write, private=self.address.is_private)
        self.users.clear()
        self.away = self.operator = False
        self._tries = 0
        self.status = "registering"
        self.error = ""
        self.session.begin()
        self.changed()

    def received(self, data: bytes) -> None:
        """Bytes of TCP, cut anywhere."""
        self.session.receive(data)
        self.changed()

    def received_line(self, text: str) -> None:
        """One line without its end, as WebSocket brings it."""
        self.session.receive_line(text)
        self.changed()

    def quiet(self) -> None:
        """Nothing more came for a moment: IRC says itself where a line ends."""

    def lost(self, why: str, retry_at_ms: int) -> None:
        """The connection ended, or there was none; `retry_at_ms` 0: nobody tries again."""
        self.session.close()
        self.in_flight.clear()
        self.joining.clear()
        self.status = "waiting" if retry_at_ms else "closed"
        self.error = why
        self.retry_at_ms = retry_at_ms
        for buffer in self.buffers.values():
            buffer.connection_lost()
        self.changed()

    def distrusted(self, fingerprint: str) -> None:
        """Nobody vouches for the server's certificate."""
        self.listener.refused(self, "certificate", fingerprint)

    def tick(self) -> None:
        """Called every second or so."""
        now = now_ms()
        if any(buffer.typing for buffer in self.buffers.values()):
            for buffer in self.buffers.values():
                gone = [key for key, (_nick, until) in buffer.typing.items() if until <= now]
                for key in gone:
                    buffer.set_typing(key, "", on=False)
            self.changed()
        if self._next_try_ms and now >= self._next_try_ms:
            self._next_try_ms = 0
            wants = self.wanted_nick == self._asks_again and self.fold(self.nick) != self.fold(self.wanted_nick)
            if self.status == "online" and wants:
                self.session.send("NICK", self.wanted_nick)
                self._want_nick()

    def _want_nick(self) -> None:
        """Somebody, most likely our own old connection, has the nick we came for: ask again until it is free."""
        self._asks_again = self.wanted_nick
        self._next_try_ms = now_ms() + self._try_ms
        self._try_ms = min(self._try_ms * 2, MAX_TRY_MS)

    # --- after a refusal

    def change_nick(self, nick: str) -> None:
        """Ask for another nick while we are in."""
        self.wanted_nick = nick
        self._asks_again = ""
        self.session.send("NICK", nick)

    def retry_with_nick(self, nick: str) -> None:
        """Come in by another nick, where the server has refused ours."""
        self.wanted_nick = self.session.nick = nick
        self.session.send("NICK", nick)

    def retry_with_password(self, account: str, password: str) -> None:
        """Sign in anew."""
        self.identity.account, self.identity.password = account, password
        self.session.sign_in(account, password)

    def continue_as_guest(self) -> None:
        """Come in without an account."""
        self.identity.account = self.identity.password = ""
        self.session.end_negotiation()

    def quit(self, reason: str = "") -> None:
        """Leave the server, for good."""
        if self.status in {"online", "registering"}:
            self.session.send("QUIT", *([reason] if reason else []))
        self.disconnect()
        self.lost("", 0)

    # --- what the session tells

    def message(self, line: Line) -> None:
        """A line arrived."""
        events.handle(self, line)

    def online(self) -> None:
        """We are in."""
        if self.status == "online":
            return
        self.status = "online"
        self.name = self.session.support.network
        first, self.was_online = not self.was_online, True
        self._refold()
        waiting = [each.target for each in self.outbox.of(str(self.address))] if first else []
        room = self.session.support.tokens.get("papo/ROOM", "")
        rooms = (self.rooms or ([room] if room and self.finds_room else [])) if first else []
        wanted = [each for each in dict.fromkeys([*self.open_names(), *rooms, *waiting]) if each]
        channels = [name for name in wanted if self.is_channel(name)]
        for buffer in self.buffers.values():
            if buffer.kind == "channel" and not buffer.filled:
                # JOIN comes again for those we are still in: where the server kept us, it has come already.
                buffer.joined = False
                buffer.members = {}
                buffer.people_revision += 1
        missing = [name for name in channels if not ((have := self.buffer(name)) and have.joined and have.filled)]
        for name in missing:
            key = self._key(name)
            self.joining.add(self.fold(name))
            self.session.send("JOIN", name, *([key] if key else []))
        if first and channels and not self.expected:
            self.expected = self.fold(channels[0])
        for name in wanted:
            if not self.is_channel(name):
                history.refill(self, self.open(name))
        if self.fold(self.nick) != self.fold(self.wanted_nick):
            self._try_ms = TRY_NICK_MS
            self._want_nick()
        self.changed()

    def _key(self, name: str) -> str:
        """What lets us into a channel: as it was given, or as it was set since."""
        have = self.buffer(name)
        given = next((key for each, key in self._keys.items() if self.fold(each) == self.fold(name)), "")
        return have.modes.get("k", "").replace("*", "") or given if have is not None else given

    def nick_refused(self, nick: str) -> bool:
        """The server would not give us a nick while we are in; whether we had only asked for ours again."""
        if self.status != "online" or self.fold(nick) != self.fold(self.wanted_nick):
            return False
        if self._asks_again == self.wanted_nick:
            return True
        self.wanted_nick = self.nick  # it was a wish: the next connection begins with the one we have
        return False

    def _refold(self) -> None:
        """Names are folded as this server does it, which we did not know before it said so."""
        folded = {self.fold(each.name): each for each in self.buffers.values()}
        for key, each in folded.items():
            if each.key in self.visible:
                self.visible.add(key)
            each.key = key
            each.muted = each.muted or key in self.muted
        self.buffers = folded

    def refused(self, code: str, text: str) -> str:
        """Coming in failed. At a return another nick will do; at the first time the person decides."""
        if self.status == "online":
            self.notify("error", text)
            return ""
        if code in TAKEN and self.was_online:
            self._tries += 1
            if self._tries <= MAX_TRIES:
                return f"{self.session.nick}_"
            # Long nicks are cut, and then they are the same again.
            return f"{self.wanted_nick[:5]}{random.randrange(1000, 10_000)}"  # noqa: S311 - no secret
        self.error = text or _("The server refused us.")
        self.listener.refused(self, code, self.error)
        return ""
