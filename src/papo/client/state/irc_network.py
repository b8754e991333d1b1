"""A server that speaks IRC."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from papo.client.address import Address
from papo.client.identity import Identity
from papo.client.session.registration import SECOND_FACTOR
from papo.client.session.session import ClientSession
from papo.client.state import events, history, send
from papo.client.state.buffer import Buffer
from papo.client.state.listener import Listener
from papo.client.state.message import now_ms
from papo.client.state.network import Network
from papo.client.state.outbox import Outbox, OutboxMessage
from papo.i18n import _
from papo.protocol.irc import Line
from papo.protocol.numerics import GROUPS

NICK_TAKEN = GROUPS["nick_taken"]


class IrcNetwork(Network):
    """It registers again after each reconnect, and joins again what was open."""

    def __init__(
        self,
        address: Address,
        identity: Identity,
        *,
        rooms: Iterable[str] = (),
        outbox: Outbox | None = None,
        listener: Listener | None = None,
    ) -> None:
        """`rooms` are opened when we are first online."""
        super().__init__(address, identity, outbox=outbox, listener=listener)
        self.rooms = list(rooms)
        self.joins_default_room = True
        """Without `rooms`: join the channel that the server names for newcomers (005 `papo/ROOM`)."""
        self._unanswered: list[str] = []
        """Channels that the last connection asked to join, and ended before the server answered."""
        self._asked: list[str] = []
        """Channels that this connection has asked to join."""
        self._keys: dict[str, str] = {}
        """Channel keys, by the name that was typed."""

    # --- what the connection tells

    def opened(self, write: Callable[[str], None]) -> None:
        """Start a new session and register."""
        self.identity.nick = self.wanted_nick
        self.session = ClientSession(self.identity, self, write, private=self.address.is_private)
        self.session.registration.run_apart = self.run_apart
        self.users.clear()
        self.away = self.operator = False
        self.keep_nick.connecting()
        self.status = "registering"
        self.error = ""
        self.session.begin()
        self.changed()

    def received(self, data: bytes) -> None:
        """Bytes of TCP arrived, cut anywhere."""
        self.session.receive(data)
        self.changed()

    def lost(self, why: str, retry_at_ms: int) -> None:
        """The connection ended or failed; it will not be made again if `retry_at_ms` is 0."""
        self._unanswered += [name for name in self._asked if self.fold(name) in self.joining]
        self._asked.clear()
        super().lost(why, retry_at_ms)

    # --- what the user does

    def transmit(self, buffer: Buffer, item: OutboxMessage) -> None:
        """Send a message of the outbox."""
        send.transmit(self, buffer, item)

    def join(self, name: str, key: str = "") -> None:
        """Join a channel and show it."""
        if key:
            self._keys[name] = key
        super().join(name, key)

    def retry_with_nick(self, nick: str) -> None:
        """Register with another nick after the server has refused ours."""
        self.wanted_nick = self.session.registration.nick = nick
        self.session.send("NICK", nick)

    def quit(self, reason: str = "") -> None:
        """Leave the server for good."""
        if self.status in {"online", "registering"}:
            self.session.send("QUIT", *([reason] if reason else []))
        self.disconnect()
        self.lost("", 0)

    # --- what the session tells

    def message(self, line: Line) -> None:
        """Let `events` handle a line; answers to questions go to those who asked."""
        events.handle(self, line)

    def online(self) -> None:
        """Join what was open or is to be opened, and ask for what was missed."""
        if self.status == "online":
            return
        self.status = "online"
        self.name = self.session.support.network
        first, self.was_online = not self.was_online, True
        self._refold()
        names = self._names_to_open(first=first)
        channels = [name for name in names if self.is_channel(name)]
        for buffer in self.buffers.values():
            if buffer.kind == "channel" and not buffer.history_requested:
                # The server sends JOIN for channels we are still in: if it kept us there, it has sent it already.
                buffer.joined = False
                buffer.members = {}
                buffer.people_revision += 1
        missing = [
            name for name in channels if not ((have := self.buffer(name)) and have.joined and have.history_requested)
        ]
        for name in missing:
            key = self._key(name)
            self.joining.add(self.fold(name))
            self._asked.append(name)
            self.session.send("JOIN", name, *([key] if key else []))
        if first and channels and not self.expected:
            self.expected = self.fold(channels[0])
        for name in names:
            if not self.is_channel(name):
                history.refill(self, self.open(name))
        if self.fold(self.nick) != self.fold(self.wanted_nick):
            self.keep_nick.start(now_ms())
        self.changed()

    def _names_to_open(self, *, first: bool) -> list[str]:
        """What is open or was not answered; first also `rooms`, and the targets of what waits in the outbox."""
        wanted = self.open_names() + self._unanswered
        self._unanswered = []
        if first:
            default = self.session.support.tokens.get("papo/ROOM", "") if self.joins_default_room else ""
            wanted += self.rooms or [default]
            wanted += [item.target for item in self.outbox.of(str(self.address))]
        return [name for name in dict.fromkeys(wanted) if name]

    def _key(self, name: str) -> str:
        """The key of a channel: as it was set since, or as it was typed."""
        have = self.buffer(name)
        typed = next((key for each, key in self._keys.items() if self.fold(each) == self.fold(name)), "")
        return have.modes.get("k", "").replace("*", "") or typed if have is not None else typed

    def _refold(self) -> None:
        """Fold all names as this server does, which is known only now."""
        folded = {self.fold(each.name): each for each in self.buffers.values()}
        for key, each in folded.items():
            if each.key in self.visible:
                self.visible.add(key)
            each.key = key
            each.notifications_off = each.notifications_off or key in self.notifications_off
        self.buffers = folded

    def refused(self, code: str, text: str) -> str:
        """After a reconnect another nick will do; the first time the user decides."""
        if self.status == "online" and code != SECOND_FACTOR:
            self.notify("error", text)
            return ""
        if code in NICK_TAKEN and self.was_online:
            return self.keep_nick.substitute(self.session.nick)
        if code == SECOND_FACTOR:  # nothing is wrong yet
            self.listener.refused(self, code, text)
            return ""
        self.error = text or _("The server refused the connection.")
        self.listener.refused(self, code, self.error)
        return ""
