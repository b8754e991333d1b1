"""The servers somebody is at, and what is remembered of them. Knows no widget."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal

from papo.client import saved_passwords, settings
from papo.client.address import Address, read_address
from papo.client.certificates import Certificates
from papo.client.classroom.classroom_network import ClassroomNetwork
from papo.client.connection import ServerConnection
from papo.client.identity import Identity
from papo.client.networks import new_network
from papo.client.settings import Settings
from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine
from papo.client.state.network import SERVER, Network
from papo.client.state.outbox import Outbox
from papo.desktop.worker import Worker
from papo.i18n import _

DRAW_MS = 30
TICK_MS = 1_000
CERTIFICATES = "certificates.json"
OUTBOX = "outbox"


class Networks(QObject):
    """All networks of a window. Is the `Listener` of each of them."""

    drawn = Signal()
    """Something to be seen is different; comes at most every DRAW_MS."""
    was_told = Signal(object, str, str)
    was_called = Signal(object, object, object)
    was_heard = Signal(object, object, object)
    was_shown = Signal(object, object)
    was_refused = Signal(object, str, str)
    networks_changed = Signal()
    ticked = Signal()

    def __init__(self, folder: Path, worker: Worker | None) -> None:
        """`worker`: None for tests, where nothing connects by itself."""
        super().__init__()
        self.folder = folder
        self.settings: Settings = settings.read(folder)
        self.certificates = Certificates(folder / CERTIFICATES)
        self.outbox = Outbox(folder / OUTBOX)
        self.networks: list[Network] = []
        self.worker = worker
        self._connections: dict[int, ServerConnection] = {}
        self._draw = QTimer(self)
        self._draw.setSingleShot(True)
        self._draw.setInterval(DRAW_MS)
        self._draw.timeout.connect(self.drawn)
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self.tick)
        self._tick.start()

    # --- what networks tell (papo.client.state.network.Watcher)

    def changed(self) -> None:
        """Draw soon."""
        if not self._draw.isActive():
            self._draw.start()

    def notice(self, network: Network, kind: Literal["info", "error"], text: str) -> None:
        """Something not to be missed."""
        self.was_told.emit(network, kind, text)

    def highlight(self, network: Network, buffer: Buffer, entry: BufferLine) -> None:
        """Somebody wants us."""
        self.was_called.emit(network, buffer, entry)

    def message(self, network: Network, buffer: Buffer, entry: BufferLine) -> None:
        """Somebody said something."""
        self.was_heard.emit(network, buffer, entry)

    def show(self, network: Network, buffer: Buffer) -> None:
        """This conversation was asked for."""
        self.was_shown.emit(network, buffer)

    def refused(self, network: Network, code: str, text: str) -> None:
        """Only a person can help."""
        self.was_refused.emit(network, code, text)

    def buffers_changed(self, network: Network) -> None:
        """Remember what is open."""
        self.keep(network)
        self.changed()

    # --- what a person does

    def find(self, address: Address) -> Network | None:
        """The network of an address, if we are at it."""
        return next((each for each in self.networks if str(each.address) == str(address)), None)

    def nick_for(self, address: Address) -> str:
        """Who we most likely want to be there."""
        kept = next((each for each in self.settings.servers if each.url == str(address)), None)
        return address.nick or (kept.nick if kept is not None else "") or self.settings.nick or settings.default_nick()

    def nick_for_any(self) -> str:
        """Who we most likely want to be, wherever."""
        return self.settings.nick or settings.default_nick()

    def go(
        self, url: str, *, nick: str = "", rooms: list[str] | None = None, account: str = "", password: str = ""
    ) -> Network:
        """Connect to a server, or give the one that is there already. Raises NotAnAddressError."""
        address = read_address(url)
        have = self.find(address)
        named = [each if each[0] in "#&+!" else f"#{each}" for each in rooms or []]
        wanted = [*([address.room] if address.room else []), *named]
        if have is not None and not have.is_closed:
            for room in wanted:
                have.join(room)
            return have
        if have is not None:
            self.networks.remove(have)
        kept = self.settings.server(str(address))
        kept.connects = True
        nick = nick or self.nick_for(address) or _("guest")
        if account:
            kept.account = account
        person = Identity(nick, account=account or kept.account, password=password)
        opens = list(dict.fromkeys([*wanted, *kept.rooms]))
        made = new_network(address, person, rooms=opens, outbox=self.outbox, listener=self)
        made.muted = set(kept.muted)
        made.keywords = tuple(self.settings.keywords)
        self.networks.append(made)
        self.keep(made)
        self.networks_changed.emit()
        self._sign_in_and_connect(made)
        return made

    def _sign_in_and_connect(self, network: Network) -> None:
        """The password may be in the system's keyring, which takes as long as its user does."""
        person = network.identity
        if self.worker is None:
            return
        if not person.account or person.password:
            self._connect(network)
            return

        def take(password: str) -> None:
            person.password = password
            if not password:
                person.account = ""
            self._connect(network)

        self.worker.run(asyncio.to_thread(saved_passwords.recall, str(network.address), person.account), take)

    def _connect(self, network: Network) -> None:
        if self.worker is None or network not in self.networks:
            return
        connection = ServerConnection(network, certificates=self.certificates, post=self.worker.post)
        worker = self.worker
        # Through the loop: whoever leaves at once must find it begun.
        network.disconnect = lambda: worker.call(connection.close)
        self._connections[id(network)] = connection
        worker.call(connection.start)

    def again(self, network: Network) -> None:
        """Try to connect now."""
        connection = self._connections.get(id(network))
        if network.status == "waiting" and connection is not None:
            connection.reconnect()
        elif network.status == "closed":
            network.connecting()
            self._connect(network)

    def leave(self, network: Network, reason: str = "") -> None:
        """Leave a server for good: another start does not go there."""
        self.settings.server(str(network.address)).connects = False
        network.quit(reason)
        if network in self.networks:
            self.networks.remove(network)
        self._connections.pop(id(network), None)
        self.write()
        self.networks_changed.emit()
        self.changed()

    def rename(self, network: Network, nick: str) -> None:
        """Another nick: where ours was refused, or later."""
        if network.status == "registering":
            network.retry_with_nick(nick)
        else:
            network.wanted_nick = nick
        if network.status == "online" and not isinstance(network, ClassroomNetwork):
            network.session.send("NICK", nick)
        self.keep(network)

    def remember_password(self, network: Network, account: str, password: str) -> None:
        """Keep it where the system keeps such; says so where it cannot."""
        if self.worker is None:
            return

        def take(done: bool) -> None:  # noqa: FBT001 - called by position
            if not done:
                self.notice(network, "error", _("There is no safe place for passwords here; it was not kept."))

        self.worker.run(asyncio.to_thread(saved_passwords.remember, str(network.address), account, password), take)

    def mute(self, network: Network, buffer: Buffer) -> None:
        """No notifications from here, or again."""
        buffer.muted = not buffer.muted
        (network.muted.add if buffer.muted else network.muted.discard)(buffer.key)
        self.keep(network)
        self.changed()

    def pinned(self, network: Network) -> str:
        """The certificate that a person trusts there."""
        return self.certificates.pin(network.address)

    # --- what is remembered

    def keep(self, network: Network) -> None:
        """What another start should find."""
        kept = self.settings.server(str(network.address))
        kept.nick = network.wanted_nick
        if network.account:
            kept.account = network.account
        if network.was_online and network.status != "closed" and not network.address.is_classroom:
            kept.rooms = network.open_names()
        kept.muted = sorted(network.muted)
        self.write()

    def write(self) -> None:
        """Onto the disk."""
        settings.write(self.folder, self.settings)

    def apply(self) -> None:
        """Other settings: tell everybody whom they concern."""
        for network in self.networks:
            network.keywords = tuple(self.settings.keywords)
        self.write()
        self.changed()

    def tick(self) -> None:
        """A second has passed."""
        for network in self.networks:
            network.tick()
        self.ticked.emit()

    def unread(self) -> tuple[int, int]:
        """Mentions and messages nobody has read, but not in muted conversations."""
        all_ = [each for network in self.networks for each in network.buffers.values() if not each.muted]
        return sum(each.mentions for each in all_), sum(each.unread for each in all_ if each.key != SERVER)

    def close(self) -> None:
        """The program ends; what is open stays remembered."""
        self._tick.stop()
        for network in self.networks:
            self.keep(network)
            network.quit()
        if self.worker is not None:
            self.worker.stop()
        self.outbox.close()
