"""One server as the user sees it: conversations, users, what the server can do. No socket, no screen.

What lines mean is in `events` and `membership`, history pages in `history`, what the user does in `send`; all of
them work on a `Network`. `IrcNetwork` and `ClassroomNetwork` are the two kinds.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Literal, TypeAlias

from papo.client.address import Address
from papo.client.identity import Identity
from papo.client.session.listener import NullSessionListener
from papo.client.session.registration import RunApart, run_at_once
from papo.client.session.session import ClientSession
from papo.client.state.buffer import Buffer
from papo.client.state.keep_nick import KeepNick
from papo.client.state.listener import Listener, NullListener
from papo.client.state.message import info_line, mention_pattern, now_ms
from papo.client.state.outbox import Outbox, OutboxMessage
from papo.client.state.user_info import ListedChannel, UserInfo
from papo.protocol.text import without_formatting

Status: TypeAlias = Literal["connecting", "waiting", "registering", "online", "closed"]
SERVER = ""
"""Key of the server's own buffer."""
MAX_USERS = 20_000


class Network(ABC):
    """A server. `ServerConnection` calls `opened`, `received` or `received_line`, and `lost`."""

    def __init__(
        self,
        address: Address,
        identity: Identity,
        *,
        outbox: Outbox | None = None,
        listener: Listener | None = None,
    ) -> None:
        self.address = address
        self.identity = identity
        self.outbox = outbox if outbox is not None else Outbox()
        self.listener: Listener = listener if listener is not None else NullListener()
        self.status: Status = "connecting"
        self.error = ""
        """Why the last connection failed, for the user."""
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
        """Answers to LIST so far; None if it was not asked for."""
        self.visible: set[str] = set()
        """Keys of the buffers whose newest line is on the screen; the program keeps it."""
        self.notifications_off: set[str] = set()
        """Keys of the buffers that highlight nothing."""
        self.disconnect: Callable[[], None] = lambda: None
        """Ends the connection; set by it."""
        self.reconnect: Callable[[], None] = lambda: None
        """Connects again at once; set by the connection."""
        self.run_apart: RunApart = run_at_once
        """Runs what takes long; set by the connection."""
        self.session = ClientSession(identity, NullSessionListener(), lambda _line: None, private=False)
        self.session.close()
        self.keep_nick = KeepNick(identity.nick)
        self.was_online = False
        self.expected = ""
        """Key of the channel to show as soon as we have joined it."""
        self.joining: set[str] = set()
        """Keys of the channels that we are joining again after a reconnect."""
        self.in_flight: set[str] = set()
        """Nonces of messages that this connection has sent and the server has not answered."""
        self.sent_again: set[str] = set()
        """Nonces of messages that an earlier connection has sent, and this one too."""
        self._keywords: tuple[str, ...] = ()
        self._mention: tuple[str, re.Pattern[str]] = ("", mention_pattern(()))

    # --- what the kinds of servers do differently

    @abstractmethod
    def opened(self, write: Callable[[str], None]) -> None:
        """The connection is open. `write` takes a line without its end."""

    @abstractmethod
    def received(self, data: bytes) -> None:
        """Bytes of TCP arrived, cut anywhere."""

    @abstractmethod
    def transmit(self, buffer: Buffer, item: OutboxMessage) -> None:
        """Send a message of the outbox."""

    @abstractmethod
    def retry_with_nick(self, nick: str) -> None:
        """Register with another nick after the server has refused ours."""

    @abstractmethod
    def quit(self, reason: str = "") -> None:
        """Leave the server for good."""

    # --- questions

    @property
    def nick(self) -> str:
        """Our nick; before registration, the one that we ask for."""
        return self.session.nick

    @property
    def wanted_nick(self) -> str:
        """The nick that we register with, and ask for again if somebody else has it."""
        return self.keep_nick.wanted

    @wanted_nick.setter
    def wanted_nick(self, nick: str) -> None:
        self.keep_nick.wanted = nick

    @property
    def account(self) -> str:
        """The account that we are logged in to; "" for a guest."""
        return self.session.account

    @property
    def is_online(self) -> bool:
        """Whether registration is complete."""
        return self.status == "online"

    @property
    def is_closed(self) -> bool:
        """Whether the user has left the server."""
        return self.status == "closed"

    @property
    def title(self) -> str:
        """A name to show."""
        return self.name or self.address.host

    @property
    def server(self) -> Buffer:
        """The server's own buffer."""
        return self.buffers[SERVER]

    def has(self, capability: str) -> bool:
        """Whether this capability is enabled."""
        return capability in self.session.caps

    def fold(self, name: str) -> str:
        """The same text for names that are equal on this server."""
        return self.session.support.fold(name)

    def is_me(self, nick: str) -> bool:
        """Whether this is our nick."""
        return self.session.is_me(nick)

    def is_channel(self, name: str) -> bool:
        """Whether a channel can have this name."""
        return self.session.support.is_channel(name)

    def buffer(self, name: str) -> Buffer | None:
        """The open buffer of this name."""
        return self.buffers.get(self.fold(name))

    def conversations(self) -> list[Buffer]:
        """Channels, then private conversations, each by name."""
        order = {"channel": 0, "query": 1}
        open_ = [each for each in self.buffers.values() if each.kind != "server"]
        return sorted(open_, key=lambda each: (order[each.kind], each.key))

    def open_names(self) -> list[str]:
        """Names of the conversations, to be opened again at the next start."""
        return [each.name for each in self.conversations()]

    def find_user(self, nick: str) -> UserInfo | None:
        """What is known of a user, if anything."""
        return self.users.get(self.fold(nick))

    def rank(self, buffer: Buffer) -> int:
        """Our own rank in a channel, as `Support.rank` has it."""
        member = buffer.members.get(self.fold(self.nick))
        return self.session.support.rank(member.prefixes) if member else 0

    @property
    def keywords(self) -> tuple[str, ...]:
        """Words that count as a mention besides our nick."""
        return self._keywords

    @keywords.setter
    def keywords(self, words: Iterable[str]) -> None:
        self._keywords = tuple(words)
        self._mention = ("", mention_pattern(()))

    def is_mention(self, text: str) -> bool:
        """Whether a text has our nick or a keyword as a word."""
        nick, pattern = self._mention
        if nick != self.nick:
            pattern = mention_pattern([self.nick, *self._keywords])
            self._mention = (self.nick, pattern)
        return pattern.search(text if text.isprintable() else without_formatting(text)) is not None

    # --- changes

    def open(self, name: str) -> Buffer:
        """The buffer of this name, opened if it is not."""
        key = self.fold(name)
        have = self.buffers.get(key)
        if have is None:
            have = self.buffers[key] = Buffer(name, key, "channel" if self.is_channel(name) else "query")
            have.notifications_off = key in self.notifications_off
            self.listener.buffers_changed(self)
            self.changed()
        return have

    def close(self, key: str) -> None:
        """Close a buffer; the server's own stays."""
        if key != SERVER and self.buffers.pop(key, None) is not None:
            self.listener.buffers_changed(self)
            self.changed()

    def toggle_notifications(self, buffer: Buffer) -> None:
        """Turn a buffer's notifications off, or on again."""
        buffer.notifications_off = not buffer.notifications_off
        (self.notifications_off.add if buffer.notifications_off else self.notifications_off.discard)(buffer.key)
        self.listener.buffers_changed(self)
        self.changed()

    def user(self, nick: str) -> UserInfo:
        """What is known of a user, to be completed."""
        key = self.fold(nick)
        have = self.users.get(key)
        if have is None:
            if len(self.users) >= MAX_USERS:
                for each in list(self.users)[: MAX_USERS // 2]:
                    del self.users[each]
            have = self.users[key] = UserInfo(nick)
        return have

    def join(self, name: str, key: str = "") -> None:
        """Join a channel and show it."""
        self.expected = self.fold(name)
        have = self.buffer(name)
        if have is not None and have.joined:
            self.listener.show(self, have)
        else:
            self.session.send("JOIN", name, *([key] if key else []))

    def change_nick(self, nick: str) -> None:
        """Ask for another nick while online."""
        self.keep_nick.choose(nick)
        self.session.send("NICK", nick)

    def give_code(self, code: str) -> None:
        """Log in with a code of the second factor, which the server has asked for."""
        self.session.registration.give_code(code)

    def log_in(self, account: str, password: str) -> None:
        """Log in to an account, before registration is complete or after it."""
        self.session.registration.log_in(account, password)

    def continue_as_guest(self) -> None:
        """Register without an account."""
        self.identity.account = self.identity.password = ""
        self.session.registration.end_negotiation()

    def changed(self) -> None:
        """Something visible is different."""
        self.listener.changed()

    def notify(self, kind: Literal["info", "error"], text: str) -> None:
        """Tell the user something, whatever is on the screen."""
        self.server.append(info_line(kind, text), visible=False)
        self.listener.notice(self, kind, text)
        self.changed()

    # --- what the connection tells

    def connecting(self) -> None:
        """A connection is being made."""
        self.status = "connecting"
        self.retry_at_ms = 0
        self.changed()

    def received_line(self, text: str) -> None:
        """One line without its end arrived, over WebSocket."""
        self.session.receive_line(text)
        self.changed()

    def idle(self) -> None:  # noqa: B027 - only a classroom dialect, whose messages have no end, needs it
        """Nothing more arrived for a moment."""

    def lost(self, why: str, retry_at_ms: int) -> None:
        """The connection ended or failed; it will not be made again if `retry_at_ms` is 0."""
        self.session.close()
        self.in_flight.clear()
        self.sent_again.clear()
        self.joining.clear()
        self.status = "waiting" if retry_at_ms else "closed"
        self.error = why
        self.retry_at_ms = retry_at_ms
        for buffer in self.buffers.values():
            buffer.connection_lost()
        self.changed()

    def distrusted(self, fingerprint: str) -> None:
        """The server's certificate is not signed by a trusted authority."""
        self.listener.refused(self, "certificate", fingerprint)

    def tick(self) -> None:
        """The program calls this about once a second."""
        now = now_ms()
        if any(buffer.typing for buffer in self.buffers.values()):
            for buffer in self.buffers.values():
                over = [key for key, (_nick, until_ms) in buffer.typing.items() if until_ms <= now]
                for key in over:
                    buffer.set_typing(key, "", on=False)
            self.changed()
        if (
            self.keep_nick.is_due(now)
            and self.status == "online"
            and self.fold(self.nick) != self.fold(self.wanted_nick)
        ):
            self.session.send("NICK", self.wanted_nick)
            self.keep_nick.ask_again(now)
